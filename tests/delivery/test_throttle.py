"""A domain in trouble slows itself down, and nobody else."""

from __future__ import annotations

from monitor.delivery.throttle import FIRST_REST, LONGEST_REST, Pace
from monitor.model import SendOutcome, SendResult

SENT = SendResult(SendOutcome.SENT, 250, "ok")
GREYLISTED = SendResult(SendOutcome.DEFERRED, 450, "4.2.0 greylisted")
CLOSED = SendResult(SendOutcome.DEFERRED, 421, "4.7.0 too much")
BROKEN = SendResult(SendOutcome.DEFERRED, 0, "the connection broke")


def room(pace: Pace, domain: str) -> int:
    """How many mails to an idle domain may be under way."""
    begun = 0
    while pace.has_room(domain):
        pace.begin(domain, 0.0)
        begun += 1
    for _ in range(begun):
        pace.end(domain, BROKEN, 0.0)  # no answer says nothing about the domain
    return begun


def answer(pace: Pace, domain: str, result: SendResult, now: float = 0.0) -> None:
    """One mail, and what was said."""
    pace.begin(domain, now)
    pace.end(domain, result, now)


def test_a_refusal_for_now_halves_and_each_mail_taken_gives_one_back() -> None:
    """Four, two, one, one; then two, three, four."""
    pace = Pace(4)
    halved = [answer(pace, "a", GREYLISTED) or room(pace, "a") for _ in range(3)]
    risen = [answer(pace, "a", SENT) or room(pace, "a") for _ in range(4)]
    assert (halved, risen) == ([2, 1, 1], [2, 3, 4, 4])
    assert room(pace, "b") == 4


def test_a_domain_that_closes_rests_longer_each_time() -> None:
    """A minute, two, four, at most an hour; a mail taken ends the series."""
    pace, now, rests = Pace(2), 0.0, []
    for _ in range(8):
        answer(pace, "a", CLOSED, now)
        rests.append(pace.rest("a", now))
        now += rests[-1]
    assert rests == [FIRST_REST * 2**n for n in range(6)] + [LONGEST_REST] * 2
    assert pace.rest("b", now) == 0
    answer(pace, "a", SENT, now)
    answer(pace, "a", CLOSED, now)
    assert pace.rest("a", now) == FIRST_REST


def test_several_closed_at_the_same_moment_are_one() -> None:
    """Two mails under way hear the same no."""
    pace = Pace(2)
    pace.begin("a", 0.0)
    pace.begin("a", 0.0)
    pace.end("a", CLOSED, 1.0)
    pace.end("a", CLOSED, 1.1)
    assert pace.rest("a", 1.0) == FIRST_REST


def test_the_rate_spaces_all_mails_and_saves_nothing_up() -> None:
    """Two a second, whatever the domain; a pause does not allow a burst."""
    pace = Pace(9, rate=2.0)
    assert pace.wait(10.0) == 0
    pace.begin("a", 10.0)
    pace.begin("b", 10.5)
    assert pace.wait(10.5) == 0.5
    assert pace.wait(60.0) == 0
    pace.begin("a", 60.0)
    assert pace.wait(60.0) == 0.5
