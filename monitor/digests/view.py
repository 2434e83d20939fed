"""A digest as the templates see it: texts of bounded size and finished links; templates decide nothing.

Each text is clipped to a size in bytes of escaped HTML. With the limits on how many trials, items
and searches are shown, this bounds the mail: see `monitor.digests.render.fits`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from monitor.digests.item import ItemView, item_view
from monitor.digests.subject import is_all_down, summary, verdict_line
from monitor.model import Answer, Digest, DigestItem, DigestKind, SearchReport, Topic, Trial
from monitor.render import frequencies, timeline_png, urls
from monitor.render.dates import day, instant, local_day, printed_date, with_instants
from monitor.render.placeholders import Placeholder, placeholder
from monitor.render.text import clip, count
from monitor.render.urls import Link

HEADINGS = {
    "trials": "Controlled trials",
    "notices": "Retractions and corrections",
    "reviews": "Systematic reviews and guidelines",
    "citing": "New citations of the seed article",
    "new": "Other new articles",
    "revised": "Revised records",
    "gone": "No longer found",
}
#: How many trials the panel and its picture show; further ones are only counted.
TRIALS_SHOWN = 8
#: How many trials without results, search reports, lines of the answer and reasons for its change are shown.
_SILENT, _SEARCH_REPORTS, _LINES, _WHYS = 6, 8, 6, 3


@dataclass(frozen=True, slots=True)
class Site:
    """What every mail of this installation says about its sender. `public_url` is "" where there are no pages."""

    postal_address: str
    operator_email: str = ""
    public_url: str = ""


@dataclass(frozen=True, slots=True)
class TrialView:
    """One trial in the evidence panel."""

    number: int
    name: str
    url: str
    facts: str
    quote: str
    flags: tuple[str, ...]
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class SectionView:
    """One section: its items, how many more there are, and a link to (some of) those."""

    key: str
    heading: str
    items: tuple[ItemView, ...]
    left_out: int = 0
    left_out_url: str = ""
    left_out_linked: int = 0


@dataclass(frozen=True, slots=True)
class SearchReportView:
    """One search report: facts about its last success, failures since the last digest, and PubMed's warnings."""

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
        "frequency": frequencies.NAMES[digest.frequency],
        "frequency_means": frequencies.describe(digest.frequency, topic.digest),
        "quiet": frequencies.quiet_sentence(topic.digest),
        "is_welcome": digest.kind is DigestKind.WELCOME,
        "has_changed": digest.answer_changed,
        "verdict_line": verdict_line(digest),
        "summary": summary(digest, zone),
        "is_all_down": bool(digest.search_reports) and is_all_down(digest.search_reports),
        "answer": _answer(digest.answer, digest.answer_before if digest.answer_changed else None),
        "answer_whys": [clip(why, 300) for why in digest.answer_whys[:_WHYS]],
        "trials": [_trial(number, trial) for number, trial in enumerate(trials[:TRIALS_SHOWN], 1)],
        "more_trials": max(0, len(trials) - TRIALS_SHOWN),
        "picture_alt": timeline_png.alternative(trials[:TRIALS_SHOWN], day),
        "has_picture": any(trial.first_public_on for trial in trials[:TRIALS_SHOWN]),
        "silent_trials": [_silent(trial) for trial in digest.answer.silent_trials[:_SILENT]],
        "more_silent": max(0, len(digest.answer.silent_trials) - _SILENT),
        "sections": _sections(digest, topic, site),
        "search_reports": _search_reports(digest.search_reports),
        "more_search_reports": max(0, len(digest.search_reports) - _SEARCH_REPORTS),
        "article_count": count(digest.article_count, "article"),
        "topic_url": urls.topic_page(site.public_url, topic.key),
        "has_pages": bool(site.public_url),
        "postal_lines": [clip(line, 120) for line in site.postal_address.splitlines()[:6] if line.strip()],
        "operator_email": clip(site.operator_email, 120),
        "place": {str(place): placeholder(place) for place in Placeholder},
    }


def _answer(answer: Answer, before: Answer | None) -> dict[str, Any]:
    return {
        "sentence": clip(answer.sentence, 700),
        "since": day(answer.since),
        "state": str(answer.state),
        "lines": [clip(line, 300) for line in answer.lines[:_LINES]],
        "association": clip(answer.association, 400),
        "before": clip(before.sentence, 400) if before else "",
    }


