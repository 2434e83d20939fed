"""What a digest tells of things that PubMed does not hold: registry entries, preprints, citing works. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from monitor.model import Change, ChangeKind, OutsideItem, OutsideNews

#: The section of each kind of change, in reading order.
SECTION_OF = {
    ChangeKind.REGISTRY: "registry",
    ChangeKind.PREPRINT: "preprints",
    ChangeKind.CITING_OUTSIDE: "citing_outside",
}


def news(changes: Iterable[Change]) -> tuple[OutsideNews, ...]:
    """One for each thing outside PubMed that changed, by section, the latest first; every sentence once.

    A sentence that became true again stands where it was told last: what moved forth, back and forth has moved forth.
    """
    found: dict[tuple[str, str], OutsideNews] = {}
    for change in sorted(changes, key=lambda one: (one.at, one.id)):
        if change.item and (section := SECTION_OF.get(change.kind)):
            before = found.pop((section, change.item.key), None)
            sentences = (*(before.item.sentences if before else ()), *change.item.sentences)
            item = replace(change.item, sentences=tuple(dict.fromkeys(sentences[::-1]))[::-1])
            found[section, item.key] = OutsideNews(section, item)
    latest_first = list(found.values())[::-1]
    return tuple(one for section in SECTION_OF.values() for one in latest_first if one.section == section)


def of_section(found: Sequence[OutsideNews], section: str) -> list[OutsideItem]:
    """The items of one section in their order."""
    return [one.item for one in found if one.section == section]
