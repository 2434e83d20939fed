"""A PubMed in memory: the plainest thing that keeps the contract of what `monitor.ports` asks of sources.

`tests/sources/pubmed/test_contract.py` holds it to the same assertions as Bio.Entrez against the sandbox.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from monitor.errors import QueryError, UpstreamError
from monitor.model import Article, FetchResult, FullText, FullTextResult, LinkResult, SearchResult
from monitor.ports import Progress, Sources, silent


@dataclass
class FakePubMed:
    """Records by PMID, which queries list them, and who cites whom; a test changes them as the world would.

    `calls` are the names of the methods asked, in order; one call is one request. `meanwhile` is what happens
    elsewhere, once, while the next question is being answered.
    """

    records: dict[str, Article] = field(default_factory=dict)
    listed: dict[str, set[str]] = field(default_factory=dict)
    cited_by: dict[str, set[str]] = field(default_factory=dict)
    similar_to: dict[str, set[str]] = field(default_factory=dict)
    cites: dict[str, set[str]] = field(default_factory=dict)
    readable_at: dict[str, tuple[FullText, ...]] = field(default_factory=dict)
    warnings: dict[str, tuple[str, ...]] = field(default_factory=dict)
    translations: dict[str, str] = field(default_factory=dict)
    unreadable: set[str] = field(default_factory=set)
    is_down: bool = False
    calls: list[str] = field(default_factory=list)
    meanwhile: Callable[[], object] | None = None

    @property
    def sources(self) -> Sources:
        """All that is asked of sources, asked here."""
        return Sources(self, self, self)

    # --- what happens in the world ---

    def add(self, record: Article) -> None:
        """PubMed has a record that no query lists."""
        self.records[record.pmid] = record

    def list(self, record: Article, query: str) -> None:
        """PubMed has a record and `query` matches it."""
        self.add(record)
        self.listed.setdefault(query, set()).add(record.pmid)

    def unlist(self, pmid: str, query: str) -> None:
        """The query matches it no more."""
        self.listed[query].discard(pmid)

    def revise(self, record: Article, revised_on: date) -> None:
        """The record changes; `revised_on` is its modification date."""
        self.records[record.pmid] = replace(record, revised_on=revised_on)

    def delete(self, pmid: str) -> None:
        """PubMed deletes the record."""
        self.records.pop(pmid, None)
        for pmids in self.listed.values():
            pmids.discard(pmid)

    # --- what PubMed answers ---

    def search(self, query: str) -> SearchResult:
        """Every PMID listed for `query`; of `"10.1/a"[doi] OR …` those of the records with these DOIs."""
        self._ask("search")
        dois = re.findall(r'"([^"]+)"\[doi\]', query)
        with_doi = {pmid for pmid, record in self.records.items() if record.doi.lower() in dois}
        return self._found(query, self.listed.get(query, set()) | with_doi)

    def count(self, query: str) -> int:
        """How many articles match."""
        return self.search(query).count

    def modified_since(self, query: str, day: date) -> SearchResult:
        """Those of them modified on or after `day`; `query` may be "(one) OR (other)"."""
        self._ask("modified_since")
        parts = query[1:-1].split(") OR (") if ") OR (" in query else [query]
        listed = {pmid for part in parts for pmid in self.listed.get(part, set())}
        return self._found(query, self._modified(listed, day))

    def modified_among(self, pmids: Sequence[str], day: date) -> SearchResult:
        """Those of `pmids` modified on or after `day`."""
        self._ask("modified_among")
        return self._found(" OR ".join(pmids), self._modified(set(pmids), day))

    def citing(self, pmids: Sequence[str]) -> LinkResult:
        """Who cites each of `pmids`."""
        return self._linked("citing", "pubmed_pubmed_citedin", self.cited_by, pmids)

    def similar(self, pmids: Sequence[str]) -> LinkResult:
        """What is similar to each of `pmids`."""
        return self._linked("similar", "pubmed_pubmed", self.similar_to, pmids)

    def references(self, pmids: Sequence[str]) -> LinkResult:
        """What each of `pmids` cites."""
        return self._linked("references", "pubmed_pubmed_refs", self.cites, pmids)

    def full_texts(self, pmids: Sequence[str]) -> FullTextResult:
        """Where the full text of each of `pmids` is."""
        self._ask("full_texts")
        return FullTextResult({p: self.readable_at.get(p, ()) for p in pmids})

    def fetch(self, pmids: Sequence[str], progress: Progress = silent) -> FetchResult:
        """The records of `pmids`."""
        self._ask("fetch")
        there = [p for p in dict.fromkeys(pmids) if p in self.records]
        articles = tuple(self.records[p] for p in there if p not in self.unreadable)
        broken = tuple((p, "its record cannot be read") for p in there if p in self.unreadable)
        progress(len(pmids), len(pmids), "records fetched")
        return FetchResult(articles, frozenset(set(pmids) - self.records.keys()), broken, requests=1)

    def resolve_doi(self, doi: str) -> str:
        """The PMID of `doi`."""
        self._ask("resolve_doi")
        known = [r.pmid for r in self.records.values() if r.doi.lower() == doi.lower()]
        if len(known) != 1:
            raise QueryError(f"PubMed knows {len(known)} records with the DOI {doi}.", requests=1)
        return known[0]

    # --- underneath ---

    def _ask(self, name: str) -> None:
        self.calls.append(name)
        happens, self.meanwhile = self.meanwhile, None
        if happens:
            happens()
        if self.is_down:
            raise UpstreamError("PubMed could not be reached.", requests=1)

    def _found(self, query: str, pmids: set[str]) -> SearchResult:
        translation = self.translations.get(query, query)
        return SearchResult(frozenset(pmids), len(pmids), query, translation, self.warnings.get(query, ()))

    def _modified(self, pmids: set[str], day: date) -> set[str]:
        return {p for p in pmids if p in self.records and (self.records[p].revised_on or date.min) >= day}

    def _linked(self, name: str, link_name: str, links: dict[str, set[str]], pmids: Sequence[str]) -> LinkResult:
        self._ask(name)
        in_order = {p: tuple(sorted(links.get(p, set()), key=int)) for p in pmids}
        return LinkResult(in_order, link_name)
