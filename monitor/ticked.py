"""What one tick of the service did, and how it is told in one line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from monitor.alert import Matter
from monitor.bounces.collect import Collected
from monitor.delivery.deliver import Delivered
from monitor.model import Outcome, Poll


@dataclass(frozen=True, slots=True)
class Tick:
    """What one tick did: the polls, the ids of digests composed, letters and deliveries, matters told the operator.

    `collected` is None where the mailbox of returned mail was not due.
    """

    polls: Sequence[Poll] = ()
    digests: Sequence[int] = ()
    deliveries: Delivered = field(default_factory=Delivered)
    letters: int = 0
    matters: Sequence[Matter] = ()
    collected: Collected | None = None

    def summary(self) -> str:
        """One line for a person."""
        failed = sum(poll.outcome is Outcome.FAILED for poll in self.polls)
        mails = {name: number for name, number in asdict(self.deliveries).items() if name != "error" and number}
        parts = [
            _count(len(self.polls), "search", "searches") + " asked" + (f", {failed} failed" if failed else ""),
            _count(sum(poll.new for poll in self.polls), "new article", "new articles"),
            _count(len(self.digests), "digest", "digests") + " composed",
            "mails: " + (", ".join(f"{number:,} {name}" for name, number in mails.items()) or "none"),
        ]
        if self.collected and self.collected.taken:
            parts.append(f"returned mail: {self.collected.summary()}")
        trouble = f"\nThe mail server cannot be used: {self.deliveries.error}" if self.deliveries.error else ""
        if self.collected and self.collected.error:
            trouble += f"\nReturned mail cannot be read: {self.collected.error}"
        return "; ".join(parts) + "." + trouble


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"
