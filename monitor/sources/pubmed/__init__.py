"""PubMed through NCBI's E-utilities: `records` reads its XML, `Client` asks for it."""

from monitor.sources.pubmed.client import Client

__all__ = ["Client"]
