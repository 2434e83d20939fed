"""A bug that one search, topic, reader or mail brings out stops no other; it is told, and tried again ever later."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor import config, store
from monitor.demo.mailbox import Mailbox
from monitor.errors import MailError
from monitor.links import Links, Purpose
from monitor.model import DeliveryState, TransactionalKind
from monitor.sandbox import Server
from monitor.service import connections, tick
from monitor.service.alerting import failures
from monitor.service.alerting.bug_reports import MAX_KEPT, BugReports, masked
from monitor.service.alerting.failures import LONGEST_REST, Failure, Unit
from monitor.service.connections import Connections
from monitor.service.guard import Guard, Parts
from monitor.service.units import Units
from monitor.store import Database
from tests.support.installation import World, add_mice, install

NOW = datetime(2016, 1, 1, 12, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
#: An article of the topic "veins" alone.
SPOILT = "105"


@pytest.fixture
def world(tmp_path: Path, sandbox: Server) -> Iterator[World]:
    """An installation with two topics and two readers of both."""
    with Mailbox() as box, install(tmp_path, sandbox, box) as installed:
        add_mice(installed, "ann", "bob")
        yield installed


@pytest.fixture
def works(world: World) -> Iterator[Connections]:
    """What its service works with."""
    with connections.connected(config.load(world.config, dict(world.environ)), NOW) as opened:
        yield opened


def spoil(db: Database) -> str:
    """Make the record of SPOILT unreadable; returns what it was."""
    with db.begin() as tx:
        record = tx.exec_driver_sql("SELECT record FROM articles WHERE pmid = ?", (SPOILT,)).scalar()
    restore(db, '{"pmid": 1}')
    return str(record)


def restore(db: Database, record: str) -> None:
    """Undo that."""
    with db.begin() as tx:
        tx.exec_driver_sql("UPDATE articles SET record = ? WHERE pmid = ?", (record, SPOILT))


def kept(db: Database) -> dict[tuple[Unit, str], Failure]:
    """What fails, by unit and part."""
    with db.read() as tx:
        return {(one.unit, one.part): one for one in failures.all_failures(tx)}


def subjects(world: World, address: str = "ann@example.org") -> list[str]:
    """What a reader was mailed about."""
    return [str(mail.message["Subject"]) for mail in world.mailbox.to(address)]


def test_a_digest_that_cannot_be_composed_stops_no_other_and_is_told_with_its_number(
    works: Connections, world: World
) -> None:
    """In `status`, in an alert and in a file for whoever mends it; once mended it goes out, and nothing fails."""
    Units(works, NOW).poll()
    with works.db.begin() as tx:
        tx.exec_driver_sql("UPDATE searches SET warnings_seen = '{' WHERE topic = 'veins'")
    done = tick.run_due(works, NOW + HOUR)
    (failure,) = [one for one in done.failures if one.unit is Unit.DIGESTS]
    assert failure.part.startswith("veins")
    assert len(subjects(world)) == 1
    mails = (mail.message for mail in world.mailbox.to("jane@example.org"))
    (alert,) = (mail for mail in mails if failure.bug in mail.get_content())  # once, whatever else is wrong
    report = world.folder / "bug-reports" / f"{failure.bug}.txt"
    assert str(report) in alert.get_content()
    assert report.stat().st_mode & 0o777 == 0o600
    assert "Traceback" in report.read_text()
    with works.db.begin() as tx:
        tx.exec_driver_sql("UPDATE searches SET warnings_seen = '[]' WHERE topic = 'veins'")
    assert failure.bug in world.run("status").stdout
    assert failure.bug in {one["bug"] for one in json.loads(world.run("status", "--json").stdout)["failures"]}
    tick.run_due(works, NOW + DAY)
    assert len(subjects(world)) == 2
    assert kept(works.db) == {}


def test_what_fails_again_and_again_rests_ever_longer(works: Connections) -> None:
    """A minute, two, four …, an hour at most; a clock that is set back must not silence it."""
    tries: list[datetime] = []
    at = NOW

    def fail(parts: Parts, now: datetime) -> int:
        def work() -> int:
            tries.append(now)
            raise KeyError(now)

        return 0 if parts.is_resting("a topic") else parts.attempt("a topic", work, lambda _: 0)

    while at < NOW + DAY / 4:
        Guard(works.db, at).run(Unit.REASSESSMENT, lambda parts, at=at: fail(parts, at), 0)  # type: ignore[misc]
        at += MINUTE
    waits = [after - before for before, after in itertools.pairwise(tries)]
    assert waits[:4] == [MINUTE, MINUTE, 2 * MINUTE, 4 * MINUTE]
    assert max(waits) == LONGEST_REST
    (failure,) = kept(works.db).values()
    assert (failure.failures_in_row, failure.since) == (len(tries), NOW)
    Guard(works.db, NOW).run(Unit.REASSESSMENT, lambda parts: fail(parts, NOW), 0)
    assert tries[-1] == NOW
    Guard(works.db, at + HOUR).run(Unit.REASSESSMENT, lambda _: 1, 0)
    assert kept(works.db) == {}


def test_two_services_that_fail_in_the_same_minute_both_stand_on_record(db: Database) -> None:
    """Each had read what failed before the other's failure was stored; neither takes the other's back."""

    def failing(part: str, at: datetime) -> Parts:
        parts = Guard(db, at).parts(Unit.POLLS)
        parts.note("old", MailError("before"))
        return Guard(db, at + MINUTE).parts(Unit.POLLS)

    one, other = (failing("old", at) for at in (NOW, NOW + MINUTE))
    one.note("veins/weekly", MailError("seen by the one"))
    one.note("both", MailError("seen by the one"))
    other.note("mice/daily", MailError("seen by the other"))
    other.note("both", MailError("seen by the other"))
    other.note("old", MailError("again"))
    one.forget_the_others()
    found = kept(db)
    assert {part for _, part in found} == {"veins/weekly", "mice/daily", "both", "old"}
    assert found[Unit.POLLS, "both"].since == NOW + MINUTE
    other.forget_the_others()
    Guard(db, NOW + HOUR).parts(Unit.POLLS).forget_the_others()
    assert kept(db) == {}


def test_of_many_failures_and_bugs_the_latest_are_kept(db: Database) -> None:
    """They must not fill the database."""
    for number in range(failures.MAX_FAILURES + 3):
        at = NOW + number * MINUTE
        error = type(f"Error{number}", (Exception,), {})()
        Guard(db, at).parts(Unit.POLLS).note(f"search {number}", error)
    with db.read() as tx:
        bugs = failures.bugs(tx, NOW + HOUR)
    assert (len(kept(db)), len(bugs)) == (failures.MAX_FAILURES, failures.MAX_BUGS)
    assert (Unit.POLLS, "search 2") not in kept(db)
    assert bugs[-1].last_at == NOW + (failures.MAX_FAILURES + 2) * MINUTE


def test_a_bug_that_a_topic_s_articles_bring_out_keeps_no_other_topic_from_being_judged_again(
    works: Connections,
) -> None:
    """New rules: one topic is done, the other is tried again."""
    tick.run_due(works, NOW)
    record = spoil(works.db)
    with works.db.begin() as tx:
        tx.exec_driver_sql("UPDATE topics SET judged_by = 'old'")
    assert Units(works, NOW + MINUTE).reassess() == ["mice"]
    assert list(kept(works.db)) == [(Unit.REASSESSMENT, "veins")]
    restore(works.db, record)
    assert Units(works, NOW + 2 * MINUTE).reassess() == ["veins"]
    assert kept(works.db) == {}


class _BuggyLinks(Links):
    """Links that cannot be made for one subscription."""

    def url(self, purpose: Purpose, number: int, at: datetime) -> str:
        """Its URL."""
        return super().url(purpose, number // (number - 1) and number, at)


def test_a_copy_that_cannot_be_made_keeps_nobody_else_waiting(works: Connections, world: World) -> None:
    """It is tried again after minutes, and arrives when the bug is gone."""
    buggy = replace(works, links=_BuggyLinks(works.settings.secret_keys))
    done = tick.run_due(buggy, NOW)
    states = {one.unit: one for one in done.failures}
    assert states[Unit.DELIVERIES].is_bug
    assert done.deliveries.sent == 3
    assert (len(subjects(world)), len(subjects(world, "bob@example.org"))) in {(1, 2), (2, 1)}
    assert tick.run_due(works, NOW + HOUR).deliveries.sent == 1
    assert len(subjects(world)) == len(subjects(world, "bob@example.org")) == 2
    assert kept(works.db) == {}


def test_a_stored_digest_that_cannot_be_read_fails_no_reader_s_copy_for_good(works: Connections, world: World) -> None:
    """It was taken for addresses that cannot be used, and nobody got it, not even later."""
    units = Units(works, NOW)
    units.poll()
    units.compose()
    with works.db.begin() as tx:
        record = tx.exec_driver_sql("SELECT record FROM digests WHERE topic = 'veins'").scalar()
        tx.exec_driver_sql("UPDATE digests SET record = '[]' WHERE topic = 'veins'")
    done = units.deliver()
    assert (done.sent, done.failed) == (2, 0)
    with works.db.begin() as tx:
        tx.exec_driver_sql("UPDATE digests SET record = ? WHERE topic = 'veins'", (record,))
    Units(works, NOW + HOUR).deliver()
    with works.db.read() as tx:
        assert store.delivery_counts.counts(tx)[DeliveryState.SENT] == 4


def test_a_transactional_mail_that_cannot_be_written_keeps_no_other_waiting(works: Connections, world: World) -> None:
    """Two visitors asked for their links; the one's page says that the mail comes, and it does, later."""
    with works.db.begin() as tx:
        people = [store.subscribers.find(tx, f"{name}@example.org")[0] for name in ("ann", "bob")]
        wanted = [(one.id, one.address) for one in people]
        store.transactional.add_all(tx, TransactionalKind.LINK, wanted, NOW)
    buggy = replace(works, links=_BuggyLinks(works.settings.secret_keys))
    assert Units(buggy, NOW).send_transactional() == 1
    assert [one.is_bug for one in kept(works.db).values()] == [True]
    assert Units(works, NOW + HOUR).send_transactional() == 1
    assert kept(works.db) == {}


