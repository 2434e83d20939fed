"""What does not belong in a PubMed query: another database's syntax, line numbers, addresses, typographic characters.

PubMed runs such a query anyway and treats the foreign signs as words, or drops them. Each message names the
form that PubMed reads. Where the signs are described: the search guides of Ovid, Embase.com, Scopus, Web of Science,
the Cochrane Library, EBSCOhost, ProQuest and Europe PMC; for PubMed its User Guide (https://pubmed.ncbi.nlm.nih.gov/help/).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote_plus, urlsplit

from monitor.config import pubmed_fields
from monitor.config.problems import shown

_NEAR = 'PubMed has "one two"[tiab:~3] for words near each other'
_HEADING = 'In PubMed: "Name of the Heading"[mh]'
_TIAB = "In PubMed the field follows its term: vein*[tiab]"
_CUT = "PubMed truncates with *, after at least four characters: insufficien*"
#: What may follow Ovid's "Heading/", but no tag of PubMed, which has "hypertension/dt[mh]" too.
_SUBHEADINGS = r"(?:[a-z]{2}(?:,\s?[a-z]{2})*)?(?=[\s)]|$)(?:\s*\[[^·\]]*\])?(?!\s*\[)"
_LINES = (
    "line numbers of a search history mean nothing in one query. "
    "Write the searches themselves, each in parentheses: (…) OR (…)."
)


@dataclass(frozen=True, slots=True)
class Foreign:
    """A foreign sign at `start` to `end` of the query; `is_error` when nothing useful can be searched with it."""

    start: int
    end: int
    text: str
    is_error: bool = False


#: (whose syntax it is, pattern, PubMed's form). In the text that is searched, phrases in quotes and PubMed's own tags
#: are blanked: "·····" and [····]. Upper case matters where a word would mean something else in lower case.
_SYNTAX: tuple[tuple[str, str, str], ...] = (
    ("Ovid", r"(?i:\bexp)\s+\*?[^()\[\]/:=·]+/" + _SUBHEADINGS, _HEADING),
    ("Ovid", r"(?:(?<=[(\s])|^)\*?[A-Z][\w,' -]+/" + _SUBHEADINGS, _HEADING),
    (
        "Ovid",
        r"(?<=[\w)\"*$])\.(?:FIELD)(?:,\s?(?:FIELD))*\.".replace(
            "FIELD", "ti|ab|tw|mp|kw|kf|sh|hw|ot|nm|rn|pt|fs|jn|jw|au|in|rs|px|rx|lg|la|yr|so|dt|tn|dm|mf|dv|dq|id|tx"
        ),
        _TIAB,
    ),
    ("Ovid", r'"·*"/' + _SUBHEADINGS, _HEADING),
    ("Ovid", r"(?i:\badj)\d*\b(?!\s*\[·)", _NEAR),
    ("Ovid", r"\w+\$\d*\w*", _CUT),
    ("Ovid", r"(?i:\blimit)\s+(?:\d+|#\d+)\s+(?i:to)\b", "In PubMed a limit is a term: AND english[la]"),
    ("Embase", r"'[^']+'/(?:exp|de|mj|syn|br|dd|\w\w)\b(?:/\w+)*|[\w\"·]+/(?:exp|mj)\b(?!\s*\[)", _HEADING),
    ("Embase", r"(?<![\w\]])\[[^\]]*\]/\w+", "In PubMed a limit is a term: AND english[la]"),
    (
        "Embase or Cochrane Library",
        r"(?<=[\w\"'*)]):(?:FIELD)(?:,(?:FIELD))*\b".replace(
            "FIELD", "ti|ab|kw|de|tn|au|jt|it|lnk|dd|ta|cl|py|la|so|pt"
        ),
        _TIAB,
    ),
    (
        "Cochrane Library",
        r"(?i:\bmesh\s+descriptor):?\s*\[[^\]]*\](?:\s*(?i:explode all trees|this term only))?|\[mh\s+\^?[^\]]*\]",
        _HEADING,
    ),
    ("Embase, Cochrane Library or Web of Science", r"\b(?i:O?NEAR|NEXT|PNEAR)[/:]?\d+\b", _NEAR),
    ("Scopus or ProQuest", r"\b(?:W|PRE|pre)/\d+", _NEAR),
    (
        "Scopus",
        r"\b(?:TITLE-ABS(?:-KEY(?:-AUTH)?)?|TITLE|ABS|KEY|AUTHKEY|AUTH|AUTHOR-NAME|AFFIL|SRCTITLE|INDEXTERMS|DOCTYPE|"
        r"LIMIT-TO|EXCLUDE|SUBJAREA|LANGUAGE|REFTITLE|CHEMNAME)\s?\(",
        _TIAB,
    ),
    ("Scopus", r"\bPUBYEAR\s*(?:[<>=]|AFT|BEF|IS)+\s*\d*", "In PubMed: 2011:3000[dp]"),
    ("Scopus", r"\{[^{}#]*\}", 'PubMed has no braces. A phrase stands in quotation marks: "venous insufficiency"'),
    (
        "Web of Science",
        r"(?<![\w=])(?:(?:ts|ti|ab|au|so|wc)\s?=\s?(?=[(\"])|(?:TS|TI|AB|AU|SO|PY|ALL|AK|KP|KY|WC|SU|DO|DT|LA|OG|AD|FO|CU|UT|PMID|IS|GP|ED|CF)\s?=)",
        _TIAB,
    ),
    ("Web of Science or Ovid", r"(?<![\w\[])(?:NEAR|NEXT|SAME)(?=\s)", _NEAR),
    (
        "EBSCO",
        r"(?:^|(?<=[(\s]))(?:MH|MM|MJ|DE|ZU|TI|AB|TX|XB|KW|SU|PT|AU|SO)\s+(?=[\"(])|"
        r"(?:^|(?<=\()|(?<=AND )|(?<=NOT )|(?<=OR ))\s*(?:TI|TX|XB)\s+(?=[a-z])|\bAB\s+\w+\*",
        _TIAB,
    ),
    (
        "EBSCO",
        r"(?<=[*\")])\s+[NWnw]\d{1,2}(?=\s)|(?<=\s)[NWnw]\d{1,2}\s+(?=[\"(])|(?<=\s)[NW](?:[4-9]|1\d)(?=\s)",
        _NEAR,
    ),
    ("ProQuest", r"\b(?i:ti|ab|su|noft|tiab|title|abstract|mainsubject)(?:,(?i:ti|ab|su))*\((?=\S)", _TIAB),
    ("Lucene", r'"·*"~\d+', _NEAR),
    ("ProQuest", r"\b(?:MESH|EMB|SU|MJEMB)\.(?:EXACT|X)[.\w]*", _HEADING),
    ("Europe PMC", r"\b(?:TITLE_ABS|TITLE|ABSTRACT|AUTH|PUB_TYPE|JOURNAL|title|abstract|author|mesh|MESH):\s?", _TIAB),
    ("Google Scholar", r"\b(?:all)?in(?:title|author|text):", _TIAB),
    ("ClinicalTrials.gov", r"\b(?:AREA|RANGE|SEARCH)\[[^\]]*\]", _TIAB),
)
_COMPILED = tuple((whose, re.compile(pattern), form) for whose, pattern, form in _SYNTAX)

#: (pattern, message, is it an error). `{0}` is what was found.
_OTHER: tuple[tuple[str, str, bool], ...] = (
    (r"(?<![\w#])#\d+\b", _LINES, True),
    (r"\b(?i:or|and)/\d+(?:[-,]\d+)+", _LINES, True),
    (r"^[\s()]*[Ss]?\d+(?:[\s()]+(?i:AND|OR|NOT)[\s()]+[Ss]?\d+)+[\s()]*$", _LINES, True),
    (
        r"\bFilters?(?: applied| activated)?:\s.*?(?=Sort by:|$)",
        "{0} is text of PubMed's page and no part of the query. Write a filter as a term: AND english[la].",
        False,
    ),
    (
        r"^\s*Search:?\s+(?=[\"(])|^\s*Search:|\bSort by:.*$",
        "{0} is text of PubMed's page and no part of the query. Delete it.",
        False,
    ),
    (r"&&|\|\|?", "{0} is no operator of PubMed. Write AND or OR.", False),
    (r"\b(?:XOR|ANDNOT|BUTNOT)\b", "{0} is no operator of PubMed, which has AND, OR and NOT.", False),
    (
        r"(?<!\w)'[A-Za-z][^'\"]*[A-Za-z*]'(?![\w/:])",
        'single quotation marks do not make a phrase in PubMed: {0}. Write ".',
        False,
    ),
    ("[“”„‟″«»＂]|(?<!\\w)[‘‚‹]", "curly quotation marks: {0}. PubMed's phrase marks are straight; write \".", False),
    ("[‐‑‒–—―−]", "{0} is a dash and no hyphen. Write -, or a colon between two years: 2009:2012[dp].", False),
    ("[（）［］：＊]", "{0} is a full-width character. Write ( ) [ ] : * as on a Latin keyboard.", False),
    (
        "[\u00ad\u200b-\u200f\u2060\ufeff]",
        "an invisible character ({0}) stands in the query. Type this part again.",
        False,
    ),
)
_OTHER_COMPILED = tuple((re.compile(pattern), text, is_error) for pattern, text, is_error in _OTHER)
_ENCODED = re.compile(r"%(?:22|5[BD]|2[089]|3A)", re.IGNORECASE)
_ADDRESS = re.compile(r"(?:https?://|www\.|(?:pubmed\.)?ncbi\.nlm\.nih\.gov)\S+", re.IGNORECASE)


def find(query: str) -> list[Foreign]:
    """The foreign parts of `query`, in its order; of one kind only the first."""
    if addresses := list(_addresses(query)):
        return addresses
    blanked = _blanked(query)
    found: dict[tuple[str, str] | str, Foreign] = {}
    for whose, pattern, form in _COMPILED:
        if match := pattern.search(blanked):
            part = query[match.start() : match.end()].strip()
            found.setdefault((whose, form), Foreign(*match.span(), f"{shown(part)} is {whose} syntax. {form}."))
    for regex, text, is_error in _OTHER_COMPILED:
        if match := regex.search(blanked):
            part = query[match.start() : match.end()].strip()
            found.setdefault(text, Foreign(*match.span(), text.format(shown(part)), is_error))
    return sorted(found.values(), key=lambda one: one.start)


def without(query: str) -> str:
    """`query` with blanks for all that another database's syntax explains, so that nothing is reported twice."""
    blanked = _blanked(query)
    for _, pattern, _ in _COMPILED:
        for match in pattern.finditer(blanked):
            query = query[: match.start()] + " " * len(match[0]) + query[match.end() :]
    return query


