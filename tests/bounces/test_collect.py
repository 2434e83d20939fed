"""The configured mailbox of returned mail: read when it is due, by one service, whatever state it is in."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from monitor import store
from monitor.bounces import collect
from monitor.bounces.collect import Collected, MailboxState
from monitor.bounces.process import Outcome, Processed
from monitor.demo.mailbox import Mailbox
from monitor.errors import ConfigError, ConflictError
from monitor.mail.smtp import SmtpMailer
from monitor.model import BounceSettings, Encryption, Settings, SubscriptionState
from monitor.service.alerting.alerts import alert_operator
from monitor.service.alerting.notices import notice_mailbox
from monitor.store import Database
from tests.support import returned_mails
from tests.support.factories import HOUR, MINUTE, NOW
from tests.support.mailboxes import READER, configured, deliver, maildir, sent_to_the_reader
from tests.support.settings import links


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A configuration whose Maildir is there, and empty."""
    maildir(tmp_path / "returned")
    return configured(tmp_path)


def maildir_of(settings: Settings) -> Path:
    """The Maildir of a configuration."""
    assert settings.bounces
    assert isinstance(settings.bounces.mailbox, Path)
    return settings.bounces.mailbox


def stored_state(db: Database, settings: Settings) -> MailboxState:
    """How reading has gone."""
    with db.read() as tx:
        found = collect.state(tx, settings)
    assert found
    return found


def collect_at(settings: Settings, db: Database, at: datetime) -> dict[str, int] | None:
    """The outcomes of a run at `at`; None when none was due."""
    collected = collect.collect_due(settings, links(settings), db, at)
    return collected.counts() if collected else None


def test_three_reports_on_three_days_suspend_without_anybody_running_a_command(
    db: Database, settings: Settings
) -> None:
    """And the same report processed twice counts once."""
    address = sent_to_the_reader(db)
    for day in (1, 2, 3):
        for copy in range(2):
            deliver(maildir_of(settings), returned_mails.postfix(address, "<x@y>", f"{day}@mx"), f"{day}.{copy}.host")
        outcome = "suspended" if day == 3 else "hard bounce"
        assert collect_at(settings, db, NOW + timedelta(days=day)) == {outcome: 1, "read before": 1}
    with db.read() as tx:
        assert store.subscribers.find(tx, READER)[0].state is SubscriptionState.SUSPENDED
    assert len(list((maildir_of(settings) / "cur").iterdir())) == 6


def test_it_is_read_every_five_minutes_and_not_between(db: Database, settings: Settings) -> None:
    """Or as often as the configuration says."""
    visits = [collect_at(settings, db, NOW + minute * MINUTE) is not None for minute in range(11)]
    assert [minute for minute, was_read in enumerate(visits) if was_read] == [0, 5, 10]
    hourly = replace(settings, bounces=BounceSettings(maildir_of(settings), HOUR))
    assert collect_at(hourly, db, NOW + 69 * MINUTE) is None
    assert collect_at(hourly, db, NOW + 70 * MINUTE) == {}


def test_without_a_mailbox_nothing_is_read(db: Database, settings: Settings) -> None:
    """As before, `monitor bounces` can be told one."""
    none = replace(settings, bounces=None)
    assert collect_at(none, db, NOW) is None
    with db.read() as tx:
        assert collect.state(tx, none) is None
    with pytest.raises(ConfigError, match=r"^No mailbox of returned mail is configured\.$"):
        collect.collect(none, links(none), db, NOW)


def test_of_two_services_one_reads(db: Database, settings: Settings) -> None:
    """At the same moment, and the other one not right after it either."""
    deliver(maildir_of(settings), returned_mails.out_of_office("jane@example.org", "<x@y>"), "1.host")
    with ThreadPoolExecutor(4) as pool:
        visits = list(pool.map(lambda _: collect_at(settings, db, NOW), range(4)))
    assert [one for one in visits if one is not None] == [{"no bounce": 1}]
    assert collect_at(settings, db, NOW + MINUTE) is None