def test_one_kind_of_alert_that_cannot_be_found_out_stops_no_other(works: Connections, world: World) -> None:
    """What is kept about one is spoilt; the operator hears of the other, and of the bug."""
    with works.db.begin() as tx:
        store.meta.put(tx, "alert/bounces", "[", NOW)
        store.meta.put(tx, "alert/unread articles/veins", "no JSON", NOW)
        tx.exec_driver_sql(
            "UPDATE searches SET failures_in_row = 9, first_failure_at = '2015-12-31', due_at = '2016-01-01 18:00'"
        )
    done = tick.run_due(works, NOW)
    assert any("has failed for" in alert.headline for alert in done.alerts)
    assert any("a bug in Monitor" in alert.headline for alert in done.alerts)


def test_a_report_names_nobody_and_no_secret(tmp_path: Path) -> None:
    """It is sent to strangers."""
    link = "https://u:pw@h/unsubscribe/eyJ1IjoxfQ.abc0123456789-abcdefghij_klm"
    text = f"KeyError: 'Jane <jane@example.org>' at {link} hunter2"
    shown = masked(text, ["hunter2"])
    assert not [word for word in ("jane@", "hunter2", "eyJ1", "pw@") if word in shown]
    try:
        raise KeyError("jane@example.org hunter2")
    except KeyError as error:
        reports = BugReports(tmp_path / "reports", ("hunter2",))
        report = Path(reports.write(error, "polls", NOW)).read_text()
    assert not [word for word in ("jane@", "hunter2") if word in report.partition("KeyError: ")[2]]


def test_reports_do_not_fill_the_disk(tmp_path: Path) -> None:
    """The latest are kept."""
    reports = BugReports(tmp_path / "reports")
    for number in range(MAX_KEPT + 5):
        kind = type(f"Error{number}", (Exception,), {})
        reports.write(kind(), "polls", NOW)
    assert len(list((tmp_path / "reports").iterdir())) == MAX_KEPT
    (tmp_path / "file").touch()
    assert "not written" in BugReports(tmp_path / "file" / "reports").write(KeyError(), "polls", NOW)


def test_one_broad_except_is_in_monitor() -> None:
    """Everything else is parsed into a value or refused where it comes in."""
    folder = Path(failures.__file__).parents[1]
    broad = [path.name for path in folder.rglob("*.py") for line in path.read_text().splitlines()
             if line.strip().startswith(("except Exception", "except BaseException", "except:"))]  # fmt: skip
    assert broad == ["guard.py"]
