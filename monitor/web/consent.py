"""What a person is shown before they sign up, word for word as it is kept in the consent record."""

from __future__ import annotations

from monitor.links import CONFIRM_WITHIN
from monitor.model import Topic
from monitor.subscribe import Wish

#: Changes whenever the words below do, so that the record says which ones were shown.
VERSION = "2026-11"


def text(topic: Topic, operator: str) -> str:
    """What signing up means."""
    return (
        f"I ask for mails about {topic.name} at this address. My address, my choices, and when and how I made "
        "them are kept for this alone and given to nobody. Every mail has a link to change my choices or to leave, "
        f"and I can have everything about me handed over or erased by writing to {operator}. "
        f"Nothing is mailed until I confirm; an unconfirmed request is deleted after {CONFIRM_WITHIN.days} days."
    )


def choices(wish: Wish) -> str:
    """A change of preferences in words."""
    attached = ", ".join(wish.attachments) or "none"
    return f"rhythm {wish.rhythm}; time zone {wish.timezone}; dates in {wish.language}; attachments {attached}"
