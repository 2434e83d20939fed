"""PubMed's query language: `parse` a term, `evaluate` it against one view of the corpus."""

from monitor.sandbox.query.evaluate import Answer, Evaluator
from monitor.sandbox.query.parse import QuerySyntaxError, parse

__all__ = ["Answer", "Evaluator", "QuerySyntaxError", "parse"]
