"""The replay reports what a correct service would have reported from 2009 to today, day by day."""

from __future__ import annotations

import json
import pickle
import re
import shutil
import socket
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from html import unescape
from pathlib import Path

import httpx
import pytest

from monitor import store, web
from monitor.demo import corpus
from monitor.demo.folder import Folder
from monitor.demo.replay import OUTAGE, SITE, SUBSCRIBERS, TOPIC, links_of, replay, settings_of
from monitor.demo.story import Step, Story
from monitor.model import AnswerState, Change, ChangeKind, DigestKind, Frequency
from monitor.service import tick
from monitor.store import Database
from tests.support.run import Run

UNTIL = date(2026, 11, 23)

#: What `monitor demo --json` wrote for UNTIL, but for the seconds it took: a change of it is a change for readers.
HISTORY = Path(__file__).with_name("answer_history.json")

#: Lines of the answer that say how trials stand in registries.
OF_REGISTRIES = re.compile(r"\w+ registered trials? |The registr(?:y|ies) of ")

#: The true timeline: when the answer changed, to what, and by which report. 2009-01-01 is the baseline.
TIMELINE = [
    ("2009-01-01", AnswerState.NONE, None),
    ("2009-12-01", AnswerState.UNCONTROLLED, "ccsvi-014"),
    ("2011-08-12", AnswerState.CONTROLLED, "ccsvi-006"),
    ("2012-10-03", AnswerState.CONTROLLED, "ccsvi-008"),
    ("2012-12-12", AnswerState.CONTROLLED, "ccsvi-009"),
    ("2014-06-27", AnswerState.SHAM_CONTROLLED, "ccsvi-001"),
    ("2014-08-19", AnswerState.SHAM_CONTROLLED, "ccsvi-002"),
    ("2017-11-18", AnswerState.SEVERAL_AGREE, "ccsvi-003"),
    ("2018-09-28", AnswerState.SEVERAL_AGREE, "ccsvi-004"),
    ("2019-05-30", AnswerState.SEVERAL_AGREE, "ccsvi-011"),
    ("2019-08-23", AnswerState.SEVERAL_DISAGREE, "ccsvi-005"),
]
PMIDS = {entry.id: entry.pmid for entry in corpus.entries()}


@dataclass
class Replayed:
    """A finished replay: its story, its folder and its database."""

    story: Story
    folder: Path
    db: Database

    def step(self, day: str) -> Step:
        """The change of the answer on `day`."""
        return next(step for step in self.story.steps if str(step.on) == day)

    def changes(self, id_: str) -> list[Change]:
        """The changes recorded about a report of the corpus."""
        with self.db.read() as tx:
            return store.changes.for_article(tx, TOPIC, PMIDS[id_])


@pytest.fixture(scope="session")
def replayed(this_run: Run) -> Iterator[Replayed]:
    """The whole replay, once for the run: tests only read it."""
    made = this_run.once("replay", _replay)
    db = store.open(f"sqlite:///{made / 'demo' / 'monitor.db'}")
    yield Replayed(pickle.loads((made / "story").read_bytes()), made / "demo", db)  # noqa: S301  written by us
    db.close()


def _replay(made: Path) -> None:
    """Replay into `made`/demo, and leave its story beside it."""
    folder = Folder(made / "demo")
    folder.start_clean()
    (made / "story").write_bytes(pickle.dumps(replay(folder, tick.poll_and_mail, until=UNTIL)))


def test_the_answer_changes_on_every_true_date_and_on_no_other(replayed: Replayed) -> None:
    """S0 to S8, each on its day, each with the report that caused it."""
    found = [(str(s.on), s.record.answer.state, {c.article.pmid for c in s.causes}) for s in replayed.story.steps]
    assert found == [(day, state, {PMIDS[id_]} if id_ else set()) for day, state, id_ in TIMELINE]


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("2011-08-12", ["15 people", "no randomised trial"]),
        ("2012-10-03", ["protocol", "no result yet"]),
        ("2012-12-12", ["no eligible randomised trial"]),
        ("2014-06-27", ["sham-controlled", "19 people", "no benefit"]),
        ("2017-11-18", ["Two", "134 people", "neither"]),
        ("2018-09-28", ["Three", "238 people", "none"]),
        ("2019-05-30", ["three randomised trials"]),
        ("2019-08-23", ["238 people", "wait-list", "66 people"]),
    ],
)
def test_the_answer_says_what_was_true_that_day(day: str, words: list[str], replayed: Replayed) -> None:
    """Numbers of people, kind of control, and what the trials found."""
    sentence = replayed.step(day).record.answer.sentence
    assert [word for word in words if word not in sentence] == []


def test_the_trials_and_not_the_papers_are_counted(replayed: Replayed) -> None:
    """Three sham-controlled, one wait-list, one not randomised; each with its own number of people."""
    last = replayed.story.steps[-1].record.answer
    assert sorted((trial.sample_size, str(trial.control)) for trial in last.trials if trial.randomized) == [
        (19, "sham"),
        (66, "wait list"),
        (104, "sham"),
        (115, "sham"),
    ]


