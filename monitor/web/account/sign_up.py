"""Public forms: sign up, and request a link to one's preferences. Both end with "check your inbox".

Neither the page nor its response time depends on whether an address is known. So nothing is mailed from here: the
service sends transactional mail by itself, at times that no request influences.
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from monitor.language.speech import later
from monitor.model import Topic
from monitor.render.dates import negotiate_language
from monitor.subscribers import opt_in
from monitor.subscribers.opt_in import SubscriptionRequest
from monitor.web.account import consent_text
from monitor.web.account.forms import (
    Fields,
    address_problems,
    choice_problems,
    choices,
    person_from,
    request_from,
    selected,
    visit_of,
)
from monitor.web.responses import PRIVATE, error_page, page
from monitor.web.site import site_of, topic_of

#: No response leaves sooner, in seconds: to store a request takes a few milliseconds, more or fewer when the address
#: is known.
MIN_SECONDS = 0.1

_TOO_MANY_REQUESTS = (
    429,
    later("Too many requests"),
    later("Too many mails were requested in a short time. Nothing was sent. Please try again in an hour."),
)


# --- sign up -----------------------------------------------------------------------------------------


def sign_up_form(request: Request) -> Response:
    """The empty sign-up form."""
    return _sign_up_page(request, topic_of(request), {}, {})


def sign_up_submit(request: Request, fields: Fields) -> Response:
    """Store the request for a subscription; the response is the same for every valid address."""
    site, topic = site_of(request), topic_of(request)
    problems = {**address_problems(fields), **choice_problems(fields)}
    if problems:
        return _sign_up_page(request, topic, fields, problems)
    requested = request_from(topic.key, fields)
    visit = visit_of(request, "sign-up page", consent_text.text(topic, site.settings.operator_email))
    if fields.get("website"):  # a honeypot: people do not see this field, programs fill it in
        return page(request, "check_mailbox.html", cache=PRIVATE, is_link=False)
    is_accepted = opt_in.request(site.db, requested, person_from(request, fields), visit, site.now())
    return _check_mailbox_page(request, is_accepted, is_link=False)


def _sign_up_page(request: Request, topic: Topic, fields: Fields, problems: Mapping[str, str]) -> Response:
    site, zone = site_of(request), topic.digest.timezone
    consent = consent_text.text(topic, site.settings.operator_email)
    language = negotiate_language(request.headers.get("Accept-Language", ""))
    defaults = SubscriptionRequest(topic.key, topic.digest.frequency, zone, language)
    return page(
        request,
        "subscribe.html",
        status=422 if problems else 200,
        cache=PRIVATE,
        topic=topic,
        fields=fields,
        problems=problems,
        consent=consent,
        selected=selected(defaults, fields),
        **choices(zone, site.now().date(), topic.digest),
    )


def _check_mailbox_page(request: Request, is_accepted: bool, *, is_link: bool) -> Response:
    """The response to every accepted request, for a link or a subscription; 429 beyond the limits."""
    if not is_accepted:
        return error_page(request, *_TOO_MANY_REQUESTS)
    return page(request, "check_mailbox.html", cache=PRIVATE, is_link=is_link)


# --- a preferences link ------------------------------------------------------------------------------


def link_form(request: Request) -> Response:
    """The form that requests a preferences link."""
    return page(request, "link.html", cache=PRIVATE, problems={}, fields={})


def link_submit(request: Request, fields: Fields) -> Response:
    """Store the request for a link; the response is the same whether or not the address has a subscription."""
    site = site_of(request)
    if problems := address_problems(fields):
        return page(request, "link.html", status=422, cache=PRIVATE, problems=problems, fields=fields)
    visit = visit_of(request, "fresh link page")
    is_accepted = opt_in.request_link(site.db, person_from(request, fields), visit, site.now())
    return _check_mailbox_page(request, is_accepted, is_link=True)
