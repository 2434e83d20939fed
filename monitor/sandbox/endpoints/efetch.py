"""EFetch: PMIDs to records (NBK25499; recorded responses of 2022-2025 for shapes and errors)."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.sandbox.corpus.lifecycle import State
from monitor.sandbox.corpus.view import Library, shuffled
from monitor.sandbox.endpoints import envelopes, medline_format
from monitor.sandbox.endpoints.history import HistoryError
from monitor.sandbox.request import TEXT, Request, Response

MAXIMUM = 10_000
NO_CORRECT_IDS = "ID list is empty! Possibly it has no correct IDs."
EMPTY_ID = "Supplied id parameter is empty."


@dataclass
class RefusedError(Exception):
    """A request that NCBI rejects with an ERROR element; `status` is the HTTP status."""

    message: str
    status: int = 200


def efetch(library: Library, request: Request) -> Response:
    """The response to an EFetch call."""
    db = request.get("db", "pubmed")
    if db != "pubmed":
        return envelopes.error("eFetchResult", f"Invalid db name specified: {db}", status=400)
    try:
        pmids = wanted(library, request)
    except RefusedError as refusal:
        return envelopes.error("eFetchResult", refusal.message, status=refusal.status)
    states = [library.view.states[pmid] for pmid in library.public(pmids)]
    return _written(library, request, states)


def _written(library: Library, request: Request, states: list[State]) -> Response:
    form = request.get("rettype").lower()
    is_text = request.get("retmode").lower() in ("text", "")
    if form == "full" and request.get("retmode").lower() != "xml":
        return Response(b"")  # since the new backend of 2022: 200 and nothing; edirect asks for "full" XML and gets it
    if form == "uilist":
        return _uilist([state.record.pmid for state in states], is_text)
    if is_text and form in ("medline", "abstract"):
        write = medline_format.nbib if form == "medline" else medline_format.abstract
        return Response("\n".join(write(state) for state in states).encode(), TEXT)
    # the order of records is not promised, so it is never the order asked for
    return Response(envelopes.article_set(library.at, (state.xml() for state in sorted(states, key=shuffled))))


def _uilist(pmids: list[str], is_text: bool) -> Response:
    if is_text:
        return Response("".join(f"{pmid}\n" for pmid in pmids).encode(), TEXT)
    return Response(f'<?xml version="1.0" ?>\n{envelopes.id_list(pmids)}\n'.encode())


def wanted(library: Library, request: Request) -> list[str]:
    """The PMIDs that a call with `id` or with `query_key` and `WebEnv` asks for. Raises RefusedError."""
    start, most = request.number_of("retstart", 0), min(request.number_of("retmax", MAXIMUM), MAXIMUM)
    if request.get("WebEnv") and request.get("query_key"):
        return _from_history(library, request, start, most)
    given = request.all("id")
    if not given:
        raise RefusedError("Neither query_key nor id specified", 400)
    pmids = id_words(given)
    if not pmids:
        raise RefusedError(EMPTY_ID)
    good = [str(int(pmid)) for pmid in pmids if pmid.isdigit() and 0 < int(pmid) < 1 << 32]
    if not good:
        raise RefusedError(NO_CORRECT_IDS, 400)
    return good[start : start + most]


def id_words(given: list[str]) -> list[str]:
    """The words of `id` parameters: separated by commas or, as edirect's efilter sends them, by blanks."""
    return [word for value in given for word in value.replace(",", " ").split()]


def _from_history(library: Library, request: Request, start: int, most: int) -> list[str]:
    try:
        kept = library.history.get(request.get("WebEnv"), request.get("query_key"))
    except HistoryError as lost:
        raise RefusedError(str(lost), 400) from lost
    if start >= len(kept):
        raise RefusedError(
            f"Cannot retrieve history data: OUT OF RANGE. Parameter retstart={start} + 1 is greater than number of "
            f"records available in history. History includes {len(kept)} IDs.",
            400,
        )
    return list(kept[start : start + most])
