"""The page behind "never write to me again" in transactional mails; GET and HEAD only show a form."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from monitor.language.speech import gettext as _
from monitor.language.speech import later
from monitor.links import LinkError
from monitor.subscribers import do_not_mail
from monitor.web.account.forms import Fields, visit_of
from monitor.web.responses import PRIVATE, error_page, page
from monitor.web.site import links_of, site_of

_INVALID_LINK = (
    404,
    later("This link does not work"),
    later(
        "It may have been cut off by a mail program. Copy it whole from the mail, or write to the operator of the "
        "service."
    ),
)


def decline_form(request: Request) -> Response:
    """The button that ends all mail to an address or, once it was pressed, the one that takes this back."""
    try:
        address_hmac, _ = _link_of(request)
    except LinkError:
        return error_page(request, *_INVALID_LINK)
    return _page(request, is_declined=do_not_mail.is_declined(site_of(request).db, address_hmac))


def decline_submit(request: Request, fields: Fields) -> Response:
    """End all mail to the address, or allow it again. A mail program's one-click POST (RFC 8058) gets plain text."""
    site, button = site_of(request), fields.get("button", "")
    try:
        address_hmac, subscription_id = _link_of(request)
    except LinkError:
        return error_page(request, *_INVALID_LINK)
    if button == "allow":
        do_not_mail.allow(site.db, [address_hmac])
        return _page(request, is_declined=False, message=_("Taken back. Mail can be requested for your address again."))
    visit = visit_of(request, "never write to me again" if button else "one click in a mail program")
    do_not_mail.decline(site.db, address_hmac, subscription_id, site.settings.secret_keys, visit, site.now())
    if not button:
        return PlainTextResponse(_("No more mail will be sent.") + "\n", headers={"Cache-Control": PRIVATE})
    return _page(request, is_declined=True)


def _link_of(request: Request) -> tuple[str, int]:
    return links_of(request).read_do_not_mail(request.path_params["token"])


def _page(request: Request, **values: Any) -> Response:
    return page(request, "do_not_mail.html", cache=PRIVATE, **{"message": "", **values})
