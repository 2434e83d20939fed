"""The subject line and the one-line summary: the answer first, then what happened."""

from __future__ import annotations

from collections import Counter

from monitor.model import (
    Answer,
    AnswerState,
    ChangeKind,
    Control,
    Digest,
    DigestKind,
    FreshnessState,
    SearchReport,
    Topic,
    Trial,
)
from monitor.render.dates import day, local_day
from monitor.render.text import clip, count, listed, ordinal

#: Mail programs cut off longer subjects; the topic's name and the headline share these bytes.
SUBJECT_BYTES = 160

#: The headline when the answer has come to this state.
_BECAME = {
    AnswerState.NONE: "no study of the treatment left to report",
    AnswerState.UNCONTROLLED: "only uncontrolled reports so far",
    AnswerState.REGISTERED: "a controlled trial is registered, no result yet",
    AnswerState.CONTROLLED: "first controlled comparison reported, not randomised",
    AnswerState.UNBLINDED: "first randomised trial reported, no sham or placebo",
    AnswerState.SHAM_CONTROLLED: "first sham- or placebo-controlled trial reported",
    AnswerState.SEVERAL_UNCERTAIN: "several controlled trials, direction not certain",
    AnswerState.SEVERAL_AGREE: "several controlled trials, agreeing",
    AnswerState.SEVERAL_DISAGREE: "controlled trials disagree",
}
#: The headline when a trial that the answer counts gets this flag, gravest first.
_FLAGGED = {
    "retracted": "a trial that counted is retracted",
    "expression of concern": "expression of concern about a trial that counts",
    "corrected": "a trial that counts is corrected",
}
#: Sections with their singular and plural ("" for a regular plural), as the summary counts them.
_COUNTED = (
    ("trials", "controlled-trial report", ""),
    ("notices", "correction or retraction", "corrections or retractions"),
    ("reviews", "systematic review", ""),
    ("citing", "new citation", ""),
    ("new", "other new article", ""),
    ("revised", "revised record", ""),
    ("gone", "record gone", "records gone"),
)


def subject(digest: Digest, topic: Topic) -> str:
    """ "CCSVI in MS: first sham-controlled trial reported"; one line, whatever the topic is called."""
    return clip(f"{clip(topic.name, 60)}: {_headline(digest)}", SUBJECT_BYTES)


def summary(digest: Digest, zone: str) -> str:
    """What happened since the last digest, in one sentence."""
    since = f"Since {local_day(digest.since, zone)}" if digest.since else "So far"
    happened = [count(number, one, many) for key, one, many in _COUNTED if (number := _per_section(digest)[key])]
    nothing = "no new article" if digest.answer_changed else "nothing new"
    outage = _outage(digest)
    if digest.kind is DigestKind.WELCOME:
        return f"{count(digest.article_count, 'article')} found and read so far. From now on you hear what changes."
    return f"{since}: {listed(happened) or nothing}{'; ' + outage if outage else ''}."


def verdict_line(digest: Digest) -> str:
    """Whether the answer has changed, or since when it has stood."""
    if digest.answer_changed:
        return "The answer has changed"
    since = f" since {day(digest.answer.since)}" if digest.answer.since else ""
    return f"The answer stands{since}" if digest.kind is DigestKind.WELCOME else f"The answer is unchanged{since}"


def _headline(digest: Digest) -> str:
    if digest.kind is DigestKind.WELCOME:
        return f"where the evidence stands ({digest.answer.state})"
    if digest.answer_changed:
        return _answer_headline(digest.answer_before, digest.answer)
    alarm = _alarm(digest)
    if alarm:
        return f"{alarm}, answer unchanged"
    new = sum(number for key, number in _per_section(digest).items() if key in ("trials", "reviews", "citing", "new"))
    other = _per_section(digest)
    if new:
        return f"{count(new, 'new article')}, answer unchanged"
    if other["revised"] or other["gone"]:
        return f"{count(other['revised'] + other['gone'], 'record')} changed, answer unchanged"
    outage = _outage(digest)
    return f"nothing new; {outage}" if outage else "nothing new, answer unchanged"


