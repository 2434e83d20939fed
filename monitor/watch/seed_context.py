"""Look round each seed once a week: its references, similar articles and full texts, for its card on the topic page.

Nothing seen here is a match, a change or a verdict, and nothing here counts as a poll: a look that fails is
logged, tried again later, and told to no reader. ELink's answers come and go, so an empty or broken one never
takes away what was seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor import store
from monitor.errors import UpstreamError
from monitor.model import Article, ArticleSummary, FullText, RelatedArticles, SeedContext, Topic, backoff
from monitor.ports import Sources
from monitor.store import Database, Tx

REFRESH_EVERY = timedelta(days=7)

#: A look that failed is repeated after this long, doubling with each failure in a row up to LOOK_EVERY.
FIRST_RETRY = timedelta(hours=1)

#: Seeds due within this time come along with one that is due now, so that all soon share their requests.
COMES_ALONG = REFRESH_EVERY / 2

#: So many of each list are named with title and journal; the rest is counted and linked.
REFERENCES_NAMED, SIMILAR_NAMED = 40, 20


@dataclass(frozen=True, slots=True)
class RefreshResult:
    """One look round: how many seeds, what it cost, and why it ended early ("" when it did not)."""

    seeds: int
    requests: int
    error: str = ""


@dataclass(slots=True)
class _Told:
    """What PubMed said before it failed, if it failed."""

    references: Mapping[str, tuple[str, ...]]
    similar: Mapping[str, tuple[str, ...]]
    full_texts: Mapping[str, tuple[FullText, ...]]
    summaries: tuple[ArticleSummary, ...] = ()
    requests: int = 0
    error: str = ""


def refresh_due(topics: Sequence[Topic], sources: Sources, db: Database, now: datetime) -> RefreshResult | None:
    """Ask what surrounds the seeds that are due, all of them in one request of each kind.

    None when nothing is due or another process is at it. Raises no UpstreamError: what came before a failure
    is kept. Raises ConflictError, and stores nothing, when another process took over meanwhile.
    """
    keys = [topic.key for topic in topics if topic.seed]
    token, known = _claim(keys, db, now)
    if not known:
        return None
    told = _ask(known, sources, db, now)
    after = [_merged(one, told, now) for one in known]
    with db.begin() as tx:
        store.leases.finish(tx, store.seed_context.WORK, token)
        for one in after:
            _save(tx, one, told.error, now)
        store.seed_context.summarize(tx, told.summaries, now)
    return RefreshResult(len(known), told.requests, told.error)


def _claim(keys: Sequence[str], db: Database, now: datetime) -> tuple[str, list[SeedContext]]:
    """The token of the claim and the seeds to ask about with what is known of each.

    On most ticks one look at the database and none.
    """
    with db.read() as tx:
        if not store.seed_context.due(tx, keys, now):
            return "", []
    with db.begin() as tx:
        token = store.leases.take(tx, store.seed_context.WORK, now)
        if token is None:
            return "", []
        is_still_due = store.seed_context.due(tx, keys, now)  # another process may just have finished
        seeds = store.seed_context.due(tx, keys, now + COMES_ALONG) if is_still_due else []
        if not seeds:
            store.leases.finish(tx, store.seed_context.WORK, token)
        return token, [store.seed_context.of(tx, seed) for seed in seeds]


def _ask(known: Sequence[SeedContext], sources: Sources, db: Database, now: datetime) -> _Told:
    """Everything about all seeds. The first failure ends it: while PubMed is down each further try only waits."""
    seeds = [one.seed for one in known]
    told = _Told({}, {}, {})
    try:
        references = sources.related.references(seeds)
        told.references, told.requests = references.in_order, references.requests
        similar = sources.related.similar(seeds)
        told.similar, told.requests = similar.in_order, told.requests + similar.requests
        if unnamed := _unnamed([_merged(one, told, now) for one in known], db):
            fetched = sources.literature.fetch(unnamed)
            told.summaries, told.requests = tuple(map(summarize, fetched.articles)), told.requests + fetched.requests
        full_texts = sources.related.full_texts(seeds)
        told.full_texts, told.requests = full_texts.links, told.requests + full_texts.requests
    except UpstreamError as error:
        told.error, told.requests = str(error), told.requests + error.requests
    return told


def _merged(known: SeedContext, told: _Told, now: datetime) -> SeedContext:
    """What was known with what was told. An article goes on citing what it cited; likeness is PubMed's last word."""
    seed, after = known.seed, known
    if references := told.references.get(seed):
        still = tuple(dict.fromkeys((*references, *known.references.pmids)))
        after = replace(after, references=RelatedArticles(still, now))
    if similar := told.similar.get(seed):
        after = replace(after, similar=RelatedArticles(similar, now))
    if full_texts := told.full_texts.get(seed):
        after = replace(after, full_texts=full_texts, full_texts_seen_at=now)
    return after


def _unnamed(known: Iterable[SeedContext], db: Database) -> list[str]:
    """Those of the articles to name whose title we do not have yet, neither as articles nor as mentions."""
    wanted = dict.fromkeys(pmid for one in known for pmid in named(one))
    with db.read() as tx:
        has_title = store.articles.which_known(tx, wanted) | store.seed_context.summaries(tx, wanted).keys()
    return [pmid for pmid in wanted if pmid not in has_title]


def named(known: SeedContext) -> tuple[str, ...]:
    """The PMIDs that the card names, references first."""
    return (*known.references.pmids[:REFERENCES_NAMED], *known.similar.pmids[:SIMILAR_NAMED])


def summarize(article: Article) -> ArticleSummary:
    """What a list says of an article; the year is that of the issue, else of whatever came first."""
    published = article.print_date.year or article.electronic_date.year
    return ArticleSummary(
        article.pmid,
        article.title or article.vernacular_title,
        article.title_html,
        article.journal_abbreviation or article.journal,
        published or (article.first_public_on.year if article.first_public_on else None),
        article.doi,
    )


def _save(tx: Tx, known: SeedContext, error: str, now: datetime) -> None:
    if not error:
        store.seed_context.save(tx, replace(known, asked_at=now), now + REFRESH_EVERY)
        return
    failures = store.seed_context.failures_in_row(tx, known.seed) + 1
    wait = backoff.back_off(FIRST_RETRY, failures, REFRESH_EVERY)
    store.seed_context.save(tx, known, now + wait, failures=failures, error=error)
