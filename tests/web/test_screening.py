"""A named person screens on a page: what they say counts and carries their name, and no scanner speaks for them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from monitor import compose, deliver, store
from monitor.conclude import conclude
from monitor.links import Links, Purpose
from monitor.model import AnswerState, Article, Design, Search, SearchKind, Topic, Verdict
from monitor.record import judge
from monitor.store import Database
from tests.evidence import articles as given
from tests.web.house import KEYS, NOW, House, open_house, poll

DAY = timedelta(days=1)
NAME = "A. Reader"
QUERY = Search("ccsvi", "all", SearchKind.QUERY, DAY, query="venoplasty")
STRICT: Topic = replace(given.TOPIC, searches=(QUERY,), requires_screening=True)
ONE = given.sham_trial("11", 19, day="2014-06-27", numbers=("NCT01450072",))
TWO = given.sham_trial("12", 115, day="2017-11-18", numbers=("NCT01371760",))
PLAN = given.article(
    "13", "Venous angioplasty in multiple sclerosis: study protocol for a randomized trial", day="2012-07-26"
)
REVIEW = given.article(
    "14",
    "Venous angioplasty for multiple sclerosis: a systematic review",
    day="2012-12-12",
    types=("Systematic Review",),
)
HOSTILE = replace(ONE, pmid="15", title='<script>alert(1)</script> "quoted" & venoplasty in multiple sclerosis')


@pytest.fixture
def strict(sqlite_db: Database, tmp_path: Path) -> Iterator[House]:
    """A site whose topic counts nothing before a person has judged it, after its first poll."""
    with open_house(sqlite_db, tmp_path, topic=STRICT) as house:
        hold(house, ONE, TWO, PLAN, REVIEW)
        yield house


def hold(house: House, *found: Article) -> None:
    """The articles stored and judged, and the answer drawn, as a poll leaves them."""
    with house.db.begin() as tx:
        store.searches.sync(tx, [STRICT], NOW - DAY)
        store.articles.save(tx, found, NOW)
        poll(tx, QUERY.name, QUERY.query, NOW)
        judge(tx, STRICT, found, NOW)
        conclude(tx, STRICT, NOW)


def desk(house: House, by: str = NAME, topic: str = "ccsvi", days: int = 30) -> str:
    """The path of a person's link."""
    return urlsplit(house.links.screening_url(topic, by, house.clock() + days * DAY)).path


def judge_it(house: House, pmid: str = "11", **fields: str) -> httpx.Response:
    """Fill in the form about an article."""
    form = {"design": "randomized trial", "question": "yes", "because": "allocation by lot", "button": "screen"}
    return house.http.post(f"{desk(house)}/{pmid}", data={**form, **fields})


def state(house: House) -> AnswerState:
    """The state of the answer that is held."""
    with house.db.read() as tx:
        record = store.answers.current(tx, "ccsvi")
    assert record
    return record.answer.state


def said(house: House, pmid: str = "11") -> Verdict | None:
    """The person's word that counts."""
    with house.db.read() as tx:
        return store.screenings.current(tx, "ccsvi").get(pmid)


def test_what_awaits_a_person_is_listed_the_weightiest_first(strict: House) -> None:
    """Trials, then protocols, then reviews, each newest first and leading to its page; nothing is cached."""
    answer = strict.http.get(desk(strict))
    assert answer.headers["cache-control"] == "no-store"
    places = [answer.text.index(f'{desk(strict)}/{pmid}"') for pmid in ("12", "11", "13", "14")]
    assert places == sorted(places)
    assert "this topic demands it" in answer.text


def test_the_page_of_an_article_shows_why_the_rules_say_so(strict: House) -> None:
    """Types, exact words, the question, the trial, the history."""
    text = strict.http.get(f"{desk(strict)}/11").text
    for shown in (
        "Journal Article",
        "randomly assigned",
        "NCT01450072",
        "sham",
        "rules tried",
        "History",
        f"<h1>{ONE.title}",
    ):
        assert shown in text


def test_a_judgement_changes_the_answer_and_the_next_digest_says_whose_it_is(strict: House) -> None:
    """From the form to the mailbox, where nothing counts before a person has judged it."""
    strict.subscribe()
    _digests(strict)
    strict.clock.pass_by(DAY)
    answer = judge_it(strict)
    assert "is now:" in answer.text
    assert state(strict) is AnswerState.SHAM_CONTROLLED
    strict.clock.pass_by(8 * DAY)
    _digests(strict)
    assert "appraised by A. Reader" in " ".join(strict.letters()[-1].split())


def _digests(house: House) -> None:
    """Compose and mail whatever is due."""
    compose.compose_due(house.settings, house.db, house.clock())
    deliver.deliver_due(house.settings, house.db, house.mailer, house.clock())


