"""What speaks against each direction: every doubt in the plainest words that bring it about, and no other with it."""

from __future__ import annotations

import pytest

from monitor.evidence.article import json_lines
from monitor.evidence.article.assess import reading_and_finding
from monitor.evidence.article.result.doubts import against
from monitor.evidence.article.result.spoken import spoken
from monitor.model import Direction

AIM = "AIM: We compared zinc with copper in colds. METHODS: Sixty adults were randomly assigned to zinc or copper."
TITLE = "Zinc in colds"

BETTER = "RESULTS: Cough was significantly less frequent with zinc than with copper (P = 0.01)."
REDUCED = "CONCLUSIONS: Zinc reduced cough."
ONE_SIDED = (
    "nothing states a better result against a comparator",
    "no significant result tells the arms apart",
)
DENIED_BEFORE = "a result denies a difference between the arms, and the conclusion compares nothing"


def doubts(told: str, title: str, one: Direction) -> tuple[str, ...]:
    """What speaks against this direction in the report of a trial of zinc."""
    row = {"pmid": "1", "title": title, "abstract": f"{AIM} {told}"}
    reading, _ = reading_and_finding(json_lines.article_of(row))
    return tuple(against(spoken(reading))[one])


@pytest.mark.parametrize(
    ("told", "found"),
    [
        (f"{BETTER} {REDUCED}", ()),
        (f"{BETTER} There was no control group. {REDUCED}", ("no group was a control",)),
        (
            f"{BETTER} We examined the association between zinc and fever. {REDUCED}",
            ("it asks what goes with what",),
        ),
        (
            f"{BETTER} The patients were compared with healthy controls. {REDUCED}",
            ("people with a disease are compared with people without it",),
        ),
        (
            f"{BETTER} This was an open-label extension of the trial. {REDUCED}",
            ("people of a trial are followed further, or treated openly",),
        ),
        (f"{BETTER} This was an observational study. {REDUCED}", ("people were not allocated",)),
        (f"{BETTER} CONCLUSIONS: Zinc and copper were studied.", ("the conclusion names no better result",)),
        (
            f"{BETTER} The trial tested whether zinc was non-inferior to copper. {REDUCED}",
            ("it tests whether the treatment is not inferior",),
        ),
        (
            f"{BETTER} {REDUCED} Fever did not differ between zinc and copper.",
            ("the conclusion states a lack of difference",),
        ),
        (
            f"{BETTER} CONCLUSIONS: Zinc reduced cough and was non-inferior to copper.",
            ("it tests whether the treatment is not inferior", "the conclusion calls it not inferior"),
        ),
        (f"{BETTER} {REDUCED} Mortality increased.", ("the conclusion names a worse result",)),
        (
            f"{BETTER} The primary outcome did not differ between the groups. {REDUCED}",
            ("the named primary outcome did not differ", DENIED_BEFORE),
        ),
        (
            f"{BETTER} {REDUCED} Its effects depend on the presence of fever.",
            ("the effect depends on who was treated",),
        ),
        (
            f"RESULTS: Cough did not differ between zinc and copper (P = 0.6). {REDUCED}",
            (
                "only a lack of difference is compared",
                "no result bears it out",
                "nothing is compared",
                *ONE_SIDED,
            ),
        ),
        (
            f"{BETTER} CONCLUSIONS: In a subgroup of smokers zinc reduced cough.",
            ("the conclusion is about a part of the people",),
        ),
        (
            f"{BETTER} CONCLUSIONS: There was a trend towards less cough.",
            ("the conclusion calls it a trend",),
        ),
        (f"{BETTER} CONCLUSIONS: Zinc may reduce cough.", ("the conclusion is not sure",)),
        (
            f"RESULTS: Cough tended to be less frequent with zinc than with copper (P = 0.06). {REDUCED}",
            ("no result bears it out", *ONE_SIDED),
        ),
        (f"RESULTS: Cough was counted. {REDUCED}", ("nothing is compared", *ONE_SIDED)),
        (
            f"{BETTER} CONCLUSIONS: Zinc reduced cough, but usual drops were superior to zinc.",
            ("the conclusion favours the comparator", "plain words of the conclusion deny a benefit"),
        ),
        (
            f"{BETTER} CONCLUSIONS: Cough fell by 2 points with zinc and by 1 point with copper.",
            ("plain words of the conclusion deny a benefit", "each arm is told with its own change"),
        ),
        (
            f"{BETTER} CONCLUSIONS: Zinc reduced cough, but the benefit is not clinically relevant.",
            ("the conclusion takes the gain back",),
        ),
        (
            f"RESULTS: Cough fell significantly in both groups (P < 0.01). {REDUCED}",
            ("nothing is compared", "both arms improved, and none is said to have improved more", *ONE_SIDED),
        ),
        (
            f"{BETTER} CONCLUSIONS: Zinc reduced cough, but led to a worse outcome than copper.",
            ("title or conclusion calls something worse",),
        ),
        (
            f"{BETTER} CONCLUSIONS: Zinc shortened survival.",
            ("the conclusion names no better result", "the conclusion names something good that became less"),
        ),
        (f"{BETTER} CONCLUSIONS: Zinc reduced cough and improved sleep, and shortened the time to relapse.", ()),
        (
            f"RESULTS: In the zinc group cough fell from 14 to 10 (P = 0.01). {REDUCED}",
            ("nothing is compared", *ONE_SIDED, "each arm is told with its own change"),
        ),
        (
            f"RESULTS: Cough fell from 14 to 10 with zinc (P = 0.01), from 14 to 12 with copper (P = 0.2). {REDUCED}",
            ("no result bears it out", "nothing is compared", *ONE_SIDED),
        ),
        (f"{BETTER} Fever did not differ between the groups. {REDUCED}", (DENIED_BEFORE,)),
        (
            f"{BETTER} Fever did not differ between the groups. CONCLUSIONS: Zinc reduced cough compared with copper.",
            (),
        ),
    ],
)
def test_what_speaks_against_a_benefit(told: str, found: tuple[str, ...]) -> None:
    """In methods, results and conclusion."""
    assert doubts(told, TITLE, Direction.BENEFIT) == found


