"""One article of a digest as the templates see it: title, authors, journal, dates, why it is listed, links to check."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup, escape

from monitor.digests.display import revision
from monitor.language.speech import gettext as _
from monitor.language.speech import later, listed, ngettext
from monitor.language.stored import change_text, stored
from monitor.language.terms import term
from monitor.model import Article, Change, ChangeKind, Control, Design, DigestItem, Notice, Revision, Topic, Verdict
from monitor.model.values.doi import normal_doi
from monitor.render import citation_sources, urls
from monitor.render.dates import ENGLISH, day, printed_date
from monitor.render.drawing.timeline_png import control_in_words
from monitor.render.text import authors, clip, title_language, title_markup
from monitor.render.urls import Link

#: The longest title, reason and compared sentence, in bytes of escaped HTML, and how many reasons are shown.
_TITLE, _WHY, _SENTENCE, _WHYS = 500, 240, 320, 6
#: A day as a notice of another source has it.
_ISO = re.compile(r"\d{4}-\d\d-\d\d")
_NOTICES = {
    ChangeKind.RETRACTED: later("Retracted"),
    ChangeKind.REINSTATED: later("No longer retracted (reinstated)"),
    ChangeKind.CONCERN: later("Expression of concern"),
    ChangeKind.CORRECTED: later("Corrected"),
}
#: What is said of a change: where no search is known, and where one is.
_TOLD = {
    ChangeKind.NEW: (later("New"), later("New, found by the search “%(search)s”")),
    ChangeKind.CITING: (
        later("Cites the seed article"),
        later("Cites the seed article, seen by the search “%(search)s”"),
    ),
    ChangeKind.UNREAD: (
        later("Listed by PubMed; its record could not be read yet"),
        later("Listed by PubMed, found by the search “%(search)s”; its record could not be read yet"),
    ),
    ChangeKind.GONE: (later("No longer found"), later("No longer found by the search “%(search)s”")),
    ChangeKind.REAPPEARED: (later("Back: found again"), later("Back: found again by the search “%(search)s”")),
}
_WITH_REASON = frozenset(_TOLD) - {ChangeKind.UNREAD}
_CONCLUSIONS = (later("Conclusion before"), later("Conclusion now"))
_SENTENCES = (later("Sentence before"), later("Sentence now"))
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
    label: str = ""
    compared: tuple[Compared, ...] = ()


@dataclass(frozen=True, slots=True)
class ItemView:
    """One article as short texts and links; `more_whys` counts the reasons that are not shown.

    One that `is_brief` has title, source, links and what must not be missed.
    """

    title: str
    title_markup: Markup
    title_language: str
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
        title=clip(article.title or article.vernacular_title or _("(no title)"), _TITLE),
        title_markup=title_markup(article, _TITLE),
        title_language=title_language(article),
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
    return (*links, Link(_("Why this verdict"), explanation)) if has_page else links


def _source(article: Article) -> str:
    """ "Siddiqui AH, et al. · Neurology · 27 Jun 2014 (print 29 Jul 2014)"."""
    journal = clip(article.journal_abbreviation or article.journal, 90)
    return " · ".join(part for part in (authors(article), journal, _dates(article)) if part)


def _dates(article: Article) -> str:
    """The day it was first public, and the print date where that differs."""
    first, printed = article.first_public_on, clip(str(article.print_date), 40)
    if first and printed and printed not in ENGLISH.day(first):
        return _("%(day)s (print %(printed)s)", day=day(first), printed=printed_date(printed))
    return day(first) or printed_date(printed)


def _labels(verdict: Verdict | None) -> tuple[str, ...]:
    """Design with its level, control, sample size and number of included trials, as far as they are known."""
    if not verdict:
        return ()
    design = term("design", verdict.design)
    level = term("level", verdict.level)
    labels = [_("%(design)s (%(level)s)", design=design, level=level) if verdict.by == "rules" else design]
    if verdict.relevance.is_match and verdict.control not in (Control.NOT_STATED, Control.NONE):
        labels.append(control_in_words(verdict))
    if verdict.relevance.is_match and verdict.sample_size:
        labels.append(ngettext("%(number)s person", "%(number)s people", verdict.sample_size))
    if verdict.included_trials is not None:
        labels.append(ngettext("%(number)s trial included", "%(number)s trials included", verdict.included_trials))
    return tuple(labels)


def _whys(change: Change, verdict: Verdict | None) -> list[Why]:
    """The change in words; before a revision that turns the result round, that it does."""
    if change.kind is not ChangeKind.REVISED:
        return [_why(change)] + [Why(citation_sources.clinical())] * change.is_clinical
    revised = Why(
        _("Revised: %(changes)s", changes="; ".join(_revision(revised) for revised in change.revisions[:5])),
        compared=_compared(change, verdict),
    )
    turned = revision.reversal(change, verdict)
    if turned is None:
        return [revised]
    was, now = turned
    text = _(
        "The result that its authors state has changed: before “%(before)s”, now “%(now)s”",
        before=term("direction", was),
        now=term("direction", now),
    )
    return [Why(text, is_alarm=True), revised]


def _why(change: Change) -> Why:
    """The change in words, with the search that found it."""
    search, reason = clip(change.search, 60), clip(change_text(change.why), _WHY)
    if change.kind is ChangeKind.MERGED:
        other = clip(change.merged_into, 20)
        text = _("Now under PMID %(pmid)s in PubMed", pmid=other)
        return Why(text, urls.pubmed(change.merged_into), label=_("its record now"))
    if change.kind not in _TOLD:
        return _notice(change)
    alone, by_search = _TOLD[change.kind]
    text = citation_sources.told_by(change.sources) or (_(by_search, search=search) if search else _(alone))
    return Why(_("%(what)s: %(reason)s", what=text, reason=reason) if reason and change.kind in _WITH_REASON else text)


def _notice(change: Change) -> Why:
    """A notice about the article, with its citation; one that is taken back is no alarm."""
    is_alarm = change.kind is not ChangeKind.REINSTATED
    word = _(_NOTICES.get(change.kind, str(change.kind)))
    notice = change.notice
    if notice is None:
        return Why(word, is_alarm=is_alarm)
    if notice.source:
        return _outside_notice(word, notice, is_alarm=is_alarm)
    citation = clip(notice.citation, 160)
    text = _("%(what)s: %(reason)s", what=word, reason=citation) if citation else word
    return Why(text, urls.pubmed(notice.pmid), is_alarm=is_alarm, label=_("notice"))


def _outside_notice(word: str, notice: Notice, *, is_alarm: bool) -> Why:
    """A notice that PubMed's record does not have: who says so, since when, and why."""
    facts = {"what": word, "source": clip(notice.source, 60), "reason": clip(notice.reason, 160)}
    if notice.on:
        facts["day"] = day(date.fromisoformat(notice.on)) if _ISO.fullmatch(notice.on) else clip(notice.on, 20)
    text = {
        (True, True): later("%(what)s on %(day)s, according to %(source)s: %(reason)s"),
        (True, False): later("%(what)s on %(day)s, according to %(source)s"),
        (False, True): later("%(what)s, according to %(source)s: %(reason)s"),
        (False, False): later("%(what)s, according to %(source)s"),
    }[bool(notice.on), bool(notice.reason)]
    url = urls.pubmed(notice.pmid) or urls.doi(normal_doi(notice.citation))
    return Why(_(text, **facts), url, is_alarm=is_alarm, label=_("notice"))


