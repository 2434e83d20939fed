"""One article of a digest as the templates see it: title, who, where, when, why it is here, where to check."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from monitor.model import Article, Change, ChangeKind, Control, DigestItem, Revision, Topic, Verdict
from monitor.render import urls
from monitor.render.dates import ENGLISH, day, printed_date
from monitor.render.text import authors, clip, count, title_markup
from monitor.render.urls import Link

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
    """One reason for being here; `url` leads to the notice, `is_alarm` asks for attention."""

    text: str
    url: str = ""
    is_alarm: bool = False


@dataclass(frozen=True, slots=True)
class ItemView:
    """One article, ready to print."""

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
    """The item as the templates see it."""
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
    """The day it was first public, and the date it is cited by where that reads differently."""
    first, cited = article.first_public_on, clip(str(article.print_date), 40)
    if first and cited and cited not in ENGLISH.day(first):
        return f"{day(first)} (print {printed_date(cited)})"
    return day(first) or printed_date(cited)


def _labels(verdict: Verdict | None) -> tuple[str, ...]:
    """What kind of study it is, how sure that is, and what a reader asks next."""
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
    """The change in words, with the search that saw it."""
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
    """A notice about the article, with where it stands."""
    word = _ALARMS.get(change.kind, str(change.kind))
    notice = change.notice
    if notice is None:
        return Why(word, is_alarm=True)
    place = clip(notice.citation, 160)
    return Why(f"{word}: {place}" if place else word, urls.pubmed(notice.pmid), is_alarm=True)


def _revision(revision: Revision) -> str:
    """What changed, with both values where they are short enough to read."""
    name = _FIELDS.get(revision.field, clip(revision.field, 40))
    if revision.field == "abstract":
        return "abstract added" if not revision.old else "abstract removed" if not revision.new else "abstract changed"
    return f"{name} was “{clip(revision.old, 110)}”, is now “{clip(revision.new, 110)}”"


def _verdict_reasons(verdict: Verdict) -> list[Why]:
    """A person's decision, else the words the rules went by; and why it is not about the question."""
    if verdict.by != "rules":
        return [Why(f"Screened by {clip(verdict.by, 60)}: {clip(verdict.because, _WHY)}")]
    words = [f"“{clip(basis.words, 80)}” in the {clip(basis.field, 30)}" for basis in verdict.basis[:2] if basis.words]
    reasons = [Why("Judged by " + " and ".join(words))] if words else []
    if verdict.relevance.why_not:
        reasons.append(Why(f"Not this question: {clip(verdict.relevance.why_not, 160)}"))
    return reasons
