"""Who lists a citation, in words for readers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from monitor.language.speech import gettext as _
from monitor.language.speech import later, listed
from monitor.model import SourceName
from monitor.render.dates import written_day

#: The sources of citations that are no service of their own (see `store.citations`).
_NAMES = {"elink": "PubMed", "reference list": later("the citing articles' own reference lists")}
_LABELS = {name.value: name.label for name in SourceName}


def in_words(source: str) -> str:
    """The name of a source of citations; one that this version does not know as it is stored."""
    return _(_NAMES[source]) if source in _NAMES else _LABELS.get(source, source)


def told_by(sources: Sequence[str]) -> str:
    """That an article cites the seed and who says so, "" while no index beside PubMed does."""
    if not _LABELS.keys() & set(sources):
        return ""
    named = listed([in_words(source) for source in sources])
    return _("Cites the seed article, according to %(sources)s", sources=named)


def clinical() -> str:
    """That an article is a clinical one, which only NIH iCite says."""
    return _("A clinical article, according to %(source)s", source=SourceName.ICITE.label)


def told_with_days(seen: Sequence[tuple[str, datetime]]) -> str:
    """That an article cites the seed, who says so, and since when each was seen to; "" when nobody does."""
    if not seen:
        return ""
    named = [_("%(source)s (seen %(day)s)", source=in_words(source), day=written_day(at)) for source, at in seen]
    return _("Cites the seed article, according to %(sources)s.", sources=listed(named))