class _Overtaken:
    """The database of a service that another one overtakes between its check of what is due and its claim."""

    def __init__(self, db: Database, settings: Settings) -> None:
        self._db, self._settings, self._is_overtaken = db, settings, False

    @contextmanager
    def read(self) -> Iterator[store.Tx]:
        """A transaction that reads; after the first one the other service comes and goes."""
        with self._db.read() as tx:
            yield tx
        if not self._is_overtaken:
            self._is_overtaken = True
            assert collect_at(self._settings, self._db, NOW) == {}

    def begin(self) -> AbstractContextManager[store.Tx]:
        """A transaction that writes."""
        return self._db.begin()


def test_a_service_that_came_second_holds_no_lease(db: Database, settings: Settings) -> None:
    """It finds the mailbox just read, and leaves no claim behind."""
    late = _Overtaken(db, settings)
    assert collect.collect_due(settings, links(settings), late, NOW) is None  # type: ignore[arg-type]  # a database that is overtaken
    assert collect_at(settings, db, NOW + 5 * MINUTE) == {}


def test_a_service_that_died_while_reading_holds_the_lease_for_a_quarter_of_an_hour(
    db: Database, settings: Settings
) -> None:
    """Its claim ends by itself."""
    with db.begin() as tx:
        assert store.leases.take(tx, "returned mail", NOW, collect.LEASE)
    assert collect_at(settings, db, NOW + 14 * MINUTE) is None
    assert collect_at(settings, db, NOW + 15 * MINUTE) == {}


@pytest.mark.parametrize("is_finished", [True, False], ids=["finished", "still reading"])
def test_a_run_that_stalls_while_another_takes_over_processes_nothing(
    db: Database, settings: Settings, is_finished: bool
) -> None:
    """Its process was stopped for longer than its lease, with a mail in its hands."""
    address = sent_to_the_reader(db)
    deliver(maildir_of(settings), returned_mails.postfix(address, "<x@y>", "1@mx"), "1.host")
    later = NOW + collect.LEASE

    def is_stopping() -> bool:
        if is_finished:
            assert collect_at(settings, db, later) == {"hard bounce": 1}
        else:
            with db.begin() as tx:
                assert store.leases.take(tx, "returned mail", later, collect.LEASE)
        return False

    with pytest.raises(ConflictError):
        collect.collect_due(settings, links(settings), db, NOW, is_stopping=is_stopping)
    assert stored_state(db, settings).tried_at == (later if is_finished else None)
    with db.read() as tx:
        assert store.bounces.hard_since(tx, 1, NOW - timedelta(days=1)) == int(is_finished)


def test_an_operator_who_reads_the_mailbox_stops_the_run_of_the_service(db: Database, settings: Settings) -> None:
    """`monitor bounces` waits for nobody; each mail is processed once."""
    address = sent_to_the_reader(db)
    deliver(maildir_of(settings), returned_mails.postfix(address, "<x@y>", "1@mx"), "1.host")

    def is_stopping() -> bool:
        assert collect.collect(settings, links(settings), db, NOW + MINUTE).counts() == {"hard bounce": 1}
        return False

    with pytest.raises(ConflictError):
        collect.collect_due(settings, links(settings), db, NOW, is_stopping=is_stopping)
    assert stored_state(db, settings).last_success_at == NOW + MINUTE


def test_a_full_mailbox_is_read_in_portions(db: Database, settings: Settings) -> None:
    """Each tick takes some, the next tick goes on; when all are read the mailbox rests."""
    for number in range(5):
        deliver(maildir_of(settings), b"Subject: a note\r\n\r\n", f"{number}.host")
    portions = [
        collect.collect_due(settings, links(settings), db, NOW + minute * MINUTE, most=2) for minute in range(4)
    ]
    assert [len(one.taken) if one else None for one in portions] == [2, 2, 1, None]


def test_how_much_is_read_in_a_run_and_how_long_it_may_take() -> None:
    """A thousand mails, a minute; a process that died is waited for a quarter of an hour."""
    assert MailboxState("new") == MailboxState("new", None, None, None, 0, "", False, {})
    assert (collect.MAX_MAILS, collect.MAX_DURATION) == (1_000, MINUTE)
    assert (collect.LEASE, collect.LONGEST_WAIT) == (15 * MINUTE, HOUR)


