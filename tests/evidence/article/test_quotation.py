"""Where each sentence of an abstract stands, and which of them is quoted."""

from __future__ import annotations

import pytest

from monitor.evidence.article import json_lines
from monitor.evidence.article.assess import reading_and_finding
from monitor.evidence.article.result.quotation import quoted, whole
from monitor.evidence.article.result.spoken import Spoken, spoken
from monitor.evidence.article.text import Reading
from monitor.model import Direction

LESS = "Cough was less with zinc (P = 0.01)."
HELPS = "Zinc effectively relieves cough."
NEEDED = "Further research is needed to assess the effects of zinc."
NOT = "Zinc did not reduce cough."


def read(abstract: str) -> tuple[list[Spoken], Reading]:
    """The sentences of a report on zinc in colds."""
    row = {"pmid": "1", "title": "Zinc in colds", "abstract": abstract}
    reading, _ = reading_and_finding(json_lines.article_of(row))
    return spoken(reading), reading


@pytest.mark.parametrize(
    ("abstract", "parts"),
    [
        ("Zinc helps.", "conclusion"),
        (f"We gave zinc. {LESS} Zinc helps.", "other result conclusion"),
        (f"{LESS} Zinc helps.", "other conclusion"),
        (f"We gave zinc. {LESS} Zinc helps. Trial registration: NCT01000001.", "other result conclusion"),
        (f"We gave zinc. {LESS} Zinc helps. (Funded by the state.)", "other result conclusion"),
        (f"We gave zinc. {LESS} Zinc helps. (It may be so.) (Funded by the state.)", "other result conclusion"),
        (
            "Aim. We gave zinc. Results. Cough was less. Conclusion. Zinc helps.",
            "other other result result conclusion conclusion",
        ),
        ("METHODS: We gave zinc. RESULTS: Cough was less. In conclusion, zinc helps.", "other result conclusion"),
        (
            "METHODS: We gave zinc. RESULTS: Cough was less. In conclusion, zinc helps. It is cheap.",
            "other result conclusion result",
        ),
        (
            "METHODS: We gave zinc. RESULTS: In conclusion, zinc helps. Cough was less. It is cheap.",
            "other result result result",
        ),
        ("METHODS: We gave zinc. RESULTS: In conclusion, zinc helps. CONCLUSIONS: So.", "other result conclusion"),
        ("Zinc is a metal. All took it. In conclusion, zinc helps. It is cheap.", "other other conclusion conclusion"),
        ("Zinc is a metal. In conclusion, zinc helps. It is cheap.", "other other conclusion"),
        ("All took zinc. In conclusion, zinc helps. It is cheap. It is safe.", "other other other conclusion"),
        (
            "We gave zinc. Cough was reduced. It is cheap. It is safe. All were well. Zinc helps.",
            "other other other other other conclusion",
        ),
        (
            "We gave zinc. We planned. We hoped. Cough was reduced. All were well. Zinc helps.",
            "other other other result other conclusion",
        ),
        (f"We gave zinc. {LESS} Fever was reduced. We hoped. Zinc helps.", "other result result other conclusion"),
    ],
)
def test_where_a_sentence_stands_is_told_by_labels_and_by_words(abstract: str, parts: str) -> None:
    """A note at the end concludes nothing; without a label the last sentence does."""
    said, _ = read(abstract)
    assert " ".join(one.part for one in said[1:]) == parts
    assert said[0] == Spoken("Zinc in colds", "title", 0, 0)


def test_a_sentence_knows_its_place_and_has_no_label() -> None:
    """So that its words can be found again as they are written."""
    said, reading = read(f"METHODS: We gave zinc. CONCLUSIONS: {HELPS}")
    assert [one.text for one in said[1:]] == ["We gave zinc.", HELPS]
    assert [reading.raw_abstract[one.start : one.end] for one in said[1:]] == [
        "METHODS: We gave zinc.",
        f"CONCLUSIONS: {HELPS}",
    ]


