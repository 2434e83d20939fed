"""What is new to tell the operator of the sources besides PubMed, beside what was told. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from monitor.language.messages import message
from monitor.language.speech import gettext as _
from monitor.language.speech import quoted
from monitor.model import Alert, AlertId, SourceName, SourceState
from monitor.service.alerting.notices import is_long
from monitor.watch import freshness

_FAILING, _DOUBTED = "failing", "in doubt"
_HEADLINE = "headline of an alert"
_IN_DOUBT = message(_HEADLINE, "%(name)s is in doubt")
_HAS_FAILED = message(_HEADLINE, "%(name)s has failed for %(span)s", span="length of time")
_BELIEVED = message(_HEADLINE, "%(name)s is believed again")
_WORKS = message(_HEADLINE, "%(name)s works again")


def notice_sources(
    troubled: Sequence[SourceState], told: Mapping[str, str], now: datetime, pause: timedelta = timedelta()
) -> tuple[dict[str, str], list[Alert]]:
    """What is new to tell, one alert for each source and trouble, whatever the number of its topics.

    `troubled` are the sources that fail or are doubted; `told` is since when, by source and trouble, as is what is
    returned. The next look is in `pause`.
    """
    after: dict[str, str] = {}
    alerts: list[Alert] = []
    ordered = sorted(troubled, key=lambda one: one.source)
    for source, states in groupby(ordered, key=lambda one: one.source):
        of_source = list(states)
        for trouble, found in ((_FAILING, _failing(of_source, now, pause)), (_DOUBTED, _doubted(of_source))):
            name = f"{source}: {trouble}"
            if found:
                after[name] = told.get(name) or now.isoformat()
                alerts += [] if name in told else [_alert(source, trouble, found, now)]
    return after, alerts + [_over(name) for name in told if name not in after]


def _failing(states: Sequence[SourceState], now: datetime, pause: timedelta) -> list[SourceState]:
    """Those that have failed for long, or that nobody looks at again for long."""
    return [one for one in states if one.first_failure_at and is_long(one.first_failure_at, now, pause)]


def _doubted(states: Sequence[SourceState]) -> list[SourceState]:
    return [one for one in states if one.doubt]


def _alert(source: SourceName, trouble: str, states: Sequence[SourceState], now: datetime) -> Alert:
    topics = ", ".join(one.topic for one in states)
    since = min((one.unusable_since or now) for one in states)
    if trouble == _DOUBTED:
        why = "\n".join(dict.fromkeys(f"  {one.topic}: {quoted(one.doubt)}" for one in states))
        text = _(
            "Its answer is not believed:\n%(why)s\nNothing of it is told or acted on; readers are told that it is in "
            "doubt. The doubt ends by itself with an answer like those before.",
            why=why,
        )
        return Alert(_IN_DOUBT(name=source.label), text, AlertId.SOURCE_IN_DOUBT)
    text = _(
        "It gives no usable answer for %(topics)s since %(instant)s. The last error was:\n%(why)s\nNothing that is "
        "known is lost, and PubMed is not affected. Monitor goes on trying and says so in every digest.",
        topics=topics,
        instant=f"{since:%Y-%m-%d %H:%M} UTC",
        why="\n".join(dict.fromkeys(f"  {quoted(one.last_error)}" for one in states)),
    )
    headline = _HAS_FAILED(name=source.label, span=freshness.in_words(now - since))
    return Alert(headline, text, AlertId.SOURCE_FAILING)


def _over(name: str) -> Alert:
    source, trouble = name.split(": ", 1)
    label, is_doubt = SourceName(source).label, trouble == _DOUBTED
    headline = (_BELIEVED if is_doubt else _WORKS)(name=label)
    text = _("It gives usable answers again, or is not asked any more. Nothing was missed.")
    return Alert(headline, text, AlertId.SOURCE_IN_DOUBT if is_doubt else AlertId.SOURCE_FAILING, is_over=True)
