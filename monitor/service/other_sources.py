"""The clients of the sources besides PubMed that are on; made here and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar
from urllib.parse import urlsplit

from monitor.model import SourceName, SourceSettings
from monitor.ports import CitingWorks, PreprintServer, RetractionList, Sources, TrialRegistry, Turns
from monitor.service.cluster.turns import SharedTurns
from monitor.sources.crossref import Crossref
from monitor.sources.europe_pmc import EuropePmc
from monitor.sources.icite import ICite
from monitor.sources.openalex import OpenAlex
from monitor.sources.opencitations import OpenCitations
from monitor.sources.preprints import Preprints
from monitor.sources.registries.clinicaltrials import ClinicalTrials
from monitor.sources.registries.ictrp import Ictrp
from monitor.sources.registries.isrctn import Isrctn
from monitor.sources.retraction_watch import RetractionWatch
from monitor.sources.transport.web import WebService
from monitor.store import Database

SourcesOn = Mapping[SourceName, SourceSettings]
S = TypeVar("S")
#: Makes the client of a source; it asks nothing yet.
Maker = Callable[[SourceSettings, Turns | None], S]

INDEXES: Mapping[SourceName, Maker[CitingWorks]] = {
    SourceName.EUROPE_PMC: lambda source, turns: EuropePmc(WebService(source, turns=turns), source.contact),
    SourceName.ICITE: lambda source, turns: ICite(WebService(source, turns=turns)),
    SourceName.OPENCITATIONS: lambda source, turns: OpenCitations(WebService(source, turns=turns), source.key),
    SourceName.OPENALEX: lambda source, turns: OpenAlex(WebService(source, turns=turns), source.key),
}
REGISTRIES: Mapping[SourceName, Maker[TrialRegistry]] = {
    SourceName.CLINICAL_TRIALS: lambda source, turns: ClinicalTrials(WebService(source, turns=turns)),
    SourceName.ISRCTN: lambda source, turns: Isrctn(WebService(source, turns=turns)),
    SourceName.ICTRP: lambda source, turns: Ictrp(source, _web_of(source, turns)),
}
RETRACTIONS: Mapping[SourceName, Maker[RetractionList]] = {
    SourceName.CROSSREF: lambda source, turns: Crossref(WebService(source, turns=turns), source.contact),
    SourceName.RETRACTION_WATCH: lambda source, turns: RetractionWatch(source, _web_of(source, turns)),
}


def beside(pubmed: Sources, sources: SourcesOn, db: Database | None) -> Sources:
    """PubMed with the other sources that are on; `db` keeps the rate limit of each where several machines ask."""
    return replace(
        pubmed,
        indexes=_opened(INDEXES, sources, db),
        registries=_opened(REGISTRIES, sources, db),
        retractions=_opened(RETRACTIONS, sources, db),
        preprints=_open_preprints(sources, db),
    )


def _open_preprints(sources: SourcesOn, db: Database | None) -> PreprintServer | None:
    """Europe PMC's preprints when they are on; Crossref, when it is on too, says which articles they became."""
    if (source := sources.get(SourceName.PREPRINTS)) is None:
        return None
    crossref = sources.get(SourceName.CROSSREF)
    relations = WebService(crossref, turns=_turns(crossref, db)) if crossref else None
    return Preprints(WebService(source, turns=_turns(source, db)), relations, source.contact)


def _opened(makers: Mapping[SourceName, Maker[S]], sources: SourcesOn, db: Database | None) -> dict[SourceName, S]:
    """Those of these sources that are on; `db` keeps the rate limit of each where several machines ask."""
    return {name: make(source, _turns(source, db)) for name, make in makers.items() if (source := sources.get(name))}


def _web_of(source: SourceSettings, turns: Turns | None) -> WebService | None:
    """The service of a list with an address; None for a file."""
    return WebService(source, turns=turns) if source.location.startswith(("http://", "https://")) else None


def _turns(source: SourceSettings, db: Database | None) -> Turns | None:
    host = urlsplit(source.location).netloc
    return SharedTurns(db, host, 1 / source.rate) if db and host else None
