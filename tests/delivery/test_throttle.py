"""A domain in trouble slows itself down, and nobody else."""

from __future__ import annotations

from dataclasses import replace

from monitor.delivery.throttle import FIRST_COOLDOWN, LONGEST_COOLDOWN, DomainQueue, Pace, Throttle
from monitor.model import Delivery, DeliveryState, SendOutcome, SendResult

SENT = SendResult(SendOutcome.SENT, 250, "ok")
GREYLISTED = SendResult(SendOutcome.DEFERRED, 450, "4.2.0 greylisted")
CLOSED = SendResult(SendOutcome.DEFERRED, 421, "4.7.0 too much")
BROKEN = SendResult(SendOutcome.DEFERRED, 0, "the connection broke")


def capacity(throttle: Throttle, domain: str) -> int:
    """How many mails to an idle domain may be under way."""
    begun = 0
    while throttle.has_capacity(domain):
        throttle.begin(domain, 0.0)
        begun += 1
    for _ in range(begun):
        throttle.end(domain, BROKEN, 0.0)  # no answer says nothing about the domain
    return begun


def reply(throttle: Throttle, domain: str, result: SendResult, now: float = 0.0) -> None:
    """One mail, and what was said."""
    throttle.begin(domain, now)
    throttle.end(domain, result, now)


def test_a_limit_on_what_we_send_slows_no_readers_domain() -> None:
    """Neither fewer at once nor a rest, though the server closed the connection with it."""
    throttle = Throttle(4)
    reply(throttle, "a.example", replace(CLOSED, is_attempt=False))
    assert capacity(throttle, "a.example") == 4
    assert throttle.cooldown("a.example", 1.0) == 0


def test_a_refusal_for_now_halves_and_each_mail_taken_gives_one_back() -> None:
    """Four, two, one, one; then two, three, four."""
    throttle = Throttle(4)
    halved = [reply(throttle, "a", GREYLISTED) or capacity(throttle, "a") for _ in range(3)]
    risen = [reply(throttle, "a", SENT) or capacity(throttle, "a") for _ in range(4)]
    assert (halved, risen) == ([2, 1, 1], [2, 3, 4, 4])
    assert capacity(throttle, "b") == 4


def test_a_domain_that_closes_rests_longer_each_time() -> None:
    """A minute, two, four, at most an hour; a mail taken ends the series."""
    throttle, now, rests = Throttle(2), 0.0, []
    for _ in range(8):
        reply(throttle, "a", CLOSED, now)
        rests.append(throttle.cooldown("a", now))
        now += rests[-1]
    assert rests == [FIRST_COOLDOWN * 2**n for n in range(6)] + [LONGEST_COOLDOWN] * 2
    assert (FIRST_COOLDOWN, LONGEST_COOLDOWN) == (60, 3600)
    assert throttle.cooldown("b", now) == 0
    reply(throttle, "a", SENT, now)
    reply(throttle, "a", CLOSED, now)
    assert throttle.cooldown("a", now) == FIRST_COOLDOWN


def test_a_domain_that_takes_one_mail_again_has_begun_a_new_series() -> None:
    """Though it may not have as many at once as before; a refusal without 421 is no rest."""
    throttle = Throttle(8)
    for now in (0.0, 60.0):
        reply(throttle, "a", CLOSED, now)
    assert throttle.cooldown("a", 60.0) == 120
    reply(throttle, "a", SENT, 180.0)
    assert (capacity(throttle, "a"), throttle.cooldown("a", 180.0)) == (3, 0)
    reply(throttle, "a", GREYLISTED, 180.0)
    assert throttle.cooldown("a", 180.0) == 0
    reply(throttle, "a", CLOSED, 181.0)
    assert throttle.cooldown("a", 181.0) == 60


def test_of_several_under_way_each_answer_makes_room_for_one() -> None:
    """Three at once; one is answered, one more may go."""
    throttle = Throttle(3)
    for _ in range(3):
        throttle.begin("a", 0.0)
    assert not throttle.has_capacity("a")
    throttle.end("a", SENT, 0.0)
    throttle.begin("a", 0.0)
    assert not throttle.has_capacity("a")


