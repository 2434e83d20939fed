"""Which article a preprint became, as the preprint's server deposited it with Crossref."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from msgspec import Struct, field

from monitor.errors import UpstreamError
from monitor.model import SourceName
from monitor.model.values.doi import normal_doi
from monitor.sources.shapes import read, readable, several
from monitor.sources.transport.web import WebService

_LABEL = SourceName.CROSSREF.label


class _Related(Struct):
    id: str = ""
    type: str = field(name="id-type", default="")


class _Work(Struct):
    relation: dict[str, Any] | list[Any] | None = None  # no relations at all are an empty list


class _Answer(Struct):
    message: _Work


class CrossrefRelations:
    """Asks Crossref; `contact` is the operator's address, which it wants to know."""

    def __init__(self, web: WebService, contact: str = "") -> None:
        self._web = web
        self._who = {"mailto": contact} if contact else {}

    def article_of(self, doi: str) -> str:
        """The DOI of the article that the preprint `doi` became; "" when none is recorded, the last of several.

        Crossref answers 404 for a DOI of another agency, such as a preprint of arXiv: nothing is recorded there.
        Raises UpstreamError, which is not `retryable` when the answer says nothing about those for other preprints.
        """
        answer = self._web.get(f"works/{quote(doi, safe='')}", self._who)
        if answer.status == 404:
            return ""
        if answer.status != 200:
            raise UpstreamError(f"{_LABEL} refused a question with status {answer.status}.", retryable=False)
        try:
            return _article(read(_LABEL, self._web.parsed(answer.body), _Answer).message, doi)
        except UpstreamError as error:
            raise UpstreamError(str(error), retryable=False) from error


def _article(work: _Work, preprint: str) -> str:
    relations = work.relation if isinstance(work.relation, dict) else {}
    related, unreadable = readable(_LABEL, several(relations.get("is-preprint-of")), _Related)
    if unreadable:
        raise UpstreamError(unreadable[0])
    dois = [normal_doi(one.id) for one in related if one.type.casefold() in ("doi", "")]
    return next((found for found in reversed(dois) if found and found != normal_doi(preprint)), "")
