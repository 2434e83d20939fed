"""The pages behind the links in mails: confirm, change preferences, unsubscribe.

GET and HEAD only ever show a form with a button, because mail scanners open every link and some run scripts. What a
POST does is in `monitor.subscribers`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from monitor.language.speech import gettext as _
from monitor.language.speech import later, speak
from monitor.links import LinkError, Purpose
from monitor.model import DigestPlan, Subscription, SubscriptionState
from monitor.render import frequencies
from monitor.subscribers import opt_in, preferences
from monitor.subscribers.address_hash import AddressKey
from monitor.subscribers.unsubscribe import unsubscribe_by_link
from monitor.web.account import consent_text
from monitor.web.account.forms import (
    Fields,
    choice_problems,
    choices,
    frequency_texts,
    request_from,
    selected,
    visit_of,
)
from monitor.web.responses import PRIVATE, error_page, page
from monitor.web.site import Site, links_of, site_of

_SAVED = later("Your preferences are saved.")
_INVALID_LINK = (
    404,
    later("This link does not work (any more)"),
    later("It may have expired, been used already, or been cut off by a mail program. Request a new one below."),
)


# --- confirm -----------------------------------------------------------------------------------------


def confirm_form(request: Request) -> Response:
    """The button that confirms a subscription."""
    subscription = _subscription_of(request, Purpose.CONFIRM)
    if subscription is None or not opt_in.is_confirmable(subscription):
        return error_page(request, *_INVALID_LINK)
    return page(request, "confirm.html", cache=PRIVATE, **_page_values(request, subscription))


def confirm_submit(request: Request, _fields: Fields) -> Response:
    """Make the subscription active."""
    site, subscription = site_of(request), _subscription_of(request, Purpose.CONFIRM)
    if subscription is None:
        return error_page(request, *_INVALID_LINK)
    person = AddressKey(subscription.address, site.settings.secret_keys)
    if not opt_in.confirm(site.db, subscription.id, person, visit_of(request, "confirm page"), site.now()):
        return error_page(request, *_INVALID_LINK)
    link = links_of(request).url(Purpose.PREFERENCES, subscription.id, site.now())
    return page(request, "confirmed.html", cache=PRIVATE, preferences=link, **_page_values(request, subscription))


# --- preferences -------------------------------------------------------------------------------------


def preferences_form(request: Request) -> Response:
    """The form with the current preferences."""
    subscription = _subscription_of(request, Purpose.PREFERENCES)
    if subscription is None or subscription.state is not SubscriptionState.ACTIVE:
        return error_page(request, *_INVALID_LINK)
    return _preferences_page(request, subscription, {}, {}, message="")


def preferences_submit(request: Request, fields: Fields) -> Response:
    """Store the new preferences and show them; or end all links of the person, this one too."""
    site, subscription = site_of(request), _subscription_of(request, Purpose.PREFERENCES)
    if subscription is None:
        return error_page(request, *_INVALID_LINK)
    if fields.get("button") == "end-links":
        preferences.end_links(site.db, subscription.address, site.now())
        return page(request, "links_ended.html", cache=PRIVATE, **_page_values(request, subscription))
    if problems := choice_problems(fields):
        return _preferences_page(request, subscription, fields, problems, message="")
    requested = request_from(subscription.topic, fields)
    visit = visit_of(request, "preferences page", consent_text.choices(requested))
    if not preferences.change(site.db, subscription.id, requested, visit, site.now()):
        return error_page(request, *_INVALID_LINK)
    changed = preferences.get(site.db, subscription.id) or subscription
    return _preferences_page(request, changed, fields, {}, message=_(_SAVED))


def _preferences_page(
    request: Request, subscription: Subscription, fields: Fields, problems: Mapping[str, str], *, message: str
) -> Response:
    site = site_of(request)
    plan = frequencies.plan_of(site.settings, subscription.topic)
    return page(
        request,
        "preferences.html",
        status=422 if problems else 200,
        cache=PRIVATE,
        problems=problems,
        message=message,
        selected=selected(replace(subscription, frequency=subscription.wanted), fields),
        pending=_pending(site, subscription, plan),
        unsubscribe=links_of(request).url(Purpose.UNSUBSCRIBE, subscription.id),
        **{**_page_values(request, subscription), **choices(subscription.timezone, site.now().date(), plan)},
    )


def _pending(site: Site, subscription: Subscription, plan: DigestPlan) -> dict[str, Any]:
    """A requested frequency that is not in force yet, the one that is, and the day after which that usually changes."""
    if subscription.next_frequency is None:
        return {}
    switches_at = preferences.switches_after(site.db, subscription)
    return {
        "requested": frequencies.name(subscription.next_frequency),
        "current": frequencies.name(subscription.frequency),
        "after": switches_at.astimezone(ZoneInfo(plan.timezone)) if switches_at else None,
    }


# --- unsubscribe -------------------------------------------------------------------------------------


def unsubscribe_form(request: Request) -> Response:
    """The button that ends a subscription; the same page for any valid link, even when it ended long ago."""
    subscription = _subscription_of(request, Purpose.UNSUBSCRIBE)
    if subscription is None:
        return error_page(request, *_INVALID_LINK)
    return page(request, "unsubscribe.html", cache=PRIVATE, **_page_values(request, subscription))


def unsubscribe_submit(request: Request, fields: Fields) -> Response:
    """End the subscription: for the page's button, or for a mail client's one-click POST (RFC 8058).

    The latter gets plain text and no redirect.
    """
    site, subscription = site_of(request), _subscription_of(request, Purpose.UNSUBSCRIBE)
    is_one_click = fields.get("List-Unsubscribe") == "One-Click" or "button" not in fields
    visit = visit_of(request, "one click in a mail program" if is_one_click else "unsubscribe page")
    if subscription is None:
        if is_one_click:
            return PlainTextResponse(_("This link does not work (any more).") + "\n", 404, {"Cache-Control": PRIVATE})
        return error_page(request, *_INVALID_LINK)
    ended = unsubscribe_by_link(site.db, subscription.id, visit, site.now(), everything="everything" in fields)
    if is_one_click:
        return PlainTextResponse(
            _("Subscriptions ended: %(number)s", number=ended) + "\n", headers={"Cache-Control": PRIVATE}
        )
    return page(request, "unsubscribed.html", cache=PRIVATE, ended=ended, **_page_values(request, subscription))


# --- the link ----------------------------------------------------------------------------------------


def _subscription_of(request: Request, purpose: Purpose) -> Subscription | None:
    """The subscription of the signed link in the path; None when the link is not one of ours for this purpose.

    The language of its topic is spoken from here.
    """
    site, links, token = site_of(request), links_of(request), request.path_params["token"]
    try:
        if purpose is Purpose.UNSUBSCRIBE:  # works for ever
            found = preferences.get(site.db, links.read(purpose, token))
        else:
            found = preferences.of_link(site.db, *links.read_fresh(purpose, token, site.now()))
    except LinkError:
        return None
    if found:
        speak(site.settings.catalogue(found.topic))
    return found


def _page_values(request: Request, subscription: Subscription) -> dict[str, Any]:
    """What these pages show of a subscription; a topic that was removed from the configuration is named by its key."""
    settings = site_of(request).settings
    names = {topic.key: topic.name for topic in settings.topics}
    name, _, domain = subscription.address.rpartition("@")
    return {
        "subscription": subscription,
        "address": f"{name[:1]}…@{domain}",  # masked: mails are forwarded, and their links with them
        "topic_name": names.get(subscription.topic, subscription.topic),
        **frequency_texts(frequencies.plan_of(settings, subscription.topic)),
    }
