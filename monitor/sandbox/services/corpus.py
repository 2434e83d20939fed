"""What the services beside PubMed hold, as facts with dates: each is visible from its day on."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

#: One fact as in the JSON lines; `kind` says which of the classes below it is.
Line = Mapping[str, Any]


def day(value: str | date) -> date:
    """A date, also where it is written as in JSON ("2014-06-27")."""
    return value if isinstance(value, date) else date.fromisoformat(value)


@dataclass(frozen=True, slots=True)
class Study:
    """One entry of a trial registry (`registry`: "clinicaltrials", "isrctn", "ictrp") by its dated revisions.

    A revision is (day it was posted, facts that are new or changed on that day); the first one registers the study.
    """

    number: str
    registry: str
    revisions: tuple[tuple[date, Line], ...]

    @property
    def first_on(self) -> date:
        """The day on which it was registered."""
        return self.revisions[0][0]

    def at(self, on: date) -> dict[str, Any] | None:
        """Its facts on `on` with `first_posted` and `last_posted`; None before it is registered."""
        posted = [(when, facts) for when, facts in self.revisions if when <= on]
        if not posted:
            return None
        state: dict[str, Any] = {"number": self.number, "version": len(posted)}
        for _, facts in posted:
            state |= facts
        return {**state, "first_posted": posted[0][0], "last_posted": posted[-1][0]}


@dataclass(frozen=True, slots=True)
class Work:
    """A published work. `source` and `source_id` are Europe PMC's for a work outside PubMed ("PPR", "ETH", "AGR" …)."""

    id: str
    on: date
    title: str
    pmid: str = ""
    doi: str = ""
    authors: str = ""
    journal: str = ""
    type: str = "journal-article"
    types: tuple[str, ...] = ("journal article",)
    source: str = "MED"
    source_id: str = ""
    is_retracted_on: date | None = None

    @property
    def europe_pmc_id(self) -> str:
        """Its id in Europe PMC."""
        return self.source_id or self.pmid


@dataclass(frozen=True, slots=True)
class Citation:
    """`citing` cites `cited`; `seen` says since when each index lists it; `clinical_on`: iCite calls it clinical."""

    cited: str
    citing: str
    seen: Mapping[str, date]
    clinical_on: date | None = None


@dataclass(frozen=True, slots=True)
class Preprint:
    """A preprint of Europe PMC by its dated versions: (day, what the version changes: title, abstract, types).

    `article` is the id of the Work it became; `linked_on` is since when Europe PMC and Crossref say so.
    """

    id: str
    doi: str
    server: str
    authors: str
    versions: tuple[tuple[date, Line], ...]
    article: str = ""
    linked_on: date | None = None

    def at(self, on: date) -> dict[str, Any] | None:
        """Its facts on `on` with `number`, `first_on` and `last_on`; None before it is posted."""
        posted = [(when, facts) for when, facts in self.versions if when <= on]
        if not posted:
            return None
        state: dict[str, Any] = {"types": ["preprint"]}
        for _, facts in posted:
            state |= facts
        return {**state, "number": len(posted), "first_on": posted[0][0], "last_on": posted[-1][0]}


@dataclass(frozen=True, slots=True)
class Notice:
    """`notice` (DOI) updates the work `doi`, as Crossref records it since `since`.

    `on` is the date that its source gives it. With `is_backwards` the publisher deposited the link on the wrong side:
    the work then claims to update the notice.
    """

    doi: str
    notice: str
    type: str
    on: date
    since: date
    source: str = "publisher"
    record_id: str = ""
    is_backwards: bool = False


@dataclass(frozen=True, slots=True)
class ListedRetraction:
    """One row of the Retraction Watch list by its column names; it is in the list since `since`."""

    since: date
    row: Mapping[str, str]


