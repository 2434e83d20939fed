"""What the links in a mail lead to: confirm, change, leave.

GET and HEAD only ever show a form with a button: mail scanners open every link, and some run
scripts. What a POST does is in `monitor.subscribers.opt_in`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from monitor.links import CONFIRM_WITHIN, LinkError, Purpose
from monitor.model import DigestPlan, Subscription, SubscriptionState
from monitor.render import frequencies
from monitor.subscribers import opt_in, preferences
from monitor.subscribers.unsubscribe import unsubscribe_by_link
from monitor.web.account import consent_text
from monitor.web.account.forms import Fields, about_frequencies, choices, chosen, problems_in, visit_of, wish_of
from monitor.web.responses import PRIVATE, error_page, page
from monitor.web.site import Site, links_of, site_of

_SAVED = "Your choices are saved."
_OLD_LINK = (
    404,
    "This link does not work (any more)",
    "It may be too old, already used, or cut off by a mail program. Ask for a fresh one below.",
)


# --- confirm -----------------------------------------------------------------------------------------


def confirm_form(request: Request) -> Response:
    """The button that confirms."""
    held = _held(request, Purpose.CONFIRM)
    if held is None or not opt_in.is_confirmable(held):
        return error_page(request, *_OLD_LINK)
    return page(request, "confirm.html", cache=PRIVATE, **_about(request, held))


def confirm_submit(request: Request, _fields: Fields) -> Response:
    """Make the subscription active."""
    site, held = site_of(request), _held(request, Purpose.CONFIRM)
    visit = visit_of(request, "confirm page")
    if held is None or not opt_in.confirm(site.db, held.id, visit, site.settings.secret_keys, site.now()):
        return error_page(request, *_OLD_LINK)
    preferences_form = links_of(request).url(Purpose.PREFERENCES, held.id)
    return page(request, "confirmed.html", cache=PRIVATE, preferences=preferences_form, **_about(request, held))


# --- preferences -------------------------------------------------------------------------------------


def preferences_form(request: Request) -> Response:
    """The form with what holds now."""
    held = _held(request, Purpose.PREFERENCES)
    if held is None or held.state is not SubscriptionState.ACTIVE:
        return error_page(request, *_OLD_LINK)
    return _preferences_page(request, held, {}, {}, said="")


def preferences_submit(request: Request, fields: Fields) -> Response:
    """Keep the new preferences and show them."""
    site, held = site_of(request), _held(request, Purpose.PREFERENCES)
    if held is None:
        return error_page(request, *_OLD_LINK)
    if problems := problems_in(fields):
        return _preferences_page(request, held, fields, problems, said="")
    wish = wish_of(held.topic, held.address, fields)
    visit = visit_of(request, "preferences page", consent_text.choices(wish))
    if not preferences.change(site.db, held.id, wish, visit, site.now()):
        return error_page(request, *_OLD_LINK)
    return _preferences_page(request, preferences.get(site.db, held.id) or held, fields, {}, said=_SAVED)


def _preferences_page(
    request: Request, held: Subscription, fields: Fields, problems: Mapping[str, str], *, said: str
) -> Response:
    site = site_of(request)
    plan = frequencies.plan_of(site.settings, held.topic)
    return page(
        request,
        "preferences.html",
        status=422 if problems else 200,
        cache=PRIVATE,
        problems=problems,
        said=said,
        chosen=chosen(replace(held, frequency=held.wanted), fields),
        pending=_pending(site, held, plan),
        leave=links_of(request).url(Purpose.UNSUBSCRIBE, held.id),
        **{**_about(request, held), **choices(held.timezone, site.now().date(), plan)},
    )


def _pending(site: Site, held: Subscription, plan: DigestPlan) -> dict[str, Any]:
    """The frequency that was asked for and does not hold yet, the one that does, and when that usually changes."""
    if held.next_frequency is None:
        return {}
    due_at = preferences.switches_after(site.db, held)
    on = due_at.astimezone(ZoneInfo(plan.timezone)) if due_at else None
    return {"wanted": frequencies.NAMES[held.next_frequency], "holds": frequencies.NAMES[held.frequency], "after": on}


# --- leave -------------------------------------------------------------------------------------------


def unsubscribe_form(request: Request) -> Response:
    """The button that ends it. The page is the same for any valid link, also when it ended long ago."""
    held = _held(request, Purpose.UNSUBSCRIBE)
    if held is None:
        return error_page(request, *_OLD_LINK)
    return page(request, "unsubscribe.html", cache=PRIVATE, **_about(request, held))


def unsubscribe_submit(request: Request, fields: Fields) -> Response:
    """End it: our page's button, or a mail program's one click (RFC 8058), which gets text and no redirect."""
    site, held = site_of(request), _held(request, Purpose.UNSUBSCRIBE)
    is_one_click = fields.get("List-Unsubscribe") == "One-Click" or "button" not in fields
    visit = visit_of(request, "one click in a mail program" if is_one_click else "unsubscribe page")
    if held is None:
        if is_one_click:
            return PlainTextResponse("This link does not work (any more).\n", 404, {"Cache-Control": PRIVATE})
        return error_page(request, *_OLD_LINK)
    ended = unsubscribe_by_link(site.db, held.id, visit, site.now(), everything="everything" in fields)
    if is_one_click:
        return PlainTextResponse(f"Subscriptions ended: {ended}\n", headers={"Cache-Control": PRIVATE})
    return page(request, "unsubscribed.html", cache=PRIVATE, ended=ended, **_about(request, held))


# --- the link ----------------------------------------------------------------------------------------


def _held(request: Request, purpose: Purpose) -> Subscription | None:
    """The subscription the link in the path speaks of, None when the link is not one of ours for this purpose."""
    site = site_of(request)
    age = CONFIRM_WITHIN if purpose is Purpose.CONFIRM else None
    try:
        number = links_of(request).read(purpose, request.path_params["token"], site.now(), age)
    except LinkError:
        return None
    return preferences.get(site.db, number)


def _about(request: Request, held: Subscription) -> dict[str, Any]:
    """What these pages say of a subscription; the topic's name survives its removal from the configuration."""
    settings = site_of(request).settings
    names = {topic.key: topic.name for topic in settings.topics}
    name, _, domain = held.address.rpartition("@")
    shown = f"{name[:1]}…@{domain}"  # mails are forwarded, and their links with them
    told = about_frequencies(frequencies.plan_of(settings, held.topic))
    return {"held": held, "address": shown, "topic_name": names.get(held.topic, held.topic), **told}
