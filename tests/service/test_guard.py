"""One unit of work that goes wrong stops no other; the operator reads what failed, and why."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor import config, log, store
from monitor.errors import ConflictError, MailError
from monitor.links import CONFIRM_WITHIN
from monitor.mail.smtp import SmtpMailer
from monitor.model import BounceSettings, Frequency, Subscription, SubscriptionState
from monitor.sandbox.faults import Fault
from monitor.service import connections, tick
from monitor.service.alerting import failures
from monitor.service.alerting.failures import Failure, Unit
from monitor.service.connections import Connections
from monitor.service.guard import Guard, Parts
from monitor.service.units import Units
from monitor.store import Database
from tests.support.installation import World, eventually
from tests.support.mailboxes import maildir

NOW = datetime(2016, 1, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def works(world: World) -> Iterator[Connections]:
    """What its service works with."""
    with connections.connected(config.load(world.config, dict(world.environ)), NOW) as opened:
        yield opened


def kept(db: Database) -> list[Failure]:
    """What `monitor status` shows."""
    with db.read() as tx:
        return failures.all_failures(tx)


def an_alert_is_pending(works: Connections) -> None:
    """A search has failed for a day, and is not due for some hours."""
    since, due = ((NOW + timedelta(hours=hours)).replace(tzinfo=None).isoformat(" ") for hours in (-24, 6))
    with works.db.begin() as tx:
        tx.exec_driver_sql(
            "UPDATE searches SET failures_in_row = 9, first_failure_at = ?, due_at = ? WHERE name = 'veins'",
            (since, due),
        )


def test_a_mail_server_that_is_down_stops_neither_returned_mail_nor_the_clean_up(works: Connections) -> None:
    """Also with an alert to the operator pending; all that could not be mailed is tried again."""
    tick.poll_and_mail(works, NOW - timedelta(days=10))
    an_alert_is_pending(works)
    maildir(works.settings.path.parent / "returned")
    with works.db.begin() as tx:
        stranger = Subscription("veins", "x@example.org", Frequency.DAILY, SubscriptionState.UNCONFIRMED)
        store.subscribers.add(tx, stranger, NOW - CONFIRM_WITHIN - timedelta(hours=1))
    settings = replace(works.settings, bounces=BounceSettings(works.settings.path.parent / "returned"))
    nobody = SmtpMailer(replace(works.settings.smtp, port=1))
    done = tick.run_due(replace(works, settings=settings, mailer=nobody), NOW)
    assert {(failure.unit, failure.is_bug) for failure in done.failures} >= {(Unit.ALERTS, False)}
    assert done.collected is not None
    with works.db.read() as tx:
        assert store.subscribers.find(tx, "x@example.org") == []
    assert "cannot be reached" in {failure.unit: failure.error for failure in kept(works.db)}[Unit.ALERTS]
    assert tick.run_due(works, NOW + timedelta(hours=1)).alerts
    assert kept(works.db) == []


def test_a_bug_in_one_unit_is_logged_whole_and_the_others_go_on(
    works: Connections, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is kept about alerts can no longer be read."""
    log.setup()
    with works.db.begin() as tx:
        store.meta.put(tx, "alert/veins/veins", "no JSON", NOW)
    done = tick.run_due(works, NOW)
    assert [(failure.unit, failure.is_bug) for failure in done.failures] == [(Unit.ALERTS, True)]
    assert done.deliveries.sent == 2
    assert "JSONDecodeError" in done.summary()
    told = capsys.readouterr().err
    assert "operator not alerted" in told
    assert "Traceback" in told


def test_tick_exits_with_3_for_a_bug_and_status_shows_it_until_it_is_gone(world: World) -> None:
    """Cron mails what was printed; the process does not end in a traceback."""
    assert world.run("tick").returncode == 0
    db = store.open(config.load(world.config, {}).database_url)
    with db.begin() as tx:
        store.meta.put(tx, "alert/veins/veins", "no JSON", NOW)
        tx.exec_driver_sql("UPDATE searches SET polls_noticed = 0")
    done = world.run("tick")
    assert done.returncode == 3
    assert "Failed: operator alerts. searches: JSONDecodeError" in done.stdout
    assert "operator alerts. searches: JSONDecodeError" in world.run("status").stdout
    assert json.loads(world.run("status", "--json").stdout)["failures"][0]["is_bug"] is True
    with db.begin() as tx:
        store.meta.remove(tx, "alert/veins/veins")
        tx.exec_driver_sql("UPDATE leases SET leased_until = NULL")
    db.close()
    assert world.run("tick").returncode == 0
    told = world.run("status").stdout
    assert "Failed" not in told
    assert "1 time, last at" in told  # the bug itself stays on record, for whoever reports it


