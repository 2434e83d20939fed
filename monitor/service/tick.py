"""One tick: whatever is due is done once, one unit after the other, and told in one line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta

from monitor.bounces.collect import Collected
from monitor.delivery.deliver import Delivered
from monitor.model import Alert, Outcome, Poll
from monitor.ports import IsStopping, Progress, never, silent
from monitor.service.alerting.failures import Failure, Unit
from monitor.service.connections import Connections
from monitor.service.units import Units
from monitor.watch.outside.rounds import Asked

#: So long may mail keep the next poll waiting; what is left goes out with the next tick.
DELIVER_WITHIN = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Tick:
    """What one tick did: the polls, the ids of digests composed, how many transactional mails were sent, deliveries,
    operator alerts, and what failed.

    `reassessed` are the keys of topics whose question or rules have changed and whose articles were judged again.
    `collected` is None where the mailbox of returned mail was not due; `channels` are the deliveries to each channel.
    `asked` are the sources besides PubMed that were asked, each for a topic.
    """

    polls: Sequence[Poll] = ()
    digests: Sequence[int] = ()
    deliveries: Delivered = field(default_factory=Delivered)
    transactional_mails: int = 0
    alerts: Sequence[Alert] = ()
    collected: Collected | None = None
    failures: Sequence[Failure] = ()
    reassessed: Sequence[str] = ()
    channels: Mapping[str, Delivered] = field(default_factory=dict)
    asked: Sequence[Asked] = ()

    def summary(self) -> str:
        """One line for a person."""
        failed = sum(poll.outcome is Outcome.FAILED for poll in self.polls)
        mails = {name: number for name, number in asdict(self.deliveries).items() if name != "error" and number}
        parts = [
            _count(len(self.polls), "search", "searches") + " asked" + (f", {failed} failed" if failed else ""),
            _count(sum(poll.new for poll in self.polls), "new article", "new articles"),
            *self._troubles_of_polls(),
            *self._of_sources(),
            _count(len(self.digests), "digest", "digests") + " composed",
            "mails: " + (", ".join(f"{number:,} {name}" for name, number in mails.items()) or "none"),
        ]
        if self.reassessed:
            parts.append(f"judged again by a changed question or changed rules: {', '.join(self.reassessed)}")
        if self.channels:
            sent = sum(one.sent for one in self.channels.values())
            parts.append(
                f"{_count(sent, 'message', 'messages')} to {_count(len(self.channels), 'channel', 'channels')}"
            )
        if self.collected and self.collected.taken:
            parts.append(f"returned mail: {self.collected.summary()}")
        trouble = f"\nThe mail server cannot be used: {self.deliveries.error}" if self.deliveries.error else ""
        if self.collected and self.collected.error:
            trouble += f"\nReturned mail cannot be read: {self.collected.error}"
        trouble += "".join(f"\nIn doubt: {poll.topic}/{poll.search}. {poll.error}" for poll in self.polls if poll.doubt)
        others = [one for one in self.failures if one.error != self.deliveries.error]
        trouble += "".join(f"\nFailed: {one.unit}. {one.error}" for one in others)
        return "; ".join(parts) + "." + trouble

    def _of_sources(self) -> list[str]:
        """What was asked besides PubMed, if anything was."""
        failed = sorted({one.source.label for one in self.asked if one.error})
        asked = {one.source for one in self.asked}
        told = [_count(len(asked), "further source", "further sources") + " asked"] if asked else []
        return [*told, *(f"{name} failed" for name in failed)]

    def _troubles_of_polls(self) -> list[str]:
        """How many articles could not be read, and how many searches are in doubt, where there are any."""
        unread = sum(poll.unread for poll in self.polls)
        doubted = sum(bool(poll.doubt) for poll in self.polls)
        return [
            text
            for number, text in (
                (unread, _count(unread, "article", "articles") + " not readable yet"),
                (doubted, _count(doubted, "search", "searches") + " in doubt"),
            )
            if number
        ]


def run_due(works: Connections, now: datetime, progress: Progress = silent, is_stopping: IsStopping = never) -> Tick:
    """Do once, in turn, whatever is due; what fails stops nothing that comes after it.

    When `is_stopping`, the unit under way is finished and the rest stays due.
    """
    units = Units(works, now, progress, is_stopping)
    done = _poll_and_mail(units)
    collected = units.collect_returned_mail()
    units.refresh_seed_context()
    alerts = list(done.alerts)
    if any(failure.unit is not Unit.ALERTS for failure in units.failures):  # a daily tick would tell of it tomorrow
        alerts += units.alert()
    return replace(done, collected=collected, alerts=alerts, failures=units.failures)


def poll_and_mail(works: Connections, now: datetime) -> Tick:
    """As `run_due`, without returned mail and without what surrounds the seeds."""
    return _poll_and_mail(Units(works, now))


def _poll_and_mail(units: Units) -> Tick:
    units.forget_future()
    reassessed = units.reassess()
    polls = units.poll()
    asked = units.ask_sources()
    alerts = units.alert()  # before the digests: the operator hears first of what readers may be told
    digests = units.compose()
    transactional_mails = units.send_transactional()
    deliveries = units.deliver(DELIVER_WITHIN)
    channels = units.deliver_to_channels()
    units.clean_up()
    failures = units.failures
    return Tick(
        polls,
        digests,
        deliveries,
        transactional_mails,
        alerts,
        failures=failures,
        reassessed=reassessed,
        channels=channels,
        asked=asked,
    )


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"
