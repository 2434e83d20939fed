"""A new question or new rules: every article of the topic is judged again, and readers are told once, not of each.

`reassess_due` does it by itself when the configuration or Monitor has changed; `reassess` shows beforehand what it
would change, and does it when asked.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import lru_cache, partial

from monitor import evidence, store
from monitor.evidence.article.classification.rules import RULES_VERSION
from monitor.evidence.conclude import conclude
from monitor.language.messages import DAY, ListOf, message, plural
from monitor.model import Article, Change, ChangeKind, Judged, Question, Topic, TrialLink, Verdict
from monitor.ports import Guard, IsStopping, Progress, Unguarded, never, silent
from monitor.store import Database, Tx

#: So many articles are judged and stored in one transaction: others must not wait long for the database.
_BATCH = 100

_WHY = "change"
_QUESTION = plural(
    _WHY,
    "The question was changed on %(day)s, and the article on record was judged again.",
    "The question was changed on %(day)s, and all %(count)s articles on record were judged again.",
    day=DAY,
)
_RULES = plural(
    _WHY,
    "Monitor’s rules were changed on %(day)s, and the article on record was judged again.",
    "Monitor’s rules were changed on %(day)s, and all %(count)s articles on record were judged again.",
    day=DAY,
)
_BOTH = plural(
    _WHY,
    "The question and Monitor’s rules were changed on %(day)s, and the article on record was judged again.",
    "The question and Monitor’s rules were changed on %(day)s, and all %(count)s articles on record were judged again.",
    day=DAY,
)
_ANSWER = ListOf("answer", " ")
_STAYS = message(_WHY, "The answer stays: “%(after)s”", after=_ANSWER)
_BECAME = message(_WHY, "The answer was: “%(before)s” It is now: “%(after)s”", before=_ANSWER, after=_ANSWER)
#: What a subject line says of it (see `monitor.digests.transition`).
IN_A_SUBJECT = (
    message("what was changed", "the question was changed"),
    message("what was changed", "the question and Monitor’s rules were changed"),
    message("what was changed", "Monitor’s rules were changed"),
)


@dataclass(frozen=True, slots=True)
class Reassessed:
    """What a new question or new rules change: verdicts before and after, and the answer if it would be another."""

    looked_at: int
    changed: tuple[tuple[Verdict | None, Verdict], ...]
    answer_before: str
    answer_after: str
    was_applied: bool

    @property
    def is_other_answer(self) -> bool:
        """True when the topic's sentence is another under the new rules."""
        return self.answer_before != self.answer_after


def version_of(topic: Topic) -> str:
    """The version of what decides how an article is judged and counted: Monitor's rules, then the topic's question.

    The order of words and their case make no difference, as they make none to a verdict.
    """
    screening = "+screening" if topic.requires_screening else ""
    return f"{RULES_VERSION}{screening}/{_question_version(topic.question)}"


@lru_cache(maxsize=4096)  # asked for every topic at every tick and every poll
def _question_version(question: Question) -> str:
    parts = asdict(question)
    for terms in (part for part in parts.values() if isinstance(part, dict)):
        for name, words in terms.items():
            terms[name] = sorted({word.casefold() for word in words})
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def configure(tx: Tx, topics: Iterable[Topic]) -> None:
    """Store the version that each topic has in the configuration; where it is another one, `reassess_due` has work."""
    store.topics.configure_versions(tx, {topic.key: version_of(topic) for topic in topics})


def is_configured(tx: Tx, topic: Topic) -> bool:
    """Is this version of the topic the stored one? Not in a process that has read an older configuration."""
    _, configured = store.topics.versions(tx, topic.key)
    return configured in ("", version_of(topic))


def due(tx: Tx, topics: Iterable[Topic]) -> set[str]:
    """The keys of topics whose question, as configured, or whose rules changed since their articles were judged."""
    judged_by = store.topics.judged_by(tx)
    return {topic.key for topic in topics if judged_by.get(topic.key, "") not in ("", version_of(topic))}


def reassess_due(
    topics: Iterable[Topic],
    db: Database,
    now: datetime,
    progress: Progress = silent,
    is_stopping: IsStopping = never,
    guard: Guard | None = None,
) -> list[str]:
    """Judge the articles of every topic whose question or rules have changed; the keys of those that are done.

    When `is_stopping`, the batch under way is finished and the rest stays due. A process that was started with
    another configuration than the stored one leaves the topic alone. With a `guard` a topic that fails stops no other.
    """
    guard = guard or Unguarded()
    with db.read() as tx:
        differing = set(store.topics.to_reassess(tx))

    def is_done(topic: Topic) -> bool:
        with db.read() as tx:
            judged_by, configured = store.topics.versions(tx, topic.key)
        return judged_by != configured == version_of(topic) and apply(db, topic, now, progress, is_stopping)

    return [
        topic.key
        for topic in topics
        if topic.key in differing
        if not guard.is_resting(topic.key) and guard.attempt(topic.key, partial(is_done, topic), lambda _: False)
    ]


