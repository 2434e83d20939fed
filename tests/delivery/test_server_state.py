"""What the mail server showed, run by run: its limits, its refusals, how fast it takes mail, and what is told of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor import store
from monitor.delivery import server_state
from monitor.delivery.refusals import Said
from monitor.delivery.server_state import SERVER_BACK_OFF, ServerState, notice, wait
from monitor.delivery.throttle import Pace
from monitor.errors import MailError
from monitor.model import AlertId, SmtpSettings
from monitor.store import Database
from tests.support.factories import DAY, HOUR, MINUTE, NOW

SECOND = timedelta(seconds=1)
NEW = ServerState("@mail.example.org:587")
LIMIT = MailError("It is at its limit: 450 later", is_temporary=True, reply="450 later")
AWAY = MailError("It cannot be reached.")
REFUSAL = MailError("It refused the sender.", is_refusal=True, stage="MAIL", code=550)


def test_of_a_server_that_has_shown_nothing_nothing_is_known() -> None:
    """Neither a limit nor an error."""
    assert ServerState(NEW.server, None, 0, None, 0.0, Pace(0.0, 0), "", None, False, "", {}, {}) == NEW


# --- limits --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "at", "waits", "rested", "expected"),
    [
        ("450 later", NOW, 1, 0, MINUTE),
        ("450 later", NOW, 2, 0, 2 * MINUTE),
        ("450 later", NOW, 4, 0, 8 * MINUTE),
        ("450 later", NOW, 5, 0, 15 * MINUTE),
        ("450 later", NOW, 99, 0, 15 * MINUTE),
        ("450 later", NOW, 1, 110, MINUTE),
        ("450 later", NOW, 1, 130, 65 * SECOND),
        ("450 later", NOW, 5, 3600, 30 * MINUTE),
        ("452 daily limit", NOW, 1, 0, 17 * HOUR),
        ("452 500 per day", NOW, 9, 3600, 17 * HOUR),
        ("452 no more today", NOW, 1, 0, 17 * HOUR),
        ("452 100 in 24h", NOW, 1, 0, 17 * HOUR),
        ("452 100 in 24 hours", NOW, 1, 0, 17 * HOUR),
        ("550 5.4.5 quota", NOW, 1, 0, 17 * HOUR),
        ("452 DAILY limit", NOW.replace(hour=23, minute=59, second=30), 1, 0, MINUTE),
        ("452 per daylight", NOW, 1, 0, MINUTE),
        ("452 124 hosts", NOW, 1, 0, MINUTE),
        ("452 biodaily", NOW, 1, 0, MINUTE),
    ],
)
def test_how_long_a_limit_is_waited_out(
    reply: str, at: datetime, waits: int, rested: float, expected: timedelta
) -> None:
    """A minute, then twice as long; half of what the last one took; a limit of a day until midnight (UTC)."""
    assert wait(MailError("x", is_temporary=True, reply=reply), waits, at, rested) == expected


def test_at_a_limit_a_server_rests_longer_each_time_until_it_takes_mail() -> None:
    """While it takes nothing that is also an error, since the first time; with some taken it is none."""
    first = NEW.after(LIMIT, 0, NOW)
    assert first == replace(
        NEW, rest_until=NOW + MINUTE, waits=1, limited_at=NOW, error=str(LIMIT), since=NOW, is_refusal=False
    )
    second = first.after(LIMIT, 0, NOW + MINUTE)
    assert second == replace(first, rest_until=NOW + 3 * MINUTE, waits=2)
    some = second.after(LIMIT, 7, NOW + 3 * MINUTE)
    assert (some.waits, some.error, some.since, some.is_refusal) == (1, "", None, False)
    assert (some.limited_at, some.rested, some.rest_until) == (NOW + 3 * MINUTE, 180, NOW + 3 * MINUTE + 90 * SECOND)
    well = some.after(None, 5, NOW + 5 * MINUTE)
    assert well == replace(NEW, rested=90, pace=some.pace.quicker())


@pytest.mark.parametrize(("seconds", "is_resting", "rest"), [(59, True, SECOND), (60, False, SERVER_BACK_OFF)])
def test_until_when_it_is_left_alone(seconds: int, is_resting: bool, rest: timedelta) -> None:
    """Then five minutes, as whenever it did not take everything."""
    state = replace(NEW, rest_until=NOW + MINUTE)
    assert (state.is_resting(NOW + seconds * SECOND), state.rest(NOW + seconds * SECOND)) == (is_resting, rest)
    assert (NEW.is_resting(NOW), NEW.rest(NOW), SERVER_BACK_OFF) == (False, 5 * MINUTE, 5 * MINUTE)


def test_how_fast_it_takes_mail_is_learned_from_limits_that_are_soon_over() -> None:
    """Ten, a rest of a minute, then ten again: ten a second, then five; a limit that takes longer is one of number."""
    one = NEW.after(LIMIT, 10, NOW)
    assert one.pace == Pace()
    two = one.after(LIMIT, 10, NOW + MINUTE)
    assert two.pace == Pace(10.0, 10)
    three = two.after(LIMIT, 10, NOW + 3 * MINUTE)
    assert three.pace == Pace(5.0, 10)
    faster = three.after(None, 10, NOW + 5 * MINUTE)
    assert faster.pace == Pace(6.25, 10)
    met_again = faster.after(LIMIT, 10, NOW + 9 * MINUTE)
    assert met_again.pace == Pace(3.125, 10)
    hourly = replace(met_again, rest_until=NOW + 9 * MINUTE + 91 * SECOND).after(LIMIT, 10, NOW + HOUR)
    assert hourly.pace == Pace()
    soon = replace(met_again, rest_until=NOW + 9 * MINUTE + 90 * SECOND).after(LIMIT, 10, NOW + HOUR)
    assert soon.pace == met_again.pace.slower(10)


def test_what_a_limit_took_is_remembered_up_to_an_hour() -> None:
    """Not a day: it may be a shorter one the next time."""
    long = replace(NEW, limited_at=NOW, rest_until=NOW + 17 * HOUR).after(None, 1, NOW + 17 * HOUR)
    assert (long.rested, long.limited_at, long.rest_until) == (3600, None, None)
    never = replace(NEW, rest_until=NOW, rested=77).after(None, 1, NOW)
    assert never.rested == 77


# --- a server that cannot be used ----------------------------------------------------------------


@pytest.mark.parametrize("error", [AWAY, REFUSAL])
def test_since_when_it_cannot_be_used_and_what_it_was_when_it_is_over(error: MailError) -> None:
    """A refusal is told with both instants; of an outage nothing is kept. A round without mail shows nothing."""
    resting = replace(NEW, rest_until=NOW + HOUR, waits=3)
    down = resting.after(error, 0, NOW)
    expected = replace(NEW, error=str(error), since=NOW, is_refusal=error is REFUSAL)
    assert down == expected
    assert down.after(error, 0, NOW + DAY) == down
    assert down.after(None, 0, NOW + DAY) == down
    well = down.after(None, 1, NOW + 2 * DAY)
    words = f"From {NOW:%Y-%m-%d %H:%M} to {NOW + 2 * DAY:%Y-%m-%d %H:%M} UTC no mail went out. It refused the sender."
    assert well == replace(NEW, ended=words if error is REFUSAL else "")
    assert well.after(None, 1, NOW + 3 * DAY) == well


def test_a_digest_that_somebody_receives_is_refused_to_all_no_more() -> None:
    """The others that were stay so, with what was said last."""
    said = {"words": Said({1: "a"}, NOW)}
    state = replace(NEW, refused={"1": "554 no", "2": "554 no"}).with_digests(
        {2: "550 spam", 3: "550 spam"}, [1, 9], said
    )
    assert state == replace(NEW, refused={"2": "550 spam", "3": "550 spam"}, said=said)
    assert state.after(None, 1, NOW).refused == state.refused
    assert replace(NEW, refused={"2": "no"}).with_digests({}, [], {}).refused == {"2": "no"}


# --- in the database -----------------------------------------------------------------------------

SMTP = SmtpSettings("mail.example.org", "monitor@example.org")


def test_all_of_it_is_kept_and_another_server_or_login_begins_anew(sqlite_db: Database) -> None:
    """Instants, pace and words as they were; what another server showed says nothing of this one."""
    with sqlite_db.begin() as tx:
        new = server_state.read(tx, SMTP)
        assert new == ServerState(f"@mail.example.org:{SMTP.port}")
        full = replace(
            new,
            rest_until=NOW + HOUR,
            waits=2,
            limited_at=NOW,
            rested=12.5,
            pace=Pace(2.5, 10),
            error="It is at its limit",
            since=NOW - DAY,
            is_refusal=True,
            ended="It was so.",
            refused={"7": "554 no"},
            said={"words": Said({1: "one", -2: "two"}, NOW, 3)},
        )
        server_state.write(tx, full, NOW)
        assert server_state.read(tx, SMTP) == full
        for other in (
            replace(SMTP, host="other.example.org"),
            replace(SMTP, port=26),
            replace(SMTP, username="another"),
        ):
            server = f"{other.username}@{other.host}:{other.port}"
            assert server_state.read(tx, other) == ServerState(server)
        store.meta.put(tx, "mail server", "", NOW)
        assert server_state.read(tx, SMTP) == new


# --- what the operator is told -------------------------------------------------------------------


def told(state: ServerState, before: str = "", at: datetime = NOW) -> tuple[str, list[tuple[str, AlertId, bool]]]:
    """What will have been told, and of each alert its headline, its kind, and whether it is over."""
    after, alerts = notice(state, before, at)
    return after, [(one.headline, one.id, one.is_over) for one in alerts]


CANNOT, TAKES = "the mail server cannot be used", "the mail server takes mail again"


def test_a_refusal_is_told_at_once_and_once_and_again_when_it_changes_or_is_over() -> None:
    """The end even if the beginning was never told."""
    refused = NEW.after(REFUSAL, 0, NOW)
    known, alerts = told(refused)
    assert alerts == [(CANNOT, AlertId.MAIL_SERVER_REFUSES, False)]
    assert told(refused, known) == (known, [])
    again, alerts = told(replace(refused, error="It refused the login."), known)
    assert alerts == [(CANNOT, AlertId.MAIL_SERVER_REFUSES, False)]
    well = refused.after(None, 1, NOW + HOUR)
    over, alerts = told(well, again)
    assert alerts == [(TAKES, AlertId.MAIL_SERVER_REFUSES, True)]
    assert told(well, over) == (over, [])
    assert told(well)[1] == [(TAKES, AlertId.MAIL_SERVER_REFUSES, True)]


@pytest.mark.parametrize(("after", "is_told"), [(6 * HOUR - SECOND, False), (6 * HOUR, True)])
def test_an_outage_is_told_after_six_hours_and_its_end_only_then(after: timedelta, is_told: bool) -> None:
    """With what it was; shorter ones end by themselves."""
    away = NEW.after(AWAY, 0, NOW)
    known, alerts = told(away, at=NOW + after)
    assert alerts == ([(CANNOT, AlertId.MAIL_SERVER_FAILING, False)] if is_told else [])
    well, over = notice(away.after(None, 1, NOW + DAY), known, NOW + DAY)
    assert [(one.headline, one.id, one.is_over) for one in over] == (
        [(TAKES, AlertId.MAIL_SERVER_FAILING, True)] if is_told else []
    )
    assert well == ""
    if over:
        assert over[0].text == (
            "It cannot be reached.\nThe copies that waited go out now; nothing was counted against a subscriber."
        )


def test_each_refused_digest_is_told_once_while_it_is_refused() -> None:
    """One that is refused anew after somebody had it is told anew."""
    one = replace(NEW, refused={"1": "554 no"})
    known, alerts = told(one)
    assert alerts == [("the mail server refuses digest 1", AlertId.DIGEST_REFUSED, False)]
    both, alerts = told(replace(NEW, refused={"1": "554 no", "2": "554 no"}), known)
    assert alerts == [("the mail server refuses digest 2", AlertId.DIGEST_REFUSED, False)]
    assert told(replace(NEW, refused={"2": "554 no", "1": "554 no"}), both) == (both, [])
    second, alerts = told(replace(NEW, refused={"2": "554 no"}), both)
    assert alerts == []
    assert [headline for headline, *_ in told(one, second)[1]] == ["the mail server refuses digest 1"]
    assert told(NEW, second) == ("", [])
    assert told(NEW) == ("", [])


def test_midnight_is_that_of_utc() -> None:
    """Whatever the machine's clock says."""
    late = datetime(2026, 12, 31, 22, 0, tzinfo=UTC)
    assert wait(MailError("x", reply="daily"), 1, late) == 2 * HOUR
