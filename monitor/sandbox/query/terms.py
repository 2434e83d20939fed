"""One search term: the fields it is searched in, and automatic term mapping for words without a tag."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from monitor.sandbox.corpus import tokens
from monitor.sandbox.corpus.index import Index
from monitor.sandbox.query import fields
from monitor.sandbox.query.fields import ALL, AUTHOR, FILTER, MESH, Field, Kind
from monitor.sandbox.query.mesh import exploded
from monitor.sandbox.query.parse import Term

_PROXIMITY = re.compile(r"^(.*?)\s*:\s*~\s*(\d+)$")
_INITIALS = re.compile(r"^\S+ [a-z]{1,3}$", re.IGNORECASE)
_LANGUAGES = {"english": "eng", "german": "ger", "french": "fre", "italian": "ita", "spanish": "spa", "polish": "pol"}


@dataclass(frozen=True, slots=True)
class Found:
    """Matching numbers, PubMed's translation, and its outermost operator ("" for a single term)."""

    numbers: set[int]
    translation: str
    operator: str = ""


@dataclass(slots=True)
class Remarks:
    """PubMed's remarks on a query."""

    translated: list[tuple[str, str]] = field(default_factory=list)
    phrases: list[str] = field(default_factory=list)
    fields: list[str] = field(default_factory=list)
    quoted: list[str] = field(default_factory=list)


