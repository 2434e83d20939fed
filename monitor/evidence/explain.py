"""Everything known of one article for one topic, and why it was judged so: what `monitor explain` and pages show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from monitor import evidence, store
from monitor.errors import ConfigError
from monitor.model import Article, Change, OutsideNotice, Revision, Topic, Trial, TrialLink, Verdict
from monitor.store import Tx

if TYPE_CHECKING:
    from monitor.evidence.article.classification.claims import Claim
    from monitor.evidence.article.classification.rule_trace import Tried


@dataclass(frozen=True, slots=True)
class Screened:
    """One screening of the article and, if it was taken back, when and by whom."""

    made_at: datetime
    verdict: Verdict
    withdrawn_at: datetime | None
    withdrawn_by: str


@dataclass(frozen=True, slots=True)
class Revised:
    """One watched field that changed, and when it was seen."""

    seen_at: datetime
    revision: Revision


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that Monitor knows of one article for one topic, in the order a reader asks for it.

    `claims` are those that count: a person's where one has appraised the article, else the rules'.
    `screenings` are in the order they were made; `links` are the pairs that people call one trial, or not. `cites` are
    who lists it as citing the seed (see `store.citations`), and `notices` what sources besides PubMed have about it,
    each with since when.
    """

    topic: str
    article: Article
    verdict: Verdict
    claims: tuple[Claim, ...]
    rules_tried: tuple[Tried, ...]
    trial: Trial | None
    screening: Verdict | None
    screenings: tuple[Screened, ...]
    links: tuple[TrialLink, ...]
    verdicts: tuple[tuple[datetime, Verdict], ...]
    revisions: tuple[Revised, ...]
    changes: tuple[Change, ...]
    cites: tuple[tuple[str, datetime], ...] = ()
    notices: tuple[tuple[datetime, OutsideNotice], ...] = ()


def read_explanation(tx: Tx, topic: Topic, pmid: str, now: datetime) -> Explanation:
    """The explanation from the database; raises ConfigError when the article is not held."""
    from monitor.evidence.article.classification import (
        rule_trace,  # imported here: the rules, until somebody asks for them
    )
    from monitor.evidence.article.classification.claims import claims

    article = store.notices.overlaid(tx, topic.key, store.articles.known(tx, [pmid])).get(pmid)
    if article is None:
        raise ConfigError(
            f"PMID {pmid} is not stored for {topic.name}. To judge a record from a file: monitor assess FILE"
        )
    links = store.screenings.links(tx, topic.key)
    outside = store.held.of_topic(tx, topic.key)
    answer = evidence.answer(topic, store.verdicts.judged(tx, topic.key), links, now.date(), outside)
    trials = (*answer.trials, *answer.silent_trials)
    verdict, screening = evidence.assess(article, topic), store.screenings.current(tx, topic.key).get(pmid)
    return Explanation(
        topic=topic.key,
        article=article,
        verdict=verdict,
        claims=claims(article, screening or verdict),
        rules_tried=tuple(rule_trace.rules_tried(article)),
        trial=next((t for t in trials if any(r.pmid == pmid for r in t.reports)), None),
        screening=screening,
        screenings=tuple(Screened(*row) for row in store.screenings.history(tx, topic.key, pmid)),
        links=tuple(link for link in links if pmid in (link.pmid, link.other_pmid)),
        verdicts=tuple(store.verdicts.history(tx, topic.key, pmid)),
        revisions=tuple(Revised(at, revision) for at, _, revision in store.articles.revisions(tx, pmid)),
        changes=tuple(store.changes.for_article(tx, topic.key, pmid)),
        cites=tuple(store.citations.seen_by(tx, store.topics.seed_pmid(tx, topic.key), pmid)),
        notices=tuple(store.notices.first_seen(tx, topic.key, pmid)),
    )
