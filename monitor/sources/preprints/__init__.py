"""Preprints of many servers as Europe PMC lists them, and which article each became, as Crossref records it."""

from monitor.sources.preprints.client import Preprints

__all__ = ["Preprints"]
