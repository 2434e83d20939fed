"""What a person is shown before they sign up, word for word as it is kept in the consent record."""

from __future__ import annotations

import hashlib

from monitor.links import CONFIRM_WITHIN
from monitor.model import Topic
from monitor.subscribers.opt_in import Wish

_WORDS = (
    "I ask for mails about {topic} at this address. My address, my choices, and when and how I made "
    "them are kept for this alone and given to nobody. Every mail has a link to change my choices or to leave, "
    "and I can have everything about me handed over or erased by writing to {operator}. "
    "Nothing is mailed until I confirm; a request that I neither confirm nor end is deleted after {days} days."
)
#: Names the words above in the record: made from them, so that no change of theirs goes without a new one.
VERSION = hashlib.sha256(_WORDS.encode()).hexdigest()[:12]


def text(topic: Topic, operator: str) -> str:
    """What signing up means."""
    return _WORDS.format(topic=topic.name, operator=operator, days=CONFIRM_WITHIN.days)


def choices(wish: Wish) -> str:
    """A change of preferences in words."""
    attached = ", ".join(wish.attachments) or "none"
    return f"frequency {wish.frequency}; time zone {wish.timezone}; dates in {wish.language}; attachments {attached}"
