"""Which article a preprint became, as the preprint's server deposited it with Crossref."""

from __future__ import annotations

from urllib.parse import quote

from monitor.errors import UpstreamError
from monitor.model import SourceName
from monitor.model.values.doi import normal_doi
from monitor.sources.json_fields import Json
from monitor.sources.transport.web import WebService

_LABEL = SourceName.CROSSREF.label


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
        whole = self._web.parsed(answer.body)
        try:
            return _article(Json.of(SourceName.CROSSREF, whole).at("message"), doi)
        except UpstreamError as error:
            raise UpstreamError(str(error), retryable=False) from error


def _article(work: Json, preprint: str) -> str:
    relation = work.maybe("relation")
    if relation is None or not isinstance(relation.value, dict):  # no relations at all are an empty list
        return ""
    related = relation.maybe_items("is-preprint-of")
    dois = [normal_doi(one.maybe_text("id")) for one in related if _is_doi(one)]
    return next((found for found in reversed(dois) if found and found != normal_doi(preprint)), "")


def _is_doi(related: Json) -> bool:
    return related.maybe_text("id-type").casefold() in ("doi", "")
