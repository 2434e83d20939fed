"""The subject line and the one-line summary: the answer first, then what happened."""

from __future__ import annotations

from collections import Counter

from monitor.digests.display.sections import ARRIVALS
from monitor.digests.transition import transition, what_changed
from monitor.language.speech import gettext as _
from monitor.language.speech import later, later_plural, listed, ngettext
from monitor.language.terms import term
from monitor.model import Change, ChangeKind, Digest, DigestKind, FreshnessState, SearchReport, Topic
from monitor.render.dates import day, local_day
from monitor.render.text import clip

#: Mail programs cut off longer subjects; the topic's name and the headline share these bytes.
SUBJECT_BYTES = 160

#: Sections as the summary counts them.
_COUNTED = (
    ("trials", *later_plural("%(number)s controlled-trial report", "%(number)s controlled-trial reports")),
    ("notices", *later_plural("%(number)s correction or retraction", "%(number)s corrections or retractions")),
    ("reinstated", *later_plural("%(number)s article no longer retracted", "%(number)s articles no longer retracted")),
    ("reviews", *later_plural("%(number)s systematic review", "%(number)s systematic reviews")),
    ("registry", *later_plural("%(number)s trial changed in a registry", "%(number)s trials changed in registries")),
    ("preprints", *later_plural("%(number)s preprint", "%(number)s preprints")),
    ("citing", *later_plural("%(number)s new citation", "%(number)s new citations")),
    (
        "citing_outside",
        *later_plural(
            "%(number)s citation by a work that PubMed does not have",
            "%(number)s citations by works that PubMed does not have",
        ),
    ),
    ("new", *later_plural("%(number)s other new article", "%(number)s other new articles")),
    ("other_trials", *later_plural("%(number)s trial of another question", "%(number)s trials of other questions")),
    (
        "unread",
        *later_plural(
            "%(number)s article whose record could not be read yet",
            "%(number)s articles whose records could not be read yet",
        ),
    ),
    ("revised", *later_plural("%(number)s revised record", "%(number)s revised records")),
    ("back", *later_plural("%(number)s record found again", "%(number)s records found again")),
    (
        "merged",
        *later_plural(
            "%(number)s record under a new number in PubMed", "%(number)s records under new numbers in PubMed"
        ),
    ),
    ("gone", *later_plural("%(number)s record gone", "%(number)s records gone")),
)
#: Notices as the subject counts them where the answer stays, gravest first.
_NOTICES = (
    (ChangeKind.RETRACTED, *later_plural("%(number)s retraction", "%(number)s retractions")),
    (
        ChangeKind.REINSTATED,
        *later_plural("%(number)s article no longer retracted", "%(number)s articles no longer retracted"),
    ),
    (ChangeKind.CONCERN, *later_plural("%(number)s expression of concern", "%(number)s expressions of concern")),
    (ChangeKind.CORRECTED, *later_plural("%(number)s correction", "%(number)s corrections")),
)


def subject(digest: Digest, topic: Topic) -> str:
    """ "CCSVI in MS: first sham-controlled trial reported"; one line, whatever the topic is called."""
    return clip(_("%(topic)s: %(headline)s", topic=clip(topic.name, 60), headline=_headline(digest)), SUBJECT_BYTES)


def summary(digest: Digest, zone: str) -> str:
    """What happened since the last digest, in one sentence."""
    if digest.kind is DigestKind.WELCOME:
        return ngettext(
            "%(number)s article found and read so far. From now on you hear what changes.",
            "%(number)s articles found and read so far. From now on you hear what changes.",
            digest.article_count,
        )
    numbers = _per_section(digest)
    nothing = _("no new article") if digest.answer_changed else _("nothing new")
    news = listed([ngettext(one, many, numbers[key]) for key, one, many in _COUNTED if numbers[key]]) or nothing
    if outage := _outage(digest):
        news = _("%(news)s; %(outage)s", news=news, outage=outage)
    if not digest.since:
        return _("So far: %(news)s.", news=news)
    return _("Since %(day)s: %(news)s.", day=local_day(digest.since, zone), news=news)


