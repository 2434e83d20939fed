"""The operator's page: what `monitor status` says, read-only, behind a token or a login, with nobody's address.

It speaks the language of the service; the causes that it quotes are English, as in the log.
"""

from __future__ import annotations

import binascii
import hmac
import re
from base64 import b64decode
from collections.abc import Iterator
from datetime import datetime, timedelta

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from monitor import __version__
from monitor.delivery import server_state
from monitor.language.speech import gettext as _
from monitor.language.speech import later, later_plural, ngettext
from monitor.language.stored import stored
from monitor.model import DeliveryState, FreshnessState
from monitor.service.alerting.failures import Failure
from monitor.service.running import heartbeat
from monitor.service.status import Status, read_status
from monitor.watch import freshness
from monitor.web.proxys_user import is_named_by_proxy
from monitor.web.responses import PRIVATE, error_page, page
from monitor.web.site import site_of

#: How many deliveries are in each state.
_DELIVERIES = {
    DeliveryState.WAITING: later_plural("%(number)s waiting", "%(number)s waiting"),
    DeliveryState.SENDING: later_plural("%(number)s sending", "%(number)s sending"),
    DeliveryState.SENT: later_plural("%(number)s sent", "%(number)s sent"),
    DeliveryState.DEFERRED: later_plural("%(number)s deferred", "%(number)s deferred"),
    DeliveryState.FAILED: later_plural("%(number)s failed", "%(number)s failed"),
    DeliveryState.UNCERTAIN: later_plural("%(number)s uncertain", "%(number)s uncertain"),
    DeliveryState.CANCELLED: later_plural("%(number)s cancelled", "%(number)s cancelled"),
}
_ADDRESS = re.compile(r"[^\s<>\"'(),;:\[\]]+@[^\s<>\"'(),;:\[\]]+")


def status_page(request: Request) -> Response:
    """The page, 404 where the configuration opens it to nobody; else 401 without the token, 403 where there is none."""
    site = site_of(request)
    token = site.settings.web.operator_token
    if not token and not site.settings.web.operator_user_header:
        raise HTTPException(404)
    if not is_named_by_proxy(request) and not is_opened_by(request.headers.get("authorization", ""), token):
        return _refused(request, by_token=bool(token))
    found = read_status(site.settings, site.db, site.now())
    with site.db.read() as tx:
        mail_server = without_addresses(server_state.read(tx, site.settings.smtp).error)
    return page(
        request,
        "operator.html",
        cache=PRIVATE,
        found=found,
        version=__version__,
        mail_server=mail_server,
        needs=list(_needs(found, mail_server)),
        failures=[(one, cause_of(one)) for one in found.failures],
        deliveries=[ngettext(*_DELIVERIES[state], number) for state, number in found.deliveries.items() if number],
        in_words=_in_words,
        without_addresses=without_addresses,
    )


def _refused(request: Request, *, by_token: bool) -> Response:
    headline = later("This page is for the operator")
    if not by_token:
        return error_page(request, 403, headline, later("It is shown to those whom the web server has logged in."))
    text = later("Your browser asks for a name and a password: any name, and the token of the configuration.")
    response = error_page(request, 401, headline, text)
    response.headers["WWW-Authenticate"] = 'Basic realm="Monitor", charset="UTF-8"'
    return response


def is_opened_by(authorization: str, token: str) -> bool:
    """Does this Authorization header have the token: as the password of Basic (RFC 7617), or as Bearer (RFC 6750)?"""
    scheme, _, value = authorization.partition(" ")
    given = value.strip()
    if scheme.lower() == "basic":
        try:
            given = b64decode(given, validate=True).decode("utf-8", "replace").partition(":")[2]
        except (binascii.Error, ValueError):
            return False
    elif scheme.lower() != "bearer":
        return False
    return bool(token) and hmac.compare_digest(given.encode(), token.encode())


def without_addresses(text: str) -> str:
    """The text without email addresses: a mail server's reply may name a reader's."""
    return _ADDRESS.sub("(address)", text)


def cause_of(failure: Failure) -> str:
    """Why a unit failed. Of a bug only its kind: what stands behind that may be anything, and stands in the log."""
    if failure.is_bug:
        return _("%(kind)s; the log has more", kind=without_addresses(failure.error.partition(":")[0]))
    return without_addresses(failure.error)


def _in_words(span: timedelta) -> str:
    return stored(freshness.in_words(span), "length of time")


def _needs(found: Status, mail_server: str) -> Iterator[str]:
    """What needs the operator, a sentence each."""
    searches = [search.freshness for topic in found.topics for search in topic.searches]
    behind = sum(one is None or one.state is not FreshnessState.CURRENT for one in searches)
    unread = sum(len(topic.unread) for topic in found.topics)
    if not _is_alive(found.last_sign_of_life_at, found.at):
        yield _("The service has given no sign of life for a quarter of an hour.")
    if behind:
        yield ngettext("%(number)s search is not current.", "%(number)s searches are not current.", behind)
    if unread:
        yield ngettext("%(number)s article cannot be read yet.", "%(number)s articles cannot be read yet.", unread)
    if found.failures:
        yield ngettext(
            "%(number)s unit of work failed the last time.",
            "%(number)s units of work failed the last time.",
            len(found.failures),
        )
    if any(service.refused for service in found.services):
        yield _("A changed configuration was refused; the one before is in use.")
    if mail_server:
        yield _("The mail server cannot be used.")
    if found.sending_paused_at:
        yield _("Sending is paused.")
    if found.returned_mail and found.returned_mail.first_failure_at:
        yield _("Returned mail cannot be read.")


def _is_alive(beat_at: datetime | None, at: datetime) -> bool:
    return beat_at is not None and at - beat_at <= heartbeat.MAX_AGE
