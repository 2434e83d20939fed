"""What subscribers would have received had Monitor watched a topic in the past: collect, replay, trace known trials."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from monitor.demo.story import Step, step_as_json
from monitor.model import Frequency, Settings, Topic
from monitor.ports import Progress
from monitor.strategy import known
from monitor.strategy.collect import collect
from monitor.strategy.kept_answers import KeptAnswers
from monitor.strategy.known import Outcome, SoughtTrial, Tracing
from monitor.strategy.past import LIMITS, PastPubMed
from monitor.strategy.replay import Issue, replay

_SCREENING = (
    "In this topic a person screens a trial before the answer changes. The backtest answers as the rules would: "
    "subscribers would have been told later, by as long as the screening takes.",
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What to replay: a topic from `start` to `until`, both included, for a subscriber with this frequency."""

    topic: Topic
    start: date
    until: date
    frequency: Frequency
    known: tuple[SoughtTrial, ...] = ()


@dataclass(frozen=True, slots=True)
class Backtest:
    """A finished backtest.

    `months` counts the articles that the searches newly listed, by the first day of each month of the period;
    `before` is how many they listed earlier. `requests` were sent to PubMed now, `reused` answers were kept from an
    earlier run, the oldest of them from `asked_on`.
    """

    plan: Plan
    issues: tuple[Issue, ...]
    steps: tuple[Step, ...]
    known: tuple[Outcome, ...]
    months: tuple[tuple[date, int], ...]
    before: int
    requests: int
    reused: int
    asked_on: date
    polls: int
    remarks: tuple[str, ...]

    @property
    def articles(self) -> int:
        """How many articles the searches newly listed in the period."""
        return sum(count for _, count in self.months)

    @property
    def missed(self) -> tuple[Outcome, ...]:
        """The known trials of which subscribers would not have been told as trials."""
        return tuple(one for one in self.known if one.is_missed)

    def as_json(self) -> dict[str, Any]:
        """Everything as plain values, for `monitor backtest --json`."""
        plan = self.plan
        return {
            "topic": plan.topic.key,
            "from": str(plan.start),
            "to": str(plan.until),
            "frequency": str(plan.frequency),
            "digests": [_digest_as_json(issue) for issue in self.issues],
            "answers": [step_as_json(step) for step in self.steps],
            "articles_before": self.before,
            "articles_per_month": {f"{month:%Y-%m}": count for month, count in self.months},
            "known_trials": [_known_as_json(one) for one in self.known],
            "requests": self.requests,
            "answers_reused": self.reused,
            "asked_on": str(self.asked_on),
            "polls": self.polls,
            "remarks": list(self.remarks),
            "limits": list(LIMITS),
        }


def backtest(plan: Plan, settings: Settings, kept: KeptAnswers, progress: Progress) -> Backtest:
    """Ask PubMed through `kept`, then replay. Raises UpstreamError; what has come is kept for the next run."""
    topic = replace(plan.topic, requires_screening=False)
    collected = collect(topic, plan.until, kept, progress)
    trials = known.with_records((*known.of_topic(topic), *plan.known), kept, progress)
    done = replay(settings, topic, collected, plan.start, plan.until, plan.frequency, progress)
    outcomes = Tracing(topic, collected.past, done, plan.until, kept).outcomes(trials, progress)
    first_days = _first_days(topic, collected.past)
    return Backtest(
        plan=plan,
        issues=done.issues,
        steps=done.steps,
        known=tuple(outcomes),
        months=_months(first_days, plan.start, plan.until),
        before=sum(day < plan.start for day in first_days),
        requests=kept.requests,
        reused=kept.reused,
        asked_on=kept.oldest,
        polls=done.polls,
        remarks=collected.remarks + (_SCREENING if plan.topic.requires_screening else ()),
    )


def _first_days(topic: Topic, past: PastPubMed) -> list[date]:
    """For each article that a search lists: the first day on which one did."""
    first: dict[str, date] = {}
    for search in topic.searches:
        found = past.found.get(search.query)
        linked = past.links.get(str(search.kind), frozenset())
        for pmid in found.pmids if found else linked:
            day = past.appears_on(pmid, found) if found else past.public_on(pmid)
            if day:
                first[pmid] = min(day, first.get(pmid, day))
    return list(first.values())


def _months(days: Sequence[date], start: date, until: date) -> tuple[tuple[date, int], ...]:
    counts = Counter(day.replace(day=1) for day in days if start <= day <= until)
    month, months = start.replace(day=1), []
    while month <= until:
        months.append((month, counts[month]))
        month = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return tuple(months)


def _digest_as_json(issue: Issue) -> dict[str, Any]:
    return {
        "date": str(issue.at.date()),
        "subject": issue.subject,
        "answer": issue.content.answer.sentence,
        "answer_changed": issue.content.answer_changed,
        "kind": str(issue.content.kind),
        "articles": issue.articles,
        "pmids": [item.article.pmid for item in issue.content.items],
    }


def _known_as_json(one: Outcome) -> dict[str, Any]:
    return {
        "trial": one.trial.named,
        "name": one.trial.name,
        "records": list(one.trial.pmids),
        "outcome": str(one.fate),
        "is_missed": one.is_missed,
        "pmid": one.pmid,
        "title": one.title,
        "date": str(one.on) if one.on else None,
        "why": one.why,
    }
