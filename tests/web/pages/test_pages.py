"""The pages: what they say, what strangers' text can do to them (nothing), and how they are cached."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from lxml import etree

from monitor import store
from monitor.delivery import deliver
from monitor.digests import compose
from monitor.links import Purpose
from monitor.model import Change, ChangeKind, Direction
from monitor.service.running.heartbeat import beat
from monitor.store import Database
from monitor.web.pages.topic import KIND_LABELS
from tests.support import digest_samples
from tests.support.site import NOW, RunningSite, open_site

ATOM = "{http://www.w3.org/2005/Atom}"
PUBLIC = (
    "/topics",
    "/privacy",
    "/accessibility",
    "/topics/ccsvi",
    "/topics/ccsvi/digests",
    "/topics/ccsvi/articles/30266886",
    "/digests/1",
    "/digests/1/as-sent",
    "/digests/1/as-sent.txt",
    "/topics/ccsvi/changes.atom",
    "/topics/ccsvi/answers.atom",
    "/api/v1/topics",
    "/api/v1/openapi.json",
    "/style.css",
)


def test_the_topic_page_answers_the_question(filled_site: RunningSite) -> None:
    """Answer, since when, trials in a picture and in words, the seed, the searches, the archive."""
    page = filled_site.http.get("/topics/ccsvi").text
    for expected in (
        "Three sham-controlled trials (238 people)",
        "28 Sep 2018",
        "Timeline of controlled trials",
        "PREMiSe: 27 Jun 2014, 19 people, sham control, authors report no difference",
        "Albany Vascular Group",
        "Diaconu C, et al.",
        "Treating the veins may help",
        "Articles citing the seed according to PubMed",
        "CCSVI[tiab]",
        "changes.atom",
        "Sham-controlled means that some people had a pretended procedure.",
        "It is not medical advice",
        "All trials in one table",
    ):
        assert expected in page, expected
    assert page.count("<h1>") == 1
    assert '<html lang="en">' in page


def test_each_past_answer_shows_the_lines_of_its_time(filled_site: RunningSite) -> None:
    """Folded under it, on the page and in the API: a preprint that was a line then is one still."""
    with filled_site.db.begin() as tx:
        record = store.answers.current(tx, "ccsvi")
        assert record
        then = replace(record.answer, lines=("A preprint reports on <b>veins</b>.",), fingerprint="then")
        later = replace(then, lines=(), association="", fingerprint="later")
        for answer in (then, later):
            store.answers.add(tx, replace(record, answer=answer, is_baseline=False))
    page = filled_site.http.get("/topics/ccsvi").text
    history = page.partition("How the answer changed")[2].partition("</ol>")[0]
    assert history.count("What else it said then") == 3
    assert "<li>A preprint reports on &lt;b&gt;veins&lt;/b&gt;.</li>" in history
    assert "<li>One protocol and four further reports of these trials add no new result.</li>" in history
    assert "Association, not treatment:" in history
    told = filled_site.http.get("/api/v1/topics/ccsvi/answers").json()["answers"]
    assert ["A preprint reports on <b>veins</b>."] in [one["lines"] for one in told]


def test_what_is_not_certain_stands_only_in_the_authors_words(filled_site: RunningSite) -> None:
    """No page says that authors report "not stated": their sentence stands there, as what they conclude."""
    with filled_site.db.begin() as tx:
        record = store.answers.current(tx, "ccsvi")
        assert record
        trials = [
            replace(trial, statement=trial.statement and replace(trial.statement, direction=Direction.NOT_STATED))
            for trial in record.answer.trials
        ]
        answer = replace(record.answer, trials=tuple(trials), fingerprint="not certain")
        store.answers.add(tx, replace(record, answer=answer, at=NOW))
    page = filled_site.http.get("/topics/ccsvi").text
    assert "Authors conclude:" in page
    assert "Authors report" not in page


def test_before_the_first_poll_the_page_says_so(site: RunningSite) -> None:
    """No answer is not an empty page, and not an answer."""
    page = site.http.get("/", follow_redirects=True).text
    assert "being read for the first time" in page


def test_a_search_that_fails_is_said_at_the_top(filled_site: RunningSite) -> None:
    """Silence never means two things, here neither."""
    filled_site.clock.at = NOW.replace(year=2019)
    assert "Not current: search" in filled_site.http.get("/topics/ccsvi").text


@pytest.mark.parametrize("path", PUBLIC)
def test_a_page_that_the_client_has_is_not_sent_again(filled_site: RunningSite, path: str) -> None:
    """ETag and 304, for GET and HEAD."""
    first = filled_site.http.get(path)
    assert first.status_code == 200
    assert "max-age" in first.headers["cache-control"]
    again = filled_site.http.get(path, headers={"If-None-Match": f'"other", W/{first.headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    assert filled_site.http.head(path).headers["etag"] == first.headers["etag"]


@pytest.mark.parametrize(
    "path", [*PUBLIC, "/link", "/topics/ccsvi/subscribe", "/nothing", "/healthz", "/readyz", "/metrics"]
)
def test_no_page_lets_a_script_run(filled_site: RunningSite, path: str) -> None:
    """A strict policy on every answer, and no script in any."""
    response = filled_site.http.get(path)
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "<script" not in response.text
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(
    "path",
    ["/topics/ccsvi", "/topics/ccsvi/articles/7", "/topics/ccsvi/changes.atom", "/topics/ccsvi/answers.atom"],
)
def test_a_hostile_title_is_only_text(filled_site: RunningSite, path: str) -> None:
    """Titles, journals and reasons are written by strangers."""
    evil = "<script>alert(1)</script>\x1aunsubscribe\x1a \"'><img src=x onerror=alert(1)>"
    with filled_site.db.begin() as tx:
        store.articles.save(tx, [digest_samples.article("7", evil, title_html=evil, journal=evil)], NOW)
        store.changes.add(tx, [Change("ccsvi", ChangeKind.NEW, NOW, "7", why=evil)])
    body = filled_site.http.get(path).text
    assert "<script>" not in body
    assert "<img" not in body
    assert "\x1a" not in body


def test_a_digest_stands_in_the_archive_as_sent(filled_site: RunningSite) -> None:
    """Same words, no subscriber's links, and a policy of its own for its inline styles."""
    page = filled_site.http.get("/digests/1/as-sent")
    assert "Three sham-controlled trials" in page.text
    assert "sandbox" in page.headers["content-security-policy"]
    assert not re.search(r"/unsubscribe/|/preferences/", page.text)
    assert f"{filled_site.url}/link" in page.text
    assert "Three sham-controlled trials" in filled_site.http.get("/digests/1/as-sent.txt").text


