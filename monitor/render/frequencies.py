"""What each rhythm means, in the words of every page and mail that names one."""

from __future__ import annotations

from datetime import timedelta

from monitor.model import DigestPlan, Rhythm, Settings
from monitor.render.text import count

NAMES = {
    Rhythm.AT_ONCE: "at once",
    Rhythm.DAILY: "daily",
    Rhythm.WEEKLY: "weekly",
    Rhythm.MONTHLY: "monthly",
}
_WITH_NEWS = {
    Rhythm.AT_ONCE: "when the answer changes, or one of its trials is retracted or doubted",
    Rhythm.DAILY: "everything new, on days with news",
    Rhythm.WEEKLY: "everything new, in weeks with news",
    Rhythm.MONTHLY: "everything new, in months with news",
}
_ALWAYS = {
    Rhythm.DAILY: "every day, also with nothing new",
    Rhythm.WEEKLY: "every week, also with nothing new",
    Rhythm.MONTHLY: "every month, also with nothing new",
}
_UNITS = ((timedelta(days=1), "day"), (timedelta(hours=1), "hour"), (timedelta(minutes=1), "minute"))


def plan_of(settings: Settings, topic: str) -> DigestPlan:
    """When the topic's digests come; a topic that is no longer watched is never told to be quiet."""
    plans = {one.key: one.digest for one in settings.topics}
    return plans.get(topic, DigestPlan(quiet_every=None))


def means(rhythm: Rhythm, plan: DigestPlan) -> str:
    """When a mail of this rhythm comes, and with what."""
    words = _ALWAYS if plan.quiet_every == timedelta(0) else {}
    return words.get(rhythm, _WITH_NEWS[rhythm])


def quiet(plan: DigestPlan) -> str:
    """What comes without news, as a sentence; empty when nothing does beside what `means` says."""
    if not plan.quiet_every:
        return ""
    return f"After {_length(plan.quiet_every)} without a mail, the next one comes in any case."


def _length(span: timedelta) -> str:
    for unit, name in _UNITS:
        if span % unit == timedelta(0):
            return count(span // unit, name)
    return count(int(span.total_seconds()), "second")
