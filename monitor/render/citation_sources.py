"""Who lists a citation, in words for readers."""

from __future__ import annotations

from monitor.language.speech import gettext as _
from monitor.language.speech import later
from monitor.model import SourceName

#: The sources of citations that are no service of their own (see `store.citations`).
_NAMES = {"elink": "PubMed", "reference list": later("the citing articles' own reference lists")}
_LABELS = {name.value: name.label for name in SourceName}


def in_words(source: str) -> str:
    """The name of a source of citations; one that this version does not know as it is stored."""
    return _(_NAMES[source]) if source in _NAMES else _LABELS.get(source, source)
