"""Sends messages from an outbox over one connection at a time, and keeps to what the server has shown to allow."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from monitor.errors import MailError
from monitor.mail.smtp.connection import CLOSING, Connection
from monitor.mail.smtp.server import ServerLimits
from monitor.model import SendOutcome, SendResult, Stage, Whom
from monitor.ports import Message, Outbox

#: Consecutive broken connections after which the rest of a batch is deferred.
_MAX_BROKEN_IN_A_ROW = 3
#: Consecutive limits met after RCPT that end the run: one may be that of a recipient's domain, which stops no other.
_MAX_LIMITS_IN_A_ROW = 3


@dataclass(slots=True)
class Run:
    """What the connections of one call share. `trouble` ends all of them: the server takes no mail from us.

    `is_drained`: the outbox has nothing left. `lost`: why a connection could not be replaced by a new one.
    """

    open_connection: Callable[[], Awaitable[Connection]]
    explain: Callable[[SendResult], MailError]
    sign: Callable[[bytes], bytes]
    limits: ServerLimits
    has_more: asyncio.Event = field(default_factory=asyncio.Event)
    trouble: MailError | None = None
    is_drained: bool = False
    lost: MailError | None = None
    limits_in_a_row: int = 0

    def note(self, result: SendResult) -> None:
        """End the run when the server takes no mail from us, whoever it is for."""
        self.limits_in_a_row = 0 if result.is_attempt else self.limits_in_a_row + 1
        is_for_all = result.stage is Stage.MAIL or self.limits_in_a_row >= _MAX_LIMITS_IN_A_ROW
        if not result.is_attempt and result.code and is_for_all:
            self.trouble = self.trouble or self.explain(result)

    def why_it_ended(self) -> MailError | None:
        """Why messages were left in the outbox, None when none were or the connection just broke."""
        return self.trouble or (None if self.is_drained else self.lost)


class ConnectionWorker:
    """Sends messages from the shared outbox over one connection at a time."""

    def __init__(self, run: Run, outbox: Outbox, connection: Connection | None) -> None:
        self._run, self._outbox, self._connection = run, outbox, connection
        self._broken_in_a_row = 0
        self._drawn = 0

    async def run(self) -> Connection | None:
        """Send until the outbox is empty, the server takes no more, or the connection broke too often.

        Returns what is still open.
        """
        if self._connection is None:
            await self._run.has_more.wait()  # a second connection for a single message would only cost a login
        while self._may_go_on() and await self._is_connected():
            drawn = self._outbox.next_message()
            if drawn is None:
                self._run.is_drained = True
                break
            if isinstance(drawn, tuple):
                await self._send_one(*drawn)
            else:
                await asyncio.sleep(drawn)
        self._run.has_more.set()
        return self._connection

    def _may_go_on(self) -> bool:
        return not (self._run.trouble or self._run.is_drained) and self._broken_in_a_row < _MAX_BROKEN_IN_A_ROW

    async def _send_one(self, number: int, message: Message) -> None:
        sender, recipient, content = message
        self._drawn += 1
        if self._drawn > 1:
            self._run.has_more.set()
        result = await self._transmit((sender, recipient, self._run.sign(content)))
        self._outbox.record_reply(number, result)
        self._run.note(result)

    async def _transmit(self, message: Message) -> SendResult:
        """Send one message; once more over a new connection when this one may be used up, which is remembered then."""
        assert self._connection is not None  # noqa: S101  see run()
        used = self._connection.accepted
        result = await self._connection.transmit(message)
        if used and _may_be_used_up(result) and await self._is_connected_anew():
            result = await self._connection.transmit(message)
            if result.outcome is SendOutcome.SENT:
                self._run.limits.learn(used)
        is_cut_off = result.code in (0, CLOSING) and result.outcome is not SendOutcome.SENT
        self._broken_in_a_row = self._broken_in_a_row + 1 if is_cut_off else 0
        return result

    async def _is_connected(self) -> bool:
        """Is there a connection that may carry one more mail? Opens one if needed."""
        limit = self._run.limits.per_connection
        kept = self._connection
        is_usable = kept is not None and kept.is_open and (not limit or kept.accepted < limit)
        return is_usable or await self._is_connected_anew()

    async def _is_connected_anew(self) -> bool:
        """Open a connection in place of this one; the mails go on over the others when the server lets in no more."""
        if self._connection is not None and self._connection.is_open:
            await self._connection.quit()
        try:
            self._connection = await self._run.open_connection()
        except MailError as error:
            self._connection, self._run.lost = None, error
        return self._connection is not None


def _may_be_used_up(result: SendResult) -> bool:
    """Could the server mean that it has taken enough over this connection?

    It closes it, speaks of a limit, or refuses or hangs up before it knows for whom the next mail is.
    """
    is_before_recipient = result.stage is Stage.MAIL and result.whom is not Whom.MESSAGE
    return result.outcome is not SendOutcome.SENT and (
        is_before_recipient or result.code == CLOSING or result.whom is Whom.LIMIT
    )