def test_a_judgement_that_changes_nothing_says_so(strict: House) -> None:
    """It is kept all the same."""
    answer = judge_it(strict, "14", design="systematic review")
    assert "stays as it is" in answer.text
    kept = said(strict, "14")
    assert kept
    assert (kept.by, kept.design, kept.because) == (NAME, Design.SYSTEMATIC_REVIEW, "allocation by lot")


def test_what_was_said_can_be_changed_and_the_history_keeps_both(strict: House) -> None:
    """The form comes back filled in."""
    judge_it(strict)
    page = strict.http.get(f"{desk(strict)}/11").text
    assert "<option selected>randomized trial</option>" in page
    judge_it(strict, question="no", because="another disease")
    kept = said(strict)
    assert kept
    assert (kept.relevance.is_match, kept.relevance.why_not) == (False, "A. Reader: another disease")
    assert state(strict) is not AnswerState.SHAM_CONTROLLED
    page = strict.http.get(f"{desk(strict)}/11").text
    assert "allocation by lot" in page
    assert "another disease" in page


def test_what_was_said_can_be_withdrawn(strict: House) -> None:
    """By one button; a second time there is nothing left to withdraw."""
    before = state(strict)
    judge_it(strict)
    strict.http.post(f"{desk(strict, 'B. Other')}/11", data={"button": "withdraw"})
    assert (said(strict), state(strict)) == (None, before)
    assert "by B. Other." in strict.http.get(f"{desk(strict)}/11").text
    again = strict.http.post(f"{desk(strict)}/11", data={"button": "withdraw"})
    assert (again.status_code, "Nobody has screened PMID 11" in again.text) == (422, True)


def test_two_reports_are_joined_split_and_left_to_the_rules_again(strict: House) -> None:
    """One trial is counted less, and the pair stands on the page with its reason."""
    judge_it(strict)
    judge_it(strict, "12")
    assert state(strict) is AnswerState.SEVERAL_AGREE
    pair = {"other": "PMID 12", "pair_because": "one trial, two numbers"}
    assert "is now:" in strict.http.post(f"{desk(strict)}/11", data={**pair, "button": "join"}).text
    assert state(strict) is AnswerState.SHAM_CONTROLLED
    assert "PMID 12 are one trial" in strict.http.get(f"{desk(strict)}/11").text
    strict.http.post(f"{desk(strict)}/11", data={**pair, "button": "split"})
    assert state(strict) is AnswerState.SEVERAL_AGREE
    strict.http.post(f"{desk(strict)}/12", data={"other": "11", "button": "unlink"})
    with strict.db.read() as tx:
        assert store.screenings.links(tx, "ccsvi") == []


@pytest.mark.parametrize(
    ("other", "because", "sentence"),
    [
        ("", "same trial", "digits only"),
        ("12; DROP", "same trial", "digits only"),
        ("99", "same trial", "PMID 99 is not stored"),
        ("11", "same trial", "is one report"),
        ("12", " ", "Give your reason"),
    ],
)
def test_a_pair_that_cannot_be_is_refused_with_a_sentence(
    strict: House, other: str, because: str, sentence: str
) -> None:
    """Nothing is kept, and the form comes back as it was."""
    answer = strict.http.post(f"{desk(strict)}/11", data={"other": other, "pair_because": because, "button": "join"})
    assert (answer.status_code, sentence in answer.text) == (422, True)
    with strict.db.read() as tx:
        assert store.screenings.links(tx, "ccsvi") == []


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("design", "excellent", "Choose what this article is."),
        ("question", "", "Say whether it tests this question."),
        ("because", " \n ", "Give your reason"),
        ("people", "many", "Write a whole number"),
        ("people", "-5", "Write a whole number"),
        ("direction", "harm", "go together"),
        ("sentence", "Angioplasty cures.", "go together"),
    ],
)
def test_a_form_with_a_mistake_says_which_and_keeps_nothing(
    strict: House, field: str, value: str, sentence: str
) -> None:
    """A reason is required; a direction is quoted."""
    answer = judge_it(strict, **{field: value})
    assert (answer.status_code, sentence in answer.text, said(strict)) == (422, True, None)


def test_a_person_may_read_more_than_the_rules_did(strict: House) -> None:
    """Control, people, and a direction in the authors' own words."""
    quoted = "Angioplasty showed no benefit over sham."
    judge_it(strict, control="placebo", people="21", direction="mixed", sentence=quoted)
    kept = said(strict)
    assert kept
    assert kept.statement
    assert (kept.control, kept.sample_size, kept.statement.direction) == ("placebo", 21, "mixed")
    invented = judge_it(strict, direction="harm", sentence="It did harm.")
    assert "word for word" in invented.text


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_opening_the_pages_says_nothing_in_anybodys_name(strict: House, method: str) -> None:
    """However often, and with whatever behind the question mark."""
    query = "?design=review&question=no&because=x&button=screen"
    for path in (desk(strict), f"{desk(strict)}/11", f"{desk(strict)}/11{query}"):
        assert strict.http.request(method, path).status_code == 200
    assert said(strict) is None