@pytest.mark.parametrize(
    ("title", "found"),
    [
        ("Zinc in colds: an extension study", ("people of a trial are followed further, or treated openly",)),
        ("Cost-effectiveness of zinc in colds", ("the title asks of costs",)),
        ("Zinc does not reduce cough", ("the title denies an effect",)),
        ("Adverse events of zinc", ("the title names a harm",)),
        ("Predictors of response to zinc", ("the title asks something else",)),
        ("Zinc improves colds", ()),
    ],
)
def test_what_a_title_says_against_a_benefit(title: str, found: tuple[str, ...]) -> None:
    """Though results and conclusion state one."""
    assert doubts(f"{BETTER} {REDUCED}", title, Direction.BENEFIT) == found


ALIKE = "RESULTS: Cough did not differ between zinc and copper (P = 0.6)."
NO_BETTER = "CONCLUSIONS: Zinc was no better than copper."
NO_NULL = ("nothing states a lack of difference", "the conclusion states no lack of difference")


@pytest.mark.parametrize(
    ("told", "title", "found"),
    [
        (f"{ALIKE} {NO_BETTER}", TITLE, ()),
        (f"RESULTS: Cough was counted. {NO_BETTER}", TITLE, ()),
        (
            "RESULTS: Cough was counted. CONCLUSIONS: Cough was counted.",
            TITLE,
            (*NO_NULL, "nothing is compared"),
        ),
        (
            f"{ALIKE} CONCLUSIONS: Zinc and copper were studied.",
            TITLE,
            ("the conclusion states no lack of difference", "nothing is compared"),
        ),
        (
            f"{ALIKE} Fever was significantly lower with zinc than with placebo (P = 0.01). {NO_BETTER}",
            TITLE,
            ("a result is better than with an inactive control",),
        ),
        (
            f"{ALIKE} {NO_BETTER} Zinc improved fever.",
            TITLE,
            ("the conclusion names a better result", "the conclusion names an effect beside it"),
        ),
        (f"{ALIKE} {NO_BETTER}", "Zinc improves colds", ("the title names a better result",)),
        (f"{ALIKE} {NO_BETTER}", "Does zinc improve colds?", ()),
        (
            f"{ALIKE} {NO_BETTER} There were significant changes in fever (P = 0.01).",
            TITLE,
            ("the conclusion names a significant result",),
        ),
        (
            f"{ALIKE} {NO_BETTER} Fever was higher with copper.",
            TITLE,
            (
                "the conclusion calls something higher or lower",
                "the lack of difference is not one between the treatment and its comparator",
            ),
        ),
        (
            "RESULTS: Adverse events did not differ between zinc and copper (P = 0.6). "
            "CONCLUSIONS: Adverse events did not differ.",
            TITLE,
            (*NO_NULL, "nothing is compared"),
        ),
        (
            "RESULTS: There was no correlation between zinc and cough. "
            "CONCLUSIONS: There was no correlation between zinc and cough.",
            TITLE,
            (*NO_NULL, "nothing is compared"),
        ),
        ("RESULTS: Cough did not differ. CONCLUSIONS: Cough did not differ.", TITLE, ("nothing is compared",)),
        (f"{ALIKE} {NO_BETTER}", "Predictors of response to zinc", ("the title asks something else",)),
        (
            f"{ALIKE} CONCLUSIONS: No difference was found between the two doses.",
            TITLE,
            ("the lack of difference is not one between the treatment and its comparator",),
        ),
    ],
)
def test_what_speaks_against_a_lack_of_difference(told: str, title: str, found: tuple[str, ...]) -> None:
    """Something better, something else, or nothing that was compared."""
    assert doubts(told, title, Direction.NO_DIFFERENCE) == found


