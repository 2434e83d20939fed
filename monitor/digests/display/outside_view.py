"""Something outside PubMed as the templates see it, and the names of those for which a section has no room."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markupsafe import escape

from monitor.digests.display.item import ItemView, Why
from monitor.language.speech import gettext as _
from monitor.language.stored import stored
from monitor.model import OutsideItem
from monitor.render import urls
from monitor.render.dates import day
from monitor.render.text import clip
from monitor.render.urls import Link

#: How many of a section are shown whole, how many more are linked, and how many more are named by their identifier.
SHOWN, LINKED, NAMED = 12, 40, 400
#: The longest title, fact and sentence in bytes of escaped HTML; how many sentences and articles of one are shown.
_TITLE, _FACT, _SENTENCE, _SENTENCES, _ARTICLES = 400, 200, 320, 6, 4


def item_view(item: OutsideItem) -> ItemView:
    """The item as the templates see it: who says so, what happened, and its articles in PubMed."""
    title = clip(item.title or item.key, _TITLE)
    facts = (clip(item.source, 60), clip(item.details, _FACT), day(item.on))
    return ItemView(
        title=title,
        title_markup=escape(title),
        title_language="",
        url=item.url,
        source=" · ".join(fact for fact in facts if fact),
        labels=(),
        quote="",
        whys=tuple(Why(clip(stored(one, "outside"), _SENTENCE)) for one in item.sentences[:_SENTENCES]),
        more_whys=max(0, len(item.sentences) - _SENTENCES),
        links=tuple(_links(item)),
    )


def _links(item: OutsideItem) -> Iterator[Link]:
    """Where it is, and its articles in PubMed."""
    if item.url:
        yield Link(clip(_name(item), 80), item.url)
    for pmid in filter(urls.is_in_pubmed, item.pmids[:_ARTICLES]):
        yield Link(_("PubMed %(pmid)s", pmid=pmid), urls.pubmed(pmid))


def not_shown(items: Sequence[OutsideItem]) -> tuple[tuple[Link, ...], str]:
    """Of the items beyond SHOWN: links called by their identifiers, and the further identifiers as text."""
    rest = items[SHOWN:]
    links = tuple(Link(clip(_name(one), 80), one.url) for one in rest[:LINKED])
    return links, ", ".join(clip(_name(one), 80) for one in rest[LINKED : LINKED + NAMED])


def _name(item: OutsideItem) -> str:
    return item.key.removeprefix("doi:")
