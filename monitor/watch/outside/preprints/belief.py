"""Is a list of preprints believed, compared with what is held? Pure."""

from __future__ import annotations

from collections.abc import Set
from datetime import datetime, timedelta

from monitor.language.messages import message
from monitor.model import SourceState

#: One or two may always be missing from a list, and as many as this may always be new in it.
FEW_GONE, FEW_NEW = 2, 50
#: A flood that stands for so long is what the source holds now.
STANDS = timedelta(days=2)
_C = "doubt about a source"
_TOO_FEW = message(_C, "it lists only %(listed)s of the %(held)s preprints held")
_TOO_MANY = message(_C, "it lists %(listed)s preprints instead of %(held)s")


def doubt(state: SourceState, held: Set[str], found: Set[str], now: datetime) -> str:
    """Why the list of the ids `found` is not believed, "" when it is. A baseline is compared with nothing.

    What is missing is never taken away; but a list that lacks more than half of it was not made from the whole index.
    """
    if not state.has_baseline:
        return ""
    missing, new = len(held - found), len(found - held)
    if missing > FEW_GONE and 2 * missing > len(held):
        return _TOO_FEW(listed=f"{len(held) - missing:,}", held=f"{len(held):,}")
    is_confirmed = state.doubt_since is not None and now - state.doubt_since >= STANDS
    if new > max(FEW_NEW, len(held)) and not is_confirmed:
        return _TOO_MANY(listed=f"{len(found):,}", held=f"{len(held):,}")
    return ""