def verdict_line(digest: Digest) -> str:
    """Whether the answer or the question has changed, or since when the answer has stood."""
    asked = what_changed(digest.notes, ChangeKind.QUESTION_CHANGED)
    if asked:
        return _("%(change)s, and this is the answer now", change=f"{asked[0].upper()}{asked[1:]}")
    if digest.answer_changed:
        return _("The answer has changed")
    is_welcome, since = digest.kind is DigestKind.WELCOME, day(digest.answer.since)
    if not since:
        return _("The answer stands") if is_welcome else _("The answer is unchanged")
    text = later("The answer stands since %(day)s") if is_welcome else later("The answer is unchanged since %(day)s")
    return _(text, day=since)


def _headline(digest: Digest) -> str:
    if digest.kind is DigestKind.WELCOME:
        return _("where the evidence stands (%(state)s)", state=term("state of the answer", digest.answer.state))
    if digest.answer_changed or what_changed(digest.notes, ChangeKind.QUESTION_CHANGED):
        answered = (Change(digest.topic, ChangeKind.ANSWER, digest.until, why=why) for why in digest.answer_whys)
        of_articles = (change for item in digest.items for change in item.changes)
        return transition(digest.answer_before, digest.answer, [*digest.notes, *answered, *of_articles])
    happened = _happened(digest)
    if happened:
        return _("%(news)s, answer unchanged", news=happened)
    outage = _outage(digest)
    return _("nothing new; %(outage)s", outage=outage) if outage else _("nothing new, answer unchanged")


def _happened(digest: Digest) -> str:
    """The gravest of what happened while the answer stayed: notices, articles, records, a search; "" for nothing."""
    numbers = _per_section(digest)
    new = sum(numbers[section] for section in ARRIVALS)
    changed = numbers["revised"] + numbers["gone"]
    told = (
        _notices(digest),
        ngettext("%(number)s new article", "%(number)s new articles", new) if new else "",
        _counted_in(("registry", "preprints", "citing_outside", "unread"), numbers),
        what_changed(digest.notes, ChangeKind.SEARCH_CHANGED),
        ngettext("%(number)s record changed", "%(number)s records changed", changed) if changed else "",
        _counted_in(("back", "merged"), numbers),
    )
    return next(filter(None, told), "")


def _counted_in(sections: tuple[str, ...], numbers: Counter[str]) -> str:
    """The articles of the first of these sections that has any, as the summary counts them."""
    words = {key: (one, many) for key, one, many in _COUNTED}
    return next((ngettext(*words[key], numbers[key]) for key in sections if numbers[key]), "")


def _per_section(digest: Digest) -> Counter[str]:
    """How many articles, or things outside PubMed, each section has, shown or only counted."""
    outside = Counter(one.section for one in digest.outside)
    return Counter(item.section for item in digest.items) + Counter(dict(digest.left_out)) + outside


def _notices(digest: Digest) -> str:
    kinds = Counter(change.kind for item in digest.items for change in item.changes)
    return next((ngettext(one, many, kinds[kind]) for kind, one, many in _NOTICES if kinds[kind]), "")


def _outage(digest: Digest) -> str:
    """Which searches fail or are in doubt, or on how many days polls failed since the last digest; "" when none did."""
    failing = [report for report in digest.search_reports if _fails(report)]
    if failing and is_all_down(digest.search_reports):
        return _("PubMed cannot be reached at the moment")
    if failing:
        return ngettext("one search is failing", "%(number)s searches are failing", len(failing))
    doubted = sum(bool(report.freshness.doubt) for report in digest.search_reports)
    if doubted:
        return ngettext(
            "PubMed's response to one search is in doubt",
            "PubMed's response to %(number)s searches is in doubt",
            doubted,
        )
    days = max((search_report.failure_days for search_report in digest.search_reports), default=0)
    idle = max((search_report.idle_days for search_report in digest.search_reports), default=0)
    told = []
    if days:
        told.append(
            ngettext(
                "PubMed gave no usable answer on %(number)s day",
                "PubMed gave no usable answer on %(number)s days",
                days,
            )
        )
    if idle:
        told.append(
            ngettext(
                "Monitor itself did not run on %(number)s day", "Monitor itself did not run on %(number)s days", idle
            )
        )
    return "; ".join(told)


def _fails(report: SearchReport) -> bool:
    """Is the search broken or stale? One in doubt has an answer, which is not believed: that is not the same."""
    freshness = report.freshness
    return freshness.state in (FreshnessState.BROKEN, FreshnessState.STALE) and not freshness.doubt


def is_all_down(search_reports: tuple[SearchReport, ...]) -> bool:
    """Is every search broken, stale or without any success?"""
    return all(_fails(report) or report.freshness.state is FreshnessState.NEVER for report in search_reports)