@pytest.mark.parametrize(
    ("abstract", "quotation"),
    [
        (f"RESULTS: {LESS} CONCLUSIONS: {HELPS}", HELPS),
        (
            f"RESULTS: Cough was less with zinc than in the copper group (P = 0.2). CONCLUSIONS: {NEEDED}",
            "Cough was less with zinc than in the copper group (P = 0.2).",
        ),
        (
            f"RESULTS: Adverse events were less frequent in the zinc group (P = 0.2). CONCLUSIONS: {NEEDED}",
            NEEDED,
        ),
        (
            f"RESULTS: Cough was less in the zinc group. The primary outcome was better in the zinc group. "
            f"CONCLUSIONS: {NEEDED}",
            "The primary outcome was better in the zinc group.",
        ),
        (
            f"RESULTS: Cough was less in both groups (P = 0.01), but did not differ between the groups. "
            f"CONCLUSIONS: {HELPS}",
            "Cough was less in both groups (P = 0.01), but did not differ between the groups.",
        ),
        (
            f"RESULTS: Cough was less with zinc than with copper (P = 0.01). Sleep did not differ between groups. "
            f"CONCLUSIONS: {HELPS}",
            HELPS,
        ),
        (
            f"RESULTS: Cough did not differ between groups. The primary outcome, fever, did not differ between groups. "
            f"CONCLUSIONS: {HELPS}",
            "The primary outcome, fever, did not differ between groups.",
        ),
        (
            "RESULTS: Sleep did not differ between groups. CONCLUSIONS: Zinc relieves cough better than copper.",
            "Zinc relieves cough better than copper.",
        ),
        (f"CONCLUSIONS: Results will be presented. {NOT}", NOT),
        (f"CONCLUSIONS: In a subgroup of smokers cough was less. {NOT}", NOT),
        (f"CONCLUSIONS: In a post hoc analysis zinc was safe. {NOT}", NOT),
        ("Zinc was given. Sneezing did not differ.", ""),
        ("Zinc was given. Colds did not differ.", "Colds did not differ."),
    ],
)
def test_without_a_certain_direction_what_the_authors_conclude_is_quoted(abstract: str, quotation: str) -> None:
    """Or a result, where they only wish for more research, or praise and leave out that the arms did not differ."""
    said, _ = read(abstract)
    found = quoted(said, None)
    assert (found.text if found else "") == quotation


@pytest.mark.parametrize(
    ("direction", "quotation"),
    [
        (Direction.BENEFIT, "However, it was effective in smokers."),
        (Direction.NO_DIFFERENCE, NOT),
        (Direction.MIXED, NOT),
        (Direction.NONINFERIOR, NOT),
    ],
)
def test_a_direction_is_borne_out_by_the_first_sentence_that_states_it(direction: Direction, quotation: str) -> None:
    """Of the conclusion, else of the results, else the first of the conclusion."""
    said, _ = read(f"CONCLUSIONS: {NOT} However, it was effective in smokers.")
    found = quoted(said, direction)
    assert found
    assert found.text == quotation
    by_result, _ = read(f"RESULTS: {NOT} CONCLUSIONS: {NEEDED}")
    supported = quoted(by_result, direction)
    assert supported
    assert supported.text == (NEEDED if direction is Direction.BENEFIT else NOT)


def test_a_sentence_that_turns_against_the_one_before_is_quoted_with_it() -> None:
    """Alone it would mislead."""
    said, reading = read(f"CONCLUSIONS: {NOT} However, it was effective in smokers. More is to be found.")
    assert whole(said, said[2], reading) == f"{NOT} However, it was effective in smokers."
    assert whole(said, said[1], reading) == NOT
    assert whole(said, said[3], reading) == "More is to be found."
    plain, reading = read("CONCLUSIONS: We gave zinc. However, it was effective in smokers.")
    assert whole(plain, plain[2], reading) == "However, it was effective in smokers."
