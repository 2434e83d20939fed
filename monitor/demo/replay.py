"""Replay the literature through the real service: loopback PubMed and other sources, SQLite, SMTP. Read `replay` first.

Only the clock is not real: the sandbox and Monitor get the time from the replay, moment by moment.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

from monitor import config, resources, store
from monitor.demo import corpus, outside, page, story
from monitor.demo.folder import Folder
from monitor.demo.mailbox import HOST, Mailbox
from monitor.demo.moments import TIME_OF_DAY, Moment, Outage, moments
from monitor.demo.outside import asking
from monitor.demo.story import Frame, Step, Story
from monitor.digests import schedule
from monitor.links import Links
from monitor.mail.smtp import SmtpMailer
from monitor.model import (
    ArchivedDigest,
    Encryption,
    Frequency,
    PubMedSettings,
    SearchKind,
    Settings,
    SmtpSettings,
    Subscription,
    SubscriptionState,
    Topic,
    WebSettings,
)
from monitor.sandbox import Corpus, Server, services
from monitor.service.connections import Connections
from monitor.sources.pubmed import Client
from monitor.store import Database, Tx
from monitor.watch.poll import poll_due

TOPIC = "ccsvi"
START = date(2009, 1, 1)

#: A few days on which PubMed is down, around an article that appears on 12 May 2015.
OUTAGE = Outage(date(2015, 5, 11), date(2015, 5, 14))

#: Who gets mail, and how often.
SUBSCRIBERS = {
    "at-once@demo.example": Frequency.AT_ONCE,
    "weekly@demo.example": Frequency.WEEKLY,
    "monthly@demo.example": Frequency.MONTHLY,
}
OPERATOR = "operator@demo.example"

#: Where the links in the demo's mails lead: the real pages, as long as `monitor demo --serve` runs.
SITE = "http://127.0.0.1:8323"

#: "Nothing new" digests: with the shipped four weeks they would fill the mailboxes in the quiet years.
QUIET_EVERY = timedelta(days=182)

_DATABASE = "monitor.db"
_SMTP = SmtpSettings(host=HOST, sender="CCSVI Monitor <monitor@demo.example>", encryption=Encryption.NONE)

#: The replay polls at least once a quarter. With the shipped twelve hours each poll would be stale in the next digest,
#: and the days between would count as days on which Monitor did not run.
ASKS_EVERY = timedelta(days=100)

#: Does once whatever is due: `monitor.service.tick.poll_and_mail`.
Tick = Callable[[Connections, datetime], object]


class Viewer(Protocol):
    """Is notified of the progress of the replay."""

    def moment_done(self, number: int, total: int, at: datetime) -> None:
        """Moment `number` of `total` is done."""

    def answered(self, step: Step) -> None:
        """The answer changed."""

    def composed(self, digest: ArchivedDigest) -> None:
        """A digest was composed and mailed."""


class Nobody:
    """A Viewer that ignores everything."""

    def moment_done(self, number: int, total: int, at: datetime) -> None:
        """Do nothing."""

    def answered(self, step: Step) -> None:
        """Do nothing."""

    def composed(self, digest: ArchivedDigest) -> None:
        """Do nothing."""


@dataclass(slots=True)
class _World:
    """The parts that the replay runs against."""

    folder: Folder
    server: Server
    mailbox: Mailbox
    works: Connections
    seed_on: date
    last_answer: int = 0
    last_digest: int = 0
    kept: dict[str, int] = field(default_factory=dict)
    kept_of: int = 0
    viewer: Viewer = field(default_factory=Nobody)


def replay(
    folder: Folder,
    tick: Tick,
    *,
    start: date = START,
    until: date,
    outage: Outage = OUTAGE,
    viewer: Viewer | None = None,
    site: str = SITE,
) -> Story:
    """Replay from `start` to `until` (both included) into a clean `folder`, pages included; returns what happened.

    The links in mails lead to `site`.
    """
    began = time.monotonic()
    held = outside.facts(TOPIC)
    due = moments(corpus.entries(), start, until, outage, outside.shows(held))
    with _world(folder, held, due[0].at, viewer or Nobody(), site) as world:
        world.server.faults.outage(_morning(outage.first), _morning(outage.last + timedelta(days=1)))
        for number, moment in enumerate(due, 1):
            _step_to(world, tick, moment)
            world.viewer.moment_done(number, len(due), moment.at)
        frame = Frame(
            start=start,
            until=until,
            outage=outage,
            looks=sum(moment.polls for moment in due),
            mailboxes=_mailboxes(world),
            deliveries=len(world.mailbox.messages),
            took_s=time.monotonic() - began,
        )
        told = story.read(world.works.db, world.works.settings.topics[0], frame)
        page.write(told, corpus.entries(), world.works.db, folder, site)
    return told


def _mailboxes(world: _World) -> tuple[tuple[str, str], ...]:
    """Every mailbox that received mail, the subscribers' first."""
    words = {address: page.FREQUENCY_WORDS[frequency] for address, frequency in SUBSCRIBERS.items()}
    return tuple((address, words.get(address, "the operator")) for address in sorted(world.kept, key=_mailbox_order))


def _mailbox_order(address: str) -> tuple[bool, int]:
    return address not in SUBSCRIBERS, list(SUBSCRIBERS).index(address) if address in SUBSCRIBERS else 0


