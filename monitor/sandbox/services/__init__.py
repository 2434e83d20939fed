"""Stand-ins of the services beside PubMed, on loopback, at any instant, with faults on demand."""

from monitor.sandbox.services.corpus import Corpus
from monitor.sandbox.services.router import BASES, answer

__all__ = ["BASES", "Corpus", "answer"]
