"""What the services beside PubMed held on the topics that ship, on their true dates: facts for the stand-ins.

README.md says which dates are known and which are assumed.
"""

from __future__ import annotations

from pathlib import Path

from monitor.demo import corpus
from monitor.sandbox.services import Corpus
from monitor.sandbox.services.corpus import Work

_DATA = Path(__file__).parent

#: Crossref and OpenAlex call a preprint otherwise than an article.
_PREPRINT = "Preprint"


def facts(*topics: str) -> Corpus:
    """The registry entries, citations, preprints and notices of `topics`, with their literature as works."""
    held = Corpus.from_files(*(path for topic in topics if (path := _DATA / f"{topic}.jsonl").exists()))
    for topic in topics:
        for entry in corpus.entries(topic):
            held.works[entry.id] = _work(entry)
    return held


def _work(entry: corpus.Entry) -> Work:
    return Work(
        id=entry.id,
        on=entry.created_on,
        title=entry.title,
        pmid=entry.pmid,
        doi=entry.doi,
        authors=", ".join(entry.authors),
        journal=entry.journal,
        type="posted-content" if _PREPRINT in entry.types else "journal-article",
        types=entry.types,
    )
