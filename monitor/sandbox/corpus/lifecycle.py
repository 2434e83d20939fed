"""The states of one record over time: created, indexed, linked to notices, revised.

The order at NLM (MedlineCitation/@Status, PubMedPubDate, CommentsCorrections): a record appears
on its Entrez date with what its publisher supplied; MeSH, substances and the indexers' publication
types come at its MeSH date; a link to a notice cannot appear before the notice is public.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from lxml import etree

from monitor.sandbox.corpus import index_keys
from monitor.sandbox.corpus.index_keys import Facts
from monitor.sandbox.corpus.record import Link, Record

#: Publication types (MeSH ids) that publishers supply; all others wait for the indexer.
PUBLISHER_TYPES = frozenset(
    {
        "D016428",  # Journal Article
        "D016422",  # Letter
        "D016421",  # Editorial
        "D016420",  # Comment
        "D016433",  # News
        "D016425",  # Published Erratum
        "D016440",  # Retraction of Publication
        "D000075742",  # Expression of Concern
        "D000076942",  # Preprint
        "D016439",  # Corrected and Republished Article
    }
)
RETRACTED_PUBLICATION = "D016441"

#: What indexing adds to a record, below MedlineCitation.
_INDEXING = ("DateCompleted", "MeshHeadingList", "ChemicalList", "SupplMeshList", "GeneSymbolList")


@dataclass(slots=True, eq=False)
class State:
    """How a record looks from `at` until its next state. `content` numbers its Facts in the index."""

    record: Record
    at: datetime
    facts: Facts
    packed: bytes
    is_indexed: bool = True
    hidden: frozenset[int] = frozenset()
    is_retraction_hidden: bool = False
    content: int = -1

    def xml(self) -> bytes:
        """The record's XML in this state, compact."""
        return _xml(self)


@lru_cache(maxsize=512)  # a poll that looks at every record again asks for the same ones
def _xml(state: State) -> bytes:
    element = state.record.element(state.packed)
    if state.packed is state.record.packed:
        _shape(element, state)
    set_revised(element, state.at)
    return etree.tostring(element, encoding="utf-8")


def states(record: Record, created: Callable[[str], datetime | None]) -> list[State]:
    """All states of `record` in order of time. `created(pmid)` is when another record becomes public."""
    shown = {link.position: _public_at(link, record, created) for link in record.links}
    moments = {record.created_at, *(at for at in shown.values() if at)}
    moments |= {at for at in (record.indexed_at, record.revised_at) if at and at > record.created_at}
    cut = min((at for at, _ in record.later), default=None)
    found = [_state_at(record, moment, shown) for moment in sorted(moments) if cut is None or moment < cut]
    known: dict[tuple[bool, bool], Facts] = {(True, False): record.facts}
    for state in found:
        look = (state.is_indexed, state.is_retraction_hidden)
        if look not in known:
            known[look] = index_keys.read(_shape(record.element(), state))
        state.facts = known[look]
    return found + [State(record, at, index_keys.read(record.element(raw)), raw) for at, raw in sorted(record.later)]


def _public_at(link: Link, record: Record, created: Callable[[str], datetime | None]) -> datetime | None:
    """When a link *to a notice* (…In) becomes visible, None for at once."""
    if not link.ref_type.endswith("In"):
        return None
    at = (created(link.pmid) if link.pmid else None) or link.ref_day
    return at if at and at > record.created_at else None


def _state_at(record: Record, at: datetime, shown: dict[int, datetime | None]) -> State:
    hidden = frozenset(position for position, when in shown.items() if when and when > at)
    retractions = {link.position for link in record.links if link.ref_type == "RetractionIn"}
    is_retraction_hidden = bool(retractions) and retractions <= hidden
    is_indexed = record.indexed_at is None or at >= record.indexed_at
    return State(record, at, record.facts, record.packed, is_indexed, hidden, is_retraction_hidden)


def _shape(element: etree._Element, state: State) -> etree._Element:
    """Remove from `element` what is not yet public in `state`."""
    source = index_keys.citation(element)
    if not state.is_indexed:
        _undo_indexing(element, source, state.at)
    if state.is_retraction_hidden:
        _drop(t for t in source.iter("PublicationType") if t.get("UI") == RETRACTED_PUBLICATION)
    if state.hidden:
        links = list(source.iterfind("CommentsCorrectionsList/CommentsCorrections"))
        _drop(link for position, link in enumerate(links) if position in state.hidden)
        _drop(whole for whole in source.iterfind("CommentsCorrectionsList") if not len(whole))
    return element


def _drop(elements: Iterator[etree._Element]) -> None:
    for element in list(elements):
        parent = element.getparent()
        if parent is not None:
            parent.remove(element)


def _undo_indexing(element: etree._Element, source: etree._Element, at: datetime) -> None:
    _drop(part for name in _INDEXING for part in source.iterfind(name))
    source.attrib.pop("IndexingMethod", "")
    published = index_keys.instant_of(source.find(".//JournalIssue/PubDate"))
    source.set("Status", "Publisher" if published and published > at else "In-Process")
    _drop(t for t in source.iter("PublicationType") if t.get("UI") not in PUBLISHER_TYPES | {RETRACTED_PUBLICATION})
    stamps = {stamp.get("PubStatus"): stamp for stamp in element.iterfind("PubmedData/History/PubMedPubDate")}
    if "medline" in stamps and "pubmed" in stamps:
        stamps["medline"][:] = [_copy(part) for part in stamps["pubmed"]]


def _copy(part: etree._Element) -> etree._Element:
    twin = etree.Element(part.tag)
    twin.text = part.text
    return twin


def set_revised(element: etree._Element, at: datetime) -> None:
    """DateRevised of `element` becomes the UTC day of `at`; an unrevised article gets the element."""
    source = index_keys.citation(element)
    revised = source.find("DateRevised")
    if revised is None:
        revised = etree.Element("DateRevised")
        before = [child.tag for child in source][:2]
        source.insert(2 if before[1:] == ["DateCompleted"] else 1, revised)
    day = (("Year", f"{at.year}"), ("Month", f"{at.month:02}"), ("Day", f"{at.day:02}"))
    for child in list(revised):
        revised.remove(child)
    for name, value in day:
        etree.SubElement(revised, name).text = value
