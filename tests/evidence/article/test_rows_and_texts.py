"""How a record's words come to the rules: from rows, in sentences, in lower case, and blanked."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from monitor.errors import RecordError
from monitor.evidence.article import json_lines, text
from monitor.evidence.article.classification import statement
from monitor.evidence.article.classification.rule_trace import rules_tried
from monitor.model import AbstractSection
from tests.support.articles import article


def test_every_field_of_a_row_is_read() -> None:
    """Lists as lists, in their Python spelling, or divided by semicolons and bars."""
    row = {
        "id": 7, "title": "T", "abstract": "", "pt": "Review; D016449 | Letter", "mesh": "['A, B', 'C']",
        "db": ["ClinicalTrials.gov/NCT01", "NCT02"], "journal": "Vasa", "status": "MEDLINE", "im": "Automated",
    }  # fmt: skip
    one = json_lines.article_of(row)
    assert (one.pmid, one.title, one.abstract) == ("7", "T", ())
    assert [(kind.ui, kind.name) for kind in one.publication_types] == [
        ("", "Review"), ("D016449", "D016449"), ("", "Letter"),
    ]  # fmt: skip
    assert [heading.name for heading in one.mesh] == ["A, B", "C"]
    assert [(r.registry, r.number) for r in one.registrations] == [("ClinicalTrials.gov", "NCT01"), ("", "NCT02")]
    assert (one.journal, one.status, one.indexing_method) == ("Vasa", "MEDLINE", "Automated")
    assert json_lines.article_of({"pmid": "1", "id": "2", "pt": None, "mesh": 5}).pmid == "1"


@pytest.mark.parametrize(
    ("row", "pmid", "said"),
    [
        ({"title": "T"}, "", 'A row without "pmid" or "id" cannot be judged.'),
        ({"pmid": " "}, "", 'A row without "pmid" or "id" cannot be judged.'),
        ({"pmid": "1", "pt": "[Review"}, "1", "Not a list: [Review"),
        ({"pmid": "1", "mesh": "[" + "x" * 99}, "1", "Not a list: [" + "x" * 59),
    ],
)
def test_a_row_that_cannot_be_read_says_why(row: dict[str, object], pmid: str, said: str) -> None:
    """With its PMID where it has one."""
    with pytest.raises(RecordError, match=re.escape(said)) as error:
        json_lines.article_of(row)
    assert (error.value.pmid, str(error.value)) == (pmid, said)


def test_a_reading_knows_the_section_of_each_place() -> None:
    """NLM's category, else that of the label; what is expected is an objective, whatever it is filed under."""
    parts = (
        AbstractSection("It was seen.", label="METHODS", category="METHODS"),
        AbstractSection("Good.", label="KEY FINDINGS", category="UNASSIGNED"),
        AbstractSection("Better.", label="EXPECTED RESULTS", category="RESULTS"),
        AbstractSection("None."),
    )
    one = replace(article("1", "[A title]"), abstract=parts)
    reading = text.read(one, ())
    assert reading.raw_title == "A title"
    assert reading.raw_abstract == "METHODS: It was seen. KEY FINDINGS: Good. EXPECTED RESULTS: Better. None."
    assert [name for name, _, _ in reading.sections] == ["METHODS", "RESULTS", "OBJECTIVE", ""]
    assert reading.section("RESULTS") == "KEY FINDINGS: Good."
    assert [reading.section_at(at) for at in (0, 20, 21, 22, 70, 999)] == [
        "METHODS", "METHODS", "", "RESULTS", "", "",
    ]  # fmt: skip


def test_words_are_blanked_in_each_sentence_that_holds_one_that_is_needed() -> None:
    """To its end, be it the last; offsets hold."""
    wish = re.compile(r"wish\w*")
    whole = "we wish. they wish. wishes, wishes"
    assert text.blanked(whole, wish, ("we",)) == "we ····. they wish. wishes, wishes"
    assert text.blanked(whole, wish, ("wish",)) == "we ····. they ····. ······, ······"
    assert text.blanked(whole, wish, ("wish",), ("they", "none")) == "we wish. they ····. wishes, wishes"
    assert text.blanked(whole, wish, ()) == whole
    assert list(text.windows(whole, ("they", "wish"))) == [(8, 19), (0, 8), (19, 34)]
    assert list(text.windows(". a b", ("a",))) == [(1, 5)]


def test_lower_case_has_the_same_length() -> None:
    """A letter whose lower case is longer stays; hyphens of every kind are one."""
    assert text.lowered("İN A–B‐C") == "İn a–b-c".replace("–", text.lowered("–"))
    assert len(text.lowered("İİ")) == 2


def test_what_a_meta_analysis_concludes_is_its_own_sentence() -> None:
    """Under its label, else among the last three, the last first; without the label it begins with."""
    said = "The disease was associated with more lesions."

    def told(*parts: tuple[str, str]) -> tuple[str, str] | None:
        sections = tuple(AbstractSection(words, label=label) for label, words in parts)
        found = statement.association(text.read(replace(article("1", "T"), abstract=sections), ()))
        return (found.sentence, found.field) if found else None

    assert told(("RESULTS", "All was well."), ("CONCLUSIONS", f"We looked. {said}")) == (said, "conclusion")
    assert told(("CONCLUSIONS", said)) == (said, "conclusion")
    assert told(("", f"{said} We looked. Well.")) == (said, "abstract")
    assert told(("", f"{said} We looked. Well. Good.")) is None
    assert told(("", f"The disease was associated with age. {said}")) == (said, "abstract")


def test_a_rule_that_did_not_speak_is_listed_without_words() -> None:
    """For whoever asks why nothing was found."""
    tried = rules_tried(article("1", "Zinc"))
    assert {(one.field, one.words) for one in tried} == {("", "")}
    spoken = [one for one in rules_tried(article("1", "A randomised controlled trial of zinc")) if one.words]
    assert spoken
    assert all(one.field == "title" for one in spoken)


def test_two_sections_of_one_kind_are_read_as_one_text() -> None:
    """An abstract may conclude twice."""
    said = "Zinc helps. It was safe. More is known."
    sections = (("CONCLUSIONS", 0, 11), ("RESULTS", 12, 24), ("CONCLUSIONS", 25, 39))
    reading = text.Reading("", "", "", said, "", "", sections)
    assert reading.section("CONCLUSIONS") == "Zinc helps. More is known."
    assert reading.section("METHODS") == ""
