"""`monitor doctor`: check everything Monitor depends on; each check has a stable id and a hint."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from monitor import config, resources
from monitor.commands import _doctor_database, _doctor_dns, _doctor_upstream
from monitor.commands._doctor_report import CheckWarning, Finding, Test, show
from monitor.commands._shared import DEFAULT_CONFIG, ConfigOption, JsonOption, print_json
from monitor.delivery import own_templates
from monitor.errors import MonitorError
from monitor.mail import mailbox
from monitor.mail.authentication import records
from monitor.mail.authentication.resolver import Resolver
from monitor.model import Settings
from monitor.render.templates import check_templates

#: Less free disk space than this, in bytes, is a warning.
ENOUGH_DISK = 500_000_000


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


def _zones(_settings: Settings) -> str:
    known = resources.time_zones()
    if len(known) < 400:
        raise MonitorError(f"only {len(known)} time zones are known")
    return f"{len(known)} time zones known"


def _templates(settings: Settings) -> str:
    """Raises ConfigError for a template that cannot be used, shipped or of the operator's."""
    from monitor.web import own_pages

    folder = resources.folder("templates")
    paths = [path for path in sorted(folder.rglob("*.*")) if path.suffix in (".html", ".txt")]
    check_templates(str(path.relative_to(folder)) for path in paths)
    own_templates.check(settings)
    own_pages.check(settings)
    own = len(settings.branding.templates)
    return f"{len(paths)} templates compile" + (f", {own} of yours can be used" if own else "")


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


def _channels(settings: Settings) -> str:
    """Raises MonitorError with every channel whose server cannot be reached, and why."""
    from monitor.service import connections

    failed = []
    for name, channel in connections.open_channels(settings).items():
        try:
            channel.probe()
        except MonitorError as error:
            failed.append(f"{name}: {error}")
    if failed:
        raise MonitorError("\n".join(failed))
    number = len(settings.channels)
    return f"the servers of {number} can be reached; nothing was written there" if number else "none is configured"


#: In this order: a failure of one may explain failures of later ones. The ids never change.
MACHINE = (
    Test("subscribers", _people, "Add lines to the file, or people with `monitor subscribers add`."),
    Test("key", _key, "Set MONITOR_SECRET_KEY (openssl rand -hex 32), or: chmod 600 the key file."),
    Test("disk", _disk, "Free some space, or move the database."),
    *_doctor_database.TESTS,
    Test("time-zones", _zones, "Install the package tzdata."),
    Test("templates", _templates, "Correct your template, or reinstall Monitor when it is not yours."),
    *_doctor_upstream.TESTS,
    Test("sender", _sender, "See docs/subscribers.md, “Sender authentication”."),
)
MAIL = (
    Test("smtp", _smtp, "Compare smtp: in the configuration with what your mail provider says."),
    Test("bounces", _bounces, "See docs/subscribers.md, “Returned mail”."),
    Test("channels", _channels, "Compare the address with docs/channels.md. Is a proxy needed (HTTPS_PROXY)?"),
)