BOTH = f"{BETTER} Fever did not differ between zinc and copper (P = 0.6)."
END = "CONCLUSIONS: Zinc reduced cough compared with copper, but fever did not differ between the groups."


@pytest.mark.parametrize(
    ("told", "title", "found"),
    [
        (f"{BOTH} {END}", TITLE, ()),
        (
            f"{BETTER} CONCLUSIONS: Zinc reduced cough compared with copper.",
            TITLE,
            ("nothing states a lack of difference",),
        ),
        (
            f"{BOTH} {END.replace('Zinc', 'In a subgroup of smokers zinc')}",
            TITLE,
            ("the conclusion is about a part of the people",),
        ),
        (f"{ALIKE} {NO_BETTER}", TITLE, (*ONE_SIDED, "nothing is said to be better")),
        (
            f"{BETTER} The primary outcome, fever, did not differ between the groups (P = 0.6). {END}",
            TITLE,
            ("the primary outcome did not differ",),
        ),
        (
            f"{BOTH} CONCLUSIONS: Zinc 10 mg reduced cough compared with placebo, but zinc 5 mg did not differ from "
            "placebo.",
            TITLE,
            ("one dose of several did not differ",),
        ),
        (f"{BOTH} {END}", "Predictors of response to zinc", ("the title asks something else",)),
        (
            "RESULTS: Cough may be less frequent with zinc than with copper. Fever did not differ. "
            "CONCLUSIONS: Zinc may reduce cough compared with copper; fever did not differ.",
            TITLE,
            ("nothing states a better result against a comparator",),
        ),
    ],
)
def test_what_speaks_against_a_mixed_result(told: str, title: str, found: tuple[str, ...]) -> None:
    """Both must be said, of all the people, of the treatment, and of no outcome that decides alone."""
    assert doubts(told, title, Direction.MIXED) == found
