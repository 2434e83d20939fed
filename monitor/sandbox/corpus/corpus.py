"""A corpus of PubMed records, as it is at any instant."""

from __future__ import annotations

import gc
import gzip
import re
import threading
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from lxml import etree

from monitor.sandbox.corpus import lifecycle, record
from monitor.sandbox.corpus.index import Index
from monitor.sandbox.corpus.index_keys import Facts
from monitor.sandbox.corpus.lifecycle import State
from monitor.sandbox.corpus.record import Record

#: Called while records are read: (done, total, description).
Progress = Callable[[int, int, str], None]

#: Records between two reports of progress.
_REPORT_EVERY = 100


def silent(done: int, total: int, what: str) -> None:
    """A Progress that reports nothing."""


_RECORDS = (b"PubmedArticle", b"PubmedBookArticle")
#: The encoding that an XML declaration names.
_ENCODING = re.compile(rb"<\?xml[^>]*encoding\s*=\s*[\"']([^\"']+)")


@dataclass(frozen=True)
class View:
    """The corpus as it looks at one instant."""

    at: datetime
    states: dict[str, State]

    @cached_property
    def numbers(self) -> frozenset[int]:
        """The numbers in the index of all Facts that are public now."""
        return frozenset(state.content for state in self.states.values())

    @cached_property
    def by_number(self) -> dict[int, State]:
        """The public states by the number of their Facts."""
        return {state.content: state for state in self.states.values()}


class Corpus:
    """Records by PMID with their states over time. Build it with `from_xml`, then `add_state`, `delete`, `merge`."""

    def __init__(self) -> None:
        self.records: dict[str, Record] = {}
        self.unreadable: list[str] = []
        self._built: _Built | None = None
        self._view: View | None = None
        self._lock = threading.RLock()

    @classmethod
    def from_xml(cls, *sources: bytes | Path, progress: Progress = silent) -> Corpus:
        """A corpus of every record in PubmedArticleSet files or bytes, gzip or plain.

        A PMID that comes again replaces the former one unless its Version is lower; a PMID in a
        DeleteCitation is removed. A record without PMID or any date is skipped, and `unreadable` has the
        reason. Raises ValueError for XML that is not well-formed.
        """
        corpus = cls()
        with _uncollected():
            for source in sources:
                corpus._load(source, progress)
        return corpus

    def _load(self, source: bytes | Path, progress: Progress) -> None:
        data = source if isinstance(source, bytes) else source.read_bytes()
        if data[:2] == b"\x1f\x8b":
            data = gzip.decompress(data)
        try:
            data = _as_utf8(data)
            spans = _spans(data)
            rest = etree.fromstring(_without(data, spans), _parser())
            parser = _parser()
            for element in rest.iter("PubmedArticle", "PubmedBookArticle"):  # written in another way than NLM does
                self._take(etree.tostring(element, encoding="utf-8", with_tail=False), parser)
            for number, (begin, end) in enumerate(spans, 1):
                self._take(data[begin:end], parser)
                if number % _REPORT_EVERY == 0:
                    progress(number, len(spans), "records read")
            for pmid in rest.iterfind(".//DeleteCitation/PMID"):
                self.records.pop((pmid.text or "").strip(), None)
        except etree.XMLSyntaxError as problem:
            name = "the corpus" if isinstance(source, bytes) else str(source)
            raise ValueError(f"{name} is not a readable PubmedArticleSet: {problem}") from problem

    def _take(self, xml: bytes, parser: etree.XMLParser) -> None:
        try:
            self._add(record.read(etree.fromstring(xml, parser), xml))
        except ValueError as problem:
            self.unreadable.append(str(problem))

    def _add(self, found: Record) -> None:
        former = self.records.get(found.pmid)
        if former is None or found.version >= former.version:
            self.records[found.pmid] = found

    def add_state(self, pmid: str, at: datetime, xml: bytes) -> None:
        """From `at` on, the record `pmid` looks like `xml` (one PubmedArticle element). Raises KeyError."""
        self.records[pmid].later.append((at, record.pack(etree.tostring(etree.fromstring(xml), encoding="utf-8"))))
        self._built = None

    def delete(self, pmid: str, at: datetime) -> None:
        """From `at` on, PubMed no longer knows `pmid`. Raises KeyError."""
        self.records[pmid].gone_at = at
        self._view = None

    def merge(self, old: str, new: str, at: datetime) -> None:
        """From `at` on, `old` is gone because it was the same article as `new`. Raises KeyError."""
        self.delete(old, at)
        self.records[old].merged_into = self.records[new].pmid

    def created_at(self, pmid: str) -> datetime | None:
        """When `pmid` becomes public, None when it is not in this corpus."""
        found = self.records.get(pmid)
        return found.created_at if found else None

    @property
    def index(self) -> Index:
        """The index over all states; built at first use."""
        return self.build().index

    def build(self) -> _Built:
        """Compute all states and index them, once."""
        with self._lock:
            if self._built is None:
                self._built = _Built(self)
                self._view = None
            return self._built

    def at(self, moment: datetime) -> View:
        """The corpus as it looks at `moment` (aware); the last view is cached."""
        with self._lock:
            built = self.build()
            if self._view is None or self._view.at != moment:
                self._view = View(moment, dict(_public(built.lives, moment)))
            return self._view

    def citing(self, pmid: str) -> set[str]:
        """The PMIDs whose reference list names `pmid`, at whatever time."""
        return self.build().citing.get(pmid, set())

    def cited_by(self, pmid: str) -> set[str]:
        """The PMIDs in the reference list of `pmid`; DOIs are resolved inside the corpus."""
        return self.build().cited.get(pmid, set())


