"""Mistakes in a PubMed query that can be found without sending it: PubMed itself accepts every query.

The rules for operators, phrases, truncation and proximity: PubMed User Guide (https://pubmed.ncbi.nlm.nih.gov/help/),
"Combining search terms with Boolean operators", "Truncation" and "Proximity searching".
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from monitor.config import foreign_query
from monitor.config.problems import did_you_mean, shown
from monitor.config.pubmed_fields import IN_TREES, KNOWN, MEANT, WITH_PROXIMITY, name_of

#: The pieces of a query: phrases, tags, parentheses, words.
PIECE = re.compile(r'"[^"]*"|\[[^\]]*\]|[()]|[^\s()"\[\]]+|["\[\]]')
_OPERATORS = ("AND", "OR", "NOT")

#: PubMed truncates a word only when so many characters stand before its *.
SHORTEST_TRUNCATED = 4


@dataclass(frozen=True, slots=True)
class Finding:
    """A mistake in a query; `is_error` when PubMed would certainly search for something else."""

    text: str
    is_error: bool


def examine(query: str) -> list[Finding]:
    """The mistakes in `query`, errors first."""
    foreign = foreign_query.find(query)
    pieces = PIECE.findall(query)
    own = PIECE.findall(foreign_query.without(query))
    errors = [one.text for one in foreign if one.is_error]
    warnings = [one.text for one in foreign if not one.is_error]
    if not any(map(_is_address, errors)):
        errors += [*_brackets(pieces), *_operators(pieces)]
        warnings += [*_tags(own), *_proximity(own), *_phrases(own), *_truncation(own), *_lower_case(pieces)]
    return [Finding(text, True) for text in errors] + [Finding(text, False) for text in dict.fromkeys(warnings)]


def is_bare_phrase(query: str) -> bool:
    """Is `query` several words, and nothing that tells PubMed where or how to search them?"""
    return len(query.split()) > 1 and not re.search(r'["()\[\]*]|\b(?:AND|OR|NOT)\b', query)


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
        name, extra = name_of(piece)
        if name not in KNOWN:
            near = f' Did you mean "{MEANT[name]}"?' if name in MEANT else did_you_mean(name, KNOWN)
            found.append(f"{shown(piece)} is not a field tag of PubMed, which would search all fields instead.{near}")
        elif extra and extra != "noexp" and not re.fullmatch(r"~\d+", extra):
            found.append(f"{shown(piece)}: after the colon of a tag PubMed reads ~ and a number, or noexp: [tiab:~3].")
        elif extra == "noexp" and name not in IN_TREES:
            found.append(f"{shown(piece)}: noexp has a meaning for headings only: [mh:noexp].")
    return found


def _proximity(pieces: list[str]) -> list[str]:
    """Each reason why PubMed would not look for words near each other although `[…:~3]` asks for it."""
    found = []
    for before, piece in zip(["", *pieces], pieces, strict=False):
        name, extra = name_of(piece) if piece.startswith("[") else ("", "")
        if not re.fullmatch(r"~\d+", extra):
            continue
        if name not in WITH_PROXIMITY:
            found.append(f"{shown(piece)}: proximity works in [ti], [tiab] and [ad] only.")
        if not before.startswith('"'):
            found.append(f'{shown(piece)}: proximity needs quotation marks around the words: "one two"[tiab:~3].')
        elif "*" in before:
            text = f"PubMed ignores the proximity when a word ends in *: {before}. Write each form of the word with OR."
            found.append(text)
        elif len(before.split()) < 2:
            found.append(f'{before}: proximity needs two words or more: "one two"[tiab:~3].')
    return found


def _phrases(pieces: list[str]) -> list[str]:
    """Quotation marks that stand at the wrong place: PubMed would search for the tag or the operator as a word."""
    found = []
    for phrase in (piece for piece in pieces if piece.startswith('"') and piece != '"'):
        if not phrase.strip('" '):
            found.append('"" is an empty phrase. Write one quotation mark (") on each side of a phrase.')
        elif (tag := re.search(r"\[[^\]]*\](?=\s*\"$)", phrase)) and name_of(tag[0])[0] in KNOWN:
            found.append(f'the tag {tag[0]} stands inside quotation marks. Write it behind them: "a phrase"{tag[0]}.')
        elif operator := re.search(r"\s(AND|OR|NOT)\s", phrase):
            text = f"{operator[1]} stands inside quotation marks, where it is a word: {shown(phrase[1:-1])}. "
            found.append(text + "Close the quotation marks before it.")
    return found


def _truncation(pieces: list[str]) -> list[str]:
    """Words that PubMed does not truncate, and signs of truncation that it does not know."""
    found = []
    for word in (part for piece in pieces if piece[0] != "[" for part in re.split(r"[\s,;]+", piece)):
        bare = word.strip('"')
        if bare.startswith("*") and bare.strip("*"):
            found.append(f"{shown(bare)}: PubMed truncates at the end of a word, never at its beginning.")
        elif "*" in bare and len(bare.partition("*")[0]) < SHORTEST_TRUNCATED and _is_whole(word, pieces):
            text = f"{shown(bare)}: PubMed truncates words of at least four characters. Write the words out with OR."
            found.append(text)
        if re.search(r"\w[?#]\w", bare):
            found.append(
                f"{shown(bare)}: PubMed has no sign for a single character. Write each form, or * for any ending."
            )
    return found


def _is_whole(word: str, pieces: list[str]) -> bool:
    """Does `word` stand alone, and not in a phrase? There PubMed counts the characters of the phrase."""
    return word in pieces or word.strip('"') in (piece.strip('" ') for piece in pieces)


def _is_address(text: str) -> bool:
    return "the address of a page" in text


def _lower_case(pieces: list[str]) -> list[str]:
    words = dict.fromkeys(t for t in pieces if t.upper() in _OPERATORS and t not in _OPERATORS)
    return [
        f"{shown(w)} is a word here. Write {w.upper()} to combine terms, or quotes around a phrase that has it."
        for w in words
    ]
