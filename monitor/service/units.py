"""The units of work of the service, each in its own guard and told in the log: whatever is due is done once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from monitor import log, store
from monitor.bounces.collect import Collected, collect_due
from monitor.delivery.channels.deliver import deliver_to_channels
from monitor.delivery.deliver import Delivered, deliver_due
from monitor.delivery.transactional import send_transactional
from monitor.digests.compose import compose_due
from monitor.errors import ChannelError, MailError
from monitor.evidence.reassess import reassess_due
from monitor.model import Alert, Outcome, Poll, Settings
from monitor.ports import Guard, IsStopping, Progress, Sources, never, silent
from monitor.service import integrity
from monitor.service.alerting import tally
from monitor.service.alerting.alerts import alert_operator
from monitor.service.alerting.failures import Failure, Unit
from monitor.service.connections import Connections
from monitor.service.guard import Parts, guard_of
from monitor.service.running import heartbeat
from monitor.service.running.clock import forget_future
from monitor.service.running.ping import WITHIN, ping
from monitor.store import Database
from monitor.subscribers.retention import clean_up
from monitor.watch.outside import preprints, retractions
from monitor.watch.outside.citing import ask as citing
from monitor.watch.outside.registries import ask as registries
from monitor.watch.outside.rounds import Asked
from monitor.watch.poll import poll_due
from monitor.watch.seed.context import RefreshResult, refresh_due

#: Asks the sources of one kind that are due.
AskDue = Callable[[Settings, Sources, Database, datetime, Guard, IsStopping], list[Asked]]

CLEAN_UP_EVERY = timedelta(days=1)
_CLEAN_UP = "clean-up"


class Units:
    """What may be due at `now`. When `is_stopping`, the work under way is finished and the rest stays due."""

    def __init__(
        self, works: Connections, now: datetime, progress: Progress = silent, is_stopping: IsStopping = never
    ) -> None:
        self._works, self._now = works, now
        self._progress, self._is_stopping = progress, is_stopping
        self._guard = guard_of(works.settings, works.db, now, is_stopping)

    @property
    def failures(self) -> Sequence[Failure]:
        """What failed so far."""
        return tuple(self._guard.failures)

    def forget_future(self) -> int:
        """Make due again what a clock that jumped forward and back would have silenced; how many rows."""

        def work(_: Parts) -> int:
            return forget_future(self._works.settings.topics, self._works.db, self._now)

        return self._guard.run(Unit.CLOCK, work, 0)

    def reassess(self) -> list[str]:
        """Judge the articles again of every topic whose question or rules have changed; the keys of those done."""

        def work(parts: Parts) -> list[str]:
            works = self._works
            return reassess_due(works.settings.topics, works.db, self._now, self._progress, self._is_stopping, parts)

        done: list[str] = self._guard.run(Unit.REASSESSMENT, work, [])
        if done:
            log.get().info("articles judged again: the question or the rules have changed", topics=done)
        return done

    def poll(self) -> list[Poll]:
        """Ask for every search that is due."""

        def work(parts: Parts) -> list[Poll]:
            return poll_due(
                self._works.settings.topics,
                self._works.sources,
                self._works.db,
                self._now,
                self._progress,
                is_stopping=self._is_stopping,
                guard=parts,
            )

        polls: list[Poll] = self._guard.run(Unit.POLLS, work, [])
        for poll in polls:
            _log_poll(poll)
        tally.count(self._works.db, tally.POLLS, Counter((str(poll.outcome),) for poll in polls))
        return polls

    def compose(self) -> list[int]:
        """Compose every digest that is due; their ids."""

        def work(parts: Parts) -> list[int]:
            return compose_due(self._works.settings, self._works.db, self._now, parts)

        digests: list[int] = self._guard.run(Unit.DIGESTS, work, [])
        if digests:
            log.get().info("digests composed", digests=len(digests))
        return digests

    def send_transactional(self) -> int:
        """Send the mails that pages were asked for, one read while there are none; how many were sent."""

        def work(parts: Parts) -> int | None:
            works = self._works
            with works.db.read() as tx:
                is_any_due = store.transactional.is_any_due(tx, self._now)
            if not is_any_due:
                return None
            return send_transactional(works.settings, works.links, works.db, works.mailer, self._now, parts)

        return self._guard.run(Unit.TRANSACTIONAL_MAILS, work, None) or 0

    def deliver(self, within: timedelta = timedelta.max) -> Delivered:
        """Send what waits in the outbox, for as long as `within`."""

        def work(parts: Parts) -> Delivered:
            works = self._works
            done = deliver_due(
                works.settings,
                works.links,
                works.db,
                works.mailer,
                self._now,
                is_stopping=self._is_stopping,
                within=within,
                guard=parts,
            )
            if done.error:
                parts.note("", MailError(done.error))
            return done

        deliveries = self._guard.run(Unit.DELIVERIES, work, Delivered())
        if deliveries:
            log.get().info("mails sent", **asdict(deliveries))
        return deliveries

    def deliver_to_channels(self) -> dict[str, Delivered]:
        """Send what waits for channels; by their names. One that takes nothing is told, and stops no other."""

        def work(parts: Parts) -> dict[str, Delivered] | None:
            works = self._works
            done = deliver_to_channels(
                works.settings,
                works.links,
                works.db,
                works.channels,
                self._now,
                is_stopping=self._is_stopping,
                guard=parts,
            )
            for name in works.channels:
                if name not in done:
                    parts.keep(f"channel {name}")
                elif error := done[name].error:
                    parts.note(f"channel {name}", ChannelError(error))
            return done or None

        channels = self._guard.run(Unit.CHANNELS, work, None) or {}
        for name, one in channels.items():
            log.get().info("messages sent to a channel", channel=name, **asdict(one))
        return channels

    def collect_returned_mail(self) -> Collected | None:
        """Read the mailbox of returned mail; None when it is not due."""

        def work(parts: Parts) -> Collected | None:
            works = self._works
            return collect_due(
                works.settings, works.links, works.db, self._now, is_stopping=self._is_stopping, guard=parts
            )

        collected = self._guard.run(Unit.RETURNED_MAIL, work, None)
        if collected and collected.taken:
            counts = {outcome.replace(" ", "_"): number for outcome, number in collected.counts().items()}
            log.get().info("returned mail read", mails=len(collected.taken), **counts)
        if collected and collected.error:
            log.get().warning("returned mail cannot be read", error=collected.error)
        return collected

    def refresh_seed_context(self) -> RefreshResult | None:
        """Ask what surrounds the seeds; None when none is due."""

        def work(parts: Parts) -> RefreshResult | None:
            return refresh_due(self._works.settings.topics, self._works.sources, self._works.db, self._now, parts)

        done = self._guard.run(Unit.SEED_CONTEXT, work, None)
        if done and done.error:
            log.get().warning("seed context not refreshed", seeds=done.seeds, requests=done.requests, error=done.error)
        elif done:
            log.get().info("seed context refreshed", seeds=done.seeds, requests=done.requests)
        return done

    def ask_citation_indexes(self) -> list[Asked]:
        """Ask who cites the seeds, for every topic that is due."""
        return self._ask(Unit.CITATION_INDEXES, citing.ask_due)

    def ask_registries(self) -> list[Asked]:
        """Ask the trial registries, for every topic that is due."""
        return self._ask(Unit.REGISTRIES, registries.ask_due)

    def ask_retractions(self) -> list[Asked]:
        """Ask for retractions that PubMed may not know yet, for every topic that is due."""
        return self._ask(Unit.RETRACTIONS, retractions.ask_due)

    def ask_preprints(self) -> list[Asked]:
        """Ask for preprints, for every topic that is due."""
        return self._ask(Unit.PREPRINTS, preprints.ask_due)

    def ask_sources(self) -> list[Asked]:
        """All of these, one after the other."""
        indexes, entries = self.ask_citation_indexes(), self.ask_registries()
        return [*indexes, *entries, *self.ask_retractions(), *self.ask_preprints()]

    def _ask(self, unit: Unit, ask_due: AskDue) -> list[Asked]:
        """Ask the sources of one unit besides PubMed. What failed is kept with each source, not with the unit."""

        def work(parts: Parts) -> list[Asked] | None:
            works = self._works
            return ask_due(works.settings, works.sources, works.db, self._now, parts, self._is_stopping) or None

        done = self._guard.run(unit, work, None) or []
        for one in done:
            _log_asked(one)
        return done

    def alert(self) -> list[Alert]:
        """Mail the operator what needs the operator and was not yet mailed."""

        def work(parts: Parts) -> list[Alert] | None:
            return alert_operator(self._works.settings, self._works.db, self._works.mailer, self._now, parts)

        done = self._guard.run(Unit.ALERTS, work, None)
        alerts = done or []
        for alert in alerts:
            log.get().warning("operator alerted", id=str(alert.id), alert=alert.headline)
        return alerts

    def clean_up(self) -> None:
        """Once a day, look whether the database is whole, and forget what we promised to forget."""

        def work(parts: Parts) -> bool | None:
            db, now = self._works.db, self._now
            with db.begin() as tx:
                token = store.leases.take(tx, _CLEAN_UP, now)
                damage = integrity.damage(tx) if token else ""
            if token is None:
                return None
            parts.attempt("integrity", lambda: integrity.check(db, damage, now), lambda _: None)
            log.get().info("cleaned up", **clean_up(db, now))
            with db.begin() as tx:  # only now: when it fails it is tried again in half an hour
                store.leases.extend(tx, _CLEAN_UP, token, now + CLEAN_UP_EVERY)
            return True

        self._guard.run(Unit.CLEAN_UP, work, None)

    def beat(self) -> None:
        """Give a sign of life."""
        self._guard.run(Unit.HEARTBEAT, lambda _: heartbeat.beat(self._works.db, self._now), None)

    def ping(self, within: float = WITHIN) -> None:
        """Ask for the dead-man's switch, if there is one and all went well; it may take `within` seconds."""
        self._guard.run(Unit.PING, lambda _: ping(self._works.settings, self._works.db, self._now, within), False)


def _log_asked(asked: Asked) -> None:
    """One line for each source and topic."""
    facts = {"source": str(asked.source), "topic": asked.topic, "requests": asked.saved.requests}
    if asked.error:
        log.get().warning("source not asked", error=asked.error, **facts)
    elif asked.saved.doubt:
        log.get().warning("answer of a source doubted", reason=asked.saved.doubt, **facts)
    else:
        log.get().info("source asked", news=asked.saved.news, **facts)


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
    if poll.doubt:
        log.get().warning("answer doubted", search=facts["search"], reason=poll.error)
    elif poll.error:
        log.get().warning("records not read", search=facts["search"], unread=poll.unread, error=poll.error)
    if poll.warnings:
        log.get().warning("PubMed warns", search=facts["search"], warnings=list(poll.warnings))