class _Built:
    """What is computed from the records: their states over time, the index, the citation graph."""

    def __init__(self, corpus: Corpus) -> None:
        self.lives = [lifecycle.states(found, corpus.created_at) for found in corpus.records.values()]
        numbers: dict[int, int] = {}
        contents: list[Facts] = []
        for state in (state for states in self.lives for state in states):
            if id(state.facts) not in numbers:
                numbers[id(state.facts)] = len(contents)
                contents.append(state.facts)
            state.content = numbers[id(state.facts)]
        self.index = Index(contents)
        self.cited = _graph(corpus.records)
        self.citing: dict[str, set[str]] = defaultdict(set)
        for source, targets in self.cited.items():
            for target in targets:
                self.citing[target].add(source)


def _graph(records: dict[str, Record]) -> dict[str, set[str]]:
    by_doi = {doi: found.pmid for found in records.values() for doi in found.dois}
    graph: dict[str, set[str]] = {}
    for found in records.values():
        targets = {*found.cited_pmids, *(by_doi[doi] for doi in found.cited_dois if doi in by_doi)}
        graph[found.pmid] = targets - {found.pmid}
    return graph


def _public(lives: list[list[State]], moment: datetime) -> Iterator[tuple[str, State]]:
    for states in lives:
        position = bisect_right(states, moment, key=lambda state: state.at)
        whole = states[0].record
        if position and not (whole.gone_at and whole.gone_at <= moment):
            yield whole.pmid, states[position - 1]


@contextmanager
def _uncollected() -> Iterator[None]:
    """No search for cyclic garbage, of which reading makes none: among so many objects it takes a tenth of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _parser() -> etree.XMLParser:
    return etree.XMLParser(load_dtd=False, no_network=True, huge_tree=True)


def _as_utf8(data: bytes) -> bytes:
    """The file in UTF-8, in which its records can be read one by one. Raises XMLSyntaxError."""
    declared = _ENCODING.match(data)
    is_utf8 = data[:1] == b"<" and (not declared or declared[1].lower() in (b"utf-8", b"us-ascii"))
    return data if is_utf8 else etree.tostring(etree.fromstring(data, _parser()), encoding="utf-8")


def _spans(data: bytes) -> list[tuple[int, int]]:
    """Where each record begins and ends: found as text, since writing out what a parser made of it takes as long."""
    spans = []
    for name in _RECORDS:
        closing = b"</%s>" % name
        begin = data.find(opening := b"<%s>" % name)
        while begin >= 0 and (end := data.find(closing, begin)) >= 0:
            spans.append((begin, end + len(closing)))
            begin = data.find(opening, end)
    return sorted(spans)


def _without(data: bytes, spans: list[tuple[int, int]]) -> bytes:
    """The file with an empty element in place of each record: what is left must be well-formed too."""
    ends = [0, *(end for _, end in spans)]
    begins = [*(begin for begin, _ in spans), len(data)]
    return b"<record/>".join(data[end:begin] for end, begin in zip(ends, begins, strict=True))
