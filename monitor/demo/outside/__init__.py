"""What the services beside PubMed held on the topics that ship, on their true dates: facts for the stand-ins.

README.md says which dates are known and which are assumed.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path

from monitor.demo import corpus
from monitor.demo.moments import Shows
from monitor.model import SourceName
from monitor.sandbox.services import Corpus
from monitor.sandbox.services.corpus import Work

_DATA = Path(__file__).parent

#: Crossref and OpenAlex call a preprint otherwise than an article.
_PREPRINT = "Preprint"


def facts(*topics: str) -> Corpus:
    """The registry entries, citations, preprints and notices of `topics`, with their literature as works.

    The list of Retraction Watch is that of all topics and some articles more: it is one for everybody, and never empty.
    """
    files = [path for topic in topics if (path := _DATA / f"{topic}.jsonl").exists()]
    held = Corpus.from_files(*files, _DATA / "retraction_watch.jsonl")
    for topic in topics:
        for entry in corpus.entries(topic):
            held.works[entry.id] = _work(entry)
    return held


def shows(held: Corpus) -> Shows:
    """The days on which each source shows something else in the morning than on the day before.

    ClinicalTrials.gov makes its data at nine: what it posts is seen on the next morning.
    """
    days: dict[SourceName, set[date]] = defaultdict(set)
    for study in held.studies:
        name = SourceName(study.registry)
        late = timedelta(days=name is SourceName.CLINICAL_TRIALS)
        days[name] |= {on + late for on, _ in study.revisions}
    for citation in held.citations:
        for index, on in citation.seen.items():
            days[SourceName(index)].add(on)
        if citation.clinical_on:
            days[SourceName.ICITE].add(citation.clinical_on)
    for preprint in held.preprints:
        days[SourceName.PREPRINTS] |= {on for on, _ in preprint.versions}
        days[SourceName.PREPRINTS] |= {preprint.linked_on} if preprint.linked_on else set()
    days[SourceName.CROSSREF] |= {notice.since for notice in held.notices}
    days[SourceName.RETRACTION_WATCH] |= {row.since for row in held.retraction_watch}
    days[SourceName.ICTRP] |= set(held.ictrp_exports)
    return days


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