def test_a_run_ends_at_its_time_limit(db: Database, settings: Settings) -> None:
    """However many mails are left."""
    deliver(maildir_of(settings), b"Subject: a note\r\n\r\n", "1.host")
    assert collect.collect_due(settings, links(settings), db, NOW, within=timedelta(seconds=-1)) == Collected(
        has_more=True
    )
    assert collect_at(settings, db, NOW + MINUTE) == {"no bounce": 1}


def test_a_mailbox_that_is_down_is_tried_again_after_longer_and_longer(db: Database, tmp_path: Path) -> None:
    """5, 10, 20, 40 minutes, then every hour; the error is stored."""
    settings = configured(tmp_path)  # nobody has made the Maildir
    tried = [minute for minute in range(260) if collect_at(settings, db, NOW + minute * MINUTE) is not None]
    assert tried == [0, 5, 15, 35, 75, 135, 195, 255]
    state = stored_state(db, settings)
    assert (state.failures_in_row, state.first_failure_at, state.last_success_at) == (8, NOW, None)
    assert "is not a Maildir" in state.last_error
    maildir(tmp_path / "returned")
    assert collect_at(settings, db, NOW + 315 * MINUTE) == {}
    assert (stored_state(db, settings).failures_in_row, stored_state(db, settings).last_error) == (0, "")
    assert stored_state(db, settings).last_success_at == NOW + 315 * MINUTE


def test_another_mailbox_in_the_configuration_is_read_at_once(db: Database, tmp_path: Path) -> None:
    """The operator has corrected the path: the failures of the old one are forgotten."""
    wrong = configured(tmp_path)
    assert collect_at(wrong, db, NOW) == {}
    mended = replace(wrong, bounces=BounceSettings(maildir(tmp_path / "elsewhere")))
    assert stored_state(db, mended) == MailboxState(str(tmp_path / "elsewhere"))
    assert collect_at(mended, db, NOW + MINUTE) == {}
    assert stored_state(db, mended).last_success_at == NOW + MINUTE


def test_a_clock_that_was_set_back_does_not_stop_the_reading(db: Database, settings: Settings) -> None:
    """Otherwise the mailbox would rest for as long as the clock had been ahead."""
    assert collect_at(settings, db, NOW + timedelta(days=300)) == {}
    assert collect_at(settings, db, NOW) == {}


def test_what_lies_in_a_maildir_and_is_no_mail_is_passed_over_or_said(db: Database, settings: Settings) -> None:
    """A folder is skipped; a file that cannot be opened is reported, with the reason."""
    (maildir_of(settings) / "new" / "1.folder").mkdir()
    deliver(maildir_of(settings), b"Subject: a note\r\n\r\n", "2.host")
    assert collect_at(settings, db, NOW) == {"no bounce": 1}
    (maildir_of(settings) / "new" / "3.loop").symlink_to("3.loop")
    collected = collect.collect_due(settings, links(settings), db, NOW + 5 * MINUTE)
    assert collected
    assert "Too many levels of symbolic links" in collected.error


@pytest.mark.parametrize("dirt", [b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b"=00"])
@pytest.mark.parametrize("place", [b"unknown user", b"<20181001.1@mx>", b"5.1.1\r\nRemote"])
def test_no_mail_in_a_report_stops_the_reading_of_those_behind_it(
    db: Database, settings: Settings, dirt: bytes, place: bytes
) -> None:
    """PostgreSQL keeps no NUL, and nobody keeps half a character."""
    raw = returned_mails.postfix(sent_to_the_reader(db), "<x@y>")
    assert place in raw
    deliver(maildir_of(settings), raw.replace(place, dirt + place[:3] + dirt + place[3:]), "1.host")
    deliver(
        maildir_of(settings),
        returned_mails.complaint("jane@example.org", "<a@b>").replace(b"abuse", b"abuse" + dirt),
        "2.host",
    )
    deliver(maildir_of(settings), b"Subject: a note\r\n\r\n", "3.host")
    collected = collect.collect_due(settings, links(settings), db, NOW)
    assert collected
    assert len(collected.taken) == 3
    assert Outcome.UNREADABLE not in [one.outcome for one in collected.taken]


