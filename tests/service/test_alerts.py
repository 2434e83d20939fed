"""The operator hears once of what only the operator can mend."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor import config, store
from monitor.demo.mailbox import Mailbox
from monitor.errors import ConflictError, MailError
from monitor.mail.smtp import SmtpMailer
from monitor.model import Encryption, Outcome, Poll, SearchState, SendOutcome, SendResult, Settings
from monitor.ports import Message
from monitor.service.alerting.alerts import alert_operator
from monitor.service.alerting.notices import Alert, AlertState, notice
from monitor.service.reload import reports
from monitor.store import Database
from tests.config.files import SMALL, written

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
STATE = SearchState("ccsvi", "ccsvi", NOW, query="CCSVI[tiab]", translation='"ccsvi"[Title/Abstract]')
FAILING = replace(STATE, failures_in_row=9, last_error="HTTP 500", first_failure_at=NOW - timedelta(hours=7))


def headlines(alerts: list[Alert]) -> list[str]:
    """What each is about."""
    return [alert.headline for alert in alerts]


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (STATE, []),
        (replace(FAILING, first_failure_at=NOW - timedelta(hours=5)), []),
        (FAILING, ["ccsvi/ccsvi has failed for 7 hours"]),
        (replace(STATE, warnings_seen=("FieldNotFound: tib",)), ["PubMed warns about ccsvi/ccsvi"]),
    ],
)
def test_what_is_told_of_a_search_seen_for_the_first_time(state: SearchState, told: list[str]) -> None:
    """A short outage mends itself; a long one, and PubMed's complaints, do not."""
    assert headlines(notice(state, AlertState(), NOW)[1]) == told


@pytest.mark.parametrize("state", [FAILING, replace(STATE, warnings_seen=("FieldNotFound: tib",))])
def test_nothing_is_told_twice(state: SearchState) -> None:
    """The same state, an hour later."""
    told, _ = notice(state, AlertState(), NOW)
    assert notice(state, told, NOW + timedelta(hours=1)) == (told, [])


def test_another_translation_of_the_same_query_is_told_with_both() -> None:
    """MeSH changes once a year, and a query may then find something else."""
    told, _ = notice(STATE, AlertState(), NOW)
    _, (alert,) = notice(replace(STATE, translation='"ccsvi"[All Fields]'), told, NOW)
    assert alert.headline == "PubMed reads ccsvi/ccsvi differently"
    assert '"ccsvi"[Title/Abstract]' in alert.text
    assert '"ccsvi"[All Fields]' in alert.text


@pytest.mark.parametrize(
    ("pause", "told"), [(timedelta(minutes=1), 0), (timedelta(hours=1), 0), (timedelta(days=1), 1)]
)
def test_a_first_failure_is_told_at_once_when_nobody_looks_again_for_hours(pause: timedelta, told: int) -> None:
    """A service tries again in five minutes; a daily timer a day later, when the outage of a day is over."""
    first = replace(FAILING, failures_in_row=1, first_failure_at=NOW, last_success_at=NOW - timedelta(days=1))
    _, alerts = notice(first, AlertState(), NOW, pause)
    assert headlines(alerts) == ["ccsvi/ccsvi has failed, and is not asked again for 1 day"][:told]
    assert all("(last success: 2026-11-22 03:00 UTC)" in alert.text for alert in alerts)


def test_a_query_that_the_operator_changed_is_no_news_to_the_operator() -> None:
    """Its new translation is taken as it comes; its new warnings are told."""
    told, _ = notice(STATE, AlertState(), NOW)
    changed = replace(STATE, query="CCSVI", translation='"ccsvi"[All Fields]')
    assert notice(changed, told, NOW)[1] == []


