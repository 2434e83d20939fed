"""One article of a digest as the templates see it: title, authors, journal, dates, why it is listed, links to check."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from monitor.model import Article, Change, ChangeKind, Control, DigestItem, Revision, Topic, Verdict
from monitor.render import urls
from monitor.render.dates import ENGLISH, day, printed_date
from monitor.render.text import authors, clip, count, title_markup
from monitor.render.urls import Link

#: The longest title and reason, in bytes of escaped HTML, and how many reasons are shown.
_TITLE, _WHY, _WHYS = 500, 240, 6
_ALARMS = {
    ChangeKind.RETRACTED: "Retracted",
    ChangeKind.CONCERN: "Expression of concern",
    ChangeKind.CORRECTED: "Corrected",
}
_FIELDS = {
    "title": "title",
    "abstract": "abstract",
    "publication_types": "publication types",
    "registry_numbers": "registry numbers",
    "notices": "linked notices",
}


@dataclass(frozen=True, slots=True)
class Why:
    """One reason why the article is listed; `url` leads to a notice's record, `is_alarm` makes it stand out."""

    text: str
    url: str = ""
    is_alarm: bool = False


@dataclass(frozen=True, slots=True)
class ItemView:
    """One article as short texts and links; `more_whys` counts the reasons that are not shown."""

    title: str
    title_markup: Markup
    url: str
    source: str
    labels: tuple[str, ...]
    quote: str
    whys: tuple[Why, ...]
    more_whys: int
    links: tuple[Link, ...]


def item_view(item: DigestItem, topic: Topic, public_url: str) -> ItemView:
    """The item as the templates see it; `public_url` is "" where there are no pages."""
    article, verdict = item.article, item.verdict
    reasons = [_why(change) for change in item.changes]
    reasons += _verdict_reasons(verdict) if verdict else []
    links = list(urls.article_links(article))
    explanation = urls.explanation_page(public_url, topic.key, article.pmid)
    if explanation:
        links.append(Link("Why this verdict", explanation))
    return ItemView(
        title=clip(article.title or article.vernacular_title or "(no title)", _TITLE),
        title_markup=title_markup(article, _TITLE),
        url=urls.report(article.pmid, article.doi),
        source=_source(article),
        labels=_labels(verdict),
        quote=clip(verdict.statement.sentence, 320) if verdict and verdict.statement else "",
        whys=tuple(reasons[:_WHYS]),
        more_whys=max(0, len(reasons) - _WHYS),
        links=tuple(links),
    )


def _source(article: Article) -> str:
    """ "Siddiqui AH, et al. · Neurology · 27 Jun 2014 (print 29 Jul 2014)"."""
    journal = clip(article.journal_abbreviation or article.journal, 90)
    return " · ".join(part for part in (authors(article), journal, _dates(article)) if part)


def _dates(article: Article) -> str:
    """The day it was first public, and the print date where that differs."""
    first, printed = article.first_public_on, clip(str(article.print_date), 40)
    if first and printed and printed not in ENGLISH.day(first):
        return f"{day(first)} (print {printed_date(printed)})"
    return day(first) or printed_date(printed)


def _labels(verdict: Verdict | None) -> tuple[str, ...]:
    """Design with its level, control, sample size and number of included trials, as far as they are known."""
    if not verdict:
        return ()
    labels = [f"{verdict.design} ({verdict.level})" if verdict.by == "rules" else str(verdict.design)]
    if verdict.relevance.is_match and verdict.control not in (Control.NOT_STATED, Control.NONE):
        labels.append(f"{verdict.control} control")
    if verdict.relevance.is_match and verdict.sample_size:
        labels.append(count(verdict.sample_size, "person", "people"))
    if verdict.included_trials is not None:
        labels.append(f"{count(verdict.included_trials, 'trial')} included")
    return tuple(labels)


def _why(change: Change) -> Why:
    """The change in words, with the search that found it."""
    seen = f"by the search “{clip(change.search, 60)}”" if change.search else ""
    reason = f": {clip(change.why, _WHY)}" if change.why else ""
    match change.kind:
        case ChangeKind.NEW:
            return Why(f"New, found {seen}{reason}" if seen else f"New{reason}")
        case ChangeKind.CITING:
            return Why(f"Cites the seed article, seen {seen}{reason}" if seen else f"Cites the seed article{reason}")
        case ChangeKind.REVISED:
            return Why("Revised: " + "; ".join(_revision(revision) for revision in change.revisions[:5]))
        case ChangeKind.GONE:
            return Why(f"No longer found {seen}{reason}")
        case _:
            return _alarm(change)


def _alarm(change: Change) -> Why:
    """A notice about the article, with its citation."""
    word = _ALARMS.get(change.kind, str(change.kind))
    notice = change.notice
    if notice is None:
        return Why(word, is_alarm=True)
    citation = clip(notice.citation, 160)
    return Why(f"{word}: {citation}" if citation else word, urls.pubmed(notice.pmid), is_alarm=True)


def _revision(revision: Revision) -> str:
    """What changed, with both values clipped; an abstract is too long to quote."""
    name = _FIELDS.get(revision.field, clip(revision.field, 40))
    if revision.field == "abstract":
        return "abstract added" if not revision.old else "abstract removed" if not revision.new else "abstract changed"
    return f"{name} was “{clip(revision.old, 110)}”, is now “{clip(revision.new, 110)}”"


def _verdict_reasons(verdict: Verdict) -> list[Why]:
    """The person's screening, else the words that the rules matched, and why the article is not about the question."""
    if verdict.by != "rules":
        return [Why(f"Screened by {clip(verdict.by, 60)}: {clip(verdict.because, _WHY)}")]
    words = [f"“{clip(basis.words, 80)}” in the {clip(basis.field, 30)}" for basis in verdict.basis[:2] if basis.words]
    reasons = [Why("Judged by " + " and ".join(words))] if words else []
    if verdict.relevance.why_not:
        reasons.append(Why(f"Not this question: {clip(verdict.relevance.why_not, 160)}"))
    return reasons
