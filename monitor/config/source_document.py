"""The block `sources`: what is asked besides PubMed, and how often. What is usual for each source stands here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import Field

from monitor.config.topic_document import Part
from monitor.config.values import Interval, Line, WebAddress
from monitor.model import SourceName, SourceSettings

_EVERY = "How often each topic asks it. Default: see `sources`."


class ServicePart(Part):
    """A service that is asked over the web. What is usual for each stands under `sources`."""

    enabled: bool | None = Field(default=None, description="`false`: it is not asked.")
    every: Interval | None = Field(default=None, description=_EVERY, examples=["1d"])
    base_url: WebAddress | None = Field(
        default=None,
        description="Where it is, if not at its public address. Where `pubmed.base_url` is not NCBI's, as in a trial "
        "run, only sources with a `base_url` are asked.",
    )


class ListPart(Part):
    """A list that is published as a file. It is read when its `file` or `url` is named."""

    enabled: bool | None = Field(default=None, description="`false`: it is not read.")
    every: Interval | None = Field(default=None, description=_EVERY, examples=["1w"])
    file: Line | None = Field(
        default=None, description="The file on this machine; a relative path is relative to this file's folder."
    )
    url: WebAddress | None = Field(default=None, description="The address from which it is downloaded.")


def _service(text: str) -> Any:
    return Field(default=ServicePart(), description=text)


class SourcesPart(Part):
    """What is asked besides PubMed (docs/sources.md). A source that fails takes nothing away from what is known."""

    europe_pmc: ServicePart = _service("Europe PMC: who cites the seed. Daily.")
    icite: ServicePart = _service("NIH iCite: who cites the seed, and which of these are clinical articles. Weekly.")
    opencitations: ServicePart = _service(
        "OpenCitations: who cites the seed. Weekly. Your token, if any, is the secret MONITOR_OPENCITATIONS_TOKEN."
    )
    openalex: ServicePart = _service(
        "OpenAlex: who cites the seed. Daily, and only with a key of yours: the secret MONITOR_OPENALEX_API_KEY."
    )
    clinicaltrials: ServicePart = _service("ClinicalTrials.gov: the trials of the topic. Daily.")
    isrctn: ServicePart = _service("The ISRCTN registry: the trials of the topic. Daily.")
    ictrp: ListPart = Field(
        default=ListPart(),
        description="An export of the WHO's registry portal (ICTRP), as XML or CSV: the trials of the topic. Daily.",
    )
    crossref: ServicePart = _service(
        "Crossref: retractions, concerns and corrections of the topic's articles that their publishers report. Daily."
    )
    retraction_watch: ListPart = Field(
        default=ListPart(),
        description="The list of Retraction Watch (CSV): retractions, concerns, corrections and reinstatements of the "
        "topic's articles. Weekly.",
    )
    preprints: ServicePart = _service("Preprints in Europe PMC that match the topic. Daily.")


@dataclass(frozen=True, slots=True)
class _Usual:
    """What is usual for a source: where it is, how often it is asked, and requests a second.

    The services' own limits are higher, or not stated; see docs/sources.md.
    """

    every: timedelta
    location: str = ""
    rate: float = 1.0


_DAILY, _WEEKLY = timedelta(days=1), timedelta(weeks=1)
_EUROPE_PMC = "https://www.ebi.ac.uk/europepmc/webservices/rest"
_USUAL: Mapping[SourceName, _Usual] = {
    SourceName.EUROPE_PMC: _Usual(_DAILY, _EUROPE_PMC),
    SourceName.ICITE: _Usual(_WEEKLY, "https://icite.od.nih.gov/api"),
    SourceName.OPENCITATIONS: _Usual(_WEEKLY, "https://api.opencitations.net"),
    SourceName.OPENALEX: _Usual(_DAILY, "https://api.openalex.org", rate=5.0),
    SourceName.CLINICAL_TRIALS: _Usual(_DAILY, "https://clinicaltrials.gov/api/v2"),
    SourceName.ISRCTN: _Usual(_DAILY, "https://www.isrctn.com/api"),
    SourceName.ICTRP: _Usual(_DAILY),
    SourceName.CROSSREF: _Usual(_DAILY, "https://api.crossref.org"),
    SourceName.RETRACTION_WATCH: _Usual(_WEEKLY),
    SourceName.PREPRINTS: _Usual(_DAILY, _EUROPE_PMC),
}


def build_sources(
    part: SourcesPart, pubmed_url: str, contact: str, keys: Mapping[SourceName, str], folder: Path
) -> dict[SourceName, SourceSettings]:
    """The sources that are on. `keys` are those of the operator; relative paths are relative to `folder`."""
    is_real = _is_ncbi(pubmed_url)
    found = {}
    for name in SourceName:
        one: ServicePart | ListPart = getattr(part, name)
        location = _location(one, name, folder, is_real=is_real)
        if one.enabled is False or not location or _lacks_key(name, keys):
            continue
        usual = _USUAL[name]
        every = one.every or usual.every
        found[name] = SourceSettings(name, location, every, contact, keys.get(name, ""), usual.rate)
    return found


def problems(
    part: SourcesPart, pubmed_url: str, keys: Mapping[SourceName, str]
) -> Iterator[tuple[tuple[str, str, str], str]]:
    """Why a source that is switched on cannot be asked, with its place in the file."""
    for name in SourceName:
        one: ServicePart | ListPart = getattr(part, name)
        if isinstance(one, ListPart) and one.file and one.url:
            yield ("sources", name, "url"), "set together with file. Keep one of them."
        elif one.enabled and not _location(one, name, Path(), is_real=_is_ncbi(pubmed_url)):
            yield ("sources", name, "enabled"), _why_nowhere(one)
        elif one.enabled and _lacks_key(name, keys):
            yield ("sources", name, "enabled"), f"{name.label} needs a key. Set MONITOR_OPENALEX_API_KEY."


def _why_nowhere(part: ServicePart | ListPart) -> str:
    if isinstance(part, ListPart):
        return "there is no list to read. Name its file or its url."
    return "pubmed.base_url is not NCBI's, and a trial run must not ask the real services. Set base_url here."


def _location(part: ServicePart | ListPart, name: SourceName, folder: Path, *, is_real: bool) -> str:
    """Its base URL, or its list; "" where it has none, or only its public address in a trial run."""
    if isinstance(part, ListPart):
        return str(folder / part.file) if part.file else part.url or ""
    return part.base_url or (_USUAL[name].location if is_real else "")


def _is_ncbi(pubmed_url: str) -> bool:
    host = urlsplit(pubmed_url).hostname or ""
    return host == "nih.gov" or host.endswith(".nih.gov")


def _lacks_key(name: SourceName, keys: Mapping[SourceName, str]) -> bool:
    return name is SourceName.OPENALEX and not keys.get(name)