def _answer_headline(before: Answer | None, after: Answer) -> str:
    """Why the answer changed: a flagged trial, a new trial by its rank among its kind, else the new state."""
    if before is not None:
        flagged = _newly_flagged(before, after)
        if flagged:
            return _FLAGGED[flagged]
        known = {trial.key for trial in before.trials}
        new_trials = [trial for trial in after.trials if trial.key not in known and trial.status == "reported"]
        if len(new_trials) == 1:
            return f"{_rank(new_trials[0], after)} reported"
        if len(new_trials) > 1:
            return f"{len(new_trials)} more controlled trials reported"
        if before.state is after.state:
            return _review_or_protocol(after) or "the answer has changed"
    return _BECAME[after.state]


def _newly_flagged(before: Answer, after: Answer) -> str:
    """The gravest flag that a known trial has now and did not have before; "" for none."""
    had = {trial.key: set(trial.flags) for trial in before.trials}
    new = {flag for trial in after.trials if trial.key in had for flag in trial.flags if flag not in had[trial.key]}
    return next((flag for flag in _FLAGGED if flag in new), "")


def _review_or_protocol(answer: Answer) -> str:
    """The headline when a review or a protocol is why the answer changed; else ""."""
    review = next((r for r in answer.reviews if r.pmid in answer.causes and r.included_trials is not None), None)
    if review:
        included = review.included_trials or 0
        return f"a systematic review includes {count(included, 'trial')}" if included else "a review found no trial"
    is_protocol = any(report.pmid in answer.causes for trial in answer.silent_trials for report in trial.reports)
    return "the protocol of a randomised trial is published" if is_protocol else ""


def _rank(trial: Trial, answer: Answer) -> str:
    """ "third sham-controlled trial", "first randomised wait-list-controlled trial": its rank among its kind."""
    kind = (trial.control, trial.randomized)
    number = sum((other.control, other.randomized) == kind for other in answer.trials if other.status == "reported")
    word = "controlled comparison"
    if trial.randomized:
        word = "randomised trial"
    if trial.control not in (Control.NONE, Control.NOT_STATED):
        is_masked = trial.control in (Control.SHAM, Control.PLACEBO)
        prefix = "randomised " if trial.randomized and not is_masked else ""
        word = (
            f"{prefix}{str(trial.control).replace(' ', '-')}-controlled {'trial' if trial.randomized else 'comparison'}"
        )
    return f"{ordinal(number)} {word}"


def _per_section(digest: Digest) -> Counter[str]:
    """How many articles each section has, shown or only counted."""
    return Counter(item.section for item in digest.items) + Counter(dict(digest.left_out))


def _alarm(digest: Digest) -> str:
    kinds = Counter(change.kind for item in digest.items for change in item.changes)
    for kind, one in ((ChangeKind.RETRACTED, "retraction"), (ChangeKind.CONCERN, "expression of concern")):
        if kinds[kind]:
            return count(kinds[kind], one, one.replace("expression", "expressions") if " " in one else "")
    return count(kinds[ChangeKind.CORRECTED], "correction") if kinds[ChangeKind.CORRECTED] else ""


def _outage(digest: Digest) -> str:
    """Which searches fail, or on how many days polls failed since the last digest; "" when none did."""
    worst = max(digest.search_reports, key=lambda search_report: search_report.failures, default=None)
    if worst and worst.freshness.state in (FreshnessState.BROKEN, FreshnessState.STALE):
        return (
            "PubMed cannot be reached at the moment" if is_all_down(digest.search_reports) else "one search is failing"
        )
    days = max((search_report.failure_days for search_report in digest.search_reports), default=0)
    idle = max((search_report.idle_days for search_report in digest.search_reports), default=0)
    told = [f"PubMed gave no usable answer on {count(days, 'day')}"] if days else []
    return "; ".join([*told, f"Monitor itself did not run on {count(idle, 'day')}"] if idle else told)


def is_all_down(search_reports: tuple[SearchReport, ...]) -> bool:
    """Is every search broken, stale or without any success?"""
    down = (FreshnessState.BROKEN, FreshnessState.STALE, FreshnessState.NEVER)
    return all(search_report.freshness.state in down for search_report in search_reports)
