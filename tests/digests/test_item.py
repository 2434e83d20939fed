"""One article of a digest in words: why it is here, what kind of study it is, who wrote it and where to check."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from monitor.digests.display.item import ItemView, item_view
from monitor.model import (
    Basis,
    Change,
    ChangeKind,
    Control,
    Direction,
    Notice,
    NoticeKind,
    Relevance,
    Revision,
    Statement,
    Verdict,
)
from monitor.render import placeholders
from monitor.render.dates import ENGLISH
from tests.support import digest_samples
from tests.support.digest_samples import SITE, TOPIC, VERDICTS, change, news


def plain(text: str) -> str:
    """A text with its dates written out."""
    return placeholders.fill(text, {}, ENGLISH.write, is_html=False)


def viewed(*changes: Change, verdict: Verdict | None = None, **fields: Any) -> ItemView:
    """One article of a digest with these changes."""
    content = news(changes or [change(ChangeKind.NEW, "30537671")])
    article = replace(content.items[0].article, **fields)
    return item_view(replace(content.items[0], article=article, verdict=verdict), TOPIC, SITE.public_url)


@pytest.mark.parametrize(
    ("happened", "said"),
    [
        (change(ChangeKind.NEW, why="matches x"), "New, found by the search “ccsvi”: matches x"),
        (change(ChangeKind.NEW, search=""), "New"),
        (change(ChangeKind.CITING), "Cites the seed article, seen by the search “ccsvi”"),
        (change(ChangeKind.CITING, search="", why="x"), "Cites the seed article: x"),
        (
            change(ChangeKind.CITING, sources=("elink", "icite", "europe_pmc"), why="x"),
            "Cites the seed article, according to PubMed, NIH iCite and Europe PMC: x",
        ),
        (change(ChangeKind.CITING, sources=("icite",)), "Cites the seed article, according to NIH iCite"),
        (change(ChangeKind.CITING, sources=("elink",)), "Cites the seed article, seen by the search “ccsvi”"),
        (change(ChangeKind.GONE, why="deleted"), "No longer found by the search “ccsvi”: deleted"),
        (change(ChangeKind.GONE, search=""), "No longer found"),
        (change(ChangeKind.REAPPEARED), "Back: found again by the search “ccsvi”"),
        (change(ChangeKind.REAPPEARED, search="", why="x"), "Back: found again: x"),
        (change(ChangeKind.UNREAD, search="", why="x"), "Listed by PubMed; its record could not be read yet"),
        (
            change(ChangeKind.UNREAD),
            "Listed by PubMed, found by the search “ccsvi”; its record could not be read yet",
        ),
        (change(ChangeKind.REINSTATED), "No longer retracted (reinstated)"),
        (change(ChangeKind.RETRACTED), "Retracted"),
        (change(ChangeKind.CONCERN), "Expression of concern"),
        (change(ChangeKind.CORRECTED), "Corrected"),
        (
            change(ChangeKind.REVISED, revisions=(Revision("title", "A", "B"), Revision("abstract", "A", "B"))),
            "Revised: title was “A”, is now “B”; abstract changed",
        ),
        (change(ChangeKind.REVISED, revisions=(Revision("abstract", "", "B"),)), "Revised: abstract added"),
        (change(ChangeKind.REVISED, revisions=(Revision("abstract", "A", ""),)), "Revised: abstract removed"),
        (
            change(ChangeKind.REVISED, revisions=(Revision("publication_types", "A", "B"),)),
            "Revised: publication types was “A”, is now “B”",
        ),
        (
            change(ChangeKind.REVISED, revisions=(Revision("registry_numbers", "A", "B"),)),
            "Revised: registry numbers was “A”, is now “B”",
        ),
        (
            change(ChangeKind.REVISED, revisions=(Revision("notices", "A", "B"),)),
            "Revised: linked notices was “A”, is now “B”",
        ),
    ],
)
def test_each_change_says_why_an_article_is_here(happened: Change, said: str) -> None:
    """With the search that saw it; a notice is marked as an alarm."""
    (why,) = viewed(replace(happened, pmid="30537671")).whys
    assert (why.text, why.url) == (said, "")
    assert why.is_alarm is (happened.kind in (ChangeKind.RETRACTED, ChangeKind.CONCERN, ChangeKind.CORRECTED))


def test_what_an_index_calls_a_clinical_article_is_marked() -> None:
    """Beside who lists it."""
    found = viewed(change(ChangeKind.CITING, "30537671", sources=("icite",), is_clinical=True)).whys
    assert [why.text for why in found] == [
        "Cites the seed article, according to NIH iCite",
        "A clinical article, according to NIH iCite",
    ]


def test_a_free_full_text_has_links_to_where_it_can_be_read() -> None:
    """PMC, and Europe PMC which has the same; none for an article that is in neither."""
    found = {link.label: link.url for link in viewed(pmcid="PMC123").links}
    assert found["Full text (PMC)"] == "https://pmc.ncbi.nlm.nih.gov/articles/PMC123/"
    assert found["Full text (Europe PMC)"] == "https://europepmc.org/article/PMC/PMC123"
    assert not [link.label for link in viewed(pmcid="").links if "Full text" in link.label]


def test_a_notice_leads_to_its_own_record() -> None:
    """And says where it stands; five of many revisions are listed."""
    notice = Notice(NoticeKind.ERRATUM, "ErratumIn", about_this=True, pmid="5", citation="Vasa. 2019;1:2")
    (why,) = viewed(change(ChangeKind.CORRECTED, "30537671", notice=notice)).whys
    assert (why.text, why.url, why.is_alarm) == (
        "Corrected: Vasa. 2019;1:2",
        "https://pubmed.ncbi.nlm.nih.gov/5/",
        True,
    )
    unplaced = replace(notice, citation="")
    (why,) = viewed(change(ChangeKind.CORRECTED, "30537671", notice=unplaced)).whys
    assert why.text == "Corrected"
    many = tuple(Revision(f"f{number}", "A", "B") for number in range(6))
    (why,) = viewed(change(ChangeKind.REVISED, "30537671", revisions=many)).whys
    assert why.text.count("; ") == 4


@pytest.mark.parametrize(
    ("on", "reason", "said"),
    [
        ("2020-01-09", "Fraud", "Retracted on 9 Jan 2020, according to Retraction Watch: Fraud"),
        ("2020-01-09", "", "Retracted on 9 Jan 2020, according to Retraction Watch"),
        ("2020", "Fraud", "Retracted on 2020, according to Retraction Watch: Fraud"),
        ("", "Fraud", "Retracted, according to Retraction Watch: Fraud"),
        ("", "", "Retracted, according to Retraction Watch"),
    ],
)
def test_a_notice_that_pubmed_does_not_have_is_told_with_who_says_so(on: str, reason: str, said: str) -> None:
    """Since when and why, as far as that source knows; with a link to the notice, by its PMID or else its DOI."""
    notice = Notice(
        NoticeKind.RETRACTION, "RetractionIn", about_this=True, source="Retraction Watch", on=on, reason=reason
    )
    for where, url in (
        ({"pmid": "5", "citation": "10.1/n"}, "https://pubmed.ncbi.nlm.nih.gov/5/"),
        ({"citation": "10.1/n"}, "https://doi.org/10.1/n"),
        ({}, ""),
    ):
        (why,) = viewed(change(ChangeKind.RETRACTED, "30537671", notice=replace(notice, **where))).whys
        assert (plain(why.text), why.url, why.is_alarm, why.label) == (said, url, True, "notice")


def test_a_record_under_a_new_number_leads_there() -> None:
    """Its old number leads nowhere any more."""
    (why,) = viewed(change(ChangeKind.MERGED, "30537671", merged_into="31000018")).whys
    assert (why.text, why.url, why.label) == (
        "Now under PMID 31000018 in PubMed", "https://pubmed.ncbi.nlm.nih.gov/31000018/", "its record now",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "labels"),
    [
        ({}, ("randomized trial (stated in the text)", "sham control", "104 people")),
        ({"control": Control.NONE, "sample_size": 1}, ("randomized trial (stated in the text)", "1 person")),
        ({"control": Control.NOT_STATED, "sample_size": None}, ("randomized trial (stated in the text)",)),
        ({"relevance": Relevance(False, False, False)}, ("randomized trial (stated in the text)",)),
        ({"by": "A. Reader", "sample_size": 0}, ("randomized trial", "sham control")),
        ({"control": Control.NONE, "sample_size": 0, "included_trials": 1}, (..., "1 trial included")),
        ({"control": Control.NONE, "sample_size": 0, "included_trials": 0}, (..., "0 trials included")),
    ],
)
def test_labels_say_what_kind_of_study_it_is(fields: dict[str, Any], labels: tuple[Any, ...]) -> None:
    """And how sure that is, unless a person said so."""
    texts = viewed(verdict=replace(VERDICTS["30266886"], **fields)).labels
    assert texts == tuple(was if label is ... else label for label, was in zip(labels, texts, strict=True))


def test_a_verdict_says_by_which_words() -> None:
    """Two at most; a person's name and reason in their place; and why it is not this question."""
    words = tuple(Basis("r", place, said) for place, said in (("title", "a"), ("abstract", "b"), ("abstract", "c")))
    off = Relevance(False, False, False, why_not="It is about food.")
    verdict = replace(VERDICTS["30266886"], basis=words, relevance=off)
    texts = [why.text for why in viewed(verdict=verdict).whys[1:]]
    assert texts == ["Judged by “a” in the title and “b” in the abstract", "Not this question: It is about food."]
    (said,) = viewed(verdict=replace(verdict, by="A. Reader", because="read it")).whys[1:]
    assert said.text == "Screened by A. Reader: read it"
    assert len(viewed(verdict=replace(verdict, basis=(), relevance=digest_samples.RELEVANT)).whys) == 1
    assert viewed(verdict=verdict).quote == (verdict.statement.sentence if verdict.statement else "")