def apply(
    db: Database,
    topic: Topic,
    now: datetime,
    progress: Progress = silent,
    is_stopping: IsStopping = never,
    *,
    is_forced: bool = False,
) -> bool:
    """Judge every article on record again, in batches, and draw the answer from all of them; False when stopped.

    Stops by itself when another question is configured meanwhile, unless `is_forced`. May be interrupted anywhere and
    run twice: until the last transaction the topic counts as not done.
    """
    with db.read() as tx:
        pmids = _to_judge(tx, topic)
    for start in range(0, len(pmids), _BATCH):
        if is_stopping():
            return False
        with db.begin() as tx:
            store.topics.lock(tx, topic.key)
            if not (is_forced or is_configured(tx, topic)):
                return False
            articles = _as_they_stand(tx, topic, pmids[start : start + _BATCH])
            store.verdicts.save(tx, [evidence.assess(article, topic) for article in articles.values()], now)
        progress(min(start + _BATCH, len(pmids)), len(pmids), f"judging {topic.name}")
    with db.begin() as tx:
        store.topics.lock(tx, topic.key)
        if not (is_forced or is_configured(tx, topic)):
            return False
        _finish(tx, topic, len(pmids), now)
    return True


def _finish(tx: Tx, topic: Topic, count: int, now: datetime) -> None:
    """Draw the answer from the new verdicts, and tell readers once what was changed and what that changes."""
    before, version = store.answers.current(tx, topic.key), version_of(topic)
    judged_by, _ = store.topics.versions(tx, topic.key)
    after = conclude(tx, topic, now, is_quiet=True) if before else None
    if judged_by != version:
        store.topics.set_judged_by(tx, topic.key, version)
    if before is None or judged_by in ("", version):
        return
    rules, _, question = judged_by.partition("/")
    is_other_question = not version.endswith(f"/{question}")
    if is_other_question or after:
        is_other_rules = not version.startswith(f"{rules}/")
        sentence = (after or before).answer.sentence
        why = _told(before.answer.sentence, sentence, count, now, question=is_other_question, rules=is_other_rules)
        store.changes.add(tx, [Change(topic.key, ChangeKind.QUESTION_CHANGED, now, why=why)])


def _told(before: str, after: str, count: int, now: datetime, *, question: bool, rules: bool) -> str:
    """What was changed, and what the answer was and is, in whole sentences."""
    changed = _BOTH if question and rules else _RULES if rules else _QUESTION
    told = changed(count, count=f"{count:,}", day=f"{now.day} {now:%B %Y}")
    return f"{told} {_STAYS(after=after) if before == after else _BECAME(before=before, after=after)}"


def reassess(
    db: Database, topic: Topic, now: datetime, *, is_dry: bool = True, progress: Progress = silent
) -> Reassessed:
    """Judge every stored article of a topic with the present question and rules; apply only when asked."""
    with db.read() as tx:
        pmids = _to_judge(tx, topic)
        held = {verdict.pmid: verdict for verdict in store.verdicts.all_current(tx, topic.key)}
        fresh = _judge(_all_as_they_stand(tx, topic, set(pmids)), topic, len(pmids), progress)
        answer_after = _answer(tx, topic, fresh, now)
        record = store.answers.current(tx, topic.key)
    changed = tuple((held.get(v.pmid), v) for v in fresh.values() if _differs(held.get(v.pmid), v))
    before = record.answer.sentence if record else ""
    if not is_dry:
        apply(db, topic, now, progress, is_forced=True)
    return Reassessed(len(pmids), changed, before, answer_after, was_applied=not is_dry)


def _to_judge(tx: Tx, topic: Topic) -> list[str]:
    """The articles on record, without those that are held under another PMID."""
    retired = store.verdicts.retired(tx, topic.key)
    return [pmid for pmid in store.articles.pmids_in_topic(tx, topic.key) if pmid not in retired]


def _as_they_stand(tx: Tx, topic: Topic, pmids: Sequence[str]) -> dict[str, Article]:
    """Stored articles with the notices that sources other than PubMed have of them, by PMID."""
    return store.notices.overlaid(tx, topic.key, store.articles.known(tx, pmids))


def _all_as_they_stand(tx: Tx, topic: Topic, pmids: Set[str]) -> Iterator[Article]:
    held = store.notices.of_topic(tx, topic.key)
    for article in store.articles.in_topic(tx, topic.key):
        if article.pmid in pmids:
            yield store.notices.with_notices(article, held.get(article.pmid, ()))


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
    held = _as_they_stand(tx, topic, bearing)
    judged = [Judged(held[pmid], fresh[pmid], screened.get(pmid)) for pmid in bearing]
    links: Sequence[TrialLink] = store.screenings.links(tx, topic.key)
    return evidence.answer(topic, judged, links, now.date(), store.held.of_topic(tx, topic.key)).sentence


def _differs(old: Verdict | None, new: Verdict) -> bool:
    """True when design, level, role or bearing is another; a new score alone is not worth a line."""
    if old is None:
        return True
    told = (old.design, old.level, old.role, old.relevance.is_match)
    return told != (new.design, new.level, new.role, new.relevance.is_match)