def test_tick_exits_with_1_when_the_mail_server_is_down(world: World) -> None:
    """As when a poll failed."""
    text = world.config.read_text(encoding="utf-8").replace(f"port: {world.mailbox.port}", "port: 1")
    world.config.write_text(text, encoding="utf-8")
    done = world.run("tick")
    assert done.returncode == 1
    assert done.stdout.count("cannot be reached") == 1


def test_work_that_another_process_took_over_is_no_failure(works: Connections) -> None:
    """Our lease had run out; what we saved was not needed."""
    units = Guard(works.db, NOW)

    def taken_over(_: object) -> int:
        raise ConflictError("The work 'seed context' is not saved: another process took its place.")

    assert units.run(Unit.SEED_CONTEXT, taken_over, 7) == 7
    assert units.failures == []


def test_a_part_that_failed_alone_is_kept_as_the_failure_of_its_unit(works: Connections) -> None:
    """The rest of the unit counts."""
    units = Guard(works.db, NOW)

    def work(parts: Parts) -> int:
        return parts.attempt("veins, weekly", lambda: {}["name"], lambda _: 3)

    assert units.run(Unit.DIGESTS, work, 0) == 3
    (failure,) = kept(works.db)
    assert (failure.unit, failure.part, failure.at, failure.is_bug) == (Unit.DIGESTS, "veins, weekly", NOW, True)
    assert failure.error == f"veins, weekly: KeyError: 'name' (bug {failure.bug})"


def test_a_database_that_cannot_be_used_fails_every_unit_and_raises_nothing(works: Connections) -> None:
    """Not even where the failure should be kept."""
    with works.db.migrate() as tx:
        tx.exec_driver_sql("ALTER TABLE meta RENAME TO away")
    units = Units(works, NOW)
    units.beat()
    assert [failure.unit for failure in units.failures] == [Unit.HEARTBEAT]


def test_mail_goes_out_while_a_poll_hangs(world: World) -> None:
    """Each unit has a beat of its own: somebody new is welcomed although PubMed says nothing."""
    assert world.run("tick").returncode == 0
    with connections.opened(config.load(world.config, dict(world.environ)), NOW) as (_, db), db.begin() as tx:
        tx.exec_driver_sql("UPDATE searches SET due_at = '2020-01-01', last_success_at = '2016-01-01 12:00:00'")
    with (world.folder / "people.csv").open("a") as people:
        people.write("carol@example.org\n")
    world.pubmed.faults.add(Fault.HANG)
    asked = len(world.pubmed.requests)
    process = world.start("run")
    eventually(lambda: len(world.pubmed.requests) > asked)  # now it hangs
    eventually(lambda: world.mailbox.to("carol@example.org"))
    db = store.open(config.load(world.config, {}).database_url)
    with db.read() as tx:
        polled_at = {state.last_success_at for state in store.searches.states(tx, "veins")}
    db.close()
    assert polled_at == {NOW}
    for _ in range(2):  # the second ends it at once
        process.send_signal(signal.SIGTERM)
        time.sleep(1)
    process.communicate(timeout=60)


def test_a_mailer_that_raises_what_nobody_expects_stops_no_poll(works: Connections) -> None:
    """The first digest goes to nobody, and is sent with the next tick."""

    class Broken(SmtpMailer):
        def send_queue(self, _outbox: object) -> None:
            raise RuntimeError("a library has changed")

    done = tick.run_due(replace(works, mailer=Broken(works.settings.smtp)), NOW)
    assert [(failure.unit, failure.is_bug) for failure in done.failures] == [(Unit.DELIVERIES, True)]
    assert len(done.polls) == 3
    assert tick.run_due(works, NOW + timedelta(hours=1)).deliveries.sent == 2
    assert kept(works.db) == []


def test_the_mail_server_is_named_once_in_the_line_of_a_tick(works: Connections) -> None:
    """Deliveries say so themselves."""
    nobody = SmtpMailer(replace(works.settings.smtp, port=1))
    with pytest.raises(MailError):
        nobody.send([("a@example.org", "b@example.org", b"")])
    done = tick.run_due(replace(works, mailer=nobody), NOW)
    assert done.summary().count("cannot be reached") == 1
