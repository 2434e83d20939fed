"""The text that people agree to when they sign up, word for word as the consent record keeps it."""

from __future__ import annotations

import hashlib

from monitor.language.speech import gettext, later
from monitor.links import CONFIRM_WITHIN
from monitor.model import Topic
from monitor.subscribers.opt_in import SubscriptionRequest

_TEXT = later(
    "I would like to receive mails about %(topic)s at this address. My address, my choices, and when and how I made "
    "them are stored for this purpose only and shared with nobody. Every mail has a link to change my choices or to "
    "unsubscribe, and I can get a copy of everything about me or have it erased by writing to %(operator)s. "
    "Nothing but a request to confirm is mailed until I confirm; a request that I neither confirm nor cancel is "
    "deleted after %(days)s days."
)


def text(topic: Topic, operator: str) -> str:
    """What a person agrees to by signing up, in the language of the page; `operator` is an email address."""
    return gettext(_TEXT, topic=topic.name, operator=operator, days=CONFIRM_WITHIN.days)


def version() -> str:
    """Identifies the text in the consent record: a hash of it, so that neither the text nor its translation can change
    without a new version.
    """
    return hashlib.sha256(gettext(_TEXT).encode()).hexdigest()[:12]


def choices(requested: SubscriptionRequest) -> str:
    """A change of preferences in words, for the consent record."""
    attached = ", ".join(requested.attachments) or "none"
    return (
        f"frequency {requested.frequency}; time zone {requested.timezone}; dates in {requested.language}; "
        f"attachments {attached}"
    )
