"""The text that people agree to when they sign up, word for word as the consent record keeps it."""

from __future__ import annotations

import hashlib

from monitor.links import CONFIRM_WITHIN
from monitor.model import Topic
from monitor.subscribers.opt_in import SubscriptionRequest

_TEXT = (
    "I would like to receive mails about {topic} at this address. My address, my choices, and when and how I made "
    "them are stored for this purpose only and shared with nobody. Every mail has a link to change my choices or to "
    "unsubscribe, and I can get a copy of everything about me or have it erased by writing to {operator}. "
    "Nothing but a request to confirm is mailed until I confirm; a request that I neither confirm nor cancel is "
    "deleted after {days} days."
)
#: Identifies the text in the consent record: a hash of it, so that the text cannot change without a new version.
VERSION = hashlib.sha256(_TEXT.encode()).hexdigest()[:12]


def text(topic: Topic, operator: str) -> str:
    """What a person agrees to by signing up; `operator` is an email address."""
    return _TEXT.format(topic=topic.name, operator=operator, days=CONFIRM_WITHIN.days)


def choices(requested: SubscriptionRequest) -> str:
    """A change of preferences in words, for the consent record."""
    attached = ", ".join(requested.attachments) or "none"
    return (
        f"frequency {requested.frequency}; time zone {requested.timezone}; dates in {requested.language}; "
        f"attachments {attached}"
    )
