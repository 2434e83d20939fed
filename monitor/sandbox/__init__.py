"""A loopback PubMed: NCBI's E-utilities for any PubmedArticleSet, at any instant, with faults on demand."""

from monitor.sandbox.corpus.corpus import Corpus
from monitor.sandbox.faults import Fault, Faults, Rule
from monitor.sandbox.request import Logged, Request
from monitor.sandbox.server import Server

__all__ = ["Corpus", "Fault", "Faults", "Logged", "Request", "Rule", "Server"]
