"""The frequencies of digests described for readers: the same text on every page and in every mail."""

from __future__ import annotations

from datetime import timedelta

from monitor.model import DigestPlan, Frequency, Settings
from monitor.render.text import count

NAMES = {
    Frequency.AT_ONCE: "at once",
    Frequency.DAILY: "daily",
    Frequency.WEEKLY: "weekly",
    Frequency.MONTHLY: "monthly",
}
_WITH_NEWS = {
    Frequency.AT_ONCE: "when the answer changes, or one of its trials is retracted or doubted",
    Frequency.DAILY: "everything new, on days with news",
    Frequency.WEEKLY: "everything new, in weeks with news",
    Frequency.MONTHLY: "everything new, in months with news",
}
_ALWAYS = {
    Frequency.DAILY: "every day, also with nothing new",
    Frequency.WEEKLY: "every week, also with nothing new",
    Frequency.MONTHLY: "every month, also with nothing new",
}
_UNITS = ((timedelta(days=1), "day"), (timedelta(hours=1), "hour"), (timedelta(minutes=1), "minute"))


def plan_of(settings: Settings, topic: str) -> DigestPlan:
    """The digest plan of `topic`; for a topic no longer in the configuration one without "nothing new" digests."""
    plans = {one.key: one.digest for one in settings.topics}
    return plans.get(topic, DigestPlan(quiet_every=None))


def describe(frequency: Frequency, plan: DigestPlan) -> str:
    """What a subscriber of this frequency gets, and when."""
    without_news = _ALWAYS if plan.quiet_every == timedelta(0) else {}
    return without_news.get(frequency, _WITH_NEWS[frequency])


def quiet_sentence(plan: DigestPlan) -> str:
    """The sentence about digests without news; "" when `describe` already covers them or none are sent."""
    if not plan.quiet_every:
        return ""
    return f"After {_length(plan.quiet_every)} without a mail, the next one comes in any case."


def _length(span: timedelta) -> str:
    for unit, name in _UNITS:
        if span % unit == timedelta(0):
            return count(span // unit, name)
    return count(int(span.total_seconds()), "second")