def test_the_erratum_is_told_as_a_correction_of_the_trial(replayed: Replayed) -> None:
    """On 19 August 2014 the trial is flagged as corrected; no trial is added."""
    kinds = {change.kind: str(change.at.date()) for change in replayed.changes("ccsvi-001")}
    assert kinds[ChangeKind.CORRECTED] == "2014-08-19"
    before, after = replayed.step("2014-06-27").record.answer, replayed.step("2014-08-19").record.answer
    assert before.sentence == after.sentence
    assert [t.flags for t in after.trials if PMIDS["ccsvi-001"] in {r.pmid for r in t.reports}] == [("corrected",)]


@pytest.mark.parametrize(
    ("day", "what"),
    [
        ("2010-03-17", "the first trial is registered"),
        ("2011-10-03", "a meta-analysis finds an association"),
        ("2012-04-10", "an uncontrolled series asks for a randomized trial"),
        ("2013-06-03", "a second paper of the pilot"),
        ("2013-10-09", "a blinded case-control study by a later trial's group"),
        ("2013-10-20", "the imaging sub-study of a randomized trial"),
        ("2014-04-08", "a summary of a review that is out of date soon"),
        ("2014-06-03", "two techniques compared without randomisation"),
        ("2018-01-14", "a positive series without control"),
        ("2019-01-16", "guidance"),
        ("2019-11-17", "a positive subgroup of a trial already counted"),
        ("2020-08-03", "the treatment in another disease"),
        ("2023-06-28", "another meta-analysis of association"),
        ("2024-05-13", "stents in people without multiple sclerosis"),
    ],
)
def test_the_answer_stays_when(day: str, what: str, replayed: Replayed) -> None:
    """What a naive reader would announce changes nothing."""
    assert day not in {str(step.on) for step in replayed.story.steps}


def test_reports_of_a_trial_are_still_told(replayed: Replayed) -> None:
    """The imaging sub-study and the expanded analysis arrive as new articles on their day."""
    for id_, day in (("ccsvi-099", "2013-10-20"), ("ccsvi-007", "2019-11-17")):
        arrivals = [c for c in replayed.changes(id_) if c.kind in (ChangeKind.NEW, ChangeKind.CITING)]
        assert {str(change.at.date()) for change in arrivals} == {day}


def test_nothing_from_before_the_replay_is_told_as_news(replayed: Replayed) -> None:
    """The hypothesis of 2006 is baseline."""
    assert replayed.changes("ccsvi-139") == []


def test_the_outage_is_told_and_loses_nothing(replayed: Replayed) -> None:
    """Four days without PubMed: the next digest says so, the article of those days arrives after."""
    assert replayed.story.counts.failed_polls == 4 * len(replayed.story.topic.searches)
    late = replayed.changes("ccsvi-066")
    assert {str(change.at.date()) for change in late} == {"2015-05-15"}
    with replayed.db.read() as tx:
        told = next(
            d for d in replayed.story.digests if d.frequency is Frequency.WEEKLY and d.until.date() > OUTAGE.last
        )
        digest, rendered = store.digests.get(tx, told.id)
    assert str(told.until.date()) == "2015-05-18"
    assert {search_report.failures for search_report in digest.search_reports} == {4}
    assert all(search_report.gaps for search_report in digest.search_reports)
    assert "2015-05-11" in rendered.text


def test_every_digest_reaches_its_mailbox(replayed: Replayed) -> None:
    """One mail for each digest, as an .eml that a mail program can read, with the digest's subject."""
    for address, frequency in SUBSCRIBERS.items():
        files = sorted((replayed.folder / "mail" / address).glob("*.eml"))
        mails = [BytesParser(policy=policy.default).parsebytes(file.read_bytes()) for file in files]
        wanted = [digest.subject for digest in replayed.story.digests if digest.frequency is frequency]
        assert sorted(str(mail["Subject"]) for mail in mails) == sorted(wanted)
        assert {str(mail["To"]).strip("<>") for mail in mails} == {address}


def test_the_answer_is_told_at_once_on_its_day(replayed: Replayed) -> None:
    """Who wants to know at once gets a digest on the day of each change."""
    at_once = [d for d in replayed.story.digests if d.frequency is Frequency.AT_ONCE and d.answer_changed]
    assert [str(d.until.date()) for d in at_once] == [day for day, *_ in TIMELINE[1:]]


def test_weekly_digests_come_on_mondays(replayed: Replayed) -> None:
    """A missed weekly digest is not sent in the middle of a week."""
    news = [d for d in replayed.story.digests if d.frequency is Frequency.WEEKLY and d.kind is not DigestKind.WELCOME]
    assert {digest.until.weekday() for digest in news} == {0}


