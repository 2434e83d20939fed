"""How the articles that a digest only counts can be reached: links to PubMed in the mail, beyond that an attached list.

Pure. Every one of them is reachable without our own pages, which an installation may not have.
"""

from __future__ import annotations

from dataclasses import dataclass

from monitor.language.speech import gettext as _
from monitor.language.speech import ngettext
from monitor.model import Digest
from monitor.render import urls
from monitor.render.urls import Link

#: How many articles all links of one mail lead to: their PMIDs take 9 bytes each of a mail that must stay small.
LINKED = 2_000


@dataclass(frozen=True, slots=True)
class LeftOut:
    """The articles of one section that are only counted: `linked` and `unlisted` (PMIDs) by the mail, `rest` by a file.

    `unlisted` are articles that PubMed does not have, whose numbers stand in the mail without a link.
    """

    linked: tuple[str, ...] = ()
    unlisted: tuple[str, ...] = ()
    rest: tuple[str, ...] = ()

    @property
    def links(self) -> tuple[Link, ...]:
        """Links to PubMed, each to as many articles as a URL can hold: "see them on PubMed", "1–180 on PubMed"."""
        size, number = urls.PMIDS_IN_A_LINK, len(self.linked)
        if 0 < number <= size:
            label = _see_some if self.unlisted or self.rest else _see_all
            return (Link(label(number), urls.pubmed_list(self.linked)),)
        starts = range(0, number, size)
        labels = (_some_of(start + 1, min(start + size, number)) for start in starts)
        lists = (urls.pubmed_list(self.linked[start : start + size]) for start in starts)
        return tuple(Link(label, url) for label, url in zip(labels, lists, strict=True))


def _see_all(number: int) -> str:
    return ngettext("see it on PubMed", "see them on PubMed", number)


def _see_some(number: int) -> str:
    return ngettext("see %(number)s of them on PubMed", "see %(number)s of them on PubMed", number)


def _some_of(first: int, last: int) -> str:
    return _("%(first)s–%(last)s on PubMed", first=first, last=last)


def left_out(digest: Digest) -> dict[str, LeftOut]:
    """What each section leaves out; the first LINKED articles in reading order are linked."""
    room, found = LINKED, {}
    for section, pmids in digest.left_out_pmids:
        shown, rest = pmids[:room], pmids[room:]
        room -= len(shown)
        known = tuple(pmid for pmid in shown if urls.is_in_pubmed(pmid))
        unlisted = tuple(pmid for pmid in shown if not urls.is_in_pubmed(pmid))
        found[section] = LeftOut(known, unlisted, rest)
    return found


def in_file(digest: Digest) -> tuple[str, ...]:
    """The PMIDs that only an attached list leads to, in reading order; () for nearly every digest."""
    return tuple(pmid for one in left_out(digest).values() for pmid in one.rest)