def _step_to(world: _World, tick: Tick, moment: Moment) -> None:
    """Set the clock, do what is due, notify the viewer."""
    at = world.server.at = moment.at
    topics = tuple(_known_by(topic, at.date(), world.seed_on) for topic in world.works.settings.topics)
    settings = asking.known_by(
        replace(world.works.settings, topics=topics), is_seed_published=at.date() >= world.seed_on
    )
    with world.works.db.begin() as tx:
        store.searches.sync(tx, topics, at)
        settings = asking.due(tx, settings, moment.asks, at)
        for topic in topics:
            _pass_over_empty_issues(tx, topic, at)
    if moment.polls:
        poll_due(
            topics,
            world.works.sources,
            world.works.db,
            at,
            only=[(s.topic, s.name) for t in topics for s in t.searches],
        )
    tick(replace(world.works, settings=settings), at)
    _keep_mail(world)
    _tell_viewer(world)


def _pass_over_empty_issues(tx: Tx, topic: Topic, at: datetime) -> None:
    """Move the due dates of digests over the days that are skipped, on which nothing was reported.

    Without this a weekly digest of a Monday long past would be caught up in the middle of a week.
    """
    for frequency, lateness in ((Frequency.WEEKLY, timedelta(days=1)), (Frequency.MONTHLY, timedelta(days=7))):
        planned = store.digests.schedule(tx, topic.key, frequency)
        if planned is None or at - planned.due_at < lateness:
            continue
        due_at = planned.due_at
        while at - due_at >= lateness:
            due_at = schedule.next_issue(topic.digest, frequency, due_at)
        if token := store.digests.claim_due(tx, topic.key, frequency, at):
            store.digests.finish_schedule(tx, topic.key, frequency, token, due_at, at, sent=False)


def _keep_mail(world: _World) -> None:
    """Write the mails that arrived since the last moment as mail/<recipient>/0001.eml, as it came."""
    arrived = world.mailbox.messages[world.kept_of :]
    for mail in arrived:
        number = world.kept[mail.recipient] = world.kept.get(mail.recipient, 0) + 1
        world.folder.write(f"mail/{mail.recipient}/{number:04}.eml", mail.content)
    world.kept_of += len(arrived)


def _tell_viewer(world: _World) -> None:
    with world.works.db.read() as tx:
        answer = store.answers.current(tx, TOPIC)
        is_news = answer is not None and answer.id > world.last_answer
        steps = [step for step in story.steps(tx, TOPIC) if step.record.id > world.last_answer] if is_news else []
        digests = [d for d in reversed(store.digests.archive(tx, TOPIC, 20)) if d.id > world.last_digest]
    for step in steps:
        world.last_answer = step.record.id
        world.viewer.answered(step)
    for digest in digests:
        world.last_digest = digest.id
        world.viewer.composed(digest)


def _known_by(topic: Topic, day: date, seed_on: date) -> Topic:
    """The topic as an operator could have written it on `day`: before the seed is published nothing can cite it."""
    known = (search for search in topic.searches if search.kind is SearchKind.QUERY or day >= seed_on)
    return replace(topic, searches=tuple(replace(search, every=ASKS_EVERY) for search in known))


@contextmanager
def _world(folder: Folder, held: services.Corpus, at: datetime, viewer: Viewer, site: str) -> Iterator[_World]:
    """PubMed, the other sources, mailbox and database, all on this machine; closed when the replay ends."""
    seed_on = next(entry.created_on for entry in corpus.entries() if entry.id == "ccsvi-138")
    with Server(Corpus.from_xml(corpus.build()), at, services=held) as server, Mailbox() as mailbox:
        for name in (_DATABASE, f"{_DATABASE}-wal", f"{_DATABASE}-shm"):
            folder.claim(name)
        smtp = replace(_SMTP, host=mailbox.host, port=mailbox.port)
        settings = replace(settings_of(folder, site), smtp=smtp)
        settings = replace(
            settings, pubmed=replace(settings.pubmed, base_url=server.url), sources=asking.sources_of(server, OPERATOR)
        )
        with (
            closing(store.open(settings.database_url, durable=False)) as db,
            closing(Client(settings.pubmed, sleep=_never)) as pubmed,
            SmtpMailer(settings.smtp).kept() as mailer,
        ):
            store.migrate.upgrade(db)
            _subscribe(db, at)
            works = Connections(settings, db, asking.opened(settings, server, pubmed), links_of(settings), mailer)
            yield _World(folder, server, mailbox, works, seed_on, viewer=viewer)


def settings_of(folder: Folder, site: str = SITE) -> Settings:
    """The shipped topic, with the database in `folder` and pages at `site`."""
    path = resources.folder("config") / "monitor.yaml"
    topic = next(topic for topic in config.load_topics(path) if topic.key == TOPIC)
    return Settings(
        path=path,
        pubmed=PubMedSettings(contact_email=OPERATOR),
        smtp=_SMTP,
        topics=(replace(topic, digest=replace(topic.digest, quiet_every=QUIET_EVERY)),),
        database_url=f"sqlite:///{(folder.path / _DATABASE).resolve()}",
        postal_address="Monitor demo, 1 Loopback Lane, 127.0.0.1",
        operator_email=OPERATOR,
        web=WebSettings(site, site.partition("//")[2]),
        secret_keys=("for the demo only",),
    )


def links_of(settings: Settings) -> Links:
    """The links of the demo: personal ones work for as long as the demo's mails are old."""
    return Links(settings.secret_keys, settings.web.public_url, personal_within=timedelta.max)


def _subscribe(db: Database, now: datetime) -> None:
    with db.begin() as tx:
        for address, frequency in SUBSCRIBERS.items():
            wanted = Subscription(TOPIC, address, frequency, SubscriptionState.ACTIVE, reason="demo")
            store.subscribers.add(tx, wanted, now)


def _morning(day: date) -> datetime:
    return datetime.combine(day, TIME_OF_DAY).astimezone(UTC) - timedelta(hours=1)


def _never(seconds: float) -> None:
    """Do not wait: the clock of the replay stands still between moments."""
