"""A digest as the templates see it: texts of bounded size and finished links; templates decide nothing.

Each text is clipped to a size in bytes of escaped HTML. With the limits on how many trials, items
and searches are shown, this bounds the mail: see `monitor.digests.render.fits`.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Any

from monitor.digests.display import outside, outside_view
from monitor.digests.display.item import ItemView, item_view
from monitor.digests.display.subject import is_all_down, summary, verdict_line
from monitor.digests.display.trial_view import silent_view, trial_view
from monitor.digests.left_out import LeftOut
from monitor.digests.left_out import left_out as left_out_of
from monitor.language.speech import decimal, later, ngettext
from monitor.language.speech import gettext as _
from monitor.language.stored import answer_text, change_text, stored
from monitor.model import (
    NO_BRANDING,
    Answer,
    Branding,
    Digest,
    DigestItem,
    DigestKind,
    OutsideItem,
    SearchReport,
    Topic,
)
from monitor.render import frequencies, urls
from monitor.render.dates import day, instant, local_day, with_instants
from monitor.render.drawing import timeline_png
from monitor.render.placeholders import Placeholder, placeholder
from monitor.render.text import clip
from monitor.render.urls import Link

HEADINGS = {
    "trials": later("Controlled trials"),
    "notices": later("Retractions and corrections"),
    "reinstated": later("No longer retracted"),
    "reviews": later("Systematic reviews and guidelines"),
    "registry": later("Trials in registries"),
    "preprints": later("Preprints, not peer-reviewed"),
    "citing": later("New citations of the seed article"),
    "citing_outside": later("Citations of the seed article by works that PubMed does not have"),
    "new": later("Other new articles"),
    "other_trials": later("Trials of other questions"),
    "unread": later("Listed by PubMed, record not read yet"),
    "revised": later("Revised records"),
    "back": later("Back: found again"),
    "merged": later("Under a new number in PubMed"),
    "gone": later("No longer found"),
}
#: How many trials the panel and its picture show; further ones are only counted.
TRIALS_SHOWN = 8
#: How many trials without results, search reports, lines of the answer, reasons for its change and notes are shown.
_SILENT, _SEARCH_REPORTS, _LINES, _WHYS, _NOTES = 6, 8, 12, 3, 6
#: What PubMed warns of, in words for readers: the operator gets PubMed's own.
_MISREAD = later("PubMed could not use a part of this search; the operator has been told")
_DOUBTED = later(
    "PubMed's last response to this search is in doubt: what is new in it is not told until somebody has looked"
)
_READ_OTHERWISE = later("PubMed read this search differently than before; the operator has been told")


@dataclass(frozen=True, slots=True)
class Site:
    """What every mail of this installation says about its sender. `public_url` is "" where there are no pages."""

    postal_address: str
    operator_email: str
    public_url: str
    branding: Branding = NO_BRANDING


@dataclass(frozen=True, slots=True)
class SectionView:
    """One section: its items, how many more there are, and how those are reached (see `monitor.digests.left_out`).

    `unlisted` are PMIDs that PubMed does not have; `in_file` counts those that only an attached list names; `named` are
    identifiers of things outside PubMed.
    """

    key: str
    heading: str
    items: tuple[ItemView, ...]
    left_out: int = 0
    links: tuple[Link, ...] = ()
    unlisted: str = ""
    in_file: int = 0
    named: str = ""


@dataclass(frozen=True, slots=True)
class SearchReportView:
    """One search report: facts about its last success, failures since the last digest, and what PubMed misread."""

    name: str
    query: str
    translation: str
    facts: tuple[str, ...]
    troubles: tuple[str, ...]
    remarks: tuple[str, ...]


def values(digest: Digest, topic: Topic, site: Site) -> dict[str, Any]:
    """The variables of the digest's templates, by name."""
    zone = topic.digest.timezone
    trials = digest.answer.trials
    return {
        "topic_name": clip(topic.name, 120),
        "question": clip(topic.question.text, 300),
        "issued_on": local_day(digest.until, zone),
        "frequency": frequencies.name(digest.frequency),
        "frequency_means": frequencies.describe(digest.frequency, topic.digest),
        "quiet": frequencies.quiet_sentence(topic.digest),
        "is_welcome": digest.kind is DigestKind.WELCOME,
        "has_changed": digest.answer_changed,
        "verdict_line": verdict_line(digest),
        "notes": [clip(change_text(note.why), 1_200) for note in digest.notes[:_NOTES]],
        "more_notes": max(0, len(digest.notes) - _NOTES),
        "summary": summary(digest, zone),
        "is_all_down": bool(digest.search_reports) and is_all_down(digest.search_reports),
        "answer": _answer(digest.answer, digest.answer_before if digest.answer_changed else None),
        "answer_whys": [clip(change_text(why), 300) for why in digest.answer_whys[:_WHYS]],
        "trials": [trial_view(number, trial) for number, trial in enumerate(trials[:TRIALS_SHOWN], 1)],
        "more_trials": max(0, len(trials) - TRIALS_SHOWN),
        "picture_alt": timeline_png.alternative(trials[:TRIALS_SHOWN], day),
        "has_picture": any(trial.first_public_on for trial in trials[:TRIALS_SHOWN]),
        "silent_trials": [silent_view(trial) for trial in digest.answer.silent_trials[:_SILENT]],
        "more_silent": max(0, len(digest.answer.silent_trials) - _SILENT),
        "sections": _sections(digest, topic, site),
        "search_reports": _search_reports(digest.search_reports),
        "source_reports": [_source_report(sentence) for sentence in digest.source_reports],
        "more_search_reports": max(0, len(digest.search_reports) - _SEARCH_REPORTS),
        "on_record": _on_record(digest),
        "topic_url": urls.topic_page(site.public_url, topic.key),
        "has_pages": bool(site.public_url),
        "postal_lines": postal_lines(site.postal_address),
        "operator_email": clip(site.operator_email, 120),
        "place": {str(place): placeholder(place) for place in Placeholder},
    }


