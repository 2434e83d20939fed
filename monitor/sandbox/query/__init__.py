"""PubMed's query language: `parse` a term, `evaluate` it against one view of the corpus."""

from monitor.sandbox.query.evaluate import Evaluator, SearchResult
from monitor.sandbox.query.parse import QuerySyntaxError, parse

__all__ = ["Evaluator", "QuerySyntaxError", "SearchResult", "parse"]