def a_delivery(number: int, address: str) -> Delivery:
    """One that waits."""
    return Delivery(number, 1, number, address, f"<{number}@x>", DeliveryState.SENDING)


def test_domains_take_turns_and_each_keeps_its_order() -> None:
    """However many wait for the first; upper case makes no other domain."""
    queue = DomainQueue(Throttle(9))
    queue.add(a_delivery(number, address) for number, address in enumerate(("x@a", "y@A", "z@a", "x@b", "x@c", "y@b")))
    assert queue.size == 6
    order = []
    while queue.size:
        found, cooling = queue.next(0.0)
        assert found
        order.append(found.id)
        assert (queue.size, cooling) == (6 - len(order), [])
    assert order == [0, 3, 4, 1, 5, 2]
    assert queue.next(0.0) == (None, [])


def test_a_domain_at_its_limit_is_passed_over_and_one_that_rests_is_given_back() -> None:
    """With how long it rests; what is left can be taken back whole."""
    throttle = Throttle(1)
    queue = DomainQueue(throttle)
    waiting = [a_delivery(number, address) for number, address in enumerate(("x@a", "x@b", "y@a", "x@c", "y@b", "y@c"))]
    queue.add(waiting)
    throttle.begin("a", 0.0)
    reply(throttle, "b", CLOSED, 0.0)
    assert queue.next(20.0) == (waiting[3], [(40.0, [waiting[1], waiting[4]])])
    assert queue.size == 3
    throttle.begin("c", 20.0)
    assert queue.next(20.0) == (None, [])
    assert queue.take_all() == [waiting[0], waiting[2], waiting[5]]
    assert (queue.size, queue.take_all(), queue.next(20.0)) == (0, [], (None, []))


def test_several_closed_at_the_same_moment_are_one() -> None:
    """Two mails under way hear the same no."""
    throttle = Throttle(2)
    throttle.begin("a", 0.0)
    throttle.begin("a", 0.0)
    throttle.end("a", CLOSED, 1.0)
    throttle.end("a", CLOSED, 1.1)
    assert throttle.cooldown("a", 1.0) == FIRST_COOLDOWN


def test_the_rate_spaces_all_mails_and_saves_nothing_up() -> None:
    """Two a second, whatever the domain; a pause does not allow a burst."""
    throttle = Throttle(9, rate=2.0)
    assert throttle.wait(0.0) == throttle.wait(10.0) == 0
    throttle.begin("a", 10.0)
    throttle.begin("b", 10.5)
    assert throttle.wait(10.5) == 0.5
    assert throttle.wait(60.0) == 0
    throttle.begin("a", 60.0)
    assert throttle.wait(60.0) == 0.5


def test_after_a_limit_of_the_server_mails_go_at_half_the_speed_and_slowly_faster_again() -> None:
    """Ten were taken at once: ten a second, five, two and a half; then it counts mails, and slowness gains nothing."""
    paces = [Pace()]
    for _ in range(4):
        paces.append(paces[-1].slower(10))
    assert [one.rate for one in paces] == [0, 10, 5, 2.5, 0]
    faster = paces[2]
    for _ in range(9):
        faster = faster.quicker()
    assert 30 < faster.rate < 40
    assert faster.quicker() == Pace()


def test_a_limit_is_forgotten_once_four_seconds_would_carry_what_met_it() -> None:
    """Ten mails at once met it: at forty a second ten are sent in less than four, so the rate is no limit."""
    assert Pace(2.0 * 16, 10).quicker() == Pace()
    assert Pace(2.0 * 15, 10).quicker() == Pace(37.5, 10)


def test_without_a_configured_rate_no_mail_waits_for_another() -> None:
    """Only the number at once is limited."""
    throttle = Throttle(2)
    throttle.begin("a", 0.0)
    assert throttle.wait(0.0) == 0


def test_the_slower_of_two_rates_counts() -> None:
    """The one configured and the one learned; 0 is none."""
    assert [Pace(2.0, 2).within(rate) for rate in (0, 1, 3)] == [2, 1, 2]
    assert [Pace().within(rate) for rate in (0, 1)] == [0, 1]