def _trial(number: int, trial: Trial) -> TrialView:
    first = trial.reports[0] if trial.reports else None
    facts = [day(trial.first_public_on) or "date unknown"]
    if trial.print_date:
        facts[0] += f" (print {printed_date(clip(trial.print_date, 40))})"
    if trial.sample_size:
        facts.append(count(trial.sample_size, "person", "people"))
    facts += [timeline_png.control_in_words(trial), clip(trial.blinding, 60), timeline_png.direction_in_words(trial)]
    reports = len(trial.reports)
    if reports > 1:
        facts.append(count(reports, "report"))
    if trial.appraised_by:
        facts.append(f"appraised by {clip(trial.appraised_by, 60)}")
    url = urls.report(first.pmid, first.doi) if first else ""
    links = [Link("PubMed", urls.pubmed(first.pmid)), Link("DOI", urls.doi(first.doi))] if first else []
    return TrialView(
        number=number,
        name=clip(trial.name, 160),
        url=url,
        facts=" · ".join(fact for fact in facts if fact),
        quote=clip(trial.statement.sentence, 320) if trial.statement else "",
        flags=tuple(clip(flag, 40) for flag in trial.flags[:3]),
        links=(*(link for link in links if link.url), *urls.registration_links(trial.numbers[:2])),
    )


def _silent(trial: Trial) -> dict[str, Any]:
    number = trial.numbers[0] if trial.numbers else trial.key
    return {
        "name": clip(trial.name or number, 140),
        "status": clip(trial.status, 40),
        "link": Link(clip(number, 40), urls.registry(number)) if trial.numbers else None,
        "note": clip(trial.note, 160).rstrip("."),
    }


def _sections(digest: Digest, topic: Topic, site: Site) -> list[SectionView]:
    """The sections that are not empty, in reading order, with what each leaves out."""
    left_out, pmids = dict(digest.left_out), dict(digest.left_out_pmids)
    shown: dict[str, list[DigestItem]] = {
        key: list(items) for key, items in groupby(digest.items, lambda item: item.section)
    }
    sections: list[SectionView] = []
    for key, heading in HEADINGS.items():
        if key in shown or key in left_out:
            items = tuple(item_view(item, topic, site.public_url) for item in shown.get(key, []))
            left_out_pmids = pmids.get(key, ())
            sections.append(SectionView(key, heading, items, left_out.get(key, 0), *_linked(left_out_pmids)))
    return sections


def _linked(pmids: Iterable[str]) -> tuple[str, int]:
    """A PubMed link to the articles left out, and how many of them it shows."""
    known = [pmid for pmid in pmids if urls.is_in_pubmed(pmid)]
    return urls.pubmed_list(known), min(len(known), urls.PMIDS_IN_A_LINK)


def _search_reports(search_reports: tuple[SearchReport, ...]) -> list[SearchReportView]:
    """The first few, those with most failures first; long queries share a fixed number of bytes."""
    ordered = sorted(search_reports, key=lambda search_report: -search_report.failures)[:_SEARCH_REPORTS]
    query_bytes = max(400, min(1500, 4500 // max(1, len(ordered))))
    return [_search_report(search_report, query_bytes) for search_report in ordered]


def _search_report(search_report: SearchReport, query_bytes: int) -> SearchReportView:
    facts = [] if search_report.count is None else [count(search_report.count, "match", "matches")]
    facts.append(with_instants(clip(search_report.freshness.sentence, 200).rstrip(".")))
    if search_report.next_due_at:
        facts.append(f"next check {instant(search_report.next_due_at)}")
    troubles = (
        [f"{count(search_report.failures, 'failed attempt')} since the last digest"] if search_report.failures else []
    )
    troubles += [search_report.idle] if search_report.idle else []
    troubles += [with_instants(clip(gap, 140)) for gap in search_report.gaps[:2]]
    return SearchReportView(
        name=clip(search_report.search, 80),
        query=clip(search_report.query, query_bytes),
        translation=clip(search_report.translation, min(query_bytes, 600)),
        facts=tuple(facts),
        troubles=tuple(troubles),
        remarks=tuple(f"PubMed remarked: {clip(warning, 160)}" for warning in search_report.warnings[:2]),
    )
