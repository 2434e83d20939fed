"""Which permanent refusals are final: what a mail server says to everybody is about nobody in particular. Pure.

The refusals of a run are judged together. A digest that was refused to everybody is kept and tried again, because the
message, the sender or the server is the reason; so is a copy whose mailbox is said not to exist in the very words that
recipients at other domains got (two others; one, where only the status says so), while fewer mails were accepted than
refused so. Such words are believed after three days when somebody else has the digest by then.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from monitor.mail.reply_meaning import meaning
from monitor.model import Delivery, SendOutcome, SendResult, Stage

#: The wait after the nth temporary failure (4xx): about three days in all, then the delivery fails. A table and not
#: `model.backoff`: greylisting ends within minutes, a full mailbox within days, and doubling would need more attempts.
BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 60, 240, 480, 720, 1080, 1800))
#: This many refusals and nobody's mail accepted: the run ends, there is no use in hearing it from everybody.
ENOUGH = 20
#: At so many domains the same words about a mailbox are doubted. Two readers of a short list may both have left; that
#: a status alone says so is common where the sender is meant.
DOUBTED_AT, STATUS_DOUBTED_AT = 3, 2
#: An address, a number and a host in a reply: what differs between two recipients of the same words.
_OWN = re.compile(r"\S*@\S*|\d+|\S+\.\S+")


class Reply(NamedTuple):
    """What the server replied to one delivery, and when to try it again (None: never)."""

    delivery: Delivery
    result: SendResult
    next_try_at: datetime | None


@dataclass(slots=True)
class Refusals:
    """The permanent refusals of one run, held until they are judged, and what was accepted meanwhile."""

    accepted: int = 0
    received: set[int] = field(default_factory=set)
    held: list[tuple[Delivery, SendResult]] = field(default_factory=list)

    def note(self, delivery: Delivery, result: SendResult) -> bool:
        """Hold a permanent refusal; False for any other reply, which needs no judgement."""
        if result.outcome is SendOutcome.SENT:
            self.accepted += 1
            self.received.add(delivery.digest_id)
        is_held = result.outcome is SendOutcome.FAILED and result.code != 0
        if is_held:
            self.held.append((delivery, result))
        return is_held

    @property
    def is_enough(self) -> bool:
        """Is everybody refused?"""
        return not self.accepted and len(self.held) >= ENOUGH

    def digests(self) -> set[int]:
        """The digests that were refused to somebody."""
        return {delivery.digest_id for delivery, _ in self.held}

    def take(self, received: Collection[int], at: datetime) -> list[Reply]:
        """Judge what is held; `received` are the digests that somebody got in an earlier run."""
        held, self.held = self.held, []
        return judge(held, self.accepted, self.received | set(received), at)


def judge(
    refused: Sequence[tuple[Delivery, SendResult]], accepted: int, received: Collection[int], at: datetime
) -> list[Reply]:
    """The refusals with what follows: FAILED for good, or DEFERRED when everybody was refused.

    `accepted` counts the mails that the server took in the same run, `received` are the digests that somebody got.
    """
    doubted = _said_everywhere(refused, accepted)

    def follows(delivery: Delivery, result: SendResult) -> Reply:
        is_received = delivery.digest_id in received
        if is_dead_mailbox(result):
            is_final = _words(result) not in doubted or (is_received and delivery.attempts > len(BACK_OFF))
        elif result.stage is Stage.RCPT:
            is_final = accepted > 0 or is_received
        else:
            is_final = is_received
        if is_final:
            return Reply(delivery, result, None)
        wait = BACK_OFF[min(delivery.attempts, len(BACK_OFF)) - 1]
        return Reply(delivery, replace(result, outcome=SendOutcome.DEFERRED), at + wait)

    return [follows(delivery, result) for delivery, result in refused]


def is_dead_mailbox(result: SendResult) -> bool:
    """Did the server say that this mailbox does not exist or will not come back?"""
    return meaning(result.text, code=result.code, stage=result.stage or Stage.RCPT).is_dead_mailbox


def kept(replies: Iterable[Reply]) -> dict[int, str]:
    """The digests whose refusals were not final, each with a reply."""
    return {
        one.delivery.digest_id: f"{one.result.code} {one.result.text}"
        for one in replies
        if one.result.outcome is SendOutcome.DEFERRED
    }


def _said_everywhere(refused: Iterable[tuple[Delivery, SendResult]], accepted: int) -> set[str]:
    """The words that recipients at several domains got, more often than a mail was accepted."""
    domains: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
    for delivery, result in refused:
        few = DOUBTED_AT if _say_so(result) else STATUS_DOUBTED_AT
        domains[_words(result), few].append(delivery.address.rpartition("@")[2].lower())
    return {words for (words, few), found in domains.items() if len(set(found)) >= few and len(found) > accepted}


def _say_so(result: SendResult) -> bool:
    """Do the words say that the mailbox is gone, and not the status alone?"""
    return meaning(result.text, code=result.code, status="5.0.0", stage=Stage.RCPT).is_dead_mailbox


def _words(result: SendResult) -> str:
    return " ".join(_OWN.sub("", result.text).lower().split())
