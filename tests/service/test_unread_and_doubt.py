"""What cannot be read and what is not believed is told to everybody whom it concerns, from the clock to the mailbox."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest

from monitor import config, store
from monitor.commands.status import read_status
from monitor.model import SearchState, Settings, Unread
from monitor.ports import Sources
from monitor.sandbox import Fault
from monitor.service import connections, tick
from monitor.service.alerting.notices import AlertState, notice, notice_unread
from monitor.service.connections import Connections
from monitor.service.tick import Tick
from monitor.sources.pubmed import Client
from tests.support.installation import World

BEGIN = datetime(2012, 2, 1, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
EVERYTHING = [str(pmid) for pmid in range(101, 110)]
#: PMID 102, a trial that cites the seed, is public from then on.
NEWS = datetime(2012, 3, 2, 12, 0, tzinfo=UTC)


def settings_of(world: World) -> Settings:
    """The world's configuration."""
    return config.load(world.config, {"MONITOR_SECRET_KEY": "k" * 32})


@contextmanager
def connected(settings: Settings, at: datetime) -> Iterator[Connections]:
    """The service's connections, without its pauses between two tries of a request."""
    pubmed = Client(settings.pubmed, sleep=lambda _seconds: None)
    with connections.connected(settings, at) as works:
        yield replace(works, sources=Sources(pubmed, pubmed, pubmed))


def tick_at(world: World, at: datetime) -> Tick:
    """It is `at`, also at PubMed; one tick."""
    world.pubmed.at = at
    with connected(settings_of(world), at) as works:
        return tick.run_due(works, at)


def parts(message: EmailMessage) -> list[str]:
    """The text and the HTML of a mail, each on one line."""
    found = (message.get_body([kind]) for kind in ("plain", "html"))
    return [" ".join(part.get_content().split()) for part in found if part]


def to_operator(world: World) -> list[tuple[str, str]]:
    """Subject and text of each mail to the operator."""
    return [(str(m.message["Subject"]), m.message.get_content()) for m in world.mailbox.to("jane@example.org")]


def test_an_unread_article_is_told_to_readers_operator_log_and_status(
    world: World,
) -> None:
    """In the mail by its PMID with a link; to the operator after a day; to all when it is read."""
    tick_at(world, BEGIN)
    rule = world.pubmed.faults.add(Fault.RECORDS_LEFT_OUT, endpoint="efetch", pmids=["102"])
    done = tick_at(world, NEWS)
    assert "1 article not readable yet" in done.summary()
    assert sum(poll.unread for poll in done.polls) == 1
    later = tick_at(world, NEWS + DAY)
    assert "1 article not readable yet" in later.summary()
    (mail,) = world.mailbox.to("ann@example.org")[1:]
    assert all("102" in part for part in parts(mail.message))
    assert "https://pubmed.ncbi.nlm.nih.gov/102/" in parts(mail.message)[1]
    with connected(settings_of(world), NEWS + DAY) as works:
        status = read_status(works.settings, works.db, NEWS + DAY)
    assert [one.pmid for one in status.topics[0].unread] == ["102"]
    assert not status.is_current
    assert {search.freshness.state for search in status.topics[0].searches if search.freshness} == {"current"}
    ((subject, text),) = to_operator(world)
    assert subject == "Monitor: 1 article of veins cannot be read"
    assert "PMID 102" in text
    assert "did not return its record" in text
    world.pubmed.faults.rules.remove(rule)
    for days in (2, 3, 4):
        tick_at(world, NEWS + days * DAY)
    assert len(to_operator(world)) == 1
    last = world.mailbox.to("ann@example.org")[-1].message
    assert all("randomized trial" in part for part in parts(last))


def test_a_search_in_doubt_is_told_at_once_to_the_operator_and_in_every_digest(world: World) -> None:
    """The index answers nothing for two days; a citing article is news meanwhile."""
    tick_at(world, BEGIN)
    world.pubmed.faults.add(Fault.IDS_LEFT_OUT, endpoint="esearch", pmids=EVERYTHING)
    done = tick_at(world, NEWS)
    assert "in doubt" in done.summary()
    subject, text = to_operator(world)[0]
    assert "is in doubt" in subject
    assert "monitor poll --accept veins/jugular" in text
    assert "PubMed lists only 0 of the 2 articles held" in text
    tick_at(world, NEWS + DAY)
    (mail,) = world.mailbox.to("ann@example.org")[1:]
    assert all("in doubt since" in part for part in parts(mail.message))
    assert all("2 matches" in part for part in parts(mail.message))  # as of the last answer that was believed
    world.pubmed.faults.clear()
    tick_at(world, NEWS + 2 * DAY)
    subjects = [subject for subject, _ in to_operator(world)]
    assert len(subjects) == 2
    assert "is believed again" in subjects[1]


