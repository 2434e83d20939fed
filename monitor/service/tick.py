"""One tick: whatever is due is done once, and told in one line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

from monitor import log, store
from monitor.bounces.collect import Collected, collect_due
from monitor.delivery.deliver import Delivered, deliver_due
from monitor.delivery.transactional import send_transactional
from monitor.digests.compose import compose_due
from monitor.model import Outcome, Poll
from monitor.ports import IsStopping, Progress, never, silent
from monitor.service.alerts import Alert, alert_operator
from monitor.service.connections import Connections
from monitor.store import Database
from monitor.subscribers.retention import clean_up
from monitor.watch.poll import poll_due
from monitor.watch.seed_context import RefreshResult, refresh_due

#: So long may mail keep the next poll waiting; what is left goes out with the next tick.
DELIVER_WITHIN = timedelta(minutes=5)


CLEAN_UP_EVERY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Tick:
    """What one tick did: the polls, the ids of digests composed, how many transactional mails were sent, deliveries,
    matters told the operator.

    `collected` is None where the mailbox of returned mail was not due.
    """

    polls: Sequence[Poll] = ()
    digests: Sequence[int] = ()
    deliveries: Delivered = field(default_factory=Delivered)
    transactional_mails: int = 0
    alerts: Sequence[Alert] = ()
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


def run_due(
    works: Connections,
    now: datetime,
    progress: Progress = silent,
    is_stopping: IsStopping = never,
) -> Tick:
    """Do once whatever is due: polls, digests, deliveries, and a word to the operator where one is needed.

    When `is_stopping`, the unit under way is finished and the rest stays due.
    """
    settings, links, db, mailer = works.settings, works.links, works.db, works.mailer
    polls = poll_due(settings.topics, works.sources, db, now, progress, is_stopping=is_stopping)
    for poll in polls:
        _log_poll(poll)
    if is_stopping():
        return Tick(polls)
    digests = compose_due(settings, db, now)
    if digests:
        log.get().info("digests composed", digests=len(digests))
    transactional_mails = send_transactional(settings, links, db, mailer, now)
    deliveries = deliver_due(settings, links, db, mailer, now, is_stopping=is_stopping, within=DELIVER_WITHIN)
    if deliveries != Delivered():
        log.get().info("mails sent", **asdict(deliveries))
    alerts = () if deliveries.error else alert_operator(settings, db, mailer, now)
    for alert in alerts:
        log.get().warning("operator alerted", alert=alert.headline)
    _forget(db, now)
    return Tick(polls, digests, deliveries, transactional_mails, alerts)


def collect_returned_mail(works: Connections, now: datetime, is_stopping: IsStopping = never) -> Collected | None:
    """Read the mailbox of returned mail when it is due; None when it is not. Beside `tick`: it may be slow."""
    collected = collect_due(works.settings, works.links, works.db, now, is_stopping=is_stopping)
    if collected is None:
        return None
    if collected.taken:
        counts = {outcome.replace(" ", "_"): number for outcome, number in collected.counts().items()}
        log.get().info("returned mail read", mails=len(collected.taken), **counts)
    if collected.error:
        log.get().warning("returned mail cannot be read", error=collected.error)
    return collected


def refresh_seed_context(works: Connections, now: datetime) -> RefreshResult | None:
    """Ask what surrounds the seeds that are due; None when none is. Beside `tick`: no poll ever waits for it."""
    looked = refresh_due(works.settings.topics, works.sources, works.db, now)
    if looked and looked.error:
        log.get().warning(
            "seed context not refreshed", seeds=looked.seeds, requests=looked.requests, error=looked.error
        )
    elif looked:
        log.get().info("seed context refreshed", seeds=looked.seeds, requests=looked.requests)
    return looked


def _log_poll(poll: Poll) -> None:
    """One line per poll, at the level its outcome deserves."""
    took_s = round((poll.finished_at - poll.started_at).total_seconds(), 1)
    facts = {"search": f"{poll.topic}/{poll.search}", "requests": poll.requests, "took_s": took_s}
    if poll.outcome is Outcome.FAILED:
        log.get().warning("poll failed", error=poll.error, **facts)
        return
    name = "baseline taken" if poll.is_baseline else "poll finished"
    counts = {"found": poll.count, "new": poll.new, "revised": poll.revised, "gone": poll.gone}
    log.get().info(name, outcome=str(poll.outcome), **counts, **facts)
    if poll.warnings:
        log.get().warning("PubMed warns", search=facts["search"], warnings=list(poll.warnings))


def _forget(db: Database, now: datetime) -> None:
    """Once a day, forget what we promised to forget."""
    with db.begin() as tx:
        is_ours = store.leases.take(tx, "clean-up", now, CLEAN_UP_EVERY)
    if is_ours:
        log.get().info("cleaned up", **clean_up(db, now))


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"
