"""PubMed's answers, kept in a folder: a run that was interrupted goes on, and a second one asks little."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TypeVar

import msgspec

from monitor.errors import ConfigError
from monitor.model import Article, LinkResult, SearchKind
from monitor.ports import Progress, Sources

T = TypeVar("T")

#: Records that are asked for and kept at a time.
BATCH = 200


class _Listed(msgspec.Struct):
    """The PMIDs that PubMed gave for one question, on the day it was asked."""

    question: str
    asked_on: date
    pmids: list[str]
    warnings: list[str] = []
    count: int = 0


class _Record(msgspec.Struct):
    """One record as PubMed had it on the day it was asked for; None when PubMed has none."""

    pmid: str
    asked_on: date
    article: Article | None


@dataclass(slots=True)
class KeptAnswers:
    """Asks `sources`, unless the answer is kept in `folder` from an earlier run. Every method raises UpstreamError.

    `upstream` is the address that is asked: answers of another one are not used. `requests` counts what was asked now.
    `is_current`: lists and counts of another day are not used, records are. Without a folder nothing is kept.
    """

    sources: Sources
    upstream: str
    today: date
    folder: Path | None = None
    is_fresh: bool = False
    is_current: bool = False
    requests: int = 0
    _used: dict[str, date] = field(default_factory=dict)
    _lists: dict[str, _Listed] = field(default_factory=dict)
    _records: dict[str, _Record] = field(default_factory=dict)
    _earlier: Set[str] = frozenset()

    def __post_init__(self) -> None:
        """Read what is kept."""
        if self.folder is None:
            return
        if self.is_fresh:
            for name in ("lists", "records"):
                self._file(name).unlink(missing_ok=True)
        lists = (one for one in self._read("lists", _Listed) if self._is_usable(one.asked_on, one.pmids))
        self._lists = {one.question: one for one in lists}
        records = (one for one in self._read("records", _Record) if one.article or one.asked_on == self.today)
        self._records = {one.pmid: one for one in records}
        self._earlier = self._lists.keys() | self._records.keys()

    @property
    def reused(self) -> int:
        """How many answers and records were used that an earlier run had kept."""
        return len(self._used)

    @property
    def oldest(self) -> date:
        """The day on which the oldest answer or record that was used was asked for."""
        return min(self._used.values(), default=self.today)

    def search(self, query: str) -> frozenset[str]:
        """Every PMID that matches `query`."""
        return frozenset(self._search(query).pmids)

    def count(self, query: str) -> int:
        """How many articles match `query`; its PMIDs are not asked for."""

        def answer() -> _Listed:
            self.requests += 1
            return _Listed("", self.today, [], count=self.sources.literature.count(query))

        return self._list(f"count {query}", answer).count

    def warnings(self, query: str) -> list[str]:
        """What PubMed remarks about `query`."""
        return self._search(query).warnings

    def linked(self, kind: SearchKind, pmid: str) -> frozenset[str]:
        """The articles that cite `pmid`, or those similar to it."""
        ask = self.sources.citations.citing if kind is SearchKind.CITING else self.sources.related.similar

        def answer() -> _Listed:
            found: LinkResult = ask([pmid])
            self.requests += found.requests
            return _Listed("", self.today, list(found.in_order.get(pmid, ())))

        return frozenset(self._list(f"{kind} {pmid}", answer).pmids)

    def fetch(self, pmids: Sequence[str], progress: Progress) -> dict[str, Article]:
        """The records of `pmids` that PubMed has, each batch kept as soon as it has come."""
        wanted = list(dict.fromkeys(pmids))
        absent = [pmid for pmid in wanted if pmid not in self._records]
        self._used |= {pmid: self._records[pmid].asked_on for pmid in wanted if pmid in self._earlier}
        for start in range(0, len(absent), BATCH):
            self._fetch(absent[start : start + BATCH])
            progress(min(start + BATCH, len(absent)), len(absent), "records fetched")
        return {pmid: article for pmid in wanted if (article := self._records[pmid].article)}

    def _fetch(self, batch: list[str]) -> None:
        got = self.sources.literature.fetch(batch)
        self.requests += got.requests
        articles = {article.pmid: article for article in got.articles}
        records = [_Record(pmid, self.today, articles.get(pmid)) for pmid in batch]
        self._records |= {record.pmid: record for record in records}
        self._append("records", records)

    def _search(self, query: str) -> _Listed:
        def answer() -> _Listed:
            found = self.sources.literature.search(query)
            self.requests += found.requests
            return _Listed("", self.today, sorted(found.pmids, key=int), list(found.warnings))

        return self._list(f"search {query}", answer)

    def _list(self, question: str, ask: Callable[[], _Listed]) -> _Listed:
        if kept := self._lists.get(question):
            if question in self._earlier:
                self._used[question] = kept.asked_on
            return kept
        answer = ask()
        answer.question = question
        self._lists[question] = answer
        self._append("lists", [answer])
        return answer

    def _is_usable(self, asked_on: date, pmids: list[str]) -> bool:
        """May a kept list be used? One that was empty may have got its first article since."""
        return asked_on == self.today or bool(pmids and not self.is_current)

    def _file(self, name: str) -> Path:
        upstream = hashlib.sha256(self.upstream.encode()).hexdigest()[:12]
        return (self.folder or Path()) / f"{upstream}-{name}.jsonl"

    def _read(self, name: str, kind: type[T]) -> Iterator[T]:
        file = self._file(name)
        if not file.exists():
            return
        for line in file.read_bytes().splitlines():
            with suppress(msgspec.DecodeError):  # the last line of a run that was interrupted
                yield msgspec.json.decode(line, type=kind)

    def _append(self, name: str, answers: Sequence[msgspec.Struct]) -> None:
        if self.folder is None:
            return
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with self._file(name).open("ab") as file:
                file.writelines(msgspec.json.encode(answer) + b"\n" for answer in answers)
        except OSError as error:
            raise ConfigError(
                f"Cannot keep answers in {self.folder}: {error.strerror}. Name another folder."
            ) from error
