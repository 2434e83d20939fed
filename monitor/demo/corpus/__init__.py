"""The demo corpora: the literatures on the topics that ship as bibliographic facts, shaped like PubMed.

`entries()` gives the facts with where each comes from, `build()` a PubmedArticleSet made from them.
"""

from monitor.demo.corpus.build import build
from monitor.demo.corpus.entry import LITERATURES, Entry, Link, entries

__all__ = ["LITERATURES", "Entry", "Link", "build", "entries"]
