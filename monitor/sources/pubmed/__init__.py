"""PubMed through NCBI's E-utilities: `Client` sends requests, `records` reads the XML of records."""

from monitor.sources.pubmed.client import Client

__all__ = ["Client"]
