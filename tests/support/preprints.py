"""A preprint server for tests, and preprints on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from monitor.errors import UpstreamError
from monitor.model import AbstractSection, Author, Preprint, PreprintList, PreprintVersion, Question
from monitor.sources.preprints.query import preprints_of

TITLE = "Venous angioplasty in multiple sclerosis: a randomized sham-controlled trial"
TEXT = (
    "Seventy-one patients with multiple sclerosis were randomly assigned to venous angioplasty or a sham procedure. "
    "The change in EDSS did not differ between groups."
)


def preprint(number: int = 1, title: str = TITLE, text: str = TEXT, **fields: Any) -> Preprint:
    """One version of a preprint, as a search lists it."""
    day = fields.pop("posted_on", date(2020, 1, 3))
    made = {
        "id": f"PPR{number}",
        "title": title,
        "doi": f"10.1101/2020.01.03.2000{number:04}",
        "authors": (Author("Doe", initials="J"), Author("Roe", initials="R")),
        "server": "medRxiv",
        "abstract": (AbstractSection(text),),
        "posted_on": day,
        "versions": (PreprintVersion(f"PPR{number}", 0, day),),
    }
    return Preprint(**{**made, **fields})


@dataclass
class FakePreprints:
    """A PreprintServer that lists what a test puts on it; `articles` is what Crossref records, by DOI of preprint."""

    listed: list[Preprint] = field(default_factory=list)
    articles: dict[str, str] = field(default_factory=dict)
    looked_up: list[str] = field(default_factory=list)
    is_crossref_down: bool = False

    def query(self, question: Question) -> str:
        """As the real one makes it."""
        return preprints_of(question)

    def matching(self, query: str) -> PreprintList:  # noqa: ARG002  every query matches all
        """Everything listed."""
        return PreprintList(tuple(self.listed), len(self.listed))

    def article_of(self, doi: str) -> str:
        """What Crossref records."""
        if self.is_crossref_down:
            raise UpstreamError("Crossref could not be reached.")
        self.looked_up.append(doi)
        return self.articles.get(doi, "")
