"""PubMed's query language: `parse` a term, `evaluate` it against one view of the corpus."""

from monitor.sandbox.eutils.query.evaluate import Answer, Evaluator
from monitor.sandbox.eutils.query.parse import QuerySyntaxError, parse

__all__ = ["Answer", "Evaluator", "QuerySyntaxError", "parse"]
