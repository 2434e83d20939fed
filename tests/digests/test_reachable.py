"""Every article that a digest counts can be reached from the mail, with pages of our own and without."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from monitor import store
from monitor.delivery.attachments import attached
from monitor.digests import left_out, render
from monitor.digests.compose import fitting
from monitor.digests.content import Standing, compose
from monitor.digests.render import MAX_HTML_BYTES
from monitor.model import ChangeKind, Design, Digest, Frequency, Level, Relevance, Rendered, Role, Settings, Verdict
from monitor.render import urls
from monitor.store import Database
from tests.support.digest_samples import LAST, NOW, RELEVANT, THREE, TOPIC, article, change
from tests.support.mail_servers import Mailbox
from tests.support.settings import settings

FIRST = 31_000_000
NOT_RELEVANT = Relevance(False, False, False, why_not="It is about food.")


def installation(public_url: str) -> Settings:
    """With pages, or with mail alone."""
    whole = settings(Mailbox().settings())
    return replace(whole, web=replace(whole.web, public_url=public_url))


def digest_of(
    number: int,
    public_url: str = "",
    *,
    trials: int = 0,
    other_trials: int = 0,
    frequency: Frequency = Frequency.WEEKLY,
) -> tuple[Digest, Rendered]:
    """The digest of `number` new articles, the first of which are trials of the question, or of other questions."""
    pmids = [str(FIRST + place) for place in range(number)]
    trial = Verdict("", "ccsvi", Design.RANDOMIZED, Level.STATED, "1", role=Role.MAIN_RESULT, relevance=RELEVANT)
    verdicts = {pmid: replace(trial, pmid=pmid) for pmid in pmids[: trials + other_trials]}
    for pmid in pmids[trials : trials + other_trials]:
        verdicts[pmid] = replace(verdicts[pmid], relevance=NOT_RELEVANT)
    made = compose(
        TOPIC,
        frequency,
        LAST,
        NOW,
        Standing(replace(THREE, trials=())),
        changes=[change(ChangeKind.NEW, pmid, place) for place, pmid in enumerate(pmids, 1)],
        articles={pmid: article(pmid, f"On veins, part {pmid} of a long series of reports") for pmid in pmids},
        verdicts=verdicts,
        is_quiet_due=True,
    )
    assert made is not None
    return fitting(made, installation(public_url), TOPIC)


def reached(part: str) -> set[str]:
    """The PMIDs to which the links of a part lead; each link is one that every mail program opens."""
    found = set(re.findall(r"pubmed\.ncbi\.nlm\.nih\.gov/(\d+)/", part))
    for url in set(re.findall(r"https://pubmed\.ncbi\.nlm\.nih\.gov/\?term=[\d,]+", part)):
        pmids = url.partition("=")[2].split(",")
        assert len(pmids) <= 200
        assert len(url) < 2_000
        found.update(pmids)
    return found


@pytest.mark.parametrize("frequency", [Frequency.WEEKLY, Frequency.AT_ONCE])
@pytest.mark.parametrize("public_url", ["", "https://monitor.example.org"])
@pytest.mark.parametrize("number", [1, 21, 180, 201, 468, 1_900])
def test_every_counted_article_is_linked_in_both_parts(number: int, public_url: str, frequency: Frequency) -> None:
    """In a month with 468 left out as in a week with one article; nothing needs a file."""
    digest, made = digest_of(number, public_url, frequency=frequency)
    everything = {str(FIRST + place) for place in range(number)}
    assert reached(made.text) == reached(made.html) == everything
    assert left_out.in_file(digest) == ()
    assert len(made.html.encode()) < MAX_HTML_BYTES


def test_what_is_too_much_for_links_is_in_an_attached_list(db: Database) -> None:
    """By link and title, for every subscriber, whatever files they chose."""
    digest, made = digest_of(5_000)
    rest = left_out.in_file(digest)
    assert reached(made.text) == reached(made.html)
    assert reached(made.html) | set(rest) == {str(FIRST + place) for place in range(5_000)}
    assert len(made.html.encode()) < MAX_HTML_BYTES
    for part in (made.text, made.html):
        assert f"{len(rest):,} of them in the attached list" in part
    with db.begin() as tx:
        store.articles.save(tx, [article(rest[0], "Its title")], NOW)
    with db.read() as tx:
        (file,) = attached(tx, digest, ())
        assert [one.name.rpartition(".")[2] for one in attached(tx, digest, ("ris",))] == ["txt", "ris"]
    lines = file.content.decode().splitlines()
    assert file.name == "ccsvi-2018-10-01-further-articles.txt"
    assert lines[0] == f"https://pubmed.ncbi.nlm.nih.gov/{rest[0]}/ Its title"
    assert reached(file.content.decode()) == set(rest)


def test_articles_that_pubmed_does_not_have_are_named_by_their_number() -> None:
    """A sandbox invents them; a link to PubMed would open nothing."""
    digest, _ = digest_of(30)
    invented = tuple(str(urls.FIRST_INVENTED_PMID + place) for place in range(3))
    content = replace(digest, left_out=(("new", 3),), left_out_pmids=(("new", invented),))
    _, made = fitting(content, installation(""), TOPIC)
    for part in (made.text, made.html):
        assert f"Not in PubMed: PMID {', '.join(invented)}" in " ".join(part.split())


@pytest.mark.parametrize("frequency", [Frequency.WEEKLY, Frequency.AT_ONCE])
def test_trials_of_the_question_are_all_named_with_title_and_link(frequency: Frequency) -> None:
    """Sixty in one digest, beside 400 other articles; the mail still fits."""
    digest, made = digest_of(460, trials=60, frequency=frequency)
    assert len(made.html.encode()) < MAX_HTML_BYTES
    assert "trials" not in dict(digest.left_out)
    for place in range(60):
        for part in (made.text, made.html):
            assert f"part {FIRST + place} of" in " ".join(part.split())
            assert f"https://pubmed.ncbi.nlm.nih.gov/{FIRST + place}/" in part


def test_trials_of_other_questions_have_a_short_list_of_their_own() -> None:
    """With titles, and without the reasons that a trial of the question gets."""
    digest, made = digest_of(12, trials=1, other_trials=3)
    items = [item for item in digest.items if item.section == "other_trials"]
    assert [(item.article.pmid, item.is_brief) for item in items] == [(str(FIRST + place), True) for place in (1, 2, 3)]
    for part in (made.text, made.html):
        said = " ".join(part.split())
        assert "trials of other questions" in said.lower()
        assert f"part {FIRST + 1} of" in said
        assert "It is about food." not in said
    assert "3 trials of other questions" in made.text


def test_a_digest_that_can_lose_no_more_is_sent_as_it_is() -> None:
    """Three hundred trials of the question in a week: each is named, though a mail program may fold the mail."""
    digest, made = digest_of(300, trials=300)
    assert all(item.is_brief for item in digest.items) or render.fits(made)
    assert reached(made.html) == {str(FIRST + place) for place in range(300)}


def test_two_thousand_articles_are_linked_and_the_next_is_in_the_file() -> None:
    """In reading order, whatever section they are of."""
    pmids = tuple(str(FIRST + place) for place in range(2_001))
    digest, _ = digest_of(1)
    counted = replace(digest, left_out_pmids=(("citing", pmids[:1_500]), ("new", pmids[1_500:])))
    found = left_out.left_out(counted)
    assert (len(found["citing"].linked), len(found["new"].linked)) == (1_500, 500)
    assert left_out.in_file(counted) == found["new"].rest == pmids[2_000:]
    assert [link.label for link in found["new"].links][-1] == "361–500 on PubMed"


@pytest.mark.parametrize(
    ("number", "labels"),
    [
        (0, []),
        (1, ["see it on PubMed"]),
        (180, ["see them on PubMed"]),
        (400, ["1–180 on PubMed", "181–360 on PubMed", "361–400 on PubMed"]),
    ],
)
def test_links_to_many_articles_say_which(number: int, labels: list[str]) -> None:
    """By their place among those that are counted."""
    pmids = tuple(str(FIRST + place) for place in range(number))
    assert [link.label for link in left_out.LeftOut(pmids).links] == labels


def test_a_link_that_leads_to_some_of_them_says_to_how_many() -> None:
    """The others PubMed does not have, or an attached list names them."""
    some = tuple(str(FIRST + place) for place in range(3))
    for rest in ({"unlisted": ("990000001",)}, {"rest": ("1",)}):
        assert [link.label for link in left_out.LeftOut(some, **rest).links] == ["see 3 of them on PubMed"]