def test_what_a_digest_only_counted_is_named_on_its_page(filled_site: RunningSite) -> None:
    """Nothing is dropped."""
    with filled_site.db.begin() as tx:
        left_out = (("new", ("30537671",)),)
        digest = replace(digest_samples.quiet(), left_out_pmids=left_out, left_out=(("new", 1),))
        number = store.digests.add(tx, digest, store.digests.get(tx, 1)[1], NOW)
    assert "Neurophysiology after venous angioplasty" in filled_site.http.get(f"/digests/{number}").text


@pytest.mark.parametrize("kind", ChangeKind)
def test_each_kind_of_change_has_its_words_and_leads_somewhere(filled_site: RunningSite, kind: ChangeKind) -> None:
    """Also to an article whose record could not be read yet: to PubMed."""
    pmid = "" if kind in (ChangeKind.SEARCH_CHANGED, ChangeKind.QUESTION_CHANGED) else "31999999"
    if kind is not ChangeKind.ANSWER:
        with filled_site.db.begin() as tx:
            store.changes.add(tx, [Change("ccsvi", kind, NOW, pmid, why="for a reason")])
    page = filled_site.http.get("/topics/ccsvi").text
    feed = etree.fromstring(filled_site.http.get("/topics/ccsvi/changes.atom").content)
    assert KIND_LABELS[kind] in page
    urls = [link.get("href") for link in feed.iterfind(f"{ATOM}entry/{ATOM}link")]
    assert not [url for url in urls if str(url).endswith("/articles/")]
    if pmid and kind is not ChangeKind.ANSWER:
        assert f'href="https://pubmed.ncbi.nlm.nih.gov/{pmid}/"' in page
        assert f"https://pubmed.ncbi.nlm.nih.gov/{pmid}/" in urls


def test_the_feeds_are_atom(filled_site: RunningSite) -> None:
    """Required elements, absolute links, one entry for each change; the other feed has the answer alone."""
    feed = etree.fromstring(filled_site.http.get("/topics/ccsvi/changes.atom").content)
    entries = feed.findall(f"{ATOM}entry")
    assert len(entries) == len(digest_samples.CHANGES)
    for element in (feed, *entries):
        for name in ("id", "title", "updated"):
            assert element.findtext(f"{ATOM}{name}"), name
    links = feed.findall(f"{ATOM}entry/{ATOM}link")
    assert len(links) == len(entries)
    assert all(link.get("href", "").startswith(filled_site.url) for link in links)
    answers = etree.fromstring(filled_site.http.get("/topics/ccsvi/answers.atom").content)
    assert [entry.findtext(f"{ATOM}title") for entry in answers.findall(f"{ATOM}entry")] == [
        f"The answer changed: {digest_samples.THREE.sentence}"
    ]