@dataclass
class Corpus:
    """Everything that the stand-ins serve. Lists may be changed between requests.

    `touches` are days on which a registry touched every record: (registry, day). `ictrp_exports` are days from which
    on exports of the WHO ICTRP are right, or, those in `swapped_exports`, have days and months swapped and no targets.
    `scrolls` are how far each cursor of Crossref has come.
    """

    studies: list[Study] = field(default_factory=list)
    works: dict[str, Work] = field(default_factory=dict)
    citations: list[Citation] = field(default_factory=list)
    preprints: list[Preprint] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    retraction_watch: list[ListedRetraction] = field(default_factory=list)
    touches: list[tuple[str, date]] = field(default_factory=list)
    ictrp_exports: list[date] = field(default_factory=list)
    swapped_exports: list[date] = field(default_factory=list)
    scrolls: dict[str, int] = field(default_factory=dict)

    @classmethod
    def from_files(cls, *files: Path) -> Corpus:
        """The facts in JSON lines files; empty lines and lines with the kind "note" are passed over."""
        texts = (line for file in files for line in file.read_text("utf-8").splitlines() if line.strip())
        return cls.from_lines(json.loads(text) for text in texts)

    @classmethod
    def from_lines(cls, lines: Iterable[Line]) -> Corpus:
        """The facts of JSON objects. Raises KeyError for a kind that is unknown or a fact that is missing."""
        corpus = cls()
        for line in lines:
            corpus.add(line)
        return corpus

    def add(self, line: Line) -> None:
        """Add one fact. Raises KeyError for a kind that is unknown or a fact that is missing."""
        facts = {key: value for key, value in line.items() if key not in ("kind", "basis")}
        if line["kind"] != "note":
            _ADD[line["kind"]](self, facts)

    def seen_by(self, index: str, cited: Work, on: date) -> list[tuple[Citation, Work]]:
        """The citations of `cited` that an index lists on `on`, with the citing works, newest first."""
        found = [
            (citation, self.works[citation.citing])
            for citation in self.citations
            if citation.cited == cited.id and citation.seen.get(index, date.max) <= on
        ]
        return sorted(found, key=lambda pair: (pair[1].on, pair[1].id), reverse=True)

    def last_touch(self, registry: str, on: date) -> date:
        """The last day up to `on` on which a registry touched every record."""
        return max((when for name, when in self.touches if name == registry and when <= on), default=date.min)


def _dated(rows: Iterable[Line]) -> tuple[tuple[date, Line], ...]:
    return tuple(sorted(((day(row["on"]), _without(row, "on")) for row in rows), key=lambda pair: pair[0]))


def _without(row: Line, name: str) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != name}


def _study(corpus: Corpus, facts: dict[str, Any]) -> None:
    revisions = _dated(facts["revisions"])
    corpus.studies.append(Study(facts["number"], facts.get("registry", "clinicaltrials"), revisions))


def _work(corpus: Corpus, facts: dict[str, Any]) -> None:
    known: dict[str, Any] = dict(facts)
    for name in {"on", "is_retracted_on"} & set(facts):
        known[name] = day(facts[name])
    if "types" in facts:
        known["types"] = tuple(facts["types"])
    corpus.works[facts["id"]] = Work(**known)


def _citation(corpus: Corpus, facts: dict[str, Any]) -> None:
    seen = {index: day(on) for index, on in facts["seen"].items()}
    clinical_on = day(facts["clinical_on"]) if "clinical_on" in facts else None
    corpus.citations.append(Citation(facts["cited"], facts["citing"], seen, clinical_on))


def _preprint(corpus: Corpus, facts: dict[str, Any]) -> None:
    linked_on = day(facts["linked_on"]) if "linked_on" in facts else None
    corpus.preprints.append(Preprint(**{**facts, "versions": _dated(facts["versions"]), "linked_on": linked_on}))


def _notice(corpus: Corpus, facts: dict[str, Any]) -> None:
    on = day(facts["on"])
    corpus.notices.append(Notice(**{**facts, "on": on, "since": day(facts.get("since", on))}))


def _listed(corpus: Corpus, facts: dict[str, Any]) -> None:
    corpus.retraction_watch.append(ListedRetraction(day(facts["since"]), facts["row"]))


def _export(corpus: Corpus, facts: dict[str, Any]) -> None:
    corpus.ictrp_exports.append(day(facts["on"]))
    if facts.get("is_swapped"):
        corpus.swapped_exports.append(day(facts["on"]))


_ADD = {
    "study": _study,
    "work": _work,
    "citation": _citation,
    "preprint": _preprint,
    "notice": _notice,
    "retraction_watch": _listed,
    "touch": lambda corpus, facts: corpus.touches.append((facts["registry"], day(facts["on"]))),
    "ictrp_export": _export,
}