def test_the_operator_sees_a_doubt_and_accepts_it(world: World) -> None:
    """On the command line: what is doubted, how to accept it, and that there is nothing left to accept."""
    world.pubmed.at = datetime(2016, 1, 1, tzinfo=UTC)
    assert world.run("tick").returncode == 0
    nothing = world.run("poll", "--accept", "veins/jugular")
    world.pubmed.faults.add(Fault.IDS_LEFT_OUT, endpoint="esearch", pmids=EVERYTHING)
    polled, status = world.run("poll", "veins", "jugular"), world.run("status")
    accepted = world.run("poll", "--accept", "veins/jugular", "--json")
    after = world.run("status")
    assert (nothing.returncode, "not in doubt" in nothing.stderr) == (2, True)
    assert "incomplete" in polled.stdout
    assert "lists only 0 of the 2 articles" in polled.stdout
    assert status.returncode == 1
    assert "in doubt since" in status.stdout
    assert "monitor poll --accept veins/jugular" in status.stdout
    assert [(one["gone"], one["doubt"]) for one in json.loads(accepted.stdout)] == [
        (1, "")
    ]  # another search lists the other
    assert (after.returncode, "in doubt" in after.stdout) == (0, False)


@pytest.mark.parametrize("words", [["--accept", "veins"], ["--accept", "veins/nope"], ["veins", "--accept", "veins/x"]])
def test_what_is_accepted_is_named_in_full(world: World, words: list[str]) -> None:
    """A search is accepted, never a topic."""
    assert world.run("poll", *words).returncode == 2


def test_status_names_an_unread_article_with_its_cause(world: World) -> None:
    """And its exit code says that something is wrong."""
    world.pubmed.at = datetime(2016, 1, 1, tzinfo=UTC)
    world.pubmed.faults.add(Fault.RECORDS_LEFT_OUT, endpoint="efetch", pmids=["106"])
    ticked = world.run("tick", "--json")
    status, as_json = world.run("status"), json.loads(world.run("status", "--json").stdout)
    assert sum(poll["unread"] for poll in json.loads(ticked.stdout)["polls"]) == 1
    assert "records not read" in ticked.stderr
    assert status.returncode == 1
    assert "Not read yet: PMID 106" in status.stdout
    assert "did not return its record" in status.stdout
    assert [one["pmid"] for one in as_json["topics"][0]["unread"]] == ["106"]


STATE = SearchState(
    "ccsvi", "veins", BEGIN, query="veins", translation="veins", doubt="PubMed lists only 0", doubt_since=BEGIN
)


def test_a_doubt_is_told_once_and_so_is_its_end() -> None:
    """A new one is told again."""
    told, (alert,) = notice(STATE, AlertState(query="veins"), BEGIN)
    assert alert.headline == "ccsvi/veins is in doubt"
    assert notice(STATE, told, BEGIN + DAY)[1] == []
    believed = SearchState("ccsvi", "veins", BEGIN, query="veins", translation="veins")
    told, (end,) = notice(believed, told, BEGIN + DAY)
    assert end.headline == "ccsvi/veins is believed again"
    assert notice(believed, told, BEGIN + DAY)[1] == []
    assert len(notice(STATE, told, BEGIN + DAY)[1]) == 1


def test_a_doubt_that_ends_because_the_operator_changed_the_query_is_no_news_to_the_operator() -> None:
    """The new query has its own history."""
    told, _ = notice(STATE, AlertState(query="veins"), BEGIN)
    mended = SearchState("ccsvi", "veins", BEGIN, query="veins[ti]", translation="veins[ti]")
    assert notice(mended, told, BEGIN + DAY)[1] == []


def test_unread_articles_are_told_after_a_day_and_each_once() -> None:
    """Those that are read meanwhile are forgotten."""
    first, second = (Unread("ccsvi", pmid, "veins", "cause", BEGIN, BEGIN) for pmid in ("1", "2"))
    told, none = notice_unread("ccsvi", [first], frozenset(), BEGIN + DAY - timedelta(seconds=1))
    assert (told, none) == (frozenset(), [])
    told, alerts = notice_unread("ccsvi", [first], told, BEGIN + DAY)
    assert [alert.headline for alert in alerts] == ["1 article of ccsvi cannot be read"]
    told, alerts = notice_unread("ccsvi", [first, second], told, BEGIN + DAY)
    assert "PMID 2" in alerts[0].text
    assert "PMID 1," not in alerts[0].text
    assert notice_unread("ccsvi", [second], told, BEGIN + DAY) == (frozenset({"2"}), [])


def test_a_topic_may_have_a_search_called_unread(world: World) -> None:
    """What was told of the one is not taken for the other."""
    text = world.config.read_text(encoding="utf-8").replace("name: jugular", "name: unread")
    world.config.write_text(text, encoding="utf-8")
    world.pubmed.faults.add(Fault.RECORDS_LEFT_OUT, endpoint="efetch", pmids=["101"])
    for days in range(3):
        tick_at(world, BEGIN + days * DAY)
    with connections.connected(settings_of(world), BEGIN) as works, works.db.read() as tx:
        assert len(store.unread.watched(tx, "veins")) == 1
    assert [subject for subject, _ in to_operator(world)] == ["Monitor: 1 article of veins cannot be read"]
