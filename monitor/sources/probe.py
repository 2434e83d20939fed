"""One small question to a source, to see whether it answers: for `monitor doctor`."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path

from monitor.errors import UpstreamError
from monitor.model import SourceName, SourceSettings
from monitor.sources.transport.web import WebService

#: The first sham-controlled trial of the shipped topic: every source of articles knows it.
_PMID = "24975855"
_SEARCH = {"query": f"EXT_ID:{_PMID} AND SRC:MED", "resultType": "idlist", "format": "json"}
#: What each service is asked: a path and parameters. A list with a URL is only begun.
_QUESTIONS: Mapping[SourceName, tuple[str, Mapping[str, str | int]]] = {
    SourceName.EUROPE_PMC: ("search", _SEARCH),
    SourceName.PREPRINTS: ("search", _SEARCH),
    SourceName.ICITE: ("pubs", {"pmids": _PMID, "fl": "pmid"}),
    SourceName.OPENCITATIONS: (f"index/v2/citation-count/pmid:{_PMID}", {}),
    SourceName.OPENALEX: (f"works/pmid:{_PMID}", {"select": "id"}),
    SourceName.CLINICAL_TRIALS: ("version", {}),
    SourceName.ISRCTN: ("query/format/default", {"q": "stroke", "limit": 1}),
    SourceName.CROSSREF: ("works", {"rows": 0}),
}


def probe(source: SourceSettings, patience: float) -> None:
    """Ask a source, or look whether its file can be read, within `patience` seconds; raises UpstreamError."""
    if not source.location.startswith(("http://", "https://")):
        _probe_file(source)
        return
    service = WebService(source, patience=patience)
    path, params = _QUESTIONS.get(source.name, ("", {}))
    key = {"api_key": source.key} if source.name is SourceName.OPENALEX else {}
    header = {"authorization": source.key} if source.key and not key else {}
    try:
        status = service.status(path, {**params, **key}, header)
    finally:
        service.close()
    if status >= HTTPStatus.BAD_REQUEST:
        raise UpstreamError(f"{source.name.label} refused the request ({status}).")


def _probe_file(source: SourceSettings) -> None:
    try:
        with Path(source.location).open("rb") as file:
            is_empty = not file.read(1)
    except OSError as error:
        raise UpstreamError(f"{source.location} cannot be read: {error.strerror}.") from error
    if is_empty:
        raise UpstreamError(f"{source.location} is empty.")
