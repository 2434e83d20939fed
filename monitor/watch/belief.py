"""Whether PubMed's answer to a query is believed, compared with what the search found until now. Pure.

PubMed reads a query without a term that it does not find, answers from an index that is being rebuilt, and lists then
far more, far less or nothing. Such an answer is doubted: nobody is told of it before a later answer or the operator
has settled it. PubMed saying that it read the query otherwise (a new warning, another translation) makes a smaller
difference suspect. A burst of new articles without such a sign is news.
"""

from __future__ import annotations

from collections.abc import Collection, Set
from dataclasses import dataclass

from monitor.language.messages import message
from monitor.model import SearchResult, SearchState

#: A single article may always come or go, and two may always come.
FEW_GONE, FEW_NEW = 1, 2

#: More than half of a search's articles are not believed to be gone at once, and never all of several.
MOST = 2

#: A search with fewer articles than this may not lose a quarter of them either.
SMALL = 40
A_QUARTER = 4

#: With a sign that PubMed read the query otherwise, a twentieth is too much, in both directions.
A_TWENTIETH = 20

#: New articles beyond this many times the most that one poll of the search ever brought are a flood, with such a sign.
USUAL_TIMES = 2
_C = "doubt about a search"
_TOO_FEW = message(_C, "PubMed lists only %(listed)s of the %(held)s articles held")
_TOO_MANY = message(_C, "PubMed reads it differently and lists %(listed)s articles instead of %(held)s")


@dataclass(frozen=True, slots=True)
class Past:
    """What a search found until now: the PMIDs `held`, and the most new articles that one poll brought.

    `state` has the translation and the warnings of the last answer that was believed.
    """

    held: Set[str]
    state: SearchState
    most_new: int

    @property
    def usual(self) -> int:
        """So many new articles are believed in any answer."""
        return max(FEW_NEW, USUAL_TIMES * self.most_new)


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why an answer is not believed, in words for a reader; whether the articles new in it are, all the same."""

    reason: str
    is_new_believed: bool = False


def is_remarkable(found: SearchResult, held: Set[str], state: SearchState) -> bool:
    """Is there anything about `found` that could make it doubted? Most answers need no further thought."""
    return len(held - found.pmids) > FEW_GONE or reads_otherwise(found, state)


def doubt(found: SearchResult, past: Past, explained: Collection[str] = ()) -> Doubt | None:
    """Why `found` is not believed, None when it is.

    `explained` are articles missing from it whose record is deleted or was changed: those are gone for a reason, and
    do not count.
    """
    held, absent = len(past.held), past.held - found.pmids
    arriving = len(found.pmids - past.held)
    is_suspect = reads_otherwise(found, past.state)
    if len(absent) > FEW_GONE and _is_too_much_gone(held, absent, explained, is_suspect=is_suspect):
        reason = _TOO_FEW(listed=f"{held - len(absent):,}", held=f"{held:,}")
        return Doubt(reason, is_new_believed=not is_suspect and arriving <= past.usual)
    if is_suspect and arriving > past.usual and arriving * A_TWENTIETH >= held:
        return Doubt(_TOO_MANY(listed=f"{len(found.pmids):,}", held=f"{held:,}"))
    return None


def is_worth_explaining(found: SearchResult, past: Past) -> bool:
    """Would the records of the missing articles, as they are now, decide whether `found` is believed? If few."""
    absent = past.held - found.pmids
    return len(absent) < SMALL and doubt(found, past) is not None and doubt(found, past, absent) is None


def reads_otherwise(found: SearchResult, state: SearchState) -> bool:
    """Did PubMed say something new about the query since its last believed answer: a warning, another translation?"""
    is_warned = not set(found.warnings) <= set(state.warnings_seen)
    before, now = _words(state.translation), _words(found.translation)
    return is_warned or bool(before and now and before != now)


def _is_too_much_gone(held: int, absent: Set[str], explained: Collection[str], *, is_suspect: bool) -> bool:
    if len(absent) == held:
        return True
    unexplained = len(absent - set(explained))
    share = A_TWENTIETH if is_suspect else A_QUARTER if held < SMALL else 0
    return MOST * unexplained > held or (unexplained > FEW_GONE and unexplained * share >= held)


def _words(translation: str) -> str:
    return " ".join(translation.split()).casefold()
