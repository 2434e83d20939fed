"""Pages about the service itself: all its topics, privacy, accessibility."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from monitor import store
from monitor.links import CONFIRM_WITHIN
from monitor.model import ImapSettings, Settings
from monitor.subscribers.opt_in import YEAR
from monitor.subscribers.retention import TRANSACTIONAL_RETENTION
from monitor.web.responses import page
from monitor.web.site import site_of


def topics_page(request: Request) -> Response:
    """Every topic: what it asks, the answer and since when it holds, its feeds, and where to subscribe."""
    site = site_of(request)
    with site.db.read() as tx:
        current = store.answers.all_current(tx)
    return page(request, "index.html", answers=[(topic, current.get(topic.key)) for topic in site.settings.topics])


def privacy_page(request: Request) -> Response:
    """What is stored about people, for how long, and who else sees it: from the configuration and the code."""
    settings = site_of(request).settings
    return page(
        request,
        "privacy.html",
        record_ip=settings.web.record_ip,
        confirm_days=CONFIRM_WITHIN.days,
        mail_days=TRANSACTIONAL_RETENTION.days,
        count_days=YEAR.days,
        smtp_host=settings.smtp.host,
        imap_host=_imap_host(settings),
        pubmed_host=urlsplit(settings.pubmed.base_url).hostname,
        source_hosts=sorted({host for one in settings.sources.values() if (host := urlsplit(one.location).hostname)}),
        ping_host=urlsplit(settings.ping_url).hostname or "",
    )


def accessibility_page(request: Request) -> Response:
    """What was tested, what was not, and whom to tell."""
    own = site_of(request).settings.branding.templates
    return page(request, "accessibility.html", has_own_pages=any(one.name.startswith("pages/") for one in own))


def _imap_host(settings: Settings) -> str:
    """The server of the mailbox for returned mail, "" where there is none or it is on this machine."""
    mailbox = settings.bounces.mailbox if settings.bounces else None
    return mailbox.host if isinstance(mailbox, ImapSettings) else ""
