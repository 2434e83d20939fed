"""The history of the answer to a topic that ships, computed day by day from its demo literature. Nothing is fetched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from monitor import evidence
from monitor.demo import corpus
from monitor.model import Answer, Control, Judged, Topic
from monitor.sandbox import Corpus
from monitor.sources.pubmed.records import reader

#: Controls that keep people from knowing what they got.
MASKED = (Control.SHAM, Control.PLACEBO)


@dataclass(frozen=True, slots=True)
class Stand:
    """The answer as it stood from `day` on."""

    day: date
    answer: Answer

    def directions(self, *, is_masked: bool) -> dict[str, int]:
        """How many reported trials have which direction: those against sham or placebo, or the others."""
        trials = [t for t in self.answer.trials if t.status == "reported" and (t.control in MASKED) is is_masked]
        return dict(Counter(str(t.statement.direction) if t.statement else "not stated" for t in trials))

    def sizes(self) -> set[int]:
        """The sizes of the trials that have one."""
        return {trial.sample_size for trial in self.answer.trials if trial.sample_size}


def history(topic: Topic, literature: str) -> Iterator[Stand]:
    """Every answer to `topic` that differs from the one before, oldest first; `literature` names the demo corpus."""
    living = Corpus.from_xml(corpus.build(literature))
    judged: dict[bytes, Judged] = {}
    fingerprint = evidence.answer(topic, ()).fingerprint
    for day in _days(literature):
        xmls = [state.xml() for state in living.at(datetime.combine(day, time(23, 59), UTC)).states.values()]
        judged |= {xml: _judged(xml, topic) for xml in xmls if xml not in judged}
        answer = evidence.answer(topic, [judged[xml] for xml in xmls], (), day)
        if answer.fingerprint != fingerprint:
            fingerprint = answer.fingerprint
            yield Stand(day, answer)


def _days(literature: str) -> list[date]:
    """The days on which a record appears or is indexed."""
    found = corpus.entries(literature)
    return sorted({entry.created_on for entry in found} | {entry.indexed_on for entry in found if entry.indexed_on})


def _judged(xml: bytes, topic: Topic) -> Judged:
    article = reader.read(b"<PubmedArticleSet>" + xml + b"</PubmedArticleSet>").articles[0]
    return Judged(article, evidence.assess(article, topic))
