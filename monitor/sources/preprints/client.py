"""The client for preprints: Europe PMC is asked for lists, Crossref for single preprints."""

from __future__ import annotations

from monitor.model import PreprintList, Question
from monitor.sources.europe_pmc import EuropePmc
from monitor.sources.preprints.query import preprints_of
from monitor.sources.preprints.records import PreprintRecord, preprint
from monitor.sources.preprints.relations import CrossrefRelations
from monitor.sources.transport.web import WebService

#: Europe PMC's name for preprints among its sources.
_ONLY = "SRC:PPR"


class Preprints:
    """A PreprintServer. `crossref` is None where Crossref is not to be asked; `contact` is the operator's address."""

    def __init__(self, web: WebService, crossref: WebService | None = None, contact: str = "") -> None:
        self._web = web
        self._europe_pmc = EuropePmc(web, contact)
        self._relations = CrossrefRelations(crossref, contact) if crossref else None

    def query(self, question: Question) -> str:
        """The question's words in the syntax of Europe PMC."""
        return preprints_of(question)

    def matching(self, query: str) -> PreprintList:
        """Every preprint that matches; an operator's own query need not say that it is for preprints."""
        before = self._web.requests
        found = self._europe_pmc.search(query if _ONLY in query else f"({query}) AND ({_ONLY})", PreprintRecord)
        preprints = tuple(preprint(record) for record in found.records if record.source in (None, "PPR"))
        return PreprintList(preprints, found.count, self._web.requests - before, found.remark)

    def article_of(self, doi: str) -> str:
        """The article that Crossref records for the preprint."""
        return self._relations.article_of(doi) if self._relations else ""