def test_the_history_can_be_read_by_a_machine(replayed: Replayed) -> None:
    """`--json` names date, states, cause, trial and basis of each change, and the counts."""
    told = json.loads(json.dumps(replayed.story.as_json()))
    first = next(answer for answer in told["answers"] if answer["date"] == "2014-06-27")
    assert first["from"] == "controlled, not randomized"
    assert first["to"] == "sham- or placebo-controlled"
    assert first["causes"][0]["pmid"] == "24975855"
    assert first["causes"][0]["trial"]["numbers"] == ["NCT01450072"]
    assert first["basis"]
    assert told["counts"]["digests"] == len(replayed.story.digests)
    assert told["counts"]["deliveries"] >= told["counts"]["digests"]


def test_the_whole_history_is_the_recorded_one_byte_for_byte(replayed: Replayed) -> None:
    """Every sentence, line, cause and basis: moving code must not change a character of what is reported.

    But for what registries add, which is told by number and by day in `test_replay_outside`.
    """
    told, recorded = replayed.story.as_json(), json.loads(HISTORY.read_text("utf-8"))
    assert told.pop("took_s") > 0
    for history in (told, recorded):
        counts = history.pop("counts")
        assert (counts["articles"], counts["failed_polls"]) == (147, 16)
        for answer in history["answers"]:
            answer["lines"] = [line for line in answer["lines"] if not OF_REGISTRIES.match(line)]
    assert json.dumps(told, indent=2, ensure_ascii=False) == json.dumps(recorded, indent=2, ensure_ascii=False)


def test_the_page_needs_nothing_from_outside(replayed: Replayed) -> None:
    """No script, no style sheet, no picture from elsewhere; every link inside leads to a file."""
    page = (replayed.folder / "index.html").read_text("utf-8")
    assert "<script" not in page
    assert "<svg" in page
    assert not re.search(r'(src|<link[^>]+href)="https?:', page)
    inside = re.findall(r'href="(?!https?:|#)([^"]+)"', page)
    assert inside
    assert [name for name in inside if not (replayed.folder / name).exists()] == []


def test_the_page_says_what_is_not_a_fact(replayed: Replayed) -> None:
    """Illustrative citations, dates from memory, abstracts of ours, ids that PubMed will never have."""
    page = (replayed.folder / "index.html").read_text("utf-8")
    for words in ("Illustrative", "from memory", "Written for the demo", "990000001", "Not in PubMed"):
        assert words in page


def test_the_replay_stays_on_this_machine(replayed: Replayed) -> None:
    """Everything the demo wrote is in its folder, and its list knows all of it."""
    listed = set((replayed.folder / ".written-by-monitor-demo").read_text("utf-8").splitlines())
    files = {str(path.relative_to(replayed.folder)) for path in replayed.folder.rglob("*") if path.is_file()}
    assert files - listed <= {".written-by-monitor-demo"}


def test_every_link_to_the_demos_own_site_is_answered(replayed: Replayed, tmp_path: Path) -> None:
    """In the first and the last mails of each reader: digest, articles, preferences, unsubscribe by one click."""
    shutil.copytree(replayed.folder, tmp_path / "demo")
    with socket.create_server(("127.0.0.1", 0)) as free:
        listen = f"127.0.0.1:{free.getsockname()[1]}"
    settings = settings_of(Folder(tmp_path / "demo"))
    settings = replace(settings, web=replace(settings.web, listen=listen))
    with closing(store.open(settings.database_url)) as db, web.serving(settings, links_of(settings), db):
        for address in SUBSCRIBERS:
            mails = sorted((tmp_path / "demo" / "mail" / address).glob("*.eml"))
            read = [
                BytesParser(policy=policy.default).parsebytes(one.read_bytes()) for one in (*mails[:2], *mails[-2:])
            ]
            for mail in read:
                _follow_links(mail, listen)
            assert [_click_once(mail, listen) for mail in read] == [1, 0, 0, 0]


def _follow_links(mail: EmailMessage, listen: str) -> None:
    body = mail.get_body(("html",))
    assert body
    links = {unescape(link) for link in re.findall(rf'href="({SITE}[^"]*)"', body.get_content())}
    kinds = {link.removeprefix(SITE).split("/")[1] for link in links}
    assert {"digests", "preferences", "unsubscribe", "topics"} <= kinds
    for link in links:
        assert httpx.get(link.replace(SITE, f"http://{listen}"), timeout=60).status_code == 200, link


def _click_once(mail: EmailMessage, listen: str) -> int:
    """Press a mail program's unsubscribe button; how many subscriptions ended."""
    one_click = re.search(rf"<({SITE}[^>]*)>", mail["List-Unsubscribe"])
    assert one_click
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    answer = httpx.post(
        one_click[1].replace(SITE, f"http://{listen}"), data={"List-Unsubscribe": "One-Click"}, timeout=60
    )
    return int(answer.text.removeprefix("Subscriptions ended: "))