def test_every_kind_of_change_has_its_words_on_pages_and_in_feeds(filled_site: RunningSite) -> None:
    """A change of the search is a line of its own; an article without a record leads to PubMed; no cause is shown."""
    why = "The search “ccsvi” was changed: 12 articles no longer matched, 3 more."
    found = [
        Change("ccsvi", kind, NOW + timedelta(minutes=1), "30266886")
        for kind in ChangeKind
        if kind not in (ChangeKind.ANSWER, ChangeKind.UNREAD, ChangeKind.SEARCH_CHANGED, ChangeKind.QUESTION_CHANGED)
    ]
    found = [replace(one, merged_into="31000018") if one.kind is ChangeKind.MERGED else one for one in found]
    found.append(Change("ccsvi", ChangeKind.UNREAD, NOW + timedelta(minutes=1), "31000001", why="ValueError in parse"))
    found.append(Change("ccsvi", ChangeKind.SEARCH_CHANGED, NOW + timedelta(minutes=1), why=why))
    found.append(Change("ccsvi", ChangeKind.QUESTION_CHANGED, NOW + timedelta(minutes=1), why="Another question."))
    with filled_site.db.begin() as tx:
        store.changes.add(tx, found)
    page = filled_site.http.get("/topics/ccsvi").text
    for words in (
        "Record not read yet",
        "No longer retracted",
        "Back, found again",
        "Under a new PMID",
        "Now under PMID 31000018 in PubMed.",
        "The search was changed",
        "The question was changed",
        why,
        '<a href="https://pubmed.ncbi.nlm.nih.gov/31000001/">PMID 31000001</a>',
    ):
        assert words in page
    assert "ValueError" not in page
    assert filled_site.http.get("/topics/ccsvi/articles/30266886").status_code == 200
    feed = etree.fromstring(filled_site.http.get("/topics/ccsvi/changes.atom").content)
    said = {
        entry.findtext(f"{ATOM}title"): entry.find(f"{ATOM}link").get("href") for entry in feed.iter(f"{ATOM}entry")
    }
    assert said[f"The search was changed: {why}"] == f"{filled_site.url}/topics/ccsvi"
    assert said["Record not read yet: PMID 31000001"] == "https://pubmed.ncbi.nlm.nih.gov/31000001/"
    kinds = {one["kind"] for one in filled_site.http.get("/api/v1/topics/ccsvi/changes").json()["changes"]}
    assert kinds >= {"unread", "merged", "search changed", "question changed"}


def test_the_page_of_a_digest_has_the_sections_of_its_mail(filled_site: RunningSite) -> None:
    """And its notes; an article that could not be read leads to PubMed."""
    with filled_site.db.begin() as tx:
        digest = replace(digest_samples.every_kind(), change_ids=())
        number = store.digests.add(tx, digest, store.digests.get(tx, 1)[1], NOW)
    page = filled_site.http.get(f"/digests/{number}").text
    for words in ("Trials of other questions", "record not read yet", "Under a new number", "12 articles no longer"):
        assert words in page
    assert '<a href="https://pubmed.ncbi.nlm.nih.gov/31000001/">PMID 31000001</a>' in page


@pytest.mark.parametrize("path", ["/api/v1/topics", "/topics/ccsvi"])
def test_a_method_that_is_not_allowed_says_which_are(site: RunningSite, path: str) -> None:
    """RFC 9110, 15.5.6."""
    response = site.http.delete(path)
    assert response.status_code == 405
    assert "GET" in response.headers["allow"]


@pytest.mark.parametrize(
    "path",
    [
        "/topics/nothing",
        "/topics/ccsvi/articles/1",
        "/topics/ccsvi/articles/%00",
        "/digests/99",
        "/digests/99999999999999999999",
        f"/digests/{'9' * 5000}",
        f"/digests/{'9' * 5000}/as-sent",
        f"/digests/{'9' * 5000}/as-sent.txt",
        f"/topics/ccsvi/articles/{'9' * 5000}",
        "/digests/²",
        "/digests/-1",
        "/digests/x",
        "/confirm/x",
    ],
)
def test_what_is_not_there_is_a_page_that_helps(filled_site: RunningSite, path: str) -> None:
    """404, and a way on."""
    response = filled_site.http.get(path)
    assert response.status_code == 404
    assert "Request a new link" in response.text


def test_a_form_that_is_too_long_is_not_read(site: RunningSite) -> None:
    """Nobody fills the memory of the service."""
    assert site.sign_up("a" * 100_000).status_code == 413


def test_the_service_is_ready_while_it_beats_and_alive_while_it_answers(site: RunningSite) -> None:
    """Ready while it beats; alive also when it does not: whoever starts it anew then mends nothing."""
    assert site.http.get("/readyz").status_code == 503
    beat(site.db, site.clock())
    assert site.http.get("/readyz").json()["status"] == "ok"
    site.clock.at = NOW.replace(hour=9)
    stopped = site.http.get("/readyz")
    assert (stopped.status_code, stopped.json()["status"]) == (503, "stopped")
    assert (site.http.get("/healthz").status_code, site.http.get("/healthz").json()) == (200, {"status": "ok"})


