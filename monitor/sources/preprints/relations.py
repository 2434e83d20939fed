"""Which article a preprint became, as the preprint's server deposited it with Crossref."""

from __future__ import annotations

from urllib.parse import quote

from msgspec import Struct

from monitor.errors import UpstreamError
from monitor.model import SourceName
from monitor.model.doi import normal_doi
from monitor.sources.shapes import read
from monitor.sources.web import WebService

_LABEL = SourceName.CROSSREF.label


class _Related(Struct, rename="kebab"):
    id: str
    id_type: str


class _Relations(Struct, rename="kebab"):
    is_preprint_of: list[_Related] = []


class _Work(Struct):
    relation: _Relations | list[object] | None = None


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
        Raises UpstreamError.
        """
        answer = self._web.get(f"works/{quote(doi, safe='')}", self._who)
        if answer.status == 404:
            return ""
        if answer.status != 200:
            raise UpstreamError(f"{_LABEL} refused a question with status {answer.status}.")
        work = read(_LABEL, self._web.parsed(answer.body), _Answer).message
        related = work.relation.is_preprint_of if isinstance(work.relation, _Relations) else []
        dois = [normal_doi(one.id) for one in related if one.id_type.casefold() == "doi"]
        return next((found for found in reversed(dois) if found and found != doi.lower()), "")