def postal_lines(address: str) -> list[str]:
    """The lines of a postal address as every digest shows them."""
    return [clip(line, 120) for line in address.splitlines()[:6] if line.strip()]


def _answer(answer: Answer, before: Answer | None) -> dict[str, Any]:
    return {
        "sentence": clip(answer_text(answer.sentence), 700),
        "since": day(answer.since),
        "lines": [clip(answer_text(line), 700) for line in answer.lines[:_LINES]],
        "association": clip(answer_text(answer.association), 400),
        "before": clip(answer_text(before.sentence), 400) if before and before.sentence != answer.sentence else "",
    }


def _sections(digest: Digest, topic: Topic, site: Site) -> list[SectionView]:
    """The sections that are not empty, in reading order, with what each leaves out."""
    numbers = dict(digest.left_out)
    shown: dict[str, list[DigestItem]] = {
        key: list(items) for key, items in groupby(digest.items, lambda item: item.section)
    }
    reached = left_out_of(digest)
    found = {
        key: _section(
            key,
            tuple(item_view(item, topic, site.public_url) for item in shown.get(key, [])),
            numbers.get(key, 0),
            reached.get(key, LeftOut()),
        )
        for key in shown.keys() | numbers.keys()
    }
    for key in {news.section for news in digest.outside}:
        found[key] = _outside_section(key, outside.of_section(digest.outside, key))
    return [found[key] for key in HEADINGS if key in found]


def _outside_section(key: str, items: list[OutsideItem]) -> SectionView:
    links, named = outside_view.not_shown(items)
    shown = tuple(map(outside_view.item_view, items[: outside_view.SHOWN]))
    return SectionView(key, _(HEADINGS[key]), shown, len(items) - len(shown), links, named=named)


def _section(key: str, items: tuple[ItemView, ...], number: int, reached: LeftOut) -> SectionView:
    unlisted = ", ".join(reached.unlisted)
    return SectionView(key, _(HEADINGS[key]), items, number, reached.links, unlisted, len(reached.rest))


def _search_reports(search_reports: tuple[SearchReport, ...]) -> list[SearchReportView]:
    """The first few, those with most failures first; long queries share a fixed number of bytes."""
    ordered = sorted(search_reports, key=lambda search_report: -search_report.failures)[:_SEARCH_REPORTS]
    query_bytes = max(400, min(1500, 4500 // max(1, len(ordered))))
    return [_search_report(search_report, query_bytes) for search_report in ordered]


def _source_report(sentence: str) -> str:
    return with_instants(clip(stored(sentence, "outage of a source"), 300))


def _search_report(search_report: SearchReport, query_bytes: int) -> SearchReportView:
    facts = [_matches(search_report.count, search_report.held)] if search_report.count is not None else []
    facts.append(with_instants(clip(stored(search_report.freshness.sentence, "state of a search"), 200).rstrip(".")))
    if search_report.next_due_at:
        facts.append(_("next check %(instant)s", instant=instant(search_report.next_due_at)))
    troubles = [_failures(search_report.failures)] if search_report.failures else []
    if search_report.freshness.doubt:
        troubles.append(_(_DOUBTED))
    troubles += [stored(search_report.idle, "outage")] if search_report.idle else []
    troubles += [with_instants(clip(stored(gap, "outage"), 140)) for gap in search_report.gaps[:2]]
    return SearchReportView(
        name=clip(search_report.search, 80),
        query=clip(stored(search_report.query, "search by links"), query_bytes),
        translation=clip(search_report.translation, min(query_bytes, 600)),
        facts=tuple(facts),
        troubles=tuple(troubles),
        remarks=_remarks(search_report.warnings),
    )


def _failures(number: int) -> str:
    return ngettext(
        "%(number)s failed attempt since the last digest", "%(number)s failed attempts since the last digest", number
    )


def _on_record(digest: Digest) -> str:
    """How many articles are stored, and how many of them no search lists any more."""
    if not digest.unlisted_count:
        return ngettext(
            "%(number)s article on record for this question.",
            "%(number)s articles on record for this question.",
            digest.article_count,
        )
    return ngettext(
        "%(number)s article on record for this question, %(unlisted)s of them no longer listed by any search.",
        "%(number)s articles on record for this question, %(unlisted)s of them no longer listed by any search.",
        digest.article_count,
        unlisted=decimal(digest.unlisted_count),
    )


def _matches(listed: int, held: int | None) -> str:
    """How many articles PubMed listed; beside it how many of the search are on record, where these differ."""
    if held is None or held == listed:
        return ngettext("%(number)s match", "%(number)s matches", listed)
    return ngettext(
        "%(number)s match in PubMed, %(held)s on record",
        "%(number)s matches in PubMed, %(held)s on record",
        listed,
        held=decimal(held),
    )


def _remarks(warnings: tuple[str, ...]) -> tuple[str, ...]:
    """PubMed's warnings as one sentence for readers: that it read the query otherwise explains the others."""
    if any(warning.startswith("PubMed now reads") for warning in warnings):
        return (_(_READ_OTHERWISE),)
    return (_(_MISREAD),) if warnings else ()
