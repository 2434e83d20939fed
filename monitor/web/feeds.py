"""Atom feeds (RFC 4287): every change of a topic, or only the changes of its answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from xml.etree import ElementTree

from starlette.requests import Request
from starlette.responses import Response

from monitor import store
from monitor.language.speech import gettext as _
from monitor.language.speech import language, later
from monitor.language.stored import answer_text, change_text
from monitor.model import ChangeKind, Topic
from monitor.render import urls
from monitor.render.placeholders import clean
from monitor.web.pages.topic import ChangeEntry, change_entries, reason
from monitor.web.responses import respond
from monitor.web.site import Site, site_of, topic_of

#: How many changes a feed has.
MAX_ENTRIES = 50
_ATOM = "http://www.w3.org/2005/Atom"
ElementTree.register_namespace("", _ATOM)
_NEVER = datetime(2000, 1, 1, tzinfo=UTC)


def changes(request: Request) -> Response:
    """The latest changes of every kind."""
    return _feed(request, "changes", None)


def answers(request: Request) -> Response:
    """The latest changes of the answer."""
    return _feed(request, "answers", {ChangeKind.ANSWER})


def _feed(request: Request, name: str, kinds: set[ChangeKind] | None) -> Response:
    site, topic = site_of(request), topic_of(request)
    with site.db.read() as tx:
        entries = change_entries(tx, topic, store.changes.recent(tx, topic.key, MAX_ENTRIES, kinds))
    about = later("%(topic)s: changes of the answer") if kinds else later("%(topic)s: everything that changed")
    title = _(about, topic=topic.name)
    xml = _xml(site, topic, title, f"topics/{topic.key}/{name}.atom", entries)
    return respond(request, xml, "application/atom+xml; charset=utf-8")


def _xml(site: Site, topic: Topic, title: str, path: str, entries: Sequence[ChangeEntry]) -> bytes:
    page = urls.topic_page(site.url, topic.key)
    feed = ElementTree.Element(f"{{{_ATOM}}}feed", {"{http://www.w3.org/XML/1998/namespace}lang": language()})
    _text(feed, "id", f"{site.url}/{path}")
    _text(feed, "title", title)
    _text(feed, "subtitle", topic.question.text)
    _text(feed, "updated", _instant(max((one.change.at for one in entries), default=_NEVER)))
    _link(feed, "self", f"{site.url}/{path}", "application/atom+xml")
    _link(feed, "alternate", page, "text/html")
    author = ElementTree.SubElement(feed, f"{{{_ATOM}}}author")
    brand = site.settings.branding
    _text(author, "name", brand.name or "Monitor")
    if brand.logo:
        _text(feed, "logo", f"{site.url}/logo")
    for one in entries:
        _entry(feed, site, topic, one)
    body: bytes = ElementTree.tostring(feed, encoding="utf-8", xml_declaration=True)
    return body


def _entry(feed: ElementTree.Element, site: Site, topic: Topic, one: ChangeEntry) -> None:
    change = one.change
    entry = ElementTree.SubElement(feed, f"{{{_ATOM}}}entry")
    _text(entry, "id", f"{urls.topic_page(site.url, topic.key)}#change-{change.id}")
    _text(entry, "updated", _instant(change.at))
    _text(entry, "title", f"{one.kind}: {_headline(one)}")
    _link(entry, "alternate", _alternate(site, topic, one), "text/html")
    _text(entry, "summary", _summary(one))
    ElementTree.SubElement(entry, f"{{{_ATOM}}}category", {"term": change.kind})


def _alternate(site: Site, topic: Topic, one: ChangeEntry) -> str:
    """Our page about it; of an article whose record could not be read yet, PubMed's."""
    page = urls.topic_page(site.url, topic.key)
    if one.change.item:
        return one.change.item.url or page
    if not one.change.pmid:
        return page
    return f"{page}/articles/{one.change.pmid}" if one.article else urls.pubmed(one.change.pmid) or page


def _headline(one: ChangeEntry) -> str:
    if one.answer:
        return answer_text(one.answer.answer.sentence)
    if one.change.item:
        return one.change.item.title or one.change.item.key
    if not one.change.pmid:
        return change_text(one.change.why)
    return one.article.title if one.article and one.article.title else f"PMID {one.change.pmid}"


def _summary(one: ChangeEntry) -> str:
    """Why the change is reported; the further sentences of an answer; the journal and identifiers of an article."""
    parts = [reason(one.change), *(map(answer_text, one.answer.answer.lines) if one.answer else ())]
    if one.change.item:
        parts.append(", ".join((one.change.item.source, one.change.item.key.removeprefix("doi:"))))
    if one.article:
        parts.append(", ".join(filter(None, (one.article.journal, f"PMID {one.article.pmid}", one.article.doi))))
    return " ".join(part for part in parts if part) or _headline(one)


def _text(parent: ElementTree.Element, name: str, text: str) -> None:
    """An element of plain text, without the control characters that XML 1.0 does not allow."""
    ElementTree.SubElement(parent, f"{{{_ATOM}}}{name}").text = clean(text)


def _link(parent: ElementTree.Element, rel: str, href: str, media_type: str) -> None:
    ElementTree.SubElement(parent, f"{{{_ATOM}}}link", {"rel": rel, "href": href, "type": media_type})


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
