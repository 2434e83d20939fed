"""What a reviewer of search strategies would remark about a query without running it. Pure.

The questions are those of PRESS (McGowan et al., Journal of Clinical Epidemiology 2016;75:40-46): operators, headings,
words and their forms, spelling, limits. Mistakes in the syntax are those of `monitor check`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from monitor.config import query_lint
from monitor.strategy import structure
from monitor.strategy.structure import Part

_WORDS = frozenset(
    {"", "ti", "title", "tiab", "title/abstract", "tw", "text word", "text words", "ot", "all fields", "all"}
)

#: British and American spellings, as the beginnings or middles of words.
_SPELLINGS = tuple(
    pair.split("/")
    for pair in re.findall(
        r"\S+",
        "randomis/randomiz hospitalis/hospitaliz immunis/immuniz tumour/tumor anaesth/anesth paediatr/pediatr "
        "ischaem/ischem anaemi/anemi leukaem/leukem haemorrh/hemorrh haemat/hemat haemod/hemod haemoph/hemoph "
        "haemogl/hemogl glycaem/glycem uraem/urem oedema/edema oesoph/esoph oestrog/estrog foetal/fetal "
        "foetus/fetus gynaec/gynec diarrhoea/diarrhea dyspnoea/dyspnea apnoea/apnea caesar/cesar behaviour/behavior "
        "orthopaed/orthoped fibre/fiber centre/center ageing/aging sulph/sulf faecal/fecal "
        "counselling/counseling dilatation/dilation leucocyt/leukocyt coeliac/celiac",
    )
)
#: American forms that other words have in their middle: imaging, measurement, schematic.
_ONLY_AT_START = frozenset({"aging", "urem", "hemat", "hemod", "hemoph", "hemogl"})

_BOTH_WAYS = tuple((here, there) for pair in _SPELLINGS for here, there in (pair, pair[::-1]))

_LIMITS = {
    ("la", "lang", "language"): "a language: reports in other languages are never announced",
    ("dp", "pdat", "edat", "crdt", "mhda", "epdt", "ppdt", "publication date", "entrez date", "create date"): (
        "a period: a service that waits for new articles needs none"
    ),
    ("pt", "ptyp", "publication type"): (
        "a publication type: indexers add it weeks later, so that a new trial is found late or, unlabelled, never"
    ),
    ("filter", "filt", "sb", "subset"): "a filter: most filters rest on indexing, which new articles do not have yet",
    ("majr", "mesh major topic"): "a major heading: articles in which it is a side issue, or not indexed, are missed",
}


def remarks(query: str) -> list[str]:
    """The remarks about `query`: what PubMed would read otherwise first, then what may be missed."""
    found = [finding.text for finding in query_lint.examine(query)]
    whole = structure.read(query)
    required = list(_required(whole)) or [whole]
    found += _limits(required)
    found += _headings(required, whole)
    if any(part.operator == "NOT" for part in _all(whole)):
        found.append("NOT also drops articles about both. Look at what it takes away before you rely on it.")
    words = [term for part in required for term in part.terms() if term.tag in _WORDS]
    return [*dict.fromkeys([*found, *_untagged(words), *_spelling(words, query), *_endings(words, query)])]


def _all(part: Part) -> Iterator[Part]:
    yield part
    for inner in part.parts:
        yield from _all(inner)


def _required(group: Part) -> Iterator[Part]:
    """The parts, at any depth, that are joined by AND: a record must match each to be found that way."""
    following = [*(part.operator for part in group.parts[1:]), ""]
    for part, after in zip(group.parts, following, strict=False):
        if part.operator == "NOT":
            continue
        if part.operator == "AND" or (not part.operator and after in ("AND", "NOT")):
            yield part
        if not part.is_alternatives:
            yield from _required(part)


def _limits(required: Iterable[Part]) -> Iterator[str]:
    for part in required:
        tags = {term.tag for term in part.terms()}
        for names, what in _LIMITS.items():
            if tags and tags <= set(names):
                yield f"{_short(part.text)} limits the search to {what}."
        if re.fullmatch(r"\(?\s*hasabstract(?:\[[^\]]*\])?\s*\)?", part.text, re.IGNORECASE):
            yield f"{_short(part.text)} drops letters, protocols and new records that have no abstract yet."


def _headings(required: Iterable[Part], whole: Part) -> Iterator[str]:
    for part in required:
        if structure.is_of_headings(part):
            text = "is asked for by headings only. New articles have none for weeks: add the words with [tiab]."
            yield f"{_short(part.text)} {text}"
    if not any(term.is_heading for term in whole.terms()):
        yield "No MeSH heading stands in the query: articles that use other words for the same thing are missed."


def _untagged(words: Iterable[Part]) -> Iterator[str]:
    if found := [term.text for term in words if not term.tag and "[" not in term.text]:
        yield f"No field is named for {_listed(found)}: PubMed maps such words by itself, differently over the years."


def _spelling(words: Iterable[Part], query: str) -> Iterator[str]:
    everything = query.casefold()
    for term in words:
        bare = _bare(term).casefold()
        for other in filter(None, (_respelled(bare, *pair) for pair in _BOTH_WAYS)):
            if not re.search(rf"\b{re.escape(other.rstrip('*'))}", everything):
                yield f"{term.text}: the other spelling, {other}, is not in the query."


def _respelled(words: str, here: str, there: str) -> str:
    """`words` with `there` in place of `here`; "" where that changes nothing, or `there` stands already."""
    if here in there and there in words:  # "oedema" has "edema" in it
        return ""
    start = r"\b" if here in _ONLY_AT_START else ""
    other = re.sub(start + here, there, words)
    return other if other != words else ""


def _endings(words: Iterable[Part], query: str) -> Iterator[str]:
    """Words of which only the singular, or only the plural, is asked for."""
    everything = query.casefold()
    lacking = [term.text for term in words if _lacks_ending(_bare(term), everything)]
    if lacking:
        yield f"Only one form is asked for of {_listed(lacking)}. Add the plural or singular, or truncate with *."


def _lacks_ending(phrase: str, everything: str) -> bool:
    last = phrase.split()[-1] if phrase.split() else ""
    if len(last) < 4 or not last.isalpha() or not last.islower():
        return False  # an abbreviation, a name, a number, or truncated already
    folded = phrase.casefold()
    other = folded[:-1] if folded.endswith("s") else f"{folded}s"
    prefixes = re.findall(r"([a-z]{4,})\*", everything)
    is_covered = any(last.casefold().startswith(prefix) for prefix in prefixes)
    return not is_covered and re.search(rf"\b{re.escape(other)}\b", everything) is None


def _bare(term: Part) -> str:
    """The words of a term, without its tag and quotation marks."""
    return re.sub(r"\[[^\]]*\]\s*$", "", term.text).strip().strip('"').strip()


def _listed(texts: list[str]) -> str:
    more = f" and {len(texts) - 8} more" if len(texts) > 8 else ""
    return ", ".join(texts[:8]) + more


def _short(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:80].rstrip()} …"