def test_without_a_valid_link_there_is_nothing(strict: House) -> None:
    """Cut off, made up, for another topic or another thing, signed with a stranger's key: one page for all."""
    whole = desk(strict)
    stranger = Links(("a-key-of-a-stranger-of-32-characters",), strict.url).screening_url("ccsvi", NAME, NOW + DAY)
    number = strict.links.token(Purpose.SCREENING, 1)
    paths = [whole[:-1], "/topics/ccsvi/screening/x", desk(strict, topic="other").replace("/other/", "/ccsvi/")]
    pages = set()
    for path in [*paths, urlsplit(stranger).path, f"/topics/ccsvi/screening/{number}"]:
        for answer in (strict.http.get(path), strict.http.get(f"{path}/11"), _posted(strict, path)):
            assert answer.status_code == 404
            assert answer.headers["cache-control"] == "no-store"
            pages.add(answer.text)
    assert len(pages) == 1
    assert said(strict) is None


def _posted(house: House, path: str) -> httpx.Response:
    return house.http.post(f"{path}/11", data={"design": "review", "question": "no", "because": "x"})


def test_a_link_ends_with_its_time(strict: House) -> None:
    """Also for a form that was open meanwhile."""
    path = desk(strict, days=30)
    strict.clock.pass_by(30 * DAY)
    assert strict.http.get(path).status_code == 200
    strict.clock.pass_by(timedelta(seconds=1))
    assert strict.http.get(path).status_code == 404
    assert _posted(strict, path).status_code == 404
    assert said(strict) is None


def test_a_link_survives_a_change_of_keys(strict: House) -> None:
    """As all links do."""
    old = Links(KEYS[1:], strict.url).screening_url("ccsvi", NAME, NOW + DAY)
    assert strict.http.get(urlsplit(old).path).status_code == 200


def test_an_article_nobody_found_has_no_page(strict: House) -> None:
    """Nor has what is no PMID."""
    for pmid in ("99", "x", "%00"):
        assert strict.http.get(f"{desk(strict)}/{pmid}").status_code == 404


def test_what_strangers_and_operators_wrote_is_shown_as_text(strict: House) -> None:
    """Titles, reasons, names."""
    hold(strict, HOSTILE)
    name = '<b onclick="x">Eve</b>'
    form = {"design": "review", "question": "no", "because": "<img src=x onerror=y>\x00\u202e", "button": "screen"}
    strict.http.post(f"{desk(strict, name)}/15", data=form)
    for path in (desk(strict, name), f"{desk(strict, name)}/15", "/topics/ccsvi/articles/15"):
        text = strict.http.get(path).text
        assert not any(tag in text for tag in ("<script", "<img", "<b onclick", "\x00", "\u202e"))
    kept = said(strict, "15")
    assert kept
    assert (kept.by, kept.because) == (name, "<img src=x onerror=y>")


def test_readers_do_not_see_the_way_to_judging(strict: House) -> None:
    """The page of an article leads there only for who came with a link, and is then not cached."""
    token = desk(strict).rpartition("/")[2]
    path = "/topics/ccsvi/articles/11"
    plain, opened = strict.http.get(path), strict.http.get(path, params={"screening": token})
    forged = strict.http.get(path, params={"screening": token[:-1]})
    assert "screening/" not in plain.text
    assert forged.text == plain.text
    assert f"Judge this article as {NAME}" in opened.text
    assert f"{desk(strict)}/11" in opened.text
    assert opened.headers["cache-control"] == "no-store"


def test_an_article_that_the_rules_passed_over_is_opened_by_its_pmid(strict: House) -> None:
    """However it is written; one that no search found is refused with a sentence."""
    opened = strict.http.get(desk(strict), params={"pmid": "PMID: 0014"})
    assert (opened.status_code, opened.headers["location"]) == (303, f"{desk(strict)}/14")
    for unknown in ("99", "<b>"):
        answer = strict.http.get(desk(strict), params={"pmid": unknown})
        assert (answer.status_code, "No search of this topic" in answer.text) == (200, True)
        assert "<b>" not in answer.text


def test_a_site_that_shares_its_host_keeps_its_path_in_every_link(sqlite_db: Database, tmp_path: Path) -> None:
    """From the link over the list to the form."""
    with open_house(sqlite_db, tmp_path, path="/monitor", topic=STRICT) as house:
        hold(house, ONE)
        whole = house.links.screening_url("ccsvi", NAME, NOW + DAY)
        path = urlsplit(whole).path
        assert path.startswith("/monitor/topics/")
        assert f'href="{path}/11"' in httpx.get(whole).text
        assert httpx.get(whole, params={"pmid": "11"}).headers["location"] == f"{path}/11"
        assert f'href="{path}"' in httpx.get(f"{whole}/11").text
