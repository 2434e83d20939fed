"""Which permanent refusals are final: what a mail server says to everybody is about nobody in particular. Pure.

The refusals of a run are judged together. A digest that was refused to everybody is kept and tried again, because the
message, the sender or the server is the reason; so is a copy whose mailbox is said not to exist in the very words that
recipients at other domains got (two others; one, where only the status says so), while fewer mails were accepted than
refused so. Such words are believed after three days when somebody else has the digest by then.

Words that recipients got while little was accepted are remembered from run to run (`Said`), so that readers who are
tried one after the other are judged as those of one run; a refusal that was final is taken back then.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import NamedTuple

from monitor.mail.reply_meaning import meaning
from monitor.model import Delivery, SendOutcome, SendResult, Stage

#: The wait after the nth temporary failure (4xx): about three days in all, then the delivery fails. A table and not
#: `model.values.backoff`: greylisting ends in minutes, a full mailbox in days, and doubling would need more attempts.
BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 60, 240, 480, 720, 1080, 1800))
#: This many refusals and nobody's mail accepted: the run ends, there is no use in hearing it from everybody.
ENOUGH = 20
#: At so many domains the same words about a mailbox are doubted. Two readers of a short list may both have left; that
#: a status alone says so is common where the sender is meant.
DOUBTED_AT, STATUS_DOUBTED_AT = 3, 2
#: How long words are remembered after they were last said, also when more mails were taken; of how many recipients.
REMEMBERED, ROUND, MAX_REMEMBERED = timedelta(days=3), timedelta(hours=1), 100
#: The entry of a memory that only counts the mails taken, for words not said yet.
_NO_WORDS = ""
#: An address, a number and a host in a reply: what differs between two recipients of the same words.
_OWN = re.compile(r"\S*@\S*|\d+|\S+\.\S+")


class Reply(NamedTuple):
    """What the server replied to one delivery, and when to try it again (None: never)."""

    delivery: Delivery
    result: SendResult
    next_try_at: datetime | None


@dataclass(frozen=True, slots=True)
class Said:
    """Words that recipients got instead of a mail: their domains by their numbers (`Recipient`), and when it was last.

    `accepted` counts the mails that the server took in the same round of runs, and since.
    """

    by: Mapping[int, str]
    at: datetime
    accepted: int = 0


#: What was said in earlier runs, by the words (hashed: they may name a person).
Memory = Mapping[str, Said]


class Recipient(NamedTuple):
    """To whom a refused mail went; `number` is the id of the delivery, or minus the id of the transactional mail."""

    number: int
    address: str

    @property
    def domain(self) -> str:
        """Hashed: it may be a person's own."""
        return _hashed(self.address.rpartition("@")[2].lower())


@dataclass(slots=True)
class Refusals:
    """The permanent refusals of one run, held until they are judged, and what was accepted meanwhile.

    `memory` is what was said in earlier runs, `taken_back` the deliveries refused there that are not to be final.
    """

    memory: Memory = field(default_factory=dict)
    taken_back: set[int] = field(default_factory=set)
    accepted: int = 0
    received: set[int] = field(default_factory=set)
    held: list[tuple[Delivery, SendResult]] = field(default_factory=list)

    def note(self, delivery: Delivery, result: SendResult) -> bool:
        """Hold a permanent refusal of a mail; False for any other reply, which needs no judgement."""
        if result.outcome is SendOutcome.SENT:
            self.accepted += 1
            self.received.add(delivery.digest_id)
        is_held = result.outcome is SendOutcome.FAILED and result.code != 0 and result.stage is not Stage.HTTP
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
        doubted = self.doubted([(Recipient(one.id, one.address), result) for one, result in held], at)
        return judge(held, doubted, self.accepted, self.received | set(received), at)

    def doubted(self, refused: Sequence[tuple[Recipient, SendResult]], at: datetime) -> set[str]:
        """Which words of these refusals say nothing about a mailbox; they are remembered, and what they ended before
        is to be taken back.
        """
        memory = _current(self.memory, at)
        doubted = _said_everywhere(refused, self.accepted, memory)
        self.taken_back |= {number for key in doubted & memory.keys() for number in memory[key].by}
        self.taken_back -= {recipient.number for recipient, _ in refused}
        self.memory = _remembering(memory, refused, at)
        return doubted

    def remembered(self, at: datetime) -> Memory:
        """What later runs are to know."""
        memory = {
            key: replace(one, accepted=one.accepted + self.accepted) for key, one in _current(self.memory, at).items()
        }
        if self.accepted:
            memory.setdefault(_NO_WORDS, Said({}, at, self.accepted))
        return memory


