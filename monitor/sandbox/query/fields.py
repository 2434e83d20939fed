"""PubMed's search fields: short and long tags, and where each one looks (NLM's PubMed help, EInfo field list)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """How a field is searched."""

    TEXT = "words and phrases"
    KEY = "exact values"
    DATE = "days"
    UID = "PMIDs"


@dataclass(frozen=True, slots=True)
class Field:
    """One search field: `name` as QueryTranslation writes it; `parts` are fields of the index."""

    name: str
    kind: Kind
    parts: tuple[str, ...]


ALL = Field("All Fields", Kind.TEXT, ("ti", "tt", "ab", "ot", "mw", "rest"))
TITLE_ABSTRACT = Field("Title/Abstract", Kind.TEXT, ("ti", "ab", "ot"))
MESH = Field("MeSH Terms", Kind.KEY, ("mh",))
AUTHOR = Field("Author", Kind.KEY, ("au",))
FILTER = Field("Filter", Kind.KEY, ("sb",))
PUBLISHED = Field("Date - Publication", Kind.DATE, ("pdat",))

#: Every field with the tags that name it, in lower case without blanks around "/" and ":".
_TAGS: tuple[tuple[Field, str], ...] = (
    (ALL, "all|all fields"),
    (TITLE_ABSTRACT, "tiab|title/abstract"),
    (Field("Title", Kind.TEXT, ("ti",)), "ti|titl|title"),
    (Field("Abstract", Kind.TEXT, ("ab",)), "ab|abst|abstract"),
    (Field("Transliterated Title", Kind.TEXT, ("tt",)), "tt|transliterated title"),
    (Field("Text Word", Kind.TEXT, ("ti", "tt", "ab", "ot", "mw")), "tw|word|text word|text words"),
    (Field("Other Term", Kind.TEXT, ("ot",)), "ot|other term"),
    (Field("Affiliation", Kind.TEXT, ("ad",)), "ad|affl|affiliation"),
    (AUTHOR, "au|auth|author"),
    (Field("Author - First", Kind.KEY, ("1au",)), "1au|first author name|author - first|first author"),
    (Field("Author - Last", Kind.KEY, ("lastau",)), "lastau|last author name|author - last|last author"),
    (Field("Full Author Name", Kind.KEY, ("fau",)), "fau|full author name"),
    (Field("Author - Corporate", Kind.KEY, ("cn",)), "cn|corporate author|author - corporate"),
    (Field("Journal", Kind.KEY, ("ta",)), "ta|jour|journal"),
    (MESH, "mh|mesh|mesh terms"),
    (Field("MeSH Terms:noexp", Kind.KEY, ("mh",)), "mh:noexp|mesh:noexp|mesh terms:noexp"),
    (Field("MeSH Major Topic", Kind.KEY, ("majr",)), "majr|mesh major topic"),
    (Field("MeSH Major Topic:noexp", Kind.KEY, ("majr",)), "majr:noexp|mesh major topic:noexp"),
    (Field("MeSH Subheading", Kind.KEY, ("sh",)), "sh|subh|subheading|mesh subheading"),
    (Field("Publication Type", Kind.KEY, ("pt",)), "pt|ptyp|publication type"),
    (Field("Publication Type:noexp", Kind.KEY, ("pt",)), "pt:noexp|publication type:noexp"),
    (Field("Language", Kind.KEY, ("la",)), "la|lang|language"),
    (PUBLISHED, "dp|pdat|date - publication|publication date"),
    (Field("Date - Entry", Kind.DATE, ("edat",)), "edat|date - entry|entry date|entrez date"),
    (Field("Date - Create", Kind.DATE, ("crdt",)), "crdt|date - create|create date"),
    (Field("Date - Modification", Kind.DATE, ("mdat",)), "mdat|lr|date - modification|modification date"),
    (Field("Date - MeSH", Kind.DATE, ("mhda",)), "mhda|date - mesh|mesh date"),
    (Field("UID", Kind.UID, ("uid",)), "uid|pmid"),
    (Field("Location ID", Kind.KEY, ("aid",)), "aid|doi|lid|article identifier|location id"),
    (Field("Secondary Source ID", Kind.KEY, ("si",)), "si|secondary source id"),
    (FILTER, "sb|fltr|filter|subset"),
    (Field("Supplementary Concept", Kind.KEY, ("nm",)), "nm|subs|supplementary concept|substance name"),
    (Field("EC/RN Number", Kind.KEY, ("rn",)), "rn|ecno|ec/rn number"),
    (Field("Volume", Kind.KEY, ("vi",)), "vi|vol|volume"),
    (Field("Issue", Kind.KEY, ("ip",)), "ip|iss|issue"),
    (Field("Pagination", Kind.KEY, ("pg",)), "pg|page|pagination"),
    (Field("NLM Unique ID", Kind.KEY, ("jid",)), "jid|nlm unique id"),
)

BY_TAG = {tag: field for field, tags in _TAGS for tag in tags.split("|")}

#: E-utilities `datetype` values → the date field they mean.
DATE_TYPES = {tag: BY_TAG[tag] for tag in ("pdat", "edat", "crdt", "mdat", "mhda")}


def by_tag(tag: str) -> Field | None:
    """The field that a tag (without brackets, any case) names, None when PubMed knows no such tag."""
    return BY_TAG.get(" ".join(tag.lower().split()))
