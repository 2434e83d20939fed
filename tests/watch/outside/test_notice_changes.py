"""What is told of notices that another source has, when there are several, and when PubMed has them as well."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from monitor.model import Change, ChangeKind, Nature, Notice, NoticeKind, OutsideNotice, SourceName
from monitor.watch.outside.notice_changes import is_in_record, told, untold
from tests.support.records import START, article

PAPER = article("1")
CORRECTION = OutsideNotice(SourceName.CROSSREF, "1", Nature.CORRECTION, doi="10.1/notice", on=date(2020, 1, 9))
CONCERN = replace(CORRECTION, key="2", nature=Nature.CONCERN)
RETRACTION = replace(CORRECTION, key="3", nature=Nature.RETRACTION)
LINKED = Notice(NoticeKind.ERRATUM, "ErratumIn", about_this=True, citation="Vasa. 2020;1:2. doi: 10.1/Notice")


def said(*after: OutsideNotice, before: tuple[OutsideNotice, ...] = ()) -> list[tuple[ChangeKind, str]]:
    """What is told where these notices are there now: its kind and the date that is shown."""
    changes = told("ccsvi", PAPER, before, after, START)
    return [(change.kind, change.notice.on if change.notice else "") for change in changes]


def test_of_one_notice_under_two_names_only_the_graver_is_told() -> None:
    """Two notices without a DOI are two."""
    assert said(CORRECTION, CONCERN) == [(ChangeKind.CONCERN, "2020-01-09")]
    nameless = [replace(one, doi="") for one in (CORRECTION, CONCERN)]
    assert [kind for kind, _ in said(*nameless)] == [ChangeKind.CONCERN, ChangeKind.CORRECTED]
    assert said(CORRECTION, CONCERN, before=(CONCERN,)) == []


@pytest.mark.parametrize(
    ("first", "second", "shown"),
    [
        ({"on": date(2020, 1, 9)}, {"on": date(2020, 2, 1)}, "2020-02-01"),
        ({"on": date(2020, 1, 9), "reason": "Fraud"}, {"on": date(2020, 2, 1)}, "2020-01-09"),
        ({"on": None}, {"on": date(2020, 2, 1)}, "2020-02-01"),
        ({"on": None, "reason": "Fraud"}, {"on": date(2020, 2, 1)}, ""),
    ],
)
def test_of_two_notices_of_a_retraction_the_one_with_a_reason_is_shown_else_the_later(
    first: dict[str, object], second: dict[str, object], shown: str
) -> None:
    """A retraction is told once, and nothing lesser beside it."""
    both = [replace(RETRACTION, **first), replace(RETRACTION, key="4", **second)]
    for listed in (both, both[::-1]):
        assert said(*listed, CONCERN) == [(ChangeKind.RETRACTED, shown)]


@pytest.mark.parametrize(
    ("outside", "linked", "is_one"),
    [
        ({}, {}, True),
        ({"doi": "10.1/other"}, {}, False),
        ({"nature": Nature.CONCERN}, {}, False),
        ({}, {"about_this": False}, False),
        ({}, {"source": "Crossref"}, False),
        ({"pmid": "7"}, {"pmid": "7", "citation": ""}, True),
        ({"pmid": "7"}, {"pmid": "8"}, False),
        ({"doi": "10.1/other"}, {"citation": "Vasa. 2020;1:2."}, True),
        ({"doi": ""}, {"citation": "Vasa. 2019;1:2."}, False),
        ({"doi": "", "on": None}, {"citation": "Vasa. 2019;1:2."}, True),
        (
            {"nature": Nature.RETRACTION, "doi": "10.1/other"},
            {"kind": NoticeKind.RETRACTION, "ref_type": "RetractionIn"},
            True,
        ),
    ],
)
def test_a_notice_that_pubmed_links_is_known_again(
    outside: dict[str, object], linked: dict[str, object], is_one: bool
) -> None:
    """By its PMID, else its DOI, else its year; an article is retracted once, whatever the notice is called."""
    assert is_in_record(replace(CORRECTION, **outside), [replace(LINKED, **linked)]) is is_one


def change(kind: ChangeKind, notice: OutsideNotice | None = None, pmid: str = "1") -> Change:
    """A change of an article, told of by PubMed or by another source."""
    return Change("ccsvi", kind, START, pmid=pmid, notice=notice.as_notice() if notice else None)


def test_what_another_source_told_is_not_told_again_when_pubmed_has_it() -> None:
    """But of another article it is, and a retraction is after it had been taken back."""
    from_pubmed = change(ChangeKind.RETRACTED)
    before = change(ChangeKind.RETRACTED, RETRACTION)
    assert untold([from_pubmed], [before]) == []
    assert untold([from_pubmed], [change(ChangeKind.RETRACTED)]) == [from_pubmed]
    assert untold([from_pubmed], [change(ChangeKind.RETRACTED, RETRACTION, pmid="2")]) == [from_pubmed]
    assert untold([from_pubmed], [before, change(ChangeKind.REINSTATED, RETRACTION)]) == [from_pubmed]
    corrected = replace(change(ChangeKind.CORRECTED), notice=LINKED)
    assert untold([corrected], [change(ChangeKind.CORRECTED, CORRECTION)]) == []
    assert untold([corrected], [change(ChangeKind.CONCERN, CONCERN)]) == [corrected]
    gone = change(ChangeKind.GONE)
    assert untold([gone], [change(ChangeKind.GONE)]) == [gone]