def judge(
    refused: Sequence[tuple[Delivery, SendResult]],
    doubted: Collection[str],
    accepted: int,
    received: Collection[int],
    at: datetime,
) -> list[Reply]:
    """The refusals with what follows: FAILED for good, or DEFERRED when everybody was refused.

    `doubted` are the words that say nothing about a mailbox, `accepted` counts the mails that the server took in the
    same run, `received` are the digests that somebody got.
    """

    def follows(delivery: Delivery, result: SendResult) -> Reply:
        is_received = delivery.digest_id in received
        if result.stage is Stage.RCPT or is_dead_mailbox(result):
            is_believed = is_dead_mailbox(result) or accepted > 0 or is_received
            is_final = (is_believed and words_of(result) not in doubted) or (
                is_received and delivery.attempts > len(BACK_OFF)
            )
        else:
            is_final = is_received
        if is_final:
            return Reply(delivery, result, None)
        wait = BACK_OFF[min(delivery.attempts, len(BACK_OFF)) - 1]
        return Reply(delivery, replace(result, outcome=SendOutcome.DEFERRED), at + wait)

    return [follows(delivery, result) for delivery, result in refused]


def is_dead_mailbox(result: SendResult) -> bool:
    """Did the server say that this mailbox does not exist or will not come back?"""
    return meaning(result.text, code=result.code, stage=result.stage).is_dead_mailbox


def kept(replies: Iterable[Reply]) -> dict[int, str]:
    """The digests whose refusals were not final, each with a reply."""
    return {
        one.delivery.digest_id: f"{one.result.code} {one.result.text}"
        for one in replies
        if one.result.outcome is SendOutcome.DEFERRED
    }


def _said_everywhere(refused: Iterable[tuple[Recipient, SendResult]], accepted: int, memory: Memory) -> set[str]:
    """The words that recipients at several domains got, more often than a mail was accepted: now, or since earlier."""
    said: defaultdict[tuple[str, int], dict[int, str]] = defaultdict(dict)
    for recipient, result in refused:
        few = DOUBTED_AT if _say_so(result) else STATUS_DOUBTED_AT
        said[words_of(result), few][recipient.number] = recipient.domain
    doubted = set()
    for (words, few), by in said.items():
        before = memory.get(words) or memory.get(_NO_WORDS)
        since = ({**before.by, **by}, before.accepted + accepted) if before else (by, accepted)
        for found, taken in ((by, accepted), since):
            if len(set(found.values())) >= few and len(found) > taken:
                doubted.add(words)
    return doubted


def _current(memory: Memory, at: datetime) -> Memory:
    """What is remembered: all of the last hour, and longer what was said more often than a mail was taken."""
    return {
        words: one
        for words, one in memory.items()
        if at - one.at < (REMEMBERED if one.accepted < len(one.by) else ROUND)
    }


def _remembering(memory: Memory, refused: Iterable[tuple[Recipient, SendResult]], at: datetime) -> Memory:
    """The memory with what was said about recipients in this run, too."""
    after = dict(memory)
    for recipient, result in refused:
        if result.stage is Stage.RCPT or is_dead_mailbox(result):
            before = after.get(words_of(result)) or after.get(_NO_WORDS) or Said({}, at)
            if len(before.by) < MAX_REMEMBERED:
                by = {**before.by, recipient.number: recipient.domain}
                after[words_of(result)] = replace(before, by=by, at=at)
    return after


def _say_so(result: SendResult) -> bool:
    """Do the words say that the mailbox is gone, and not the status alone?"""
    return meaning(result.text, code=result.code, status="5.0.0", stage=Stage.RCPT).is_dead_mailbox


def words_of(result: SendResult) -> str:
    """The words of a refusal, hashed, without what differs between two recipients of the same."""
    return _hashed(" ".join(_OWN.sub("", result.text).lower().split()))


def _hashed(text: str) -> str:
    return blake2b(text.encode(), digest_size=8).hexdigest()
