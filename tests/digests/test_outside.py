"""Registry entries, preprints and citing works in a digest: told once each, all of them by name."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from monitor.digests.display.outside import news
from monitor.digests.display.outside_view import LINKED, NAMED, SHOWN, item_view, not_shown
from monitor.digests.display.subject import subject, summary
from monitor.digests.render import fits, render
from monitor.language.speech import speaking
from monitor.model import Change, ChangeKind, Digest, OutsideItem, Rendered
from tests.support import pseudo_language
from tests.support.digest_samples import NOW, SITE, TOPIC
from tests.support.digest_samples import news as week

TRIAL = OutsideItem(
    key="NCT01864941",
    title="Venous angioplasty in multiple sclerosis",
    url="https://clinicaltrials.gov/study/NCT01864941",
    source="ClinicalTrials.gov",
    sentences=("Registered.",),
    details="University of British Columbia",
    on=date(2018, 9, 27),
)


def changed(kind: ChangeKind, item: OutsideItem, hours: int = 0) -> Change:
    """A change of this kind, so many hours before the digest."""
    return Change("ccsvi", kind, NOW - timedelta(hours=hours), item=item, id=1_000 - hours)


def digest(*changes: Change) -> tuple[Digest, Rendered]:
    """A digest with these changes beside its articles, and its mail."""
    made = replace(week(), outside=news(changes))
    return made, render(made, TOPIC, SITE)


def test_a_trial_that_changed_twice_is_one_item_with_both_sentences_and_its_latest_title() -> None:
    """In the order in which it happened."""
    later = replace(TRIAL, title="A better title", sentences=("Recruiting.",))
    (found,) = news([changed(ChangeKind.REGISTRY, later, 1), changed(ChangeKind.REGISTRY, TRIAL, 2)])
    assert (found.section, found.item.title, found.item.sentences) == (
        "registry",
        "A better title",
        ("Registered.", "Recruiting."),
    )


def test_what_moved_forth_back_and_forth_ends_with_how_it_stands() -> None:
    """Each sentence once; the last one is the one that is true."""
    told = ["Suspended.", "Recruiting again.", "Suspended."]
    changes = [changed(ChangeKind.REGISTRY, replace(TRIAL, sentences=(said,)), 3 - at) for at, said in enumerate(told)]
    (found,) = news(changes)
    assert found.item.sentences == ("Recruiting again.", "Suspended.")


@pytest.mark.parametrize(
    ("kind", "heading"),
    [
        (ChangeKind.REGISTRY, "Trials in registries"),
        (ChangeKind.PREPRINT, "Preprints, not peer-reviewed"),
        (ChangeKind.CITING_OUTSIDE, "Citations of the seed article by works that PubMed does not have"),
    ],
)
def test_each_kind_stands_under_a_heading_of_its_own_in_both_parts(kind: ChangeKind, heading: str) -> None:
    """With who tells of it, its identifier, its day, and where it is."""
    _, mail = digest(changed(kind, replace(TRIAL, pmids=("30266886",))))
    assert heading in mail.html
    for part in (mail.html, mail.text):
        for said in (TRIAL.source, TRIAL.key, TRIAL.url, TRIAL.sentences[0], TRIAL.details, "30266886"):
            assert said in part


def test_the_summary_counts_what_is_outside_pubmed() -> None:
    """As it counts articles."""
    other = replace(TRIAL, key="NCT00000001")
    made, _ = digest(changed(ChangeKind.REGISTRY, TRIAL), changed(ChangeKind.REGISTRY, other, 1))
    assert "2 trials changed in registries" in summary(made, "UTC")


def test_a_digest_of_a_registry_alone_says_so_in_its_subject() -> None:
    """No article is new."""
    made, _ = digest(changed(ChangeKind.PREPRINT, TRIAL))
    assert "1 preprint, answer unchanged" in subject(replace(made, items=(), answer_changed=False), TOPIC)


def test_of_many_every_one_is_named() -> None:
    """The first whole, then as links, then by their identifiers; and the mail stays small."""
    assert (SHOWN, LINKED, NAMED) == (12, 40, 400)
    number = SHOWN + LINKED + NAMED
    _made, mail = digest(
        *(
            changed(ChangeKind.CITING_OUTSIDE, replace(TRIAL, key=f"doi:10.1000/{n:04}", url=f"https://doi.org/{n}"), n)
            for n in range(number)
        )
    )
    assert fits(mail)
    for part in (mail.html, mail.text):
        assert all(f"10.1000/{n:04}" in part for n in range(number))


def test_what_one_thing_outside_pubmed_shows_has_an_end() -> None:
    """Six sentences and four articles, with links that say where they lead."""
    pmids = tuple(str(30_000_000 + n) for n in range(6))
    item = replace(TRIAL, sentences=tuple(f"It moved {n}." for n in range(8)), pmids=("99000001234", *pmids))
    view = item_view(item)
    assert [why.text for why in view.whys] == [f"It moved {n}." for n in range(6)]
    assert view.more_whys == 2
    assert [(link.label, link.url) for link in view.links] == [
        ("NCT01864941", TRIAL.url),
        *((f"PubMed {pmid}", f"https://pubmed.ncbi.nlm.nih.gov/{pmid}/") for pmid in pmids[:3]),
    ]
    assert (view.title, view.title_language, view.quote, view.labels) == (TRIAL.title, "", "", ())
    few = item_view(replace(TRIAL, title="", url="", details="", on=None))
    assert (few.title, few.source, few.links, few.more_whys) == (TRIAL.key, TRIAL.source, (), 0)


def test_no_text_from_outside_is_longer_than_its_room() -> None:
    """In bytes, whatever a registry writes."""
    long = "x" * 2_000
    view = item_view(replace(TRIAL, title=long, source=long, details=long, sentences=(long,), key=long, on=None))
    assert [len(text.encode()) for text in (view.title, view.whys[0].text, view.links[0].label)] == [400, 320, 80]
    assert [len(fact.encode()) for fact in view.source.split(" · ")] == [60, 200]
    links, named = not_shown([replace(TRIAL, key=f"doi:10.1/{n}") for n in range(SHOWN + LINKED + 2)])
    assert (len(links), links[0].label, named) == (
        LINKED,
        f"10.1/{SHOWN}",
        f"10.1/{SHOWN + LINKED}, 10.1/{SHOWN + LINKED + 1}",
    )


def test_what_happened_outside_pubmed_is_told_in_the_language_of_the_digest() -> None:
    """It is stored in English."""
    with speaking(pseudo_language.catalogue()):
        (why,) = item_view(replace(TRIAL, sentences=("It is completed.",))).whys
    assert not pseudo_language.left_out(why.text)


def test_a_title_from_outside_is_text_and_no_markup() -> None:
    """Whatever a registry writes."""
    _, mail = digest(changed(ChangeKind.REGISTRY, replace(TRIAL, title="<b>Bold</b> & bad<script>")))
    assert "<script>" not in mail.html
    assert "&lt;script&gt;" in mail.html


def test_a_line_that_names_several_trials_is_told_to_its_end() -> None:
    """Six of them, each with its number and its day."""
    named = "; ".join(
        f"A trial with a name (NCT0000000{n}, terminated, primary completion 31 March 2012)" for n in range(6)
    )
    line = f"Six registered trials ended more than 24 months ago, and we found no result of them: {named}."
    made = week()
    mail = render(replace(made, answer=replace(made.answer, lines=(line,))), TOPIC, SITE)
    assert line in " ".join(mail.text.split())
    assert line in mail.html
