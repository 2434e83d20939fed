"""How many requests the configured searches need, beside how many NCBI allows."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.language.messages import message
from monitor.language.speech import gettext as _
from monitor.model import Search, SearchKind, Settings
from monitor.sources.pubmed import rate_limit
from monitor.watch.ask import LINKED_CHECK_EVERY

#: Requests of a quiet poll when the search is asked alone. By query: which articles match, which of them were modified.
OF_QUERY, OF_LINK = 2, 1

_C = "request load"
_WITH_KEY = message(
    _C, "This configuration needs %(needed)s requests/s of %(allowed)s (NCBI allows 10 with an API key)."
)
_WITHOUT_KEY = message(
    _C, "This configuration needs %(needed)s requests/s of %(allowed)s (NCBI allows 3 without an API key)."
)


@dataclass(frozen=True, slots=True)
class RequestLoad:
    """Requests per second: `needed` on average by quiet polls of all searches, `allowed` by Monitor's own limit."""

    needed: float
    allowed: float
    has_key: bool

    @property
    def is_too_much(self) -> bool:
        """Are more needed than allowed? Then polls come later than configured, though none is lost."""
        return self.needed > self.allowed

    @property
    def sentence(self) -> str:
        """The load for the operator, as one sentence, in English."""
        said = _WITH_KEY if self.has_key else _WITHOUT_KEY
        return said(needed=_short(self.needed), allowed=_short(self.allowed))

    @property
    def advice(self) -> str:
        """What to do when it is too much, in the language that is spoken."""
        times = f"{self.needed / self.allowed:.1f}"
        if self.has_key:
            return _(
                "Searches are polled later than configured. To mend it, make `every:` %(times)s times as long or "
                "longer.",
                times=times,
            )
        return _(
            "Searches are polled later than configured. To mend it, get an API key from NCBI, which is free, and set "
            "MONITOR_NCBI_API_KEY, or make `every:` %(times)s times as long or longer.",
            times=times,
        )


def of(settings: Settings) -> RequestLoad:
    """The load of the configured searches, as estimated from their kinds and intervals alone."""
    needed = sum(_per_second(search) for topic in settings.topics for search in topic.searches)
    has_key = bool(settings.pubmed.api_key)
    gap = rate_limit.MIN_INTERVAL_WITH_KEY if has_key else rate_limit.MIN_INTERVAL
    return RequestLoad(needed, 1 / gap, has_key)


def _per_second(search: Search) -> float:
    if search.kind is SearchKind.QUERY:
        return OF_QUERY / search.every.total_seconds()
    check_every = max(search.every, LINKED_CHECK_EVERY)
    return OF_LINK / search.every.total_seconds() + 1 / check_every.total_seconds()


def _short(rate: float) -> str:
    return f"{rate:.1f}" if rate >= 0.1 else f"{rate:.2g}"
