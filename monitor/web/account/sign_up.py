"""What a stranger may ask for: a subscription, or a fresh link to one. Both end with "look into your mailbox".

What is said, and how long it takes, never depends on whether an address is known. So nothing is mailed from here:
the service sends what was asked for at a beat of its own, which no visitor's connection feels.
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from monitor.model import Topic
from monitor.render.dates import negotiated
from monitor.subscribers import opt_in
from monitor.subscribers.opt_in import Wish
from monitor.web.account import consent_text
from monitor.web.account.forms import (
    Fields,
    address_in,
    address_problem,
    choices,
    chosen,
    problems_in,
    visit_of,
    wish_of,
)
from monitor.web.responses import PRIVATE, error_page, page
from monitor.web.site import site_of, topic_of

#: Seconds before which nobody is answered: keeping a request takes a few milliseconds, and a different number of them
#: for an address that is known.
NOT_BEFORE = 0.1

_TOO_MUCH = (
    429,
    "Too many requests",
    "Too many mails were asked for just now. Nothing was sent. Please try again in an hour.",
)


# --- sign up -----------------------------------------------------------------------------------------


def sign_up_form(request: Request) -> Response:
    """The form."""
    return _sign_up_page(request, topic_of(request), {}, {})


def sign_up_submit(request: Request, fields: Fields) -> Response:
    """Take the form; whatever the address, the answer is to look into the mailbox."""
    site, topic = site_of(request), topic_of(request)
    problems = {**address_problem(fields), **problems_in(fields)}
    if problems:
        return _sign_up_page(request, topic, fields, problems)
    wish = wish_of(topic.key, address_in(fields), fields)
    visit = visit_of(request, "sign-up page", consent_text.text(topic, site.settings.operator_email))
    if fields.get("website"):  # a field people do not see: whoever fills it in is a program
        return page(request, "asked.html", cache=PRIVATE, is_link=False)
    return _asked(request, opt_in.request(site.db, wish, visit, site.settings.secret_keys, site.now()), False)


def _sign_up_page(request: Request, topic: Topic, fields: Fields, problems: Mapping[str, str]) -> Response:
    site, zone = site_of(request), topic.digest.timezone
    agreed = consent_text.text(topic, site.settings.operator_email)
    usual = Wish(topic.key, "", topic.digest.frequency, zone, negotiated(request.headers.get("Accept-Language", "")))
    return page(
        request,
        "subscribe.html",
        status=422 if problems else 200,
        cache=PRIVATE,
        topic=topic,
        fields=fields,
        problems=problems,
        consent=agreed,
        chosen=chosen(usual, fields),
        **choices(zone, site.now().date(), topic.digest),
    )


def _asked(request: Request, was_taken: bool, is_link: bool) -> Response:
    """What everybody is told."""
    if not was_taken:
        return error_page(request, *_TOO_MUCH)
    return page(request, "asked.html", cache=PRIVATE, is_link=is_link)


# --- a fresh link ------------------------------------------------------------------------------------


def link_form(request: Request) -> Response:
    """The form that asks for a fresh link."""
    return page(request, "link.html", cache=PRIVATE, problems={}, fields={})


def link_submit(request: Request, fields: Fields) -> Response:
    """Mail the link to the address, if it has a subscription; the answer is the same either way."""
    site = site_of(request)
    if problems := address_problem(fields):
        return page(request, "link.html", status=422, cache=PRIVATE, problems=problems, fields=fields)
    visit = visit_of(request, "fresh link page")
    address = address_in(fields)
    return _asked(request, opt_in.request_link(site.db, address, visit, site.settings.secret_keys, site.now()), True)
