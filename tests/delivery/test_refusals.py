"""Which permanent refusals are final, judged without a server: for each reader, in one run and from run to run."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.delivery.refusals import (
    BACK_OFF,
    Memory,
    Recipient,
    Refusals,
    Reply,
    Said,
    is_dead_mailbox,
    kept,
    words_of,
)
from monitor.model import Delivery, DeliveryState, SendOutcome, SendResult, Stage
from tests.support.factories import DAY, HOUR, NOW

SENT = SendResult(SendOutcome.SENT, 250, "ok", Stage.CONTENT)
UNKNOWN = SendResult(SendOutcome.FAILED, 550, "5.1.1 User unknown", Stage.RCPT)
STATUS = SendResult(SendOutcome.FAILED, 550, "5.1.1 refused", Stage.RCPT)
POLICY = SendResult(SendOutcome.FAILED, 550, "5.7.1 relaying denied", Stage.RCPT)
SPAM = SendResult(SendOutcome.FAILED, 554, "5.7.1 spam", Stage.CONTENT)
SECOND = timedelta(seconds=1)


def copy(number: int, domain: str = "", digest: int = 1, attempts: int = 1) -> Delivery:
    """The copy of a digest for a reader at a domain, by default at one of their own."""
    address = f"p{number}@{domain or f'd{number}.example'}"
    return Delivery(number, digest, number, address, f"<{number}@x>", DeliveryState.SENDING, attempts)


def run(*replies: tuple[Delivery, SendResult], memory: Memory | None = None) -> Refusals:
    """One run in which the server replied so."""
    found = Refusals(memory or {})
    for delivery, result in replies:
        found.note(delivery, result)
    return found


def outcomes(judged: list[Reply]) -> dict[int, str]:
    """What became of each copy."""
    return {one.delivery.id: one.result.outcome for one in judged}


def judged(*replies: tuple[Delivery, SendResult], received: tuple[int, ...] = ()) -> set[str]:
    """What becomes of the refusals of a run: all of them the same, or not."""
    return set(outcomes(run(*replies).take(received, NOW)).values())


@pytest.mark.parametrize(
    ("result", "is_held"),
    [
        (SENT, False),
        (UNKNOWN, True),
        (SPAM, True),
        (replace(UNKNOWN, code=0), False),
        (replace(UNKNOWN, stage=Stage.HTTP), False),
        (replace(UNKNOWN, outcome=SendOutcome.DEFERRED), False),
        (replace(UNKNOWN, outcome=SendOutcome.UNCERTAIN), False),
    ],
)
def test_what_is_held_for_a_judgement(result: SendResult, is_held: bool) -> None:
    """Permanent refusals of a mail server; not what rooms say, nor what we found out ourselves."""
    found = Refusals()
    assert found.note(copy(1, digest=7), result) is is_held
    assert (len(found.held), found.digests()) == ((1, {7}) if is_held else (0, set()))
    assert (found.accepted, found.received) == ((1, {7}) if result is SENT else (0, set()))


def test_twenty_refusals_and_nobody_who_got_it_are_enough() -> None:
    """One who got it says that it is not everybody."""
    refused = [(copy(number), SPAM) for number in range(20)]
    assert not run(*refused[:19]).is_enough
    assert run(*refused).is_enough
    assert not run((copy(99), SENT), *refused).is_enough


@pytest.mark.parametrize(
    ("domains", "result", "accepted", "is_final"),
    [
        (("a", "b"), UNKNOWN, 0, True),
        (("a", "b", "c"), UNKNOWN, 0, False),
        (("a", "b", "c"), UNKNOWN, 2, False),
        (("a", "b", "c"), UNKNOWN, 3, True),
        (("a", "a", "b"), UNKNOWN, 0, True),
        (("a",), STATUS, 0, True),
        (("a", "A"), STATUS, 0, True),
        (("a", "b"), STATUS, 0, False),
        (("a", "b"), STATUS, 1, False),
        (("a", "b"), STATUS, 2, True),
        (("a",), POLICY, 0, False),
        (("a",), POLICY, 1, True),
    ],
)
def test_words_that_readers_at_several_domains_got_are_about_none_of_them(
    domains: tuple[str, ...], result: SendResult, accepted: int, is_final: bool
) -> None:
    """While fewer mails were taken than refused so; what says nothing of a mailbox is believed once one was taken."""
    taken = [(copy(100 + number, digest=2), SENT) for number in range(accepted)]
    refused = [(copy(number, domain), result) for number, domain in enumerate(domains)]
    assert judged(*taken, *refused) == {SendOutcome.FAILED if is_final else SendOutcome.DEFERRED}


def test_other_words_and_other_numbers_in_the_same_words() -> None:
    """An address, a number and a host in them make no difference; anything else does."""
    said = (
        "5.1.1 <p1@a.example> User unknown (queue 17 at mx1.example.org)",
        "5.1.1 <p2@b.example>   user UNKNOWN (queue 4711 at mx2.example.org)",
    )
    one, other = (replace(UNKNOWN, text=text) for text in said)
    assert words_of(one) == words_of(other)
    assert words_of(one) != words_of(UNKNOWN)
    assert (len(words_of(one)), words_of(one).isalnum()) == (16, True)
    three = [(copy(number), replace(UNKNOWN, text=f"{said[0]} {number}")) for number in range(3)]
    assert judged(*three) == {SendOutcome.DEFERRED}
    each_its_own = [(copy(number), replace(UNKNOWN, text=f"User unknown {'x' * number}")) for number in range(1, 4)]
    assert judged(*each_its_own) == {SendOutcome.FAILED}


@pytest.mark.parametrize(
    ("result", "received", "is_final"),
    [(SPAM, (), False), (SPAM, (1,), True), (SPAM, (2,), False), (POLICY, (), False), (POLICY, (1,), True)],
)
def test_a_message_refused_to_all_is_kept_and_one_that_somebody_has_is_not(
    result: SendResult, received: tuple[int, ...], is_final: bool
) -> None:
    """In an earlier run or in this one; another digest that somebody has says nothing of it."""
    assert judged((copy(1), result), received=received) == {SendOutcome.FAILED if is_final else SendOutcome.DEFERRED}
    if received and result is SPAM:
        now = [(copy(90 + number, digest=number), SENT) for number in received]
        assert judged(*now, (copy(1), result)) == {SendOutcome.FAILED if is_final else SendOutcome.DEFERRED}


def test_a_message_that_another_digests_reader_has_is_still_refused_to_all() -> None:
    """Mail that was taken says something of words at RCPT, nothing of a message."""
    assert judged((copy(9, digest=2), SENT), (copy(1), SPAM)) == {SendOutcome.DEFERRED}


@pytest.mark.parametrize(
    ("attempts", "received", "is_final"), [(8, (1,), False), (9, (1,), True), (9, (), False), (1, (1,), False)]
)
def test_words_that_are_doubted_are_believed_after_three_days_if_somebody_has_the_digest(
    attempts: int, received: tuple[int, ...], is_final: bool
) -> None:
    """After the last attempt; where nobody has it, it is kept for ever."""
    three = [(copy(number, attempts=attempts), UNKNOWN) for number in range(3)]
    assert judged(*three, received=received) == {SendOutcome.FAILED if is_final else SendOutcome.DEFERRED}


@pytest.mark.parametrize(("attempts", "minutes"), [(1, 5), (2, 15), (8, 1800), (9, 1800), (20, 1800)])
def test_what_is_not_final_waits_as_long_as_after_a_refusal_for_now(attempts: int, minutes: int) -> None:
    """The last wait again and again; the words are kept for the operator."""
    delivery = copy(1, digest=7, attempts=attempts)
    (one,) = run((delivery, SPAM)).take((), NOW)
    wait = timedelta(minutes=minutes)
    assert one == Reply(delivery, replace(SPAM, outcome=SendOutcome.DEFERRED), NOW + wait)
    assert kept([one, Reply(copy(2, digest=8), SPAM, None)]) == {7: "554 5.7.1 spam"}
    (final,) = run((delivery, SPAM)).take((7,), NOW)
    assert final == Reply(delivery, SPAM, None)
    assert len(BACK_OFF) == 8


def test_what_was_judged_is_judged_once() -> None:
    """The next batch begins anew."""
    found = run((copy(1), SPAM))
    assert len(found.take((), NOW)) == 1
    assert (found.take((), NOW), found.digests()) == ([], set())


@pytest.mark.parametrize(
    ("result", "is_dead"),
    [
        (UNKNOWN, True),
        (STATUS, True),
        (replace(UNKNOWN, stage=None), True),
        (replace(UNKNOWN, stage=Stage.CONTENT), False),
        (POLICY, False),
    ],
)
def test_a_dead_mailbox(result: SendResult, is_dead: bool) -> None:
    """As the server says at RCPT, or where the stage is not known; after DATA it speaks of the message."""
    assert is_dead_mailbox(result) is is_dead


# --- from run to run -----------------------------------------------------------------------------


def after(
    memory: Memory, *replies: tuple[Delivery, SendResult], at: timedelta
) -> tuple[Memory, dict[int, str], set[int]]:
    """A run at this time after NOW: what is remembered, what became of the refusals, and what is taken back."""
    found = run(*replies, memory=memory)
    became = outcomes(found.take((), NOW + at))
    return found.remembered(NOW + at), became, found.taken_back


def test_readers_tried_one_after_the_other_are_judged_as_those_of_one_run() -> None:
    """The third shows it: the first two were final, and are taken back; it is not, since it waits anyway."""
    memory, first, back = after({}, (copy(1), UNKNOWN), at=0 * DAY)
    assert (first, back) == ({1: SendOutcome.FAILED}, set())
    memory, second, back = after(memory, (copy(2), UNKNOWN), at=DAY)
    assert (second, back) == ({2: SendOutcome.FAILED}, set())
    memory, third, back = after(memory, (copy(3), UNKNOWN), at=3 * DAY)
    assert (third, back) == ({3: SendOutcome.DEFERRED}, {1, 2})
    (said,) = memory.values()
    assert (said.by.keys(), said.at, said.accepted) == ({1, 2, 3}, NOW + 3 * DAY, 0)
    _, again, back = after(memory, (copy(3), UNKNOWN), at=4 * DAY)
    assert (again, back) == ({3: SendOutcome.DEFERRED}, {1, 2})


@pytest.mark.parametrize(("days", "is_remembered"), [(3 * DAY - SECOND, True), (3 * DAY, False)])
def test_words_are_forgotten_three_days_after_they_were_last_said(days: timedelta, is_remembered: bool) -> None:
    """Two readers who left in one week and a third in the next are three who left."""
    memory, *_ = after({}, (copy(1), UNKNOWN), (copy(2), UNKNOWN), at=0 * DAY)
    memory, third, back = after(memory, (copy(3), UNKNOWN), at=days)
    assert third == {3: SendOutcome.DEFERRED if is_remembered else SendOutcome.FAILED}
    assert back == ({1, 2} if is_remembered else set())
    assert len(memory[words_of(UNKNOWN)].by) == (3 if is_remembered else 1)


@pytest.mark.parametrize(("later", "is_remembered"), [(HOUR - SECOND, True), (HOUR, False)])
def test_words_said_less_often_than_mail_was_taken_are_forgotten_after_an_hour(
    later: timedelta, is_remembered: bool
) -> None:
    """They are about those whom they were said of."""
    memory, *_ = after({}, (copy(9), SENT), (copy(1), UNKNOWN), at=0 * DAY)
    assert memory[words_of(UNKNOWN)].accepted == 1
    found = Refusals(memory).remembered(NOW + later)
    assert (words_of(UNKNOWN) in found) is is_remembered


def test_mail_that_was_taken_before_words_were_said_counts_for_them() -> None:
    """Within the hour: a round goes through its readers one by one."""
    memory, *_ = after({}, (copy(8), SENT), (copy(9), SENT), at=0 * DAY)
    assert memory == {"": Said({}, NOW, 2)}
    memory, *_ = after(memory, (copy(7), SENT), at=30 * SECOND)
    assert memory[""].accepted == 3
    for number in range(3):
        memory, became, _ = after(memory, (copy(number), UNKNOWN), at=60 * SECOND)
        assert became == {number: SendOutcome.FAILED}
    assert (memory[words_of(UNKNOWN)].accepted, len(memory[words_of(UNKNOWN)].by)) == (3, 3)
    _, became, back = after(memory, (copy(4), UNKNOWN), at=61 * SECOND)
    assert (became, back) == ({4: SendOutcome.DEFERRED}, {0, 1, 2})


def test_of_a_hundred_recipients_of_the_same_words_is_known_who_they_were() -> None:
    """More would fill the database; a message that was refused after DATA says nothing of a mailbox."""
    memory, *_ = after({}, *[(copy(number), POLICY) for number in range(101)], (copy(200), SPAM), at=0 * DAY)
    assert {len(one.by) for one in memory.values()} == {100}
    assert list(memory) == [words_of(POLICY)]
    assert all("@" not in domain and "." not in domain for domain in memory[words_of(POLICY)].by.values())


def test_a_domain_is_known_by_a_hash_whatever_the_case() -> None:
    """It may be a person's own."""
    assert Recipient(1, "a@One.example").domain == Recipient(2, "b@x@one.EXAMPLE").domain
    assert Recipient(1, "a@one.example").domain != Recipient(1, "a@two.example").domain
    assert len(Recipient(1, "a@one.example").domain) == 16
