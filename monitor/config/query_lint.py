"""Mistakes in a PubMed query that can be found without sending it: PubMed itself accepts every query.

Field tags and the rule that Boolean operators are upper case: PubMed User Guide
(https://pubmed.ncbi.nlm.nih.gov/help/), "Search field descriptions and tags" and
"Combining search terms with Boolean operators".
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from monitor.config.problems import did_you_mean, shown

SHORT_TAGS = frozenset(
    re.findall(
        r"\S+",
        "1au ad affl aid all au auid book cdat cn cois crdt dcom dp ed edat epdt fau filter fir gr inr ip ir is "
        "isbn iss issn jour journal la lang language lastau lid lr majr mdat mesh mh mhda nm ot own pa pdat pg pid "
        "pl pmcid pmid ppdt ps pt ptyp publisher pubn rn sb sh si subh subset subheading ta ti tiab title titl tn "
        "tt tw uid vi vol volume issue editor author affiliation owner pagination page place word investigator ",
    )
)
LONG_TAGS = frozenset(
    (
        "all fields",
        "article identifier",
        "author - corporate",
        "author - first",
        "author - full",
        "author - identifier",
        "author - last",
        "author identifier",
        "completion date",
        "conflict of interest statements",
        "corporate author",
        "create date",
        "date - completion",
        "date - create",
        "date - entry",
        "date - entrez",
        "date - mesh",
        "date - modification",
        "date - publication",
        "ec/rn number",
        "entry date",
        "entrez date",
        "first author name",
        "full author name",
        "full investigator name",
        "grant number",
        "grants and funding",
        "investigator - full",
        "journal title abbreviation",
        "last author name",
        "location id",
        "mesh date",
        "mesh major topic",
        "mesh subheading",
        "mesh terms",
        "modification date",
        "other term",
        "personal name as subject",
        "pharmacological action",
        "place of publication",
        "publication date",
        "publication type",
        "secondary source id",
        "secondary source identifier",
        "subject - personal name",
        "substance name",
        "supplementary concept",
        "text word",
        "text words",
        "title/abstract",
        "transliterated title",
    )
)
KNOWN = SHORT_TAGS | LONG_TAGS
_PIECE = re.compile(r'"[^"]*"|\[[^\]]*\]|[()]|[^\s()"\[\]]+|["\[\]]')
_OPERATORS = ("AND", "OR", "NOT")


@dataclass(frozen=True, slots=True)
class Finding:
    """A mistake in a query; `is_error` when PubMed would certainly search for something else."""

    text: str
    is_error: bool


def examine(query: str) -> list[Finding]:
    """The mistakes in `query`, errors first."""
    pieces = _PIECE.findall(query)
    errors = [*_brackets(pieces), *_operators(pieces)]
    warnings = [*_tags(pieces), *_lower_case(pieces)]
    return [Finding(text, True) for text in errors] + [Finding(text, False) for text in warnings]


def _brackets(pieces: list[str]) -> list[str]:
    found = []
    if '"' in pieces:
        found.append('a quotation mark (") is never closed. PubMed would drop it and search the words apart.')
    if "[" in pieces or "]" in pieces:
        found.append("a field tag is incomplete: every [ needs a ].")
    depth = lowest = 0
    for piece in pieces:
        depth += {"(": 1, ")": -1}.get(piece, 0)
        lowest = min(lowest, depth)
    if depth - lowest:
        found.append(f"{depth - lowest} opening ( without a closing ).")
    if lowest:
        found.append(f"{-lowest} closing ) without an opening (.")
    return found


def _operators(pieces: list[str]) -> list[str]:
    found = []
    for before, piece, after in zip(["(", *pieces], pieces, [*pieces[1:], ")"], strict=False):
        if piece == "(" and after == ")":
            found.append("empty parentheses: ( ).")
        elif piece in _OPERATORS and (before == "(" or (before in _OPERATORS and (before, piece) != ("AND", "NOT"))):
            found.append(f"{piece} has nothing in front of it to combine.")
        elif piece in _OPERATORS and after == ")":
            found.append(f"{piece} has nothing after it to combine.")
    return found


def _tags(pieces: list[str]) -> list[str]:
    found = []
    for piece in pieces:
        if not piece.startswith("[") or piece == "[":
            continue
        name = re.sub(r":(noexp|~\d+)$", "", piece[1:-1].strip().casefold())
        if name not in KNOWN:
            near = did_you_mean(name, KNOWN)
            found.append(f"{shown(piece)} is not a field tag of PubMed, which would search all fields instead.{near}")
    return list(dict.fromkeys(found))


def _lower_case(pieces: list[str]) -> list[str]:
    words = dict.fromkeys(t for t in pieces if t.upper() in _OPERATORS and t not in _OPERATORS)
    return [
        f"{shown(w)} is a word here. Write {w.upper()} to combine terms, or quotes around a phrase that has it."
        for w in words
    ]
