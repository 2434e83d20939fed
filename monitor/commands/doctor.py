"""`monitor doctor`: check everything Monitor depends on; each check has a stable id and a hint."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from monitor import config, resources, store
from monitor.commands import _doctor_dns
from monitor.commands._doctor_report import CheckWarning, Finding, Test, show
from monitor.commands._shared import DEFAULT_CONFIG, ConfigOption, JsonOption, now, print_json
from monitor.delivery import own_templates
from monitor.errors import MonitorError, QueryError
from monitor.mail import mailbox
from monitor.mail.authentication import records
from monitor.mail.authentication.resolver import Resolver
from monitor.model import Settings
from monitor.model.instants import is_future
from monitor.ports import Literature
from monitor.render.templates import check_templates
from monitor.store import Database

#: Less free disk space than this, in bytes, is a warning.
ENOUGH_DISK = 500_000_000
#: The first sham-controlled trial of the shipped topic: a record that PubMed will always have.
KNOWN_PMID = "24975855"
#: Seconds that PubMed has to respond, retries included: the operator is waiting.
PATIENCE = 8.0
#: So many seeds are looked up, with two requests each: the operator is waiting.
MOST_SEEDS = 20


DnsOption = Annotated[bool, typer.Option("--dns/--no-dns", help="Look up the DNS records of the sender's domain.")]
ResolverOption = Annotated[
    str, typer.Option(metavar="ADDRESS[:PORT]", help="The DNS server to ask. Default: this machine's own.")
]


def doctor(
    config_file: ConfigOption = DEFAULT_CONFIG,
    dns: DnsOption = True,
    resolver: ResolverOption = "",
    as_json: JsonOption = False,
) -> None:
    """Check everything Monitor depends on; sends no mail and stores nothing. Exit 1 when a check failed."""
    findings = []
    for finding in examine(config_file, Resolver(resolver) if dns else None):
        findings.append(finding)
        if not as_json:
            show(finding)
    if as_json:
        print_json(findings)
    if any(finding.state == "failed" for finding in findings):
        raise typer.Exit(1)


def examine(config_file: Path, resolver: Resolver | None) -> Iterator[Finding]:
    """Every check in turn, or only the first if the configuration is invalid. Without a resolver no DNS is asked."""
    reading = config.read(config_file, os.environ)
    if reading.settings is None:
        yield Finding("config", "failed", reading.explanation(), "Correct the file; `monitor check` reports this too.")
        return
    remarks = "; ".join(f"line {w.line}: {w}" if w.line else str(w) for w in reading.warnings)
    yield Finding("config", "warning" if remarks else "ok", remarks or f"{config_file} is valid")
    for test in (*MACHINE, *_doctor_dns.tests(resolver), *MAIL):
        yield test.run(reading.settings)


def _people(settings: Settings) -> str:
    people = config.read_subscribers(settings)
    if settings.subscribers_file and not people:
        raise CheckWarning(f"{settings.subscribers_file} names nobody")
    return f"{len(people)} in the subscribers file" if settings.subscribers_file else "no subscribers file"


def _key(settings: Settings) -> str:
    if settings.secret_keys:
        return f"{len(settings.secret_keys)} from the environment"
    path = config.key_path(settings)
    if path is None:
        raise MonitorError("there is no key to sign links with")
    if not path.exists():
        return f"will be created at the first start, in {path}"
    if path.stat().st_mode & 0o077:
        raise CheckWarning(f"others may read {path}")
    return f"in {path}"


def _disk(settings: Settings) -> str:
    file = config.sqlite_file(settings)
    folder = file.parent if file else Path.cwd()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if file and not os.access(folder, os.W_OK):
        raise MonitorError(f"{folder} cannot be written to")
    if free < ENOUGH_DISK:
        raise CheckWarning(f"only {free / 1e6:,.0f} MB free in {folder}")
    return f"{free / 1e9:,.1f} GB free in {folder}"


def _database(settings: Settings) -> str:
    with _opened(settings) as db:
        if db is None:
            return "will be created at the first start"
        from monitor.service import connections

        connections.check_schema(settings, db)
        return f"{db.url_safe}, schema {store.migrate.current(db)}"


def _clock(settings: Settings) -> str:
    """With a clock that was set back nothing would be due."""
    present = now()
    with _opened(settings) as db:
        is_ready = db is not None and bool(store.migrate.current(db))
        latest = _last_success(db, settings) if db and is_ready else None
        stands = _rehearsed(db) if db and is_ready else None
    if stands:
        return f"the database is a rehearsal and stands at {stands:%Y-%m-%d %H:%M} UTC"
    if latest and is_future(latest, present):
        raise MonitorError(f"the clock says {present:%Y-%m-%d %H:%M} UTC, the last poll {latest:%Y-%m-%d %H:%M}")
    return f"{present:%Y-%m-%d %H:%M:%S} UTC"


def _rehearsed(db: Database) -> datetime | None:
    from monitor.service import rehearsal

    with db.read() as tx:
        return rehearsal.stands_at(tx)


def _last_success(db: Database, settings: Settings) -> datetime | None:
    with db.read() as tx:
        states = store.searches.all_states(tx)
    found = [state.last_success_at for topic in settings.topics for state in states.get(topic.key, ())]
    return max((at for at in found if at), default=None)


def _rate(settings: Settings) -> str:
    """Raises MonitorError when the searches need more requests than PubMed allows."""
    from monitor.service import request_load

    load = request_load.of(settings)
    if load.is_too_much:
        raise MonitorError(f"{load.sentence} {load.advice}")
    return load.sentence


@contextmanager
def _opened(settings: Settings) -> Iterator[Database | None]:
    """The database as it is; None while a SQLite file does not exist, for a check must not create one."""
    file = config.sqlite_file(settings)
    if file and not file.exists():
        yield None
        return
    db = store.open(settings.database_url)
    try:
        yield db
    finally:
        db.close()


def _zones(_settings: Settings) -> str:
    known = resources.time_zones()
    if len(known) < 400:
        raise MonitorError(f"only {len(known)} time zones are known")
    return f"{len(known)} time zones known"


def _templates(settings: Settings) -> str:
    """Raises ConfigError for a template that cannot be used, shipped or of the operator's."""
    folder = resources.folder("templates")
    paths = [path for path in sorted(folder.rglob("*.*")) if path.suffix in (".html", ".txt")]
    check_templates(str(path.relative_to(folder)) for path in paths)
    own_templates.check(settings)
    own = len(settings.branding.templates)
    return f"{len(paths)} templates compile" + (f", {own} of yours can be used" if own else "")


