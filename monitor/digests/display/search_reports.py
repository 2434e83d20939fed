"""How each search of a topic has gone since the last digest, so that "nothing new" is never mistaken for an outage."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from monitor import store
from monitor.language.messages import INSTANT, message, plural
from monitor.model import Outcome, Poll, Search, SearchKind, SearchReport, SearchState, Topic
from monitor.model.values.instants import is_future
from monitor.store import Tx
from monitor.watch import freshness, schedule

_CAUSE, _OUTAGE, _LINKED = "cause of an outage", "outage", "search by links"
_IDLE_DAY = message(_OUTAGE, "Monitor itself did not run on 1 day, %(day)s")
_IDLE_DAYS = plural(
    _OUTAGE,
    "Monitor itself did not run on %(count)s days, from %(first)s to %(last)s",
    "Monitor itself did not run on %(count)s days, from %(first)s to %(last)s",
)
_GAP = message(
    _OUTAGE, "No usable answer from %(first)s until %(last)s: %(cause)s", first=INSTANT, last=INSTANT, cause=_CAUSE
)
_GAP_TO_NOW = message(_OUTAGE, "No usable answer from %(first)s and not since: %(cause)s", first=INSTANT, cause=_CAUSE)
_UNUSABLE = message(_CAUSE, "PubMed’s answer could not be used")
#: What a search by link follows: whether the articles cite the seed, whether its PMID and a name of it are known.
_LINKS = {
    (True, True, True): message(_LINKED, "articles citing PMID %(pmid)s (%(seed)s)"),
    (True, True, False): message(_LINKED, "articles citing PMID %(pmid)s"),
    (True, False, True): message(_LINKED, "articles citing PMID not yet known (%(seed)s)"),
    (True, False, False): message(_LINKED, "articles citing PMID not yet known"),
    (False, True, True): message(_LINKED, "articles similar to PMID %(pmid)s (%(seed)s)"),
    (False, True, False): message(_LINKED, "articles similar to PMID %(pmid)s"),
    (False, False, True): message(_LINKED, "articles similar to PMID not yet known (%(seed)s)"),
    (False, False, False): message(_LINKED, "articles similar to PMID not yet known"),
}
#: What an error of a source says, and what readers are told.
_REASONS = (
    (
        re.compile(r"(?:HTTP |\()(?:5\d\d|429)\b|timed? ?out|too many requests|not available|failed|failure", re.I),
        message(_CAUSE, "PubMed was out of order, or too busy to answer"),
    ),
    (
        re.compile(
            r"reach|connect|resol(?:ve|ution)|refused by|network|no (?:whole )?(?:answer|response)|reset|cut", re.I
        ),
        message(_CAUSE, "PubMed could not be reached"),
    ),
    (
        re.compile(r"refused|API key|did not understand|query", re.I),
        message(_CAUSE, "PubMed did not accept the request"),
    ),
)


def search_reports(tx: Tx, topic: Topic, since: datetime | None, now: datetime) -> tuple[SearchReport, ...]:
    """One search report for each configured search that the database knows, in the order of the configuration.

    `since` is when the last digest was sent; None (a welcome digest) reports no earlier failures.
    """
    states = {state.name: state for state in store.searches.states(tx, topic.key)}
    held = store.matches.count_by_search(tx, topic.key)
    past = _past(tx, topic, since, now)
    return tuple(
        _search_report(tx, topic, search, states[search.name], past, held.get(search.name, 0), now)
        for search in topic.searches
        if search.name in states
    )


@dataclass(frozen=True, slots=True)
class _Past:
    """The polls of a topic since the last digest, by search, and of each search the last one before it.

    `since` is None, and there are none, in a welcome digest.
    """

    since: datetime | None
    polls: Mapping[str, list[Poll]]
    before: Mapping[str, Poll]


def _past(tx: Tx, topic: Topic, since: datetime | None, now: datetime) -> _Past:
    """Without the polls of the tick that composed the last digest, and without dates of the future."""
    if since is None:
        return _Past(None, {}, {})
    polls = {
        name: [poll for poll in found if poll.started_at != since and not is_future(poll.started_at, now)]
        for name, found in store.polls.of_topic_since(tx, topic.key, since).items()
    }
    return _Past(since, polls, store.polls.last_before(tx, topic.key, since))


def _search_report(
    tx: Tx, topic: Topic, search: Search, state: SearchState, past: _Past, held: int, now: datetime
) -> SearchReport:
    polls = past.polls.get(search.name, [])
    last = polls[-1:] or store.polls.latest(tx, topic.key, search.name, 1)
    idle = _idle_days(search, polls, past.before.get(search.name), past.since, now) if past.since else []
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
        idle_days=len(idle),
        idle=_idle_sentence(idle),
        gaps=tuple(_gaps(polls, idle)),
        warnings=answered.warnings if answered else (),  # those of a doubted answer, too: they may say why
        next_due_at=max(state.due_at, now),
        last_poll=last[-1] if last else None,
        held=held,
    )


def _idle_days(
    search: Search, polls: Sequence[Poll], before: Poll | None, since: datetime, now: datetime
) -> list[date]:
    """The days (UTC) on which the search was due and nobody asked, not even in vain: Monitor itself did not run."""
    looked = [poll.started_at for poll in (*([before] if before else []), *polls)]
    idle: set[date] = set()
    for last, following in pairwise([*looked, now] if looked else []):
        due = last + search.every * (1 + schedule.SPREAD)
        idle |= {due.date() + timedelta(days=days) for days in range((following.date() - due.date()).days)}
    return sorted(day for day in idle - {at.date() for at in looked} if day > since.date())


def _idle_sentence(days: Sequence[date]) -> str:
    if not days:
        return ""
    if len(days) == 1:
        return _IDLE_DAY(day=str(days[0]))
    return _IDLE_DAYS(len(days), count=str(len(days)), first=str(days[0]), last=str(days[-1]))


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
    seed = topic.seed.citation or topic.seed.doi if topic.seed else ""
    what = _LINKS[search.kind is SearchKind.CITING, bool(pmid), bool(seed)]
    return what(pmid=pmid or "", seed=seed)


def _gaps(polls: Sequence[Poll], idle: Sequence[date]) -> Iterator[str]:
    """From when to when polls failed, one sentence for each run of failures; days without Monitor are no part of it."""
    for number, poll in enumerate(polls):
        if _succeeded(poll) or (number and _is_one_run(polls[number - 1], poll, idle)):
            continue
        run = [poll]
        for following in polls[number + 1 :]:
            if not _is_one_run(run[-1], following, idle):
                break
            run.append(following)
        after = polls[number + len(run) :]
        facts = {"first": _instant(run[0].started_at), "cause": _for_readers(run[-1].error)}
        yield _GAP(**facts, last=_instant(_end(run, after, idle))) if after else _GAP_TO_NOW(**facts)


def _for_readers(error: str) -> str:
    """Why there was no usable answer, in a patient's words; `monitor status` and the polls keep the error itself."""
    return next((words for found, words in _REASONS if found.search(error)), _UNUSABLE)()


def _is_one_run(one: Poll, following: Poll, idle: Sequence[date]) -> bool:
    """Did both polls fail, with Monitor running all the time between them?"""
    return not (_succeeded(one) or _succeeded(following) or _is_idle_between(one, following, idle))


def _is_idle_between(one: Poll, following: Poll, idle: Sequence[date]) -> bool:
    return any(one.started_at.date() < day < following.started_at.date() for day in idle)


def _end(run: Sequence[Poll], after: Sequence[Poll], idle: Sequence[date]) -> datetime:
    """When the next answer came, or the last one failed before Monitor stopped."""
    return run[-1].finished_at if _is_idle_between(run[-1], after[0], idle) else after[0].finished_at


def _instant(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
