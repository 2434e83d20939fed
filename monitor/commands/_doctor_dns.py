"""The DNS checks of `monitor doctor`: are the SPF, DKIM, DMARC and MX records published, and are they right?"""

from __future__ import annotations

from collections.abc import Callable

from monitor.commands._doctor_report import VERBATIM, CheckWarning, Skipped, Test
from monitor.errors import MonitorError
from monitor.mail import dkim_signing
from monitor.mail.authentication import checks, records
from monitor.mail.authentication.checks import RecordCheck, State
from monitor.mail.authentication.records import Record
from monitor.mail.authentication.resolver import LookupFailed, Resolver
from monitor.model import Settings

_SEE = "See docs/subscribers.md, “Sender authentication”."
_LATER = "Try again later; --no-dns prints what should be there."


def tests(resolver: Resolver | None) -> tuple[Test, ...]:
    """The checks; without a resolver nothing is looked up and only the records to publish are printed."""
    return (
        Test(
            "spf",
            lambda settings: _spf(settings, resolver),
            f"If smtp.host belongs to a provider, use its include:. {_SEE}",
        ),
        Test("dkim", lambda settings: _dkim(settings, resolver), f"Or sign with the key that is published. {_SEE}"),
        Test("dmarc", lambda settings: _dmarc(settings, resolver), _SEE),
        Test("mx", lambda settings: _mx(settings, resolver), "See docs/subscribers.md, “Returned mail”."),
    )


def _spf(settings: Settings, resolver: Resolver | None) -> str:
    wanted = records.spf_record(settings.smtp)
    return _checked(resolver, wanted, lambda ask: checks.spf_check(ask, settings.smtp))


def _dkim(settings: Settings, resolver: Resolver | None) -> str:
    dkim = settings.smtp.dkim
    if dkim is None:
        return "Monitor signs nothing (smtp.dkim is not set); the mail server may"
    key = dkim_signing.public_key(dkim)
    return _checked(resolver, records.dkim_record(dkim, key), lambda ask: checks.dkim_check(ask, dkim, key))


def _dmarc(settings: Settings, resolver: Resolver | None) -> str:
    report_to = settings.operator_email
    wanted = records.dmarc_record(settings.smtp, report_to)
    return _checked(resolver, wanted, lambda ask: checks.dmarc_check(ask, settings.smtp, report_to))


def _mx(settings: Settings, resolver: Resolver | None) -> str:
    return _checked(resolver, None, lambda ask: checks.return_path_mx(ask, settings.smtp))


def _checked(resolver: Resolver | None, wanted: Record | None, check: Callable[[Resolver], RecordCheck]) -> str:
    """What was found: a sentence, then the records. Raises Skipped, CheckWarning or MonitorError unless it is right."""
    if resolver is None:
        raise Skipped("not looked up" + _to_publish(wanted, "Publish this, unless it is there already:"))
    try:
        found = check(resolver)
    except LookupFailed as error:
        raise CheckWarning(f"could not be looked up: {error}", _LATER) from error
    text = found.text + "".join(f"\n{VERBATIM}{one}" for one in found.found)
    if found.state is State.RIGHT:
        return text
    text += _to_publish(found.wanted, "It should be:" if found.found else "To publish:")
    raise MonitorError(text) if found.state is State.WRONG else CheckWarning(text)


def _to_publish(wanted: Record | None, title: str) -> str:
    return f"\n{title}\n{VERBATIM}{wanted.line()}" if wanted else ""