def _pubmed(settings: Settings) -> str:
    """Raises CheckWarning for what is not the real PubMed, and for seeds that it does not know."""
    from monitor.sources.pubmed import Client

    started = time.monotonic()
    pubmed = Client(settings.pubmed, patience=PATIENCE)
    found = pubmed.search(f"{KNOWN_PMID}[uid]")
    took = time.monotonic() - started
    wrong = list(_wrong_seeds(settings, pubmed))
    hint = "Correct the seed in the configuration; until then the searches that follow it fail." if wrong else ""
    if found.pmids != {KNOWN_PMID}:
        wrong.insert(
            0, f"responds, but does not know PMID {KNOWN_PMID}: {settings.pubmed.base_url} is not the real PubMed"
        )
    if wrong:
        raise CheckWarning("\n".join(wrong), hint)
    key = "with a key" if settings.pubmed.api_key else "without a key (3 requests a second)"
    return f"responded in {took:.1f} s, {key}"


def _sources(settings: Settings) -> str:
    """Raises CheckWarning for sources besides PubMed that do not answer: digests go out without them."""
    from monitor.sources.probe import probe

    silent = []
    for source in settings.sources.values():
        try:
            probe(source, PATIENCE)
        except MonitorError as error:
            silent.append(str(error))
    names = ", ".join(source.label for source in settings.sources)
    if silent:
        raise CheckWarning("\n".join(silent))
    return f"{names} answer" if names else "none besides PubMed is on"


def _wrong_seeds(settings: Settings, literature: Literature) -> Iterator[str]:
    """What is wrong with each seed that has only a DOI and was not yet resolved, as the first poll does."""
    by_doi = {topic.key: topic.seed.doi for topic in settings.topics if topic.seed and not topic.seed.pmid}
    resolved = _resolved(settings) if by_doi else set()
    unknown = [key for key in by_doi if key not in resolved]
    for key in unknown[:MOST_SEEDS]:
        try:
            literature.resolve_doi(by_doi[key])
        except QueryError as error:
            yield f"the seed of {key}: {error}"
    if len(unknown) > MOST_SEEDS:
        yield f"of {len(unknown)} seeds only the first {MOST_SEEDS} were looked up; the first polls look up the others"


def _resolved(settings: Settings) -> set[str]:
    """The topics whose seed, as configured, PubMed was found to know."""
    with _opened(settings) as db:
        if db is None or not store.migrate.current(db):
            return set()
        with db.read() as tx:
            return store.topics.resolved(tx, settings.topics)


def _smtp(settings: Settings) -> str:
    from monitor.service import connections

    return connections.open_mailer(settings).probe()


def _sender(settings: Settings) -> str:
    """Raises MonitorError for a From domain whose mail no DNS record can authenticate."""
    smtp = settings.smtp
    if problem := records.problem(smtp):
        raise MonitorError(problem)
    return f"mail from @{records.from_domain(smtp)} can be authenticated with the right DNS records"


def _bounces(settings: Settings) -> str:
    if settings.bounces is None:
        return _unread(settings)
    return mailbox.probe(settings.bounces.mailbox)


def _unread(settings: Settings) -> str:
    """A bounce domain is of use only if somebody reads the mail that is returned to it."""
    if settings.smtp.bounce_domain:
        problem = f"mail returns to @{settings.smtp.bounce_domain}, and no mailbox of returned mail is configured"
        raise CheckWarning(
            problem, "Name it under bounces:, unless cron or a pipe of the mail server runs `monitor bounces`."
        )
    return "no mailbox of returned mail is configured"


#: In this order: a failure of one may explain failures of later ones. The ids never change.
MACHINE = (
    Test("subscribers", _people, "Add lines to the file, or people with `monitor subscribers add`."),
    Test("key", _key, "Set MONITOR_SECRET_KEY (openssl rand -hex 32), or: chmod 600 the key file."),
    Test("disk", _disk, "Free some space, or move the database."),
    Test("database", _database, "See docs/operations.md, “The database”."),
    Test("clock", _clock, "Set the clock; run a time service (NTP)."),
    Test("time-zones", _zones, "Install the package tzdata."),
    Test("templates", _templates, "Correct your template, or reinstall Monitor when it is not yours."),
    Test("pubmed", _pubmed, "Is this machine allowed to reach the address? Is a proxy needed (HTTPS_PROXY)?"),
    Test("sources", _sources, "Digests go out without them. Proxy needed (HTTPS_PROXY)? Else see docs/sources.md."),
    Test("rate", _rate, "See docs/scale.md."),
    Test("sender", _sender, "See docs/subscribers.md, “Sender authentication”."),
)
MAIL = (
    Test("smtp", _smtp, "Compare smtp: in the configuration with what your mail provider says."),
    Test("bounces", _bounces, "See docs/subscribers.md, “Returned mail”."),
)
