"""Refresh each seed's context once a week: references, similar articles and full texts, for its card on the topic page.

Nothing found here is a match, a change or a verdict, and a refresh is not a poll: one that fails is logged, retried
later, and reported to no reader. ELink's responses vary, so an empty or broken one never removes what is stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor import store
from monitor.errors import UpstreamError
from monitor.model import Article, ArticleSummary, FullText, RelatedArticles, SeedContext, Topic
from monitor.model.values import backoff
from monitor.ports import Guard, Sources, Unguarded
from monitor.store import Database, Tx

REFRESH_EVERY = timedelta(days=7)

#: A failed refresh is repeated after this long, doubling with each failure in a row up to REFRESH_EVERY.
FIRST_RETRY = timedelta(hours=1)

#: Seeds due within this time are refreshed together with one that is due now, so that all soon share their requests.
REFRESH_AHEAD = REFRESH_EVERY / 2

#: How many of each list the card names with title and journal; the others are counted and linked.
REFERENCES_NAMED, SIMILAR_NAMED = 40, 20


@dataclass(frozen=True, slots=True)
class RefreshResult:
    """One refresh: how many seeds, how many requests, and why it ended early ("" when it did not)."""

    seeds: int
    requests: int
    error: str = ""


@dataclass(slots=True)
class _Response:
    """What PubMed returned for all seeds, by PMID, before it failed (`error`), if it did."""

    references: Mapping[str, tuple[str, ...]]
    similar: Mapping[str, tuple[str, ...]]
    full_texts: Mapping[str, tuple[FullText, ...]]
    summaries: tuple[ArticleSummary, ...] = ()
    requests: int = 0
    error: str = ""


def refresh_due(
    topics: Sequence[Topic], sources: Sources, db: Database, now: datetime, guard: Guard | None = None
) -> RefreshResult | None:
    """Refresh the context of the seeds that are due, all of them in one request of each kind.

    None when nothing is due or another process is refreshing. Raises no UpstreamError: what came before a failure
    is stored; with a `guard` a bug in reading an answer counts as one. Raises ConflictError, and stores nothing, when
    another process took over meanwhile.
    """
    keys = [topic.key for topic in topics if topic.seed]
    token, known = _claim(keys, db, now)
    if not known:
        return None
    response = (guard or Unguarded()).attempt(
        "what PubMed links to the seeds",
        lambda: _ask(known, sources, db, now),
        lambda reason: _Response({}, {}, {}, error=reason),
    )
    after = [_merged(one, response, now) for one in known]
    with db.begin() as tx:
        store.leases.finish(tx, store.seed_context.WORK, token)
        for one in after:
            _save(tx, one, response.error, now)
        store.seed_context.summarize(tx, response.summaries, now)
    return RefreshResult(len(known), response.requests, response.error)


def _claim(keys: Sequence[str], db: Database, now: datetime) -> tuple[str, list[SeedContext]]:
    """The token of the claim, and the stored context of each seed to refresh; ("", []) when there is none.

    On most ticks nothing is due, and this is one query.
    """
    with db.read() as tx:
        if not store.seed_context.due(tx, keys, now):
            return "", []
    with db.begin() as tx:
        token = store.leases.take(tx, store.seed_context.WORK, now)
        if token is None:
            return "", []
        is_still_due = store.seed_context.due(tx, keys, now)  # another process may just have finished a refresh
        seeds = store.seed_context.due(tx, keys, now + REFRESH_AHEAD) if is_still_due else []
        if not seeds:
            store.leases.finish(tx, store.seed_context.WORK, token)
        return token, [store.seed_context.of(tx, seed) for seed in seeds]


def _ask(known: Sequence[SeedContext], sources: Sources, db: Database, now: datetime) -> _Response:
    """Request everything about all seeds. The first failure ends it: a further request would only wait and fail."""
    seeds = [one.seed for one in known]
    response = _Response({}, {}, {})
    try:
        references = sources.related.references(seeds)
        response.references, response.requests = references.in_order, references.requests
        similar = sources.related.similar(seeds)
        response.similar, response.requests = similar.in_order, response.requests + similar.requests
        if unnamed := _unnamed([_merged(one, response, now) for one in known], db):
            fetched = sources.literature.fetch(unnamed)
            response.summaries = tuple(map(summarize, fetched.articles))
            response.requests += fetched.requests
        full_texts = sources.related.full_texts(seeds)
        response.full_texts, response.requests = full_texts.links, response.requests + full_texts.requests
    except UpstreamError as error:
        response.error, response.requests = str(error), response.requests + error.requests
    return response


def _merged(known: SeedContext, response: _Response, now: datetime) -> SeedContext:
    """The stored context updated from the response: references accumulate, similar articles are replaced."""
    seed, after = known.seed, known
    if references := response.references.get(seed):
        still = tuple(dict.fromkeys((*references, *known.references.pmids)))
        after = replace(after, references=RelatedArticles(still, now))
    if similar := response.similar.get(seed):
        after = replace(after, similar=RelatedArticles(similar, now))
    if full_texts := response.full_texts.get(seed):
        after = replace(after, full_texts=full_texts, full_texts_seen_at=now)
    return after


def _unnamed(known: Iterable[SeedContext], db: Database) -> list[str]:
    """The PMIDs to name whose title is not stored yet, neither with an article nor as a summary."""
    wanted = dict.fromkeys(pmid for one in known for pmid in named(one))
    with db.read() as tx:
        has_title = store.articles.which_known(tx, wanted) | store.seed_context.summaries(tx, wanted).keys()
    return [pmid for pmid in wanted if pmid not in has_title]


def named(known: SeedContext) -> tuple[str, ...]:
    """The PMIDs that the seed's card names, references first."""
    return (*known.references.pmids[:REFERENCES_NAMED], *known.similar.pmids[:SIMILAR_NAMED])


def summarize(article: Article) -> ArticleSummary:
    """The article as a list shows it; its year is that of the print date, else electronic, else first public date."""
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
