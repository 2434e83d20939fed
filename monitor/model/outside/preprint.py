"""Preprint: a report that no journal has reviewed, as a preprint server and Europe PMC hold it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime

from monitor.model.article import AbstractSection, Article, Author, PartialDate, PublicationType, Registration
from monitor.model.evidence import Design, Level, Verdict

#: NLM's publication type (MeSH D000076942), by which the rules know a preprint.
_TYPE = PublicationType("D000076942", "Preprint")
#: How servers write the version into a DOI: Research Square "…/v2", Preprints.org "….v2", OSF "…_v2", ChemRxiv "…-v2",
#: ESS Open Archive "….2".
_VERSION = re.compile(r"[/._-]v\d+$|(?<=essoar\.\d{8})\.\d+$")


def doi_of_all_versions(doi: str) -> str:
    """`doi`, in lower case, without the version that some servers write into it."""
    return _VERSION.sub("", doi.lower())


@dataclass(frozen=True, slots=True)
class PreprintVersion:
    """One version: Europe PMC's id of it, its number (0 where it has none), the day it was posted, its types."""

    id: str
    number: int = 0
    posted_on: date | None = None
    types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PublishedAs:
    """The journal article of a preprint: `pmid`, `doi` and `citation` where known; `why` says by what it was found.

    `is_guess`: by title and authors alone, until the preprint's server or PubMed says so.
    """

    pmid: str = ""
    doi: str = ""
    citation: str = ""
    why: str = ""
    is_guess: bool = False

    def is_other(self, article: PublishedAs) -> bool:
        """Is it another article than this, by PMID or by DOI?"""
        pairs = ((self.pmid, article.pmid), (self.doi.lower(), article.doi.lower()))
        known = [one == two for one, two in pairs if one and two]
        return bool(known) and not any(known)


@dataclass(frozen=True, slots=True)
class Preprint:
    """One preprint with all its versions. `id` is Europe PMC's of the first ("PPR123456").

    Title, authors and abstract are those of the newest `version` seen, 0 where versions are not numbered. A withdrawn
    one keeps the title and abstract that it had before; `withdrawn_on` is None where the day is not told, `notice` is
    what stands in their place. `pmid` is its own record in PubMed, which holds some preprints.
    """

    id: str
    title: str
    doi: str = ""
    authors: tuple[Author, ...] = ()
    server: str = ""
    posted_on: date | None = None
    abstract: tuple[AbstractSection, ...] = ()
    registrations: tuple[Registration, ...] = ()
    version: int = 0
    versions: tuple[PreprintVersion, ...] = ()
    is_withdrawn: bool = False
    withdrawn_on: date | None = None
    notice: str = ""
    pmid: str = ""
    article: PublishedAs | None = None

    @property
    def ids(self) -> frozenset[str]:
        """Europe PMC's ids of all its versions."""
        return frozenset({self.id, *(one.id for one in self.versions)})

    def as_article(self) -> Article:
        """The preprint as the rules read a record; its id stands for the PMID."""
        day = self.posted_on
        return Article(
            pmid=self.id,
            version=1,
            title=self.title,
            abstract=self.abstract,
            authors=self.authors,
            journal=self.server,
            electronic_date=PartialDate(day.year, day.month, day.day) if day else PartialDate(),
            doi=self.doi,
            publication_types=(_TYPE,),
            registrations=self.registrations,
        )


@dataclass(frozen=True, slots=True)
class HeldPreprint:
    """A preprint as it is held for one topic, with the verdict of the rules under the version `judged_by` of them.

    `told_at` is when readers were told of it, None for what the first answer of the source listed. `asked_at` is when
    Crossref was last asked for its article.
    """

    preprint: Preprint
    verdict: Verdict
    judged_by: str
    seen_at: datetime
    told_at: datetime | None = None
    asked_at: datetime | None = None

    @property
    def is_trial(self) -> bool:
        """Does it describe itself as a randomised trial of the question, by the rules?"""
        verdict = self.verdict
        is_stated = verdict.design is Design.RANDOMIZED and verdict.level is not Level.POSSIBLE
        return is_stated and verdict.relevance.is_match


@dataclass(frozen=True, slots=True)
class PreprintList:
    """The complete answer to a search for preprints; `count` is the source's own, `remark` is for the operator."""

    preprints: tuple[Preprint, ...]
    count: int
    requests: int = 1
    remark: str = ""
