"""From settings to what the service works with: database, sources, links, mail server; opened here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from monitor import config, log, store
from monitor.delivery import own_templates
from monitor.delivery.channels.webhook import Webhook
from monitor.errors import ConfigError
from monitor.evidence import reassess
from monitor.links import Links
from monitor.mail.smtp import SmtpMailer
from monitor.model import ChannelSettings, Engine, Settings
from monitor.ports import Channel, Mailer, Sources
from monitor.service import rehearsal
from monitor.service.cluster.turns import SharedTurns
from monitor.sources.pubmed import Client, rate_limit
from monitor.store import Database
from monitor.subscribers import channels
from monitor.subscribers.admin import import_subscribers
from monitor.watch.outside import plan
from monitor.watch.search_changes import apply_searches


@dataclass(frozen=True, slots=True)
class Connections:
    """Everything the service works with, made once; `settings` have a key to sign links."""

    settings: Settings
    db: Database
    sources: Sources
    links: Links
    mailer: Mailer
    channels: Mapping[str, Channel] = field(default_factory=dict)


def open_sources(settings: Settings, db: Database | None = None) -> Sources:
    """The sources as configured; asks nothing yet.

    With `db` and an engine for several machines, the rate limit is kept in it for all of them together.
    """
    ncbi = settings.pubmed
    is_shared = settings.engine is not Engine.BUILT_IN
    turns = SharedTurns(db, ncbi.base_url, rate_limit.interval(ncbi.api_key)) if db and is_shared else None
    pubmed = Client(ncbi, turns=turns)
    pubmed_alone = Sources(literature=pubmed, citations=pubmed, related=pubmed)
    if not settings.sources:
        return pubmed_alone
    from monitor.service import other_sources  # imported here: httpx, for those who ask others

    return other_sources.beside(pubmed_alone, settings.sources, db if is_shared else None)


def open_links(settings: Settings) -> Links:
    """What makes and reads signed links; raises ConfigError when `settings` have no key."""
    return Links(settings.secret_keys, settings.web.public_url)


def open_mailer(settings: Settings) -> SmtpMailer:
    """The mail server as configured; connects at first use.

    Raises ConfigError when the login lacks its password, or the signature its key.
    """
    if settings.smtp.username and not settings.smtp.password:
        raise ConfigError(
            f'smtp.username is "{settings.smtp.username}" but there is no password. '
            "Set MONITOR_SMTP_PASSWORD or MONITOR_SMTP_PASSWORD_FILE."
        )
    sign = None
    if settings.smtp.dkim:
        from monitor.mail import dkim_signing  # imported here: 7 MB of cryptography for those who sign

        sign = dkim_signing.signer(settings.smtp.dkim)
    return SmtpMailer(settings.smtp, sign=sign)


def open_channels(settings: Settings) -> dict[str, Channel]:
    """The channels as configured, by name; asks nothing yet. Raises ConfigError for an address that is of no use."""
    return {one.name: _open_channel(one) for one in settings.channels}


def _open_channel(channel: ChannelSettings) -> Channel:
    if channel.is_webhook:
        return Webhook(channel.url, channel.secret)
    try:
        from monitor.delivery.channels import apprise_services  # imported here: an extra, and 20 MB for those who chat
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"The channel {channel.name} needs Apprise, which is not installed. Run: pip install 'monitor[chat]'"
        ) from error
    return apprise_services.Room(channel.name, channel.url)


def open_database(settings: Settings) -> Database:
    """The database with a schema this version knows; an empty one is made ready. Raises SchemaError for any other."""
    if file := config.sqlite_file(settings):
        file.parent.mkdir(parents=True, exist_ok=True)
    db = store.open(settings.database_url)
    if not store.migrate.current(db):
        upgrade_schema(settings, db)
        log.get().info("database made ready", database=db.url_safe, schema=store.migrate.head())
    check_schema(settings, db)
    return db


def upgrade_schema(settings: Settings, db: Database) -> None:
    """Create the tables of Monitor and of its engine, or bring them up to date. Raises SchemaError."""
    store.migrate.upgrade(db)
    if settings.engine is Engine.PROCRASTINATE:
        from monitor.service.cluster import database

        database.upgrade(db)


def check_schema(settings: Settings, db: Database) -> None:
    """Raise SchemaError, naming the command to run, unless all tables are those of this version."""
    store.migrate.check(db)
    if settings.engine is Engine.PROCRASTINATE:
        from monitor.service.cluster import database

        database.check(db)


def prepare(settings: Settings, db: Database, now: datetime) -> None:
    """Bring the database in line with the configuration: its searches, its questions, the people of its file."""
    people = config.read_subscribers(settings)
    listed = "Listed by the operator in the subscribers file."
    with store.migrate.one_at_a_time(db):
        with db.begin() as tx:
            apply_searches(tx, settings.topics, now, settings.actor)
            reassess.configure(tx, settings.topics)
            channels.configure(tx, settings, now)
            plan.configure(tx, settings, now)
        import_subscribers(db, people, settings.secret_keys, now, form="subscribers file", consent=listed)


@contextmanager
def opened(settings: Settings, now: datetime, *, is_pretended: bool = False) -> Iterator[tuple[Settings, Database]]:
    """The database ready for work, and the settings with a key to sign links; closed at the end.

    `is_pretended`: `now` is not the present, so that this begins or continues a rehearsal. Raises ConfigError for a
    rehearsal in real time, and for a pretended instant on a database that is used in real time.
    """
    config.refuse_emptied(settings)  # before a key is made
    settings, made = config.with_secret_key(settings)
    if made:
        log.get().info("made a key to sign links with; keep it with the database", file=str(made))
    db = open_database(settings)
    try:
        rehearsal.require(db, now, is_pretended=is_pretended)
        prepare(settings, db, now)
        yield settings, db
    finally:
        db.close()


@contextmanager
def connected(settings: Settings, now: datetime, *, is_pretended: bool = False) -> Iterator[Connections]:
    """Everything the service works with; closed at the end. For `is_pretended` see `opened`.

    Raises ConfigError before the database is touched when the mail server or a channel cannot be used as configured, or
    templates of the operator's not at all.
    """
    open_mailer(settings)
    open_channels(settings)
    own_templates.check(settings)
    with opened(settings, now, is_pretended=is_pretended) as (ready, db):
        yield connect(ready, db)


def connect(settings: Settings, db: Database) -> Connections:
    """Everything the service works with beside its database; asks nothing yet. Raises ConfigError as its parts do."""
    mailer = open_mailer(settings)
    own_templates.check(settings)
    rooms = open_channels(settings)
    return Connections(settings, db, open_sources(settings, db), open_links(settings), mailer, rooms)
