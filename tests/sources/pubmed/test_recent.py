"""A record that is fetched again is recognised while it is the same to the letter, and read anew once it is not."""

from __future__ import annotations

from lxml import etree

from monitor.sources.pubmed.records.recent import Recent
from tests.support.record_xml import record


def element(*args: int, **parts: str) -> etree._Element:
    """One record as it stands in a response, with what follows it."""
    return etree.fromstring(f"<Set>{record(*args, **parts)}\n  </Set>")[0]


def test_an_unchanged_record_is_recognised() -> None:
    """The same Article, though the response is another."""
    recent = Recent()
    assert recent.of(element(1)) is recent.of(element(1))


def test_a_record_that_differs_in_one_letter_or_attribute_is_read_anew() -> None:
    """Nothing is remembered by its PMID."""
    recent = Recent()
    before = recent.of(element(1))
    assert recent.of(element(1, article="<ArticleTitle>A title!</ArticleTitle>")).title == "A title!"
    changed = element(1)
    changed[0].set("Status", "PubMed-not-MEDLINE")
    assert (before.status, recent.of(changed).status) == ("MEDLINE", "PubMed-not-MEDLINE")


def test_only_so_many_are_remembered_and_the_one_asked_for_last_the_longest() -> None:
    """Memory stays bounded, whatever is fetched."""
    recent = Recent(size=2)
    one, two = recent.of(element(1)), recent.of(element(2))
    assert recent.of(element(1)) is one
    recent.of(element(3))
    assert recent.of(element(1)) is one
    assert recent.of(element(2)) is not two


def test_a_very_large_record_is_not_remembered() -> None:
    """One of a megabyte is read each time, and not kept in memory."""
    large = "<ArticleTitle>" + "long " * 200_000 + "</ArticleTitle>"
    recent = Recent()
    assert recent.of(element(1, article=large)) is not recent.of(element(1, article=large))
