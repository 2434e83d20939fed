"""What new rules change: every held article of a topic judged again; applied only when asked, and never mailed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor import evidence, store
from monitor.evidence.article.rules import RULES_VERSION
from monitor.evidence.conclude import conclude
from monitor.model import Article, Judged, Topic, TrialLink, Verdict
from monitor.ports import Progress, silent
from monitor.store import Database, Tx

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Reassessed:
    """What new rules change: verdicts before and after, and the answer if it would be another."""

    looked_at: int
    changed: tuple[tuple[Verdict | None, Verdict], ...]
    answer_before: str
    answer_after: str
    was_applied: bool

    @property
    def is_other_answer(self) -> bool:
        """True when the topic's sentence is another under the new rules."""
        return self.answer_before != self.answer_after


def reassess(
    db: Database, topic: Topic, now: datetime, *, is_dry: bool = True, progress: Progress = silent
) -> Reassessed:
    """Judge every stored article of a topic with the present rules; apply only when asked, and mail nothing."""
    with db.read() as tx:
        total = store.articles.count(tx, topic.key)
        held = {verdict.pmid: verdict for verdict in store.verdicts.all_current(tx, topic.key)}
        fresh = _judge(store.articles.in_topic(tx, topic.key), topic, total, progress)
        answer_after = _answer(tx, topic, fresh, now)
        record = store.answers.current(tx, topic.key)
    changed = tuple((held.get(v.pmid), v) for v in fresh.values() if _differs(held.get(v.pmid), v))
    before = record.answer.sentence if record else ""
    if not is_dry:
        with db.begin() as tx:
            store.topics.lock(tx, topic.key)
            for start in range(0, len(fresh), _CHUNK):
                store.verdicts.save(tx, list(fresh.values())[start : start + _CHUNK], now)
            conclude(tx, topic, now, why=f"rules {RULES_VERSION}", is_quiet=True)
    return Reassessed(total, changed, before, answer_after, was_applied=not is_dry)


def _judge(articles: Iterable[Article], topic: Topic, total: int, progress: Progress) -> dict[str, Verdict]:
    fresh: dict[str, Verdict] = {}
    for done, article in enumerate(articles, 1):
        fresh[article.pmid] = evidence.assess(article, topic)
        if done % 50 == 0 or done == total:
            progress(done, total, f"judging {topic.name}")
    return fresh


def _answer(tx: Tx, topic: Topic, fresh: dict[str, Verdict], now: datetime) -> str:
    """The sentence that the topic would have with these verdicts."""
    screened = store.screenings.current(tx, topic.key)
    bearing = [
        v.pmid
        for v in fresh.values()
        if v.relevance.is_match or v.design in store.verdicts.BEARING or v.pmid in screened
    ]
    held = store.articles.known(tx, bearing)
    judged = [Judged(held[pmid], fresh[pmid], screened.get(pmid)) for pmid in bearing]
    links: Sequence[TrialLink] = store.screenings.links(tx, topic.key)
    return evidence.answer(topic, judged, links, now.date()).sentence


def _differs(old: Verdict | None, new: Verdict) -> bool:
    """True when design, level, role or bearing is another; a new score alone is not worth a line."""
    if old is None:
        return True
    told = (old.design, old.level, old.role, old.relevance.is_match)
    return told != (new.design, new.level, new.role, new.relevance.is_match)
