"""One report of the demo corpus: what is known of it, and how it is known."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

#: The topic that `monitor demo` replays; it has the name that its configuration has.
CCSVI = "ccsvi"

#: PubMed will not reach this PMID: reports whose PMID is unknown are numbered from here.
FIRST_INVENTED_PMID = 990000001

#: Ends every AbstractText of the corpus, so that nobody mistakes it for the authors' abstract.
MARK = "[Summary written for the demo from bibliographic facts.]"
MARK_WITH_TITLE = "[Title described and summary written for the demo from bibliographic facts.]"

#: Days from publication to indexing: 18 at the median, 145 at the ninth decile, as measured on 291 MEDLINE records.
LAGS = (4, 9, 12, 15, 18, 18, 26, 41, 76, 145)

_DATA = Path(__file__).parent

#: The literatures that ship: together they serve every topic that does.
LITERATURES = tuple(sorted(path.stem for path in _DATA.glob("*.jsonl")))


@dataclass(frozen=True, slots=True)
class Link:
    """A link to another report. `target` is a PMID, `basis` is "page", "memory" or "illustrative"."""

    kind: str
    target: str
    basis: str


@dataclass(frozen=True, slots=True)
class Entry:
    """The facts of one report of the literature on `topic`.

    `created_on` is the day the report first appears; `created_from` says how that day is known:
    "electronic", "print" (a day within the print month), "timeline", "memory" or "assumed" (only
    the year is known). `verified` is "page", "repo" or "memory", `has_memory` is True when some
    field comes from memory. `is_in_pubmed` is "yes", "no" (listed here all the same: guidance, a
    thesis) or "unsure". A descriptive title says what the report is; its real title was not seen.
    """

    topic: str
    id: str
    pmid: str
    pmid_is_known: bool
    title: str
    title_is_descriptive: bool
    design: str
    types: tuple[str, ...]
    is_on_topic: bool
    created_on: date
    created_from: str
    verified: str
    has_memory: bool
    is_in_pubmed: str
    authors_are_complete: bool
    doi: str = ""
    pmcid: str = ""
    journal: str = ""
    authors: tuple[str, ...] = ()
    collective: str = ""
    year: int | None = None
    month: int | None = None
    day: int | None = None
    epub_date: str = ""
    volume: str = ""
    issue: str = ""
    pages: str = ""
    language: str = "eng"
    vernacular_title: str = ""
    registry_ids: tuple[str, ...] = ()
    summary: str = ""
    notices: tuple[Link, ...] = ()
    cites: tuple[Link, ...] = ()

    @property
    def electronic_on(self) -> date | None:
        """The electronic date to the day; a known month is filled up by the day the report appears."""
        if not self.epub_date:
            return None
        if len(self.epub_date) == len("2014-06-27"):
            return date.fromisoformat(self.epub_date)
        return self.created_on if self.created_on.isoformat().startswith(self.epub_date) else None

    @property
    def is_indexed(self) -> bool:
        """True for journals that MEDLINE indexes."""
        return bool(vocabulary()["journals"].get(self.journal, {}).get("is_medline"))

    @property
    def indexed_on(self) -> date | None:
        """The MeSH date: a plausible lag after the print issue, None where MEDLINE does not index. Not a known fact."""
        if not self.is_indexed:
            return None
        printed = date(self.year, self.month or 1, self.day or 1) if self.year else self.created_on
        return max(printed, self.created_on) + timedelta(days=LAGS[int(self.pmid) % len(LAGS)])

    @property
    def abstract(self) -> str:
        """The summary with its closing remark, "" for records without an abstract."""
        mark = MARK_WITH_TITLE if self.title_is_descriptive else MARK
        return f"{self.summary} {mark}" if self.summary else ""


@cache
def vocabulary() -> dict[str, Any]:
    """NLM's unique ids for publication types and headings, and the journals of the corpus."""
    loaded: dict[str, Any] = json.loads((_DATA / "vocabulary.json").read_text("utf-8"))
    return loaded


@cache
def entries(topic: str = CCSVI) -> tuple[Entry, ...]:
    """Every report of the corpus on `topic`, in the order of its data file."""
    lines = (_DATA / f"{topic}.jsonl").read_text("utf-8").splitlines()
    return tuple(_entry(topic, json.loads(line)) for line in lines)


def _entry(topic: str, row: dict[str, Any]) -> Entry:
    row["created_on"] = date.fromisoformat(row["created_on"])
    for name in ("types", "authors", "registry_ids"):
        row[name] = tuple(row.get(name, ()))
    row["notices"] = tuple(Link(*link) for link in row.get("notices", ()))
    row["cites"] = tuple(Link("Cites", *link) for link in row.get("cites", ()))
    return Entry(topic, **row)
