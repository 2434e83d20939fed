"""One article of a digest as the templates see it: title, authors, journal, dates, why it is listed, links to check."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup, escape

from monitor.digests import revision
from monitor.model import Article, Change, ChangeKind, Control, Design, DigestItem, Revision, Topic, Verdict
from monitor.render import urls
from monitor.render.dates import ENGLISH, day, printed_date
from monitor.render.text import authors, clip, count, title_markup
from monitor.render.urls import Link

#: The longest title, reason and compared sentence, in bytes of escaped HTML, and how many reasons are shown.
_TITLE, _WHY, _SENTENCE, _WHYS = 500, 240, 320, 6
_NOTICES = {
    ChangeKind.RETRACTED: "Retracted",
    ChangeKind.REINSTATED: "No longer retracted (reinstated)",
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
class Compared:
    """One state of a sentence that was revised: "Conclusion before", and its words as pieces."""

    label: str
    pieces: tuple[revision.Piece, ...]
    is_before: bool = False

    @property
    def text(self) -> str:
        """The sentence with the changed words between asterisks, for mail without markup."""
        return " ".join(f"*{piece.text}*" if piece.is_changed else piece.text for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Why:
    """One reason why the article is listed; `url` leads to a notice or another record, called `label`.

    `is_alarm` makes it stand out; `compared` are sentences of a revised abstract, before and now.
    """

    text: str
    url: str = ""
    is_alarm: bool = False
    label: str = "notice"
    compared: tuple[Compared, ...] = ()


@dataclass(frozen=True, slots=True)
class ItemView:
    """One article as short texts and links; `more_whys` counts the reasons that are not shown.

    One that `is_brief` has title, source, links and what must not be missed.
    """

    title: str
    title_markup: Markup
    url: str
    source: str
    labels: tuple[str, ...]
    quote: str
    whys: tuple[Why, ...]
    more_whys: int
    links: tuple[Link, ...]
    is_brief: bool = False


def item_view(item: DigestItem, topic: Topic, public_url: str) -> ItemView:
    """The item as the templates see it; `public_url` is "" where there are no pages."""
    article, verdict = item.article, item.verdict
    reasons = _reasons(item)
    quote = clip(verdict.statement.sentence, 320) if verdict and verdict.statement else ""
    return ItemView(
        title=clip(article.title or article.vernacular_title or "(no title)", _TITLE),
        title_markup=title_markup(article, _TITLE),
        url=urls.report(article.pmid, article.doi),
        source=_source(article),
        labels=() if item.is_brief else _labels(verdict),
        quote="" if item.is_brief else quote,
        whys=tuple(reasons[:_WHYS]),
        more_whys=max(0, len(reasons) - _WHYS),
        links=_links(item, topic, public_url),
        is_brief=item.is_brief,
    )


def _reasons(item: DigestItem) -> list[Why]:
    """Why it is listed, and why it was judged so; of a brief item only the alarms."""
    reasons = [why for change in item.changes for why in _whys(change, item.verdict)]
    if item.is_brief:
        return [why for why in reasons if why.is_alarm]
    return reasons + (_verdict_reasons(item.verdict) if item.verdict else [])


def _links(item: DigestItem, topic: Topic, public_url: str) -> tuple[Link, ...]:
    links = urls.article_links(item.article)
    explanation = urls.explanation_page(public_url, topic.key, item.article.pmid)
    has_page = bool(explanation) and item.section != "unread"  # an article without a record has none
    return (*links, Link("Why this verdict", explanation)) if has_page else links


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


def _whys(change: Change, verdict: Verdict | None) -> list[Why]:
    """The change in words; before a revision that turns the result round, that it does."""
    if change.kind is not ChangeKind.REVISED:
        return [_why(change)]
    revised = Why(
        "Revised: " + "; ".join(_revision(revised) for revised in change.revisions[:5]),
        compared=_compared(change, verdict),
    )
    turned = revision.reversal(change, verdict)
    if turned is None:
        return [revised]
    was, now = turned
    text = f"The result that its authors state has changed: before “{was}”, now “{now}”"
    return [Why(text, is_alarm=True), revised]


def _why(change: Change) -> Why:
    """The change in words, with the search that found it."""
    seen = f"by the search “{clip(change.search, 60)}”" if change.search else ""
    reason = f": {clip(change.why, _WHY)}" if change.why else ""
    match change.kind:
        case ChangeKind.NEW:
            return Why(f"New, found {seen}{reason}" if seen else f"New{reason}")
        case ChangeKind.CITING:
            return Why(f"Cites the seed article, seen {seen}{reason}" if seen else f"Cites the seed article{reason}")
        case ChangeKind.UNREAD:
            return Why(f"Listed by PubMed{f', found {seen}' if seen else ''}; its record could not be read yet")
        case ChangeKind.GONE:
            return Why(f"No longer found {seen}{reason}")
        case ChangeKind.REAPPEARED:
            return Why(f"Back: found again {seen}".rstrip() + reason)
        case ChangeKind.MERGED:
            other = clip(change.merged_into, 20)
            return Why(f"Now under PMID {other} in PubMed", urls.pubmed(change.merged_into), label="its record now")
        case _:
            return _notice(change)


def _notice(change: Change) -> Why:
    """A notice about the article, with its citation; one that is taken back is no alarm."""
    is_alarm = change.kind is not ChangeKind.REINSTATED
    word = _NOTICES.get(change.kind, str(change.kind))
    notice = change.notice
    if notice is None:
        return Why(word, is_alarm=is_alarm)
    citation = clip(notice.citation, 160)
    return Why(f"{word}: {citation}" if citation else word, urls.pubmed(notice.pmid), is_alarm=is_alarm)


def _compared(change: Change, verdict: Verdict | None) -> tuple[Compared, ...]:
    """What a revised abstract says now and did not say before, sentence by sentence."""
    design = verdict.design if verdict else Design.UNCLEAR
    shown: list[Compared] = []
    for revised in change.revisions:
        if revised.field == "abstract" and revised.old and revised.new:
            for one in revision.differences(revised.old, revised.new, design):
                name = "Conclusion" if one.is_conclusion else "Sentence"
                if one.before:
                    shown.append(Compared(f"{name} before", _clipped(one.before), is_before=True))
                if one.now:
                    shown.append(Compared(f"{name} now", _clipped(one.now)))
    return tuple(shown)


def _clipped(pieces: tuple[revision.Piece, ...]) -> tuple[revision.Piece, ...]:
    """The first pieces, as many as fit into the room of one sentence."""
    room, kept = _SENTENCE, []
    for piece in pieces:
        text = clip(piece.text, max(4, room))
        room -= len(str(escape(text)).encode("utf-8", "replace"))
        kept.append(revision.Piece(text, piece.is_changed))
        if room <= 4 or text != piece.text:
            break
    return tuple(kept)


def _revision(revised: Revision) -> str:
    """What changed, with both values clipped; of an abstract only that it did (see `_compared`)."""
    name = _FIELDS.get(revised.field, clip(revised.field, 40))
    if revised.field == "abstract":
        return "abstract added" if not revised.old else "abstract removed" if not revised.new else "abstract changed"
    return f"{name} was “{clip(revised.old, 110)}”, is now “{clip(revised.new, 110)}”"


def _verdict_reasons(verdict: Verdict) -> list[Why]:
    """The person's screening, else the words that the rules matched, and why the article is not about the question."""
    if verdict.by != "rules":
        return [Why(f"Screened by {clip(verdict.by, 60)}: {clip(verdict.because, _WHY)}")]
    words = [f"“{clip(basis.words, 80)}” in the {clip(basis.field, 30)}" for basis in verdict.basis[:2] if basis.words]
    reasons = [Why("Judged by " + " and ".join(words))] if words else []
    if verdict.relevance.why_not:
        reasons.append(Why(f"Not this question: {clip(verdict.relevance.why_not, 160)}"))
    return reasons
