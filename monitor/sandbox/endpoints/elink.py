"""ELink from PubMed: who cites, what is cited, what is similar, who has full texts (NBK25499; recorded responses)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from monitor.sandbox.corpus.view import Library, date_limits
from monitor.sandbox.endpoints import envelopes
from monitor.sandbox.endpoints.efetch import RefusedError, id_words, wanted
from monitor.sandbox.endpoints.envelopes import element
from monitor.sandbox.endpoints.linkout import COMMANDS, linkout
from monitor.sandbox.endpoints.similar import similar
from monitor.sandbox.query import QuerySyntaxError
from monitor.sandbox.request import Request, Response

#: (PMID, score) pairs in order; the score counts only for neighbor_score.
Links = list[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class LinkSet:
    """The links of one set of ids, by link name."""

    ids: list[str]
    found: dict[str, Links]


def _citedin(library: Library, pmid: str) -> Links:
    return [(citing, 0) for citing in _newest_first(library.corpus.citing(pmid))]


def _references(library: Library, pmid: str) -> Links:
    return [(cited, 0) for cited in _newest_first(library.corpus.cited_by(pmid))]


def _newest_first(pmids: set[str]) -> list[str]:
    return sorted(pmids, key=int, reverse=True)


NAMES: dict[str, Callable[[Library, str], Links]] = {
    "pubmed_pubmed": similar,
    "pubmed_pubmed_citedin": _citedin,
    "pubmed_pubmed_refs": _references,
}


def elink(library: Library, request: Request) -> Response:
    """The response to an ELink call: one LinkSet for each `id` parameter, one merged LinkSet for each comma list."""
    source = request.get("dbfrom", "pubmed")
    if source != "pubmed":
        return _error(request, f"Invalid dbfrom name specified: {source}")
    try:
        groups = _groups(library, request)
        allowed = _allowed(library, request)
    except (RefusedError, QuerySyntaxError) as refusal:
        return _error(request, getattr(refusal, "message", str(refusal)))
    if request.get("cmd") in COMMANDS:
        return linkout(library, request, groups)
    names = [request.get("linkname")] if request.get("linkname") else list(NAMES)
    sets = [_linked(library, group, names, allowed) for group in groups]
    if request.get("cmd") == "neighbor_history":
        return _kept(library, request, sets)
    return (_json if request.is_json() else _xml)(sets, has_scores=request.get("cmd") == "neighbor_score")


def _error(request: Request, message: str) -> Response:
    if request.is_json():
        return envelopes.json_result("elink", {"ERROR": message})
    return envelopes.error("eLinkResult", message)


def _groups(library: Library, request: Request) -> list[list[str]]:
    if request.get("WebEnv") and request.get("query_key"):
        return [wanted(library, request)]
    groups = [[word for word in id_words([value]) if word.isdigit()] for value in request.all("id")]
    if not any(groups):
        raise RefusedError("Empty id list")
    return [group for group in groups if group]


def _allowed(library: Library, request: Request) -> set[str] | None:
    """The PMIDs that `term` and the date parameters leave, None when nothing is asked."""
    if not request.get("term") and not date_limits(request, library.today):
        return None
    return set(library.find(request.get("term") or "all[sb]", request).pmids)


def _linked(library: Library, group: list[str], names: list[str], allowed: set[str] | None) -> LinkSet:
    found: dict[str, Links] = {}
    for name in names:
        follow = NAMES.get(name)
        merged = dict(link for pmid in library.public(group) for link in follow(library, pmid)) if follow else {}
        public = library.public(list(merged))
        kept = [(pmid, merged[pmid]) for pmid in public if allowed is None or pmid in allowed]
        if kept:  # no links: no LinkSetDb at all, as for an unknown PMID
            found[name] = kept
    return LinkSet(group, found)


def _xml(sets: list[LinkSet], has_scores: bool) -> Response:
    return envelopes.result("eLinkResult", "\n" + "".join(_link_set(each, has_scores) for each in sets))


def _link_set(links: LinkSet, has_scores: bool) -> str:
    blocks = "".join(
        f"\n    <LinkSetDb>\n      <DbTo>pubmed</DbTo>\n      {element('LinkName', name)}\n"
        + "".join(_link(pmid, score if has_scores else None) for pmid, score in found)
        + "    </LinkSetDb>\n"
        for name, found in links.found.items()
    )
    ids = "".join(f"      {element('Id', pmid)}\n" for pmid in links.ids)
    return (
        f"\n  <LinkSet>\n    <DbFrom>pubmed</DbFrom>\n    <IdList>\n{ids}    </IdList>{blocks or chr(10)}  </LinkSet>\n"
    )


def _link(pmid: str, score: int | None) -> str:
    extra = "" if score is None else element("Score", score)
    return f"      <Link>{element('Id', pmid)}{extra}</Link>\n"


def _json(sets: list[LinkSet], has_scores: bool) -> Response:
    shaped = []
    for each in sets:
        shape: dict[str, object] = {"dbfrom": "pubmed", "ids": each.ids}
        if each.found:
            shape["linksetdbs"] = [
                {"dbto": "pubmed", "linkname": name, "links": _json_links(found, has_scores)}
                for name, found in each.found.items()
            ]
        shaped.append(shape)
    return envelopes.json_result("elink", {"linksets": shaped})


def _json_links(found: Links, has_scores: bool) -> list[object]:
    return [{"id": pmid, "score": score} for pmid, score in found] if has_scores else [pmid for pmid, _ in found]


def _kept(library: Library, request: Request, sets: list[LinkSet]) -> Response:
    webenv, blocks = request.get("WebEnv"), []
    for each in sets:
        histories = ""
        for name, found in each.found.items():
            webenv, number = library.history.add([pmid for pmid, _ in found], webenv)
            histories += (
                f"<LinkSetDbHistory><DbTo>pubmed</DbTo>{element('LinkName', name)}"
                f"{element('QueryKey', number)}</LinkSetDbHistory>"
            )
        blocks.append(
            f"<LinkSet><DbFrom>pubmed</DbFrom>{envelopes.id_list(each.ids)}{histories}"
            f"{element('WebEnv', webenv)}</LinkSet>"
        )
    return envelopes.result("eLinkResult", "".join(blocks))
