"""Similar articles: shared rare words in titles, keywords and MeSH, the article itself first."""

from __future__ import annotations

from collections import Counter
from math import log

from monitor.sandbox.corpus.index import Index
from monitor.sandbox.corpus.index_keys import Facts
from monitor.sandbox.corpus.tokens import STOPWORDS
from monitor.sandbox.corpus.view import Library

#: NCBI's score of an article with itself; the most neighbours that are listed.
SELF_SCORE = 2147483647
MOST = 100

_FIELDS = ("ti", "ot", "mw")


def similar(library: Library, pmid: str) -> list[tuple[str, int]]:
    """The articles most like `pmid` that are public now, as (PMID, score), best first, `pmid` itself first."""
    view, index = library.view, library.corpus.index
    state = view.states.get(pmid)
    if state is None:
        return []
    scores = _scores(index, state.facts, len(view.states))
    ranked = sorted(
        ((view.by_number[n].record.pmid, int(score * 1e6)) for n, score in scores.items() if n in view.by_number),
        key=lambda link: (-link[1], int(link[0])),
    )
    return [(pmid, SELF_SCORE), *(link for link in ranked[:MOST] if link[0] != pmid)]


def _scores(index: Index, facts: Facts, total: int) -> Counter[int]:
    """For each Facts number the summed rarity of the words it shares; common words count zero."""
    scores: Counter[int] = Counter()
    for field in _FIELDS:
        for word in sorted(set(facts.line(field).split()) - STOPWORDS):
            found = index.word(field, word)
            rarity = log((total + 1) / len(found)) if found else 0.0
            if rarity > 1:
                for number in found:
                    scores[number] += rarity  # type: ignore[assignment]  # a Counter of weights
    return scores
