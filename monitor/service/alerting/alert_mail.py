"""The mail that tells the operator: its sentences in the language that is spoken, its ids and commands as they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from email.utils import make_msgid

from monitor.delivery.mime import SimpleMessage
from monitor.language.speech import gettext as _
from monitor.language.speech import language, ngettext
from monitor.language.stored import stored
from monitor.mail.identifiers import mail_domain
from monitor.model import Alert, AlertId, Settings

#: Where the runbook is, in Monitor's documentation.
RUNBOOK = "docs/runbook.md"
#: What to type first at each alert.
TO_TYPE: Mapping[AlertId, Sequence[str]] = {
    AlertId.SEARCH_FAILING: ("status", "doctor"),
    AlertId.SEARCH_IN_DOUBT: ("status", "check --online"),
    AlertId.SOURCE_FAILING: ("status", "doctor"),
    AlertId.SOURCE_IN_DOUBT: ("status",),
    AlertId.QUERY_WARNING: ("check --online",),
    AlertId.QUERY_READ_DIFFERENTLY: ("check --online",),
    AlertId.ARTICLES_UNREAD: ("status",),
    AlertId.MAIL_SERVER_REFUSES: ("doctor", "send-test ADDRESS"),
    AlertId.MAIL_SERVER_FAILING: ("doctor", "status"),
    AlertId.DIGEST_REFUSED: ("doctor", "send-test ADDRESS"),
    AlertId.MAILBOX_FAILING: ("doctor", "bounces"),
    AlertId.RETURNED_MAIL: ("subscribers list",),
    AlertId.TOO_MANY_REQUESTS: ("doctor",),
    AlertId.CONFIGURATION_REFUSED: ("check", "reload"),
    AlertId.WORK_FAILING: ("status", "doctor"),
    AlertId.BUG: ("status",),
    AlertId.DATABASE_DAMAGED: ("db check", "db backup FILE"),
}


def written(settings: Settings, alerts: Sequence[Alert], now: datetime) -> bytes:
    """The mail as bytes. The subject holds only names from the configuration; PubMed's words stand in the body."""
    headlines = [stored(alert.headline, "headline of an alert") for alert in alerts]
    parts = [f"{said}\n\n{one.text}\n\n{_runbook(settings, one)}" for said, one in zip(headlines, alerts, strict=True)]
    configuration = _("Configuration: %(path)s", path=settings.path)
    return SimpleMessage(
        sender=settings.smtp.sender,
        address=settings.operator_email,
        message_id=make_msgid(domain=mail_domain(settings.smtp)),
        subject=_subject(headlines),
        text="\n\n--\n\n".join(parts) + f"\n\n{configuration}\n",
        language=language(),
    ).written(now)


def _runbook(settings: Settings, alert: Alert) -> str:
    """Under which id the runbook has the alert, and what to type first: whoever reads this may have only the mail."""
    if alert.is_over:
        return _("Alert %(id)s: over.", id=alert.id)
    commands = "\n".join(f"  monitor {command} -c {settings.path.resolve()}" for command in TO_TYPE[alert.id])
    return _(
        "Alert %(id)s. To type:\n%(commands)s\nCauses and what mends them: %(place)s",
        id=alert.id,
        commands=commands,
        place=f"{RUNBOOK}#{alert.id}",
    )


def _subject(headlines: Sequence[str]) -> str:
    more = len(headlines) - 1
    if not more:
        return _("Monitor: %(headline)s", headline=headlines[0])
    return ngettext(
        "Monitor: %(headline)s (and %(number)s more)",
        "Monitor: %(headline)s (and %(number)s more)",
        more,
        headline=headlines[0],
        number=str(more),
    )
