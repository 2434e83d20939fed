"""A question's words as a query in the syntax of Europe PMC, for preprints. Pure."""

from __future__ import annotations

import re

from monitor.model import Question, Terms

_WORDS = re.compile(r"\w+")
#: Words that an index of texts leaves out, so that a question for one of them alone finds nothing.
_UNSEARCHED = re.compile(r"an?|and|are|as|at|be|by|for|from|into?|is|it|no|not|of|on|or|that|the|to|was|with", re.I)
_NOT_QUOTED = re.compile(r'["\\\s]+')


def preprints_of(question: Question) -> str:
    """Preprints whose title or abstract names the population and the intervention; "" when one of them has no words.

    What the question excludes is left to the rules, which read the words around it. Headings of MeSH, which preprints
    do not have, stand in only for a concept without words of its own.
    """
    concepts = [_concept(terms) for terms in (question.population, question.intervention)]
    return " AND ".join([*concepts, "(SRC:PPR)"]) if all(concepts) else ""


def _concept(terms: Terms) -> str:
    words = [_word(word) for word in terms.words or terms.mesh]
    return f"({' OR '.join(dict.fromkeys(filter(None, words)))})" if any(words) else ""


def _word(word: str) -> str:
    """A phrase in quotation marks. A phrase with a truncated end is its words: no wildcard works between quotes."""
    *others, last = _WORDS.findall(word) or [""]
    if not word.rstrip().endswith("*"):
        return f'TITLE_ABS:"{_NOT_QUOTED.sub(" ", word).strip()}"' if last else ""
    whole = [f'TITLE_ABS:"{part}"' for part in others if not _UNSEARCHED.fullmatch(part)]
    each = [*whole, f"TITLE_ABS:{last}*"] if last else whole
    return f"({' AND '.join(each)})" if len(each) > 1 else "".join(each)
