"""ELink's LinkOut commands: who provides the full text, as far as the record shows (NBK25499; recorded responses).

NCBI knows this from its providers; the sandbox from the record: a PMCID is PubMed Central's free copy, a DOI
the publisher's page.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from lxml import etree

from monitor.sandbox.corpus.view import Library
from monitor.sandbox.endpoints import envelopes
from monitor.sandbox.endpoints.envelopes import element
from monitor.sandbox.request import Request, Response

#: The commands: all providers except libraries, with libraries (there are none here), the first provider only.
COMMANDS = frozenset({"llinks", "llinkslib", "prlinks"})

_NONE = "No links"
_IDS = "PubmedData/ArticleIdList/ArticleId[@IdType='{}']"


@dataclass(frozen=True, slots=True)
class Offer:
    """One provider of one full text, in NCBI's words."""

    url: str
    attributes: tuple[str, ...]
    name: str
    short: str
    id: str
    home: str


def linkout(library: Library, request: Request, groups: list[list[str]]) -> Response:
    """The response to a LinkOut command: a LinkSet per group, an IdUrlSet per id, "No links" where there are none."""
    most = 1 if request.get("cmd") == "prlinks" else None
    sets = [[(pmid, list(_offers(library, pmid))[:most]) for pmid in group] for group in groups]
    return _json(sets) if request.is_json() else _xml(sets)


def _offers(library: Library, pmid: str) -> Iterator[Offer]:
    """The publisher first, in the order of PubMed's icons."""
    state = library.view.states.get(pmid)
    if state is None:
        return
    record = state.record.element(state.packed)
    doi = _id(record, "doi") or (record.findtext(".//ELocationID[@EIdType='doi']") or "").strip()
    if doi:
        url = f"https://doi.org/{quote(doi, safe='/:;().-_')}"
        said = ("full-text online", "publisher of information in URL")
        yield Offer(url, said, "Publisher, through doi.org", "doi", "9001", "https://doi.org/")
    if pmcid := _id(record, "pmc"):
        home = "https://www.ncbi.nlm.nih.gov/pmc/"
        url = f"{home}articles/{quote(pmcid, safe='')}/"
        yield Offer(url, ("free resource",), "PubMed Central", "PMC", "3494", home)


def _id(record: etree._Element, kind: str) -> str:
    return (record.findtext(_IDS.format(kind)) or "").strip()


def _xml(sets: list[list[tuple[str, list[Offer]]]]) -> Response:
    inside = "".join(
        f"\n<LinkSet><DbFrom>pubmed</DbFrom><IdUrlList>{''.join(_url_set(*one) for one in group)}</IdUrlList></LinkSet>"
        for group in sets
    )
    return envelopes.result("eLinkResult", f"\n{inside}\n")


def _url_set(pmid: str, offers: list[Offer]) -> str:
    inside = "".join(map(_obj_url, offers)) or f"\t{element('Info', _NONE)}\n"
    return f"<IdUrlSet>\n\t{element('Id', pmid)}\n{inside}</IdUrlSet>\n"


def _obj_url(offer: Offer) -> str:
    attributes = "".join(f"\t\t{element('Attribute', each)}\n" for each in offer.attributes)
    provider = "".join(
        f"\t\t\t{element(name, value)}\n"
        for name, value in (("Name", offer.name), ("NameAbbr", offer.short), ("Id", offer.id), ("Url", offer.home))
    )
    return (
        f"\t<ObjUrl>\n\t\t{element('Url', offer.url)}\n\n\t\t{element('Category', 'Full Text Sources')}\n{attributes}"
        f"\t\t<Provider>\n{provider}\t\t</Provider>\n\t</ObjUrl>\n"
    )


def _json(sets: list[list[tuple[str, list[Offer]]]]) -> Response:
    shaped = [{"dbfrom": "pubmed", "idurllist": [_json_urls(*one) for one in group]} for group in sets]
    return envelopes.json_result("elink", {"linksets": shaped})


def _json_urls(pmid: str, offers: list[Offer]) -> dict[str, object]:
    if not offers:
        return {"id": pmid, "info": _NONE}
    return {
        "id": pmid,
        "objurls": [
            {
                "url": {"value": one.url},
                "subjecttypes": [],
                "categories": ["Full Text Sources"],
                "attributes": list(one.attributes),
                "provider": {"name": one.name, "nameabbr": one.short, "id": one.id, "url": {"value": one.home}},
            }
            for one in offers
        ],
    }
