"""The frequencies of digests described for readers: the same text on every page and in every mail."""

from __future__ import annotations

from datetime import timedelta

from monitor.language.speech import gettext as _
from monitor.language.speech import later, ngettext, pgettext
from monitor.model import DigestPlan, Frequency, Settings

NAMES = {
    Frequency.AT_ONCE: "at once",
    Frequency.DAILY: "daily",
    Frequency.WEEKLY: "weekly",
    Frequency.MONTHLY: "monthly",
}
_WITH_NEWS = {
    Frequency.AT_ONCE: later("when the answer changes, or one of its trials is retracted or doubted"),
    Frequency.DAILY: later("everything new, on days with news"),
    Frequency.WEEKLY: later("everything new, in weeks with news"),
    Frequency.MONTHLY: later("everything new, in months with news"),
}
_ALWAYS = {
    Frequency.DAILY: later("every day, also with nothing new"),
    Frequency.WEEKLY: later("every week, also with nothing new"),
    Frequency.MONTHLY: later("every month, also with nothing new"),
}


def plan_of(settings: Settings, topic: str) -> DigestPlan:
    """The digest plan of `topic`; for a topic no longer in the configuration one without "nothing new" digests."""
    plans = {one.key: one.digest for one in settings.topics}
    return plans.get(topic, DigestPlan(quiet_every=None))


def name(frequency: Frequency, *, starts: bool = False) -> str:
    """ "weekly", or "Weekly" where it `starts` a sentence."""
    if starts:
        return pgettext("frequency, begins a sentence", NAMES[frequency].capitalize())
    return pgettext("frequency", NAMES[frequency])


def describe(frequency: Frequency, plan: DigestPlan) -> str:
    """What a subscriber of this frequency gets, and when."""
    without_news = _ALWAYS if plan.quiet_every == timedelta(0) else {}
    return _(without_news.get(frequency, _WITH_NEWS[frequency]))


def quiet_sentence(plan: DigestPlan) -> str:
    """The sentence about digests without news; "" when `describe` already covers them or none are sent."""
    if not plan.quiet_every:
        return ""
    return _("After %(time)s without a mail, the next one comes in any case.", time=_length(plan.quiet_every))


def _length(span: timedelta) -> str:
    if span % timedelta(days=1) == timedelta(0):
        return ngettext("%(number)s day", "%(number)s days", span.days)
    if span % timedelta(hours=1) == timedelta(0):
        return ngettext("%(number)s hour", "%(number)s hours", span // timedelta(hours=1))
    if span % timedelta(minutes=1) == timedelta(0):
        return ngettext("%(number)s minute", "%(number)s minutes", span // timedelta(minutes=1))
    return ngettext("%(number)s second", "%(number)s seconds", int(span.total_seconds()))