def _blanked(query: str) -> str:
    """`query`, as long as before, with dots for what stands in quotation marks and in PubMed's own tags."""

    def dotted(match: re.Match[str]) -> str:
        text = match[0]
        is_own = text[0] == '"' or pubmed_fields.name_of(text)[0] in pubmed_fields.KNOWN
        return text[0] + "·" * (len(text) - 2) + text[-1] if is_own else text

    return re.sub(r'\[[^\]"]*\]|"[^"]*"', dotted, query)


def _addresses(query: str) -> Iterator[Foreign]:
    if _ENCODED.search(query) and not _ADDRESS.search(query):
        text = f"{shown(query)} is a part of the address of a page. "
        yield Foreign(
            0, len(query), f"{text}Write what it stands for: {shown(unquote_plus(query), 200)}.", is_error=True
        )
    for match in _ADDRESS.finditer(query):
        yield Foreign(*match.span(), _address(match[0], query[match.start() :]), is_error=True)


def _address(text: str, rest: str) -> str:
    """What to write instead of the address of a page; it may go on, after a space, in the `rest` of the query."""
    start = f"{shown(text)} is the address of a page, not a query. "
    try:
        parts = urlsplit(text if "//" in text else f"https://{text}")
    except ValueError:
        return start + "Write the query itself."
    if terms := parse_qs(rest.partition("?")[2]).get("term"):
        return start + f"Write what stands in the search box of that page: {shown(terms[0], 200)}."
    if number := re.search(r"/(\d{1,8})/?$", parts.path):
        return start + f"Write {number[1]}[pmid]."
    if doi := re.search(r"/(10\.\d{4,}/\S+)", parts.path):
        return start + f'Write "{doi[1]}"[doi].'
    return start + "Write the query itself, as in PubMed's search box."
