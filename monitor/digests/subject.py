"""The subject line and the one-line summary: the answer first, then what happened."""

from __future__ import annotations

from collections import Counter

from monitor.digests.sections import ARRIVALS
from monitor.digests.transition import transition, what_changed
from monitor.model import Change, ChangeKind, Digest, DigestKind, FreshnessState, SearchReport, Topic
from monitor.render.dates import day, local_day
from monitor.render.text import clip, count, listed

#: Mail programs cut off longer subjects; the topic's name and the headline share these bytes.
SUBJECT_BYTES = 160

#: Sections with their singular and plural ("" for a regular plural), as the summary counts them.
_COUNTED = (
    ("trials", "controlled-trial report", ""),
    ("notices", "correction or retraction", "corrections or retractions"),
    ("reinstated", "article no longer retracted", "articles no longer retracted"),
    ("reviews", "systematic review", ""),
    ("citing", "new citation", ""),
    ("new", "other new article", ""),
    ("other_trials", "trial of another question", "trials of other questions"),
    ("unread", "article whose record could not be read yet", "articles whose records could not be read yet"),
    ("revised", "revised record", ""),
    ("back", "record found again", "records found again"),
    ("merged", "record under a new number in PubMed", "records under new numbers in PubMed"),
    ("gone", "record gone", "records gone"),
)
#: Notices as the subject counts them where the answer stays, gravest first.
_NOTICES = (
    (ChangeKind.RETRACTED, "retraction", "retractions"),
    (ChangeKind.REINSTATED, "article no longer retracted", "articles no longer retracted"),
    (ChangeKind.CONCERN, "expression of concern", "expressions of concern"),
    (ChangeKind.CORRECTED, "correction", "corrections"),
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
    """Whether the answer or the question has changed, or since when the answer has stood."""
    asked = what_changed(digest.notes, ChangeKind.QUESTION_CHANGED)
    if asked:
        return f"{asked[0].upper()}{asked[1:]}, and this is the answer now"
    if digest.answer_changed:
        return "The answer has changed"
    since = f" since {day(digest.answer.since)}" if digest.answer.since else ""
    return f"The answer stands{since}" if digest.kind is DigestKind.WELCOME else f"The answer is unchanged{since}"


def _headline(digest: Digest) -> str:
    if digest.kind is DigestKind.WELCOME:
        return f"where the evidence stands ({digest.answer.state})"
    if digest.answer_changed or what_changed(digest.notes, ChangeKind.QUESTION_CHANGED):
        answered = (Change(digest.topic, ChangeKind.ANSWER, digest.until, why=why) for why in digest.answer_whys)
        of_articles = (change for item in digest.items for change in item.changes)
        return transition(digest.answer_before, digest.answer, [*digest.notes, *answered, *of_articles])
    happened = _happened(digest)
    if happened:
        return f"{happened}, answer unchanged"
    outage = _outage(digest)
    return f"nothing new; {outage}" if outage else "nothing new, answer unchanged"


def _happened(digest: Digest) -> str:
    """The gravest of what happened while the answer stayed: notices, articles, records, a search; "" for nothing."""
    numbers = _per_section(digest)
    new = sum(numbers[section] for section in ARRIVALS)
    changed = numbers["revised"] + numbers["gone"]
    told = (
        _notices(digest),
        count(new, "new article") if new else "",
        _counted_in(("unread",), numbers),
        what_changed(digest.notes, ChangeKind.SEARCH_CHANGED),
        f"{count(changed, 'record')} changed" if changed else "",
        _counted_in(("back", "merged"), numbers),
    )
    return next(filter(None, told), "")


def _counted_in(sections: tuple[str, ...], numbers: Counter[str]) -> str:
    """The articles of the first of these sections that has any, as the summary counts them."""
    words = {key: (one, many) for key, one, many in _COUNTED}
    return next((count(numbers[key], *words[key]) for key in sections if numbers[key]), "")


def _per_section(digest: Digest) -> Counter[str]:
    """How many articles each section has, shown or only counted."""
    return Counter(item.section for item in digest.items) + Counter(dict(digest.left_out))


def _notices(digest: Digest) -> str:
    kinds = Counter(change.kind for item in digest.items for change in item.changes)
    return next((count(kinds[kind], one, many) for kind, one, many in _NOTICES if kinds[kind]), "")


def _outage(digest: Digest) -> str:
    """Which searches fail or are in doubt, or on how many days polls failed since the last digest; "" when none did."""
    failing = [report for report in digest.search_reports if _fails(report)]
    if failing and is_all_down(digest.search_reports):
        return "PubMed cannot be reached at the moment"
    if failing:
        return "one search is failing" if len(failing) == 1 else f"{len(failing)} searches are failing"
    doubted = sum(bool(report.freshness.doubt) for report in digest.search_reports)
    if doubted:
        return f"PubMed's response to {'one search' if doubted == 1 else f'{doubted} searches'} is in doubt"
    days = max((search_report.failure_days for search_report in digest.search_reports), default=0)
    idle = max((search_report.idle_days for search_report in digest.search_reports), default=0)
    told = [f"PubMed gave no usable answer on {count(days, 'day')}"] if days else []
    return "; ".join([*told, f"Monitor itself did not run on {count(idle, 'day')}"] if idle else told)


def _fails(report: SearchReport) -> bool:
    """Is the search broken or stale? One in doubt has an answer, which is not believed: that is not the same."""
    freshness = report.freshness
    return freshness.state in (FreshnessState.BROKEN, FreshnessState.STALE) and not freshness.doubt


def is_all_down(search_reports: tuple[SearchReport, ...]) -> bool:
    """Is every search broken, stale or without any success?"""
    return all(_fails(report) or report.freshness.state is FreshnessState.NEVER for report in search_reports)
