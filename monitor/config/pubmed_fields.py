"""PubMed's search fields: the tags it knows, and what some of them allow beyond a plain term.

Sources: the field list of EInfo for PubMed (every short and full name it has had), and the PubMed User Guide
(https://pubmed.ncbi.nlm.nih.gov/help/), "Search field tags", "Proximity searching" and "MeSH terms".
"""

from __future__ import annotations

import re

_ABBREVIATIONS = frozenset(
    re.findall(
        r"\S+",
        "1au ad aff affl aid all au aucl auid auth book cdat cn cnty cois coln crdt dcom doi dp dso ecno ed edat eid "
        "epdt fau faut filt filter finv fir full gr grnt inr invr ip ir is isbn iss issn jid jour la lang lastau "
        "laut lid lr majr mdat mesh mh mhda mid nlmid nm ot otrm own p1dat pa page papx pdat pg pid pii pl pmc pmcid "
        "pmid ppdt ps pt ptyp pubn rn sb sh si subh subs subset ta text ti tiab titl tn tt tw uid vi vol word",
    )
)
_NAMES = frozenset(
    {
        "affiliation",
        "all fields",
        "article identifier",
        "author",
        "author cluster id",
        "author identifier",
        "author name",
        "completion date",
        "conflict of interest statements",
        "corporate author",
        "create date",
        "date - completion",
        "date - create",
        "date - entrez",
        "date - entry",
        "date - mesh",
        "date - modification",
        "date - publication",
        "ec/rn number",
        "editor",
        "electronic publication date",
        "entrez date",
        "entry date",
        "extended pmid",
        "first author",
        "first author name",
        "full author name",
        "full investigator name",
        "grant number",
        "grants and funding",
        "investigator",
        "issue",
        "journal",
        "journal title",
        "journal title abbreviation",
        "language",
        "last author",
        "last author name",
        "location id",
        "mesh date",
        "mesh major topic",
        "mesh subheading",
        "mesh subheadings",
        "mesh term",
        "mesh terms",
        "modification date",
        "nlm unique id",
        "other term",
        "other terms",
        "owner",
        "page",
        "pagination",
        "personal name as subject",
        "pharmacological action",
        "place",
        "place of publication",
        "print publication date",
        "publication date",
        "publication type",
        "publisher",
        "publisher id",
        "secondary source id",
        "secondary source identifier",
        "subheading",
        "subject - personal name",
        "substance",
        "substance name",
        "supplementary concept",
        "text word",
        "text words",
        "title",
        "title/abstract",
        "title word",
        "title words",
        "transliterated title",
        "volume",
        *(f"author - {part}" for part in ("corporate", "first", "full", "identifier", "last")),
        "investigator - full",
    }
)
#: Every tag of PubMed, in lower case, without brackets.
KNOWN = _ABBREVIATIONS | _NAMES

#: Tags that other databases, or the eye, suggest, and PubMed's tag for what they mean.
MEANT = {
    "ab": "tiab",
    "abs": "tiab",
    "abstract": "tiab",
    "keyword": "ot",
    "keywords": "ot",
    "key": "ot",
    "kw": "ot",
    "author keyword": "ot",
    "tab": "tiab",
    "ti,ab": "tiab",
    "ti/ab": "tiab",
    "title, abstract": "tiab",
    "title and abstract": "tiab",
    "title or abstract": "tiab",
    "titleabstract": "tiab",
    "topic": "tiab",
    "year": "dp",
}

#: The fields in which PubMed searches words near each other.
WITH_PROXIMITY = frozenset({"ti", "titl", "title", "tiab", "title/abstract", "ad", "affl", "affiliation"})

#: The fields whose terms stand in a tree, so that `:noexp` has a meaning.
IN_TREES = frozenset(
    name.replace("_", " ")
    for name in re.findall(
        r"\S+",
        "mh mesh mesh_term mesh_terms majr mesh_major_topic sh subh subheading mesh_subheading mesh_subheadings "
        "pt ptyp publication_type nm subs substance substance_name supplementary_concept pa papx "
        "pharmacological_action",
    )
)


def name_of(tag: str) -> tuple[str, str]:
    """`[MeSH Terms:noexp]` as ("mesh terms", "noexp"): the field in lower case, and what follows its colon."""
    name, _, extra = tag.strip("[]").casefold().partition(":")
    name = re.sub(r"\s*/\s*", "/", " ".join(name.split()))
    return re.sub(r"^(author|date|investigator|subject)\s?-\s?", r"\1 - ", name), extra.strip()