def _compared(change: Change, verdict: Verdict | None) -> tuple[Compared, ...]:
    """What a revised abstract says now and did not say before, sentence by sentence."""
    design = verdict.design if verdict else Design.UNCLEAR
    shown: list[Compared] = []
    for revised in change.revisions:
        if revised.field == "abstract" and revised.old and revised.new:
            for one in revision.differences(revised.old, revised.new, design):
                before, now = _CONCLUSIONS if one.is_conclusion else _SENTENCES
                if one.before:
                    shown.append(Compared(_(before), _clipped(one.before), is_before=True))
                if one.now:
                    shown.append(Compared(_(now), _clipped(one.now)))
    return tuple(shown)


def _clipped(pieces: tuple[revision.Piece, ...]) -> tuple[revision.Piece, ...]:
    """The first pieces, as many as fit into the room of one sentence."""
    room, kept = _SENTENCE, []
    for piece in pieces:
        text = clip(piece.text, max(4, room))
        room -= len(str(escape(text)).encode(errors="replace"))
        kept.append(revision.Piece(text, piece.is_changed))
        if room <= 4 or text != piece.text:
            break
    return tuple(kept)


def _revision(revised: Revision) -> str:
    """What changed, with both values clipped; of an abstract only that it did (see `_compared`)."""
    name = _FIELDS.get(revised.field, clip(revised.field, 40))
    if revised.field == "abstract":
        text = later("abstract removed") if not revised.new else later("abstract changed")
        return _(later("abstract added") if not revised.old else text)
    old, new = clip(revised.old, 110), clip(revised.new, 110)
    return _("%(part)s was “%(old)s”, is now “%(new)s”", part=term("part of a record", name), old=old, new=new)


def _verdict_reasons(verdict: Verdict) -> list[Why]:
    """The person's screening, else the words that the rules matched, and why the article is not about the question."""
    if verdict.by != "rules":
        return [
            Why(
                _("Screened by %(person)s: %(reason)s", person=clip(verdict.by, 60), reason=clip(verdict.because, _WHY))
            )
        ]
    words = [
        _("“%(words)s” in the %(part)s", words=clip(one.words, 80), part=term("part of a record", clip(one.field, 30)))
        for one in verdict.basis[:2]
        if one.words
    ]
    reasons = [Why(_("Judged by %(words)s", words=listed(words)))] if words else []
    if verdict.relevance.why_not:
        why_not = clip(stored(verdict.relevance.why_not, "why not this question"), 160)
        reasons.append(Why(_("Not this question: %(reason)s", reason=why_not)))
    return reasons