def test_without_its_database_the_service_is_alive_and_not_ready(site: RunningSite) -> None:
    """The file is gone and a folder stands in its place."""
    beat(site.db, site.clock())
    site.db.close()
    file = Path(site.db.engine.url.database or "")
    for one in file.parent.glob(f"{file.name}*"):
        one.unlink()
    file.mkdir()
    unreachable = site.http.get("/readyz")
    assert (unreachable.status_code, unreachable.json()) == (503, {"status": "no database"})
    assert site.http.get("/healthz").status_code == 200


def test_a_search_engine_lists_no_page_that_is_personal(filled_site: RunningSite) -> None:
    """Told so on the page itself, which it may therefore read: robots.txt would only keep it from learning that."""
    number = filled_site.subscribe()
    personal = [filled_site.token(purpose, number) for purpose in (Purpose.PREFERENCES, Purpose.UNSUBSCRIBE)]
    filled_site.sign_up("new@example.org")
    personal.append(filled_site.link_in_last(Purpose.CONFIRM, "new@example.org"))
    closed = filled_site.http.get("/robots.txt").text
    for path in (*personal, "/link", "/nothing"):
        assert filled_site.http.get(path).headers["x-robots-tag"] == "noindex", path
        assert f"Disallow: {path[: path.find('/', 1)]}" not in closed
    one_click = filled_site.http.post(personal[1], data={"List-Unsubscribe": "One-Click"})
    assert one_click.headers["x-robots-tag"] == "noindex"
    for path in PUBLIC:
        assert "x-robots-tag" not in filled_site.http.get(path).headers, path


@pytest.mark.parametrize("path", ["/topics/ccsvi/", "/link/", "/api/v1/topics/", "/evil.example//"])
def test_nobody_is_sent_to_a_host_that_the_request_names(filled_site: RunningSite, path: str) -> None:
    """A slash too many is an address where nothing is, not a way elsewhere."""
    response = filled_site.http.get(path, headers={"Host": "evil.example"})
    assert (response.status_code, response.headers.get("location")) == (404, None)


def test_what_welcomes_one_reader_is_in_no_list(filled_site: RunningSite) -> None:
    """The archive lists what went to all; the link in the first mail works, its number alone does not."""
    for number in range(12):
        filled_site.subscribe(f"reader{number}@example.org")
        filled_site.clock.pass_by(timedelta(minutes=1))
        compose.compose_due(filled_site.settings, filled_site.db, filled_site.clock())
    lists = ("/topics/ccsvi", "/topics/ccsvi/digests", "/api/v1/topics/ccsvi/digests")
    for path in (*lists, "/topics/ccsvi/changes.atom"):
        assert "where the evidence stands" not in filled_site.http.get(path).text, path
    told = [one["kind"] for one in filled_site.http.get("/api/v1/topics/ccsvi/digests").json()["digests"]]
    assert told == ["news"]
    deliver.deliver_due(
        filled_site.settings, filled_site.links, filled_site.db, filled_site.mailer, filled_site.clock()
    )
    path = filled_site.link_in_last(Purpose.DIGEST, "reader11@example.org")
    for ending in ("", "/as-sent", "/as-sent.txt"):
        response = filled_site.http.get(f"{path}{ending}")
        assert "where the evidence stands" in response.text or ending
        assert (response.status_code, response.headers["x-robots-tag"]) == (200, "noindex")
        assert [filled_site.http.get(f"/digests/{n}{ending}").status_code for n in range(2, 14)] == [404] * 12
    assert filled_site.http.get(f"{path[:-1]}").status_code == 404
    assert filled_site.http.get(f"{path}/as-sent").text.count(path) >= 1


def test_the_site_may_live_below_a_path(sqlite_db: Database, tmp_path: Path) -> None:
    """Behind a proxy that keeps the path, and behind one that cuts it off."""
    with open_site(sqlite_db, tmp_path, path="/monitor") as site:
        assert 'href="/monitor/style.css"' in site.http.get("/topics/ccsvi").text
        root = site.url.removesuffix("/monitor")
        assert site.http.get(f"{root}/topics/ccsvi").status_code == 200
        for index in (site.url, f"{site.url}/"):
            assert site.http.get(index).headers["location"] == "/monitor/topics/ccsvi"
        site.sign_up()
        assert "/monitor/confirm/" in site.mails()[0]
        assert site.http.post(f"{root}{site.link_in_last(Purpose.CONFIRM)}").status_code == 200