def test_a_new_failure_after_a_recovery_is_told_again() -> None:
    """And so is the recovery itself."""
    told, _ = notice(FAILING, AlertState(), NOW)
    told, recovered = notice(STATE, told, NOW)
    _, again = notice(replace(FAILING, first_failure_at=NOW - timedelta(hours=6)), told, NOW)
    assert headlines(recovered) == ["ccsvi/ccsvi works again"]
    assert len(again) == 1


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A small configuration."""
    return config.load(written(tmp_path, SMALL), {})


def failing(db: Database, settings: Settings) -> None:
    """The only search fails for eight hours, once an hour."""
    with db.begin() as tx:
        store.searches.sync(tx, settings.topics, NOW - timedelta(hours=8))
    for hour in range(8, 0, -1):
        at = NOW - timedelta(hours=hour)
        poll = Poll("ccsvi", "ccsvi", at, at, Outcome.FAILED, error="PubMed answered HTTP 500")
        with db.begin() as tx:
            token = store.searches.claim(tx, "ccsvi", "ccsvi", at)
            assert token
            store.searches.finish(tx, poll, token, at + timedelta(minutes=30), at)


def test_a_long_failure_reaches_the_operators_mailbox_once(db: Database, settings: Settings) -> None:
    """One plain mail: what, since when, the last error, and what to do; none at the next tick."""
    failing(db, settings)
    with Mailbox() as box:
        smtp = replace(settings.smtp, host=box.host, port=box.port, encryption=Encryption.NONE)
        for minute in range(3):
            alert_operator(settings, db, SmtpMailer(smtp), NOW + timedelta(minutes=minute))
        (mail,) = box.to("jane@example.org")
    assert mail.message["Subject"] == "Monitor: ccsvi/ccsvi has failed for 8 hours"
    assert mail.message["Auto-Submitted"] == "auto-generated"
    assert "PubMed answered HTTP 500" in mail.message.get_content()
    assert "monitor doctor" in mail.message.get_content()


def test_an_outage_of_a_day_reaches_the_operator_of_a_daily_timer(db: Database, settings: Settings) -> None:
    """PubMed is down on the second of three days; each day is one tick. Both the failure and its end are mailed."""
    with db.begin() as tx:
        store.searches.sync(tx, settings.topics, NOW)
    with Mailbox() as box:
        smtp = replace(settings.smtp, host=box.host, port=box.port, encryption=Encryption.NONE)
        for day, outcome in enumerate((Outcome.OK, Outcome.FAILED, Outcome.OK)):
            at = NOW + timedelta(days=day)
            with db.begin() as tx:
                token = store.searches.claim(tx, "ccsvi", "ccsvi", at, early=True)
                assert token
                poll = Poll("ccsvi", "ccsvi", at, at, outcome, error="HTTP 500" if outcome is Outcome.FAILED else "")
                store.searches.finish(tx, poll, token, at, at)
            alert_operator(settings, db, SmtpMailer(smtp), at)
        told = [mail.message["Subject"] for mail in box.to("jane@example.org")]
    assert told == [
        "Monitor: ccsvi/ccsvi has failed, and is not asked again for 1 day",
        "Monitor: ccsvi/ccsvi works again",
    ]


def test_what_could_not_be_mailed_is_told_when_it_can(db: Database, settings: Settings) -> None:
    """The mail server is down, too: nothing counts as told."""
    failing(db, settings)
    nowhere = replace(settings.smtp, host="127.0.0.1", port=9, encryption=Encryption.NONE)
    with pytest.raises(MailError):
        alert_operator(settings, db, SmtpMailer(nowhere), NOW)
    with Mailbox() as box:
        smtp = replace(settings.smtp, host=box.host, port=box.port, encryption=Encryption.NONE)
        box.faults.refuse("jane@example.org", "451 4.7.1 later", times=1)
        later = [alert_operator(settings, db, SmtpMailer(smtp), NOW + timedelta(minutes=m)) for m in (11, 12)]
    assert [len(told) for told in later] == [0, 1]


def test_only_one_of_two_services_writes_to_the_operator(db: Database) -> None:
    """The claim has one winner, and ends by itself when its holder dies."""
    with db.begin() as tx:
        first, second, after = (
            store.leases.take(tx, "operator alerts", NOW + timedelta(minutes=m), timedelta(minutes=10))
            for m in (0, 0, 10)
        )
    assert (bool(first), second, bool(after)) == (True, None, True)


@pytest.mark.parametrize("is_finished", [True, False], ids=["finished", "still mailing"])
def test_an_alert_that_stalls_while_another_service_takes_over_is_not_recorded(
    db: Database, settings: Settings, is_finished: bool
) -> None:
    """Its mail server took longer than its lease; meanwhile the search worked again, and that was mailed."""
    failing(db, settings)
    later = NOW + timedelta(hours=1)

    class Slow(SmtpMailer):
        def send(self, messages: Iterable[Message]) -> list[SendResult]:
            with db.begin() as tx:
                token = store.leases.take(tx, "operator alerts", later)
                assert token
                if is_finished:
                    store.meta.put(tx, "alert/ccsvi/ccsvi", "what the newer one told", later)
                    store.leases.finish(tx, "operator alerts", token)
            return [SendResult(SendOutcome.SENT, 250) for _ in messages]

    with pytest.raises(ConflictError):
        alert_operator(settings, db, Slow(settings.smtp), NOW)
    with db.read() as tx:
        assert store.meta.get(tx, "alert/ccsvi/ccsvi") == ("what the newer one told" if is_finished else "")


def test_a_refused_configuration_is_told_once_and_once_more_when_one_is_taken(db: Database, settings: Settings) -> None:
    """However often the operator mends it in between, and of however many services."""

    def report(refused: str, at: datetime) -> None:
        began = reports.begin("run", settings, NOW)
        with db.begin() as tx:
            reports.put(tx, reports.refused(began, refused, NOW) if refused else began, at)

    with Mailbox() as box:
        smtp = replace(settings.smtp, host=box.host, port=box.port, encryption=Encryption.NONE)
        tellings = []
        for number, refused in enumerate(("", "line 3: unknown key", "line 4: unknown key", "", "")):
            at = NOW + timedelta(minutes=number)
            report(refused, at)
            tellings.append(alert_operator(settings, db, SmtpMailer(smtp), at))
        (told, over) = [mail.message.get_content() for mail in box.to("jane@example.org")]
    assert [len(alerts or ()) for alerts in tellings] == [0, 1, 0, 1, 0]
    assert "line 3: unknown key" in told
    assert "Alert configuration-refused. To type:" in told
    assert "Alert configuration-refused: over." in over