def test_a_brief_item_says_what_it_is_and_no_more() -> None:
    """No kind of study, no quotation, no reasons; but an alarm, and the links to check."""
    happened = [change(ChangeKind.NEW, "30537671"), change(ChangeKind.RETRACTED, "30537671")]
    item = replace(news(happened).items[0], verdict=VERDICTS["30266886"], is_brief=True)
    view = item_view(item, TOPIC, SITE.public_url)
    assert (view.labels, view.quote, [why.text for why in view.whys]) == ((), "", ["Retracted"])
    assert view.is_brief
    assert view.links


ERRATUM = Notice(NoticeKind.ERRATUM, "ErratumIn", about_this=True)


@pytest.mark.parametrize(
    ("happened", "length"),
    [
        (change(ChangeKind.NEW, why="x" * 999), len("New, found by the search “ccsvi”: ") + 240),
        (change(ChangeKind.NEW, search="x" * 999), len("New, found by the search “”") + 60),
        (change(ChangeKind.MERGED, merged_into="3" * 99), len("Now under PMID  in PubMed") + 20),
        (
            change(ChangeKind.REVISED, revisions=(Revision("x" * 99, "A" * 999, "B" * 999),)),
            len("Revised:  was “”, is now “”") + 40 + 110 + 110,
        ),
        (
            change(
                ChangeKind.CORRECTED,
                notice=Notice(NoticeKind.ERRATUM, "ErratumIn", about_this=True, citation="x" * 999),
            ),
            len("Corrected: ") + 160,
        ),
        (
            change(ChangeKind.RETRACTED, notice=replace(ERRATUM, source="x" * 99, on="y" * 99, reason="z" * 999)),
            len("Retracted on , according to : ") + 20 + 60 + 160,
        ),
    ],
)
def test_no_reason_is_longer_than_its_room(happened: Change, length: int) -> None:
    """In bytes of escaped HTML, which count a letter beyond ASCII as several."""
    (why,) = viewed(replace(happened, pmid="30537671")).whys
    beyond = sum(len(letter.encode()) - 1 for letter in why.text)
    assert len(why.text.encode()) == length + beyond - 2 * why.text.count("…")


