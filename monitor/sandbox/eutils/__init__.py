"""A loopback PubMed: NCBI's E-utilities for any PubmedArticleSet, at any instant, with faults on demand."""

from monitor.sandbox.eutils.corpus import Corpus
from monitor.sandbox.eutils.faults import Fault, Faults, Rule
from monitor.sandbox.eutils.request import Logged, Request
from monitor.sandbox.eutils.server import Server

__all__ = ["Corpus", "Fault", "Faults", "Logged", "Request", "Rule", "Server"]