def test_the_mailbox_that_an_operator_puts_in_place_of_a_failing_one_is_reported_when_it_is_read() -> None:
    """Not before, and not never."""
    down = MailboxState("here", NOW, None, NOW - 7 * HOUR, 9, "no answer")
    told, _ = notice_mailbox(down, "", NOW)
    waiting, nothing = notice_mailbox(MailboxState("there"), told, NOW)
    _, (matter,) = notice_mailbox(MailboxState("there", NOW, NOW), waiting, NOW)
    assert (nothing, matter.headline) == ([], "returned mail is read again")


# --- the operator is told ---------------------------------------------------------------------------


def test_a_mailbox_that_stays_down_is_reported_the_operator_once_and_its_return_too(
    db: Database, tmp_path: Path
) -> None:
    """After six hours, in one mail with what to do; at once when it is read again."""
    with Mailbox() as post:
        smtp = replace(configured(tmp_path).smtp, host=post.host, port=post.port, encryption=Encryption.NONE)
        settings = replace(configured(tmp_path), smtp=smtp)
        for minute in range(0, 9 * 60, 5):
            if minute == 8 * 60:
                maildir(tmp_path / "returned")
            collect.collect_due(settings, links(settings), db, NOW + minute * MINUTE)
            alert_operator(settings, db, SmtpMailer(smtp), NOW + minute * MINUTE)
        told = [mail.message for mail in post.to("jane@example.org")]
    assert [mail["Subject"] for mail in told] == [
        "Monitor: returned mail cannot be read for 6 hours",
        "Monitor: returned mail is read again",
    ]
    assert "is not a Maildir" in told[0].get_content()
    assert "monitor doctor" in told[0].get_content()


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (MailboxState("here"), []),
        (MailboxState("here", NOW, NOW), []),
        (MailboxState("here", NOW, None, NOW - 5 * HOUR, 9, "no answer"), []),
        (MailboxState("here", NOW, None, NOW - 7 * HOUR, 9, "no answer"), ["returned mail cannot be read for 7 hours"]),
    ],
)
def test_a_short_outage_of_the_mailbox_mends_itself(state: MailboxState, told: list[str]) -> None:
    """Nobody is woken for a server that restarts."""
    after, matters = notice_mailbox(state, "", NOW)
    assert [matter.headline for matter in matters] == told
    assert notice_mailbox(state, after, NOW) == (after, [])


def test_what_came_of_a_mail_is_said_in_these_words() -> None:
    """`monitor bounces` prints them, its JSON has them as names, and scripts look for them."""
    assert [str(one) for one in Outcome] == [
        "hard bounce",
        "soft bounce",
        "suspended",
        "request ended",
        "complaint",
        "hard bounce that may be made up",
        "complaint from no named source",
        "complaint about a mail before the subscription",
        "unsubscribed",
        "wish to leave that names no subscription",
        "read before",
        "not about a mail of ours",
        "no bounce",
        "unreadable",
    ]
    assert Collected((Processed(Outcome.KNOWN), Processed(Outcome.KNOWN))).counts() == {"read before": 2}


@pytest.mark.parametrize(
    ("outcomes", "said"),
    [
        ([], "0 mails read"),
        ([Outcome.HARD], "1 mail read: 1 hard bounce"),
        ([Outcome.HARD, Outcome.SOFT, Outcome.HARD], "3 mails read: 2 hard bounce, 1 soft bounce"),
        ([Outcome.NO_BOUNCE] * 1200, "1,200 mails read: 1200 no bounce"),
    ],
)
def test_a_run_is_reported_in_one_line(outcomes: list[Outcome], said: str) -> None:
    """How many mails, and what came of them."""
    assert Collected(tuple(Processed(outcome) for outcome in outcomes)).summary() == said