def test_no_name_of_an_article_is_longer_than_its_room() -> None:
    """Title, journal, dates; words, place and person of a verdict."""
    long = "x" * 999
    view = viewed(title=long, journal_abbreviation=long)
    assert (len(view.title.encode()), len(view.source.split(" · ")[1].encode())) == (500, 90)
    basis = (Basis("r", long, long), Basis("r", long, ""), Basis("r", "title", "b"))
    off = Relevance(False, False, False, why_not=long)
    verdict = replace(VERDICTS["30266886"], basis=basis, relevance=off)
    judged, why_not = (why.text for why in viewed(verdict=verdict).whys[1:])
    assert len(judged.encode()) == len("Judged by “” in the ".encode()) + 80 + 30
    assert len(why_not.encode()) == len("Not this question: ") + 160
    (said,) = viewed(verdict=replace(verdict, by=long, because=long)).whys[1:]
    assert len(said.text.encode()) == len("Screened by : ") + 60 + 240
    quoted = replace(verdict, statement=Statement(Direction.HARM, long, "abstract"))
    assert len(viewed(verdict=quoted).quote.encode()) == 320


def test_a_link_to_a_record_or_a_notice_says_where_it_leads() -> None:
    """For those who hear the link alone."""
    notice = Notice(NoticeKind.ERRATUM, "ErratumIn", about_this=True, pmid="5")
    (why,) = viewed(change(ChangeKind.CORRECTED, "30537671", notice=notice)).whys
    assert (why.text, why.label) == ("Corrected", "notice")


def test_of_many_reasons_six_are_shown() -> None:
    """The rest is counted."""
    for number, more in ((6, 0), (7, 1)):
        view = viewed(*(change(ChangeKind.NEW, "30537671", n) for n in range(number)))
        assert (len(view.whys), view.more_whys) == (6, more)


def test_an_article_is_named_with_authors_journal_and_date() -> None:
    """The print date where it reads differently; a title in its own language, or none, where there is no other."""
    names = "Traboulsee AL, Machan L, Girard JM"
    assert plain(viewed().source) == f"{names} · Vasa · 28 Sep 2018 (print Oct 2018)"
    assert plain(viewed(journal_abbreviation="V").source).split(" · ")[1] == "V"
    first = digest_samples.PartialDate(2018, 9, 28)
    assert plain(viewed(print_date=first).source).endswith(" · 28 Sep 2018")
    undated = digest_samples.PartialDate()
    assert plain(viewed(electronic_date=undated, print_date=undated).source) == f"{names} · Vasa"
    assert viewed(title="", vernacular_title="Eine Serie").title == "Eine Serie"
    assert viewed(title="").title == "(no title)"
    assert viewed().links[-1].label == "Why this verdict"
    assert viewed().links[-1].url == "https://monitor.example.org/topics/ccsvi/articles/30537671"