class Terms:
    """Finds single terms in an index; results are cached."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self._kept: dict[Term, tuple[Found, Remarks]] = {}

    def find(self, term: Term, remarks: Remarks) -> Found:
        """What `term` finds; remarks are added to `remarks`."""
        if term not in self._kept:
            own = Remarks()
            self._kept[term] = self._search(term, own), own
        found, own = self._kept[term]
        remarks.translated += own.translated
        remarks.phrases += own.phrases
        remarks.fields += own.fields
        remarks.quoted += own.quoted
        return found

    def _search(self, term: Term, remarks: Remarks) -> Found:
        if term.tag is None:
            return self._untagged(term, remarks)
        near = _PROXIMITY.match(term.tag)
        named = fields.by_tag(near[1] if near else term.tag)
        if named is None:
            # PubMed ignores an unknown tag and searches something else, which looks like success
            remarks.fields.append(term.tag)
            return self._untagged(Term(term.text, None, term.is_quoted), remarks)
        if near:
            found = {n for part in named.parts for n in self.index.near(part, term.text, int(near[2]))}
            return self._checked(Found(found, f'"{term.text}"[{named.name}:~{near[2]}]'), term, remarks)
        return self._tagged(term, named, remarks)

    def _tagged(self, term: Term, named: Field, remarks: Remarks) -> Found:
        if named.kind is Kind.UID:
            wanted = [int(word) for word in term.text.split() if word.isdigit()]
            found = Found({n for uid in wanted for n in self.index.pmids(uid, uid)}, f"{term.text}[UID]")
        elif named.kind is Kind.KEY:
            found = self._key(term, named)
        else:
            found = self._text(term, named, remarks)
        return self._checked(found, term, remarks)

    def _checked(self, found: Found, term: Term, remarks: Remarks) -> Found:
        if not found.numbers and not remarks.quoted:
            remarks.phrases.append(f"{term.text}[{term.tag}]" if term.tag is not None else term.text)
        return found

    def _text(self, term: Term, named: Field, remarks: Remarks) -> Found:
        whole = {n for part in named.parts for n in self.index.phrase(part, term.text)}
        parts = tokens.split(term.text)
        if whole or len(parts) < 2:
            return Found(whole, f'"{_plain(term.text)}"[{named.name}]')
        if term.is_quoted:
            remarks.quoted.append(f'"{term.text}"[{term.tag}]' if term.tag else f'"{term.text}"')
        kept = [word for word in parts if word not in tokens.STOPWORDS] or parts
        sets = [{n for part in named.parts for n in self.index.word(part, word)} for word in kept]
        return Found(set.intersection(*sets), " AND ".join(f'"{word}"[{named.name}]' for word in kept), "AND")

    def _key(self, term: Term, named: Field) -> Found:
        value = tokens.key(term.text)
        if named is FILTER and value == "all":
            return Found(set(self.index.everything), "all[Filter]")
        if "au" in named.parts[0]:
            return self._author(term, named)
        values = self._values(value, named)
        found = {n for wanted in values for n in self.index.key(named.parts[0], wanted)}
        return Found(found, f'"{value}"[{named.name}]' if named is not FILTER else f"{value}[{named.name}]")

    def _values(self, value: str, named: Field) -> tuple[str, ...]:
        part = named.parts[0]
        if part in ("mh", "majr", "pt") and not named.name.endswith(":noexp"):
            return exploded(value)
        if part == "la":
            return value, _LANGUAGES.get(value, value)
        if part == "aid":
            return (value.removeprefix("doi:").strip(),)
        return (value,)

    def _author(self, term: Term, named: Field) -> Found:
        """Initials may be cut short unless the name is quoted: "smith j" also finds Smith JA."""
        value = tokens.key(term.text.replace(",", " ") if named.name != "Full Author Name" else term.text)
        part = named.parts[0]
        found = self.index.key(part, value)
        if not term.is_quoted and not value.endswith("*"):
            ending = "" if _INITIALS.match(value) else " "
            more = self.index.keys_starting(part, value + ending)
            found |= {n for name in more for n in self.index.key(part, name)}
        return Found(found, f"{value}[{named.name}]")

    def _untagged(self, term: Term, remarks: Remarks) -> Found:
        value = tokens.key(term.text)
        if value in ("hasabstract", "medline", "all") and self.index.has_key("sb", value):
            return Found(self.index.key("sb", value), f"{value}[All Fields]")
        if term.is_quoted or "*" in term.text:
            return self._checked(self._text(Term(term.text, None, term.is_quoted), ALL, remarks), term, remarks)
        return self._mapped(term.text, remarks)

    def _mapped(self, text: str, remarks: Remarks) -> Found:
        """Automatic term mapping, in its simple form: the longest MeSH headings, then an author, then words."""
        parts = [part for part in text.split() if tokens.key(part) not in tokens.STOPWORDS] or text.split()
        found: list[Found] = []
        while parts:
            length = next((n for n in range(len(parts), 0, -1) if self._is_known(" ".join(parts[:n]))), 1)
            found.append(self._concept(" ".join(parts[:length]), remarks))
            parts = parts[length:]
        if len(found) == 1:
            return found[0]
        joined = (f"({each.translation})" if each.operator else each.translation for each in found)
        return Found(set.intersection(*(each.numbers for each in found)), " AND ".join(joined), "AND")

    def _is_known(self, text: str) -> bool:
        value = tokens.key(text)
        return self.index.has_key("mh", value) or (bool(_INITIALS.match(value)) and self.index.has_key("au", value))

    def _concept(self, text: str, remarks: Remarks) -> Found:
        value = tokens.key(text)
        if self.index.has_key("mh", value):
            return self._heading(text, value, remarks)
        if _INITIALS.match(value) and self.index.has_key("au", value):
            found = self._author(Term(text), AUTHOR)
            remarks.translated.append((text, found.translation))
            return found
        return self._checked(self._text(Term(text), ALL, remarks), Term(text), remarks)

    def _heading(self, text: str, value: str, remarks: Remarks) -> Found:
        heading = self._key(Term(text), MESH)
        plain = {n for part in ALL.parts for n in self.index.phrase(part, text)}
        parts = tokens.split(text)
        alternatives = [heading.translation]
        numbers = heading.numbers | plain
        if len(parts) > 1:
            sets = [{n for part in ALL.parts for n in self.index.word(part, word)} for word in parts]
            numbers |= set.intersection(*sets)
            alternatives.append("(" + " AND ".join(f'"{word}"[All Fields]' for word in parts) + ")")
        alternatives.append(f'"{value}"[All Fields]')
        translation = " OR ".join(alternatives)
        remarks.translated.append((text, translation))
        return Found(numbers, translation, "OR")


def _plain(text: str) -> str:
    """`text` as a translation writes it: folded words, the star of a truncation kept."""
    return " ".join(tokens.split(text)) + ("*" if text.rstrip().endswith("*") else "")
