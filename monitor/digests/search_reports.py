"""How each search of a topic has gone since the last digest, so that "nothing new" is never mistaken for an outage."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import groupby

from monitor import store
from monitor.model import Outcome, Poll, Search, SearchKind, SearchReport, SearchState, Topic
from monitor.store import Tx
from monitor.watch import freshness


def search_reports(tx: Tx, topic: Topic, since: datetime | None, now: datetime) -> tuple[SearchReport, ...]:
    """One search report for each configured search that the database knows, in the order of the configuration.

    `since` is when the last digest was sent; None (a welcome digest) reports no earlier failures.
    """
    states = {state.name: state for state in store.searches.states(tx, topic.key)}
    return tuple(
        _search_report(tx, topic, search, states[search.name], since, now)
        for search in topic.searches
        if search.name in states
    )


def _search_report(
    tx: Tx, topic: Topic, search: Search, state: SearchState, since: datetime | None, now: datetime
) -> SearchReport:
    polls = store.polls.since(tx, topic.key, search.name, since) if since else []
    last = polls[-1:] or store.polls.latest(tx, topic.key, search.name, 1)
    success = _last(polls, _believed) or _last(_latest(tx, topic, search), _believed)
    answered = _last(polls, _succeeded) or success
    failed = [poll for poll in polls if not _succeeded(poll)]
    return SearchReport(
        search=search.name,
        query=_query_text(tx, topic, search, state),
        translation=success.translation if success else state.translation,
        count=success.count if success else None,
        freshness=freshness.judge_for_mail(state, search.every, now),
        failures=len(failed),
        failure_days=len({poll.started_at.date() for poll in failed}),
        gaps=tuple(_gaps(polls)),
        warnings=answered.warnings if answered else (),  # those of a doubted answer, too: they may say why
        next_due_at=max(state.due_at, now),
        last_poll=last[-1] if last else None,
        held=store.matches.count(tx, topic.key, search.name),
    )


def _succeeded(poll: Poll) -> bool:
    return poll.outcome is not Outcome.FAILED


def _believed(poll: Poll) -> bool:
    return _succeeded(poll) and not poll.doubt


def _latest(tx: Tx, topic: Topic, search: Search) -> list[Poll]:
    """The latest 50 polls, oldest first."""
    return store.polls.latest(tx, topic.key, search.name, 50)[::-1]


def _last(polls: Sequence[Poll], is_wanted: Callable[[Poll], bool]) -> Poll | None:
    """The last of `polls` that is wanted; None when there is none."""
    return next(filter(is_wanted, reversed(polls)), None)


def _query_text(tx: Tx, topic: Topic, search: Search, state: SearchState) -> str:
    """The query as the operator typed it, or what a search by link follows, in words."""
    if search.kind is SearchKind.QUERY:
        return state.query or search.query
    pmid = store.topics.seed_pmid(tx, topic.key)
    what = "articles citing" if search.kind is SearchKind.CITING else "articles similar to"
    seed = topic.seed.citation or topic.seed.doi if topic.seed else ""
    return f"{what} PMID {pmid or 'not yet known'}{f' ({seed})' if seed else ''}"


def _gaps(polls: Sequence[Poll]) -> Iterator[str]:
    """From when to when polls failed, one sentence for each run of failures."""
    runs = [(succeeded, list(run)) for succeeded, run in groupby(polls, _succeeded)]
    for number, (succeeded, run) in enumerate(runs):
        if succeeded:
            continue
        ended = runs[number + 1][1][0].finished_at if number + 1 < len(runs) else None
        until = f"until {_instant(ended)}" if ended else "and not since"
        yield f"No usable answer from {_instant(run[0].started_at)} {until}: {run[-1].error or 'no reason given'}"


def _instant(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
