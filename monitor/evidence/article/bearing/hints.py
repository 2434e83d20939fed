"""What a record that counts as no trial of the question still says against "no trial exists". Pure.

A randomised trial of the intervention may be of the question's people in other words; a letter, a review or a
guideline may speak of a trial whose report is not held. Neither is counted, and no absence may be claimed over them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from monitor.evidence.article.bearing.arms import is_around, names
from monitor.evidence.article.bearing.concept import Concept, marked
from monitor.evidence.article.bearing.population import in_short
from monitor.evidence.article.classification import publication_types
from monitor.evidence.article.classification.allocation import allocations
from monitor.evidence.article.classification.rules import book
from monitor.evidence.article.classification.rules import pattern as named
from monitor.evidence.article.text import Reading, blanked, lowered, sentences
from monitor.model import Article, Basis, Design, Question, Terms

#: The rule of a report that may be of a trial of the question; of one that speaks of such a trial.
MAY_BE, TELLS = "question.may_be_trial", "question.tells_of_trial"

_TRIALS = frozenset({Design.RANDOMIZED, Design.CONTROLLED})
_TELLERS = frozenset(
    {
        Design.REVIEW,
        Design.SYSTEMATIC_REVIEW,
        Design.META_ANALYSIS_TREATMENT,
        Design.GUIDELINE,
        Design.EDITORIAL,
        Design.LETTER,
        Design.COMMENT,
        Design.NEWS,
        Design.ERRATUM,
        Design.CASE_REPORT,
    }
)
#: Words that wish for a trial, which therefore does not exist.
_WISHES = frozenset({"blank.wish", "blank.wished_trial"})
#: The least letters of a word that tells one concept from others.
_LEAST = 4
_ENDING = re.compile(r"(?:ations?|ings?|ions?|ers?|ed|es|al|ic|ly|s|e|y)$")


def on_the_question(
    article: Article, reading: Reading, question: Question, design: Design, given: Concept
) -> tuple[Basis, ...]:
    """What a record about the question that is no trial says against an absence; () when it says nothing."""
    if design is Design.UNCLEAR:
        typed = publication_types.types_of(article).get(publication_types.CLINICAL_TRIAL)
        return (Basis(MAY_BE, "publication types", typed),) if typed else _compares(reading)
    return _tells(reading, question, given) if design in _TELLERS else ()


def beside_the_question(
    reading: Reading, question: Question, design: Design, given: Concept, people: Concept
) -> tuple[Basis, ...]:
    """The same for a record whose words do not name what was tested, or in whom, as the question does."""
    if design in _TRIALS:
        told = _tested(reading, question, given)
        return (told,) if told and _may_be_theirs(reading, question.population, people) else ()
    is_named = _names(reading, people) and _names(reading, given)
    return _tells(reading, question, given) if is_named and design in _TELLERS else ()


def _compares(reading: Reading) -> tuple[Basis, ...]:
    """The words of a comparison or an allocation in a record that does not say what it is."""
    for field, text, raw in (
        ("title", reading.title, reading.raw_title),
        ("abstract", reading.abstract, reading.raw_abstract),
    ):
        if found := named("question.compares").search(text):
            return (Basis(MAY_BE, field, raw[found.start() : found.end()]),)
    return ()


def _tested(reading: Reading, question: Question, given: Concept) -> Basis | None:
    """The title, or the arm, that gives the intervention; where no arms are told, the first sentence that names it."""
    titled = given.first(reading.raw_title)
    if titled and not is_around(lowered(reading.raw_title), titled.start()):
        return Basis(MAY_BE, "title", reading.raw_title)
    told = list(allocations(reading))
    found = [text for text in told if names(text, given, question.intervention)]
    if not found:
        own = [
            text for number, text in enumerate(_spoken(reading)) if given.first(text) and _is_own(text, number, given)
        ]
        found = [text for text in own if not told or named("question.asks").search(lowered(text))]
    return Basis(MAY_BE, "abstract", found[0]) if found and _names(reading, given) else None


def _may_be_theirs(reading: Reading, population: Terms, people: Concept) -> bool:
    """The people are named, not as background or left out; or never named, and all words of a term stand together.

    Where the background alone names them in full, the last word of a term is enough ("hernia" for "groin hernia").
    """
    own = [text for number, text in enumerate(_spoken(reading)) if _is_own(text, number, people)]
    if people.pattern and people.pattern.search(lowered(f"{reading.raw_title} {reading.raw_abstract}")):
        short = in_short(reading, population, people)
        return any(people.first(text) or (short and short.search(lowered(text))) for text in own)
    return any(is_worded(text, population) for text in own)


def _is_own(text: str, number: int, meant: Concept) -> bool:
    """Whether a sentence tells of the record's own people; the first of an abstract mostly tells why it was done."""
    low = marked(text, meant)
    is_opening = number == 1 and not any(named(rule).search(low) for rule in ("question.own_work", "question.asks"))
    return not is_opening and not named("question.left_out").search(low)


def _tells(reading: Reading, question: Question, given: Concept) -> tuple[Basis, ...]:
    """A sentence that speaks of a trial as existing, in a record whose title or sentence names the intervention."""
    if named("included.none").search(lowered(reading.raw_abstract)):
        return ()
    is_titled = bool(given.first(reading.raw_title))
    for text in _spoken(reading):
        low = lowered(text)
        for blank in book().blanks:
            low = blanked(low, blank.pattern, blank.needs.words, blank.also) if blank.id in _WISHES else low
        is_about = names(text, given, question.intervention) or (
            is_titled and not named("question.trial_of").search(low)
        )
        if is_about and _is_told(low):
            return (Basis(TELLS, "title" if text == reading.raw_title else "abstract", text.strip()),)
    return ()


def _is_told(low: str) -> bool:
    """Whether a clause speaks of a trial, or of trials that were included, and not as of one to come."""
    clauses = named("question.trial_clause").split(low)
    told, awaited = named("question.trial_told"), named("question.trial_awaited")
    return any(told.search(clause) and not awaited.search(clause) for clause in clauses)


def is_worded(text: str, terms: Terms) -> bool:
    """Whether all telling words of one term stand in the text, in any order and ending: "resection of the colon"."""
    stems = {_stem(word) for word in re.findall(r"[^\W\d_]+", lowered(text))}
    return any(wanted and wanted <= stems for wanted in map(_content, terms.words))


def _content(term: str) -> frozenset[str]:
    words = re.findall(r"[^\W\d_]+", lowered(term)) if term != term.upper() else []
    return frozenset(_stem(word) for word in words if len(word) >= _LEAST)


def _stem(word: str) -> str:
    """A word without its ending, so that "smokers", "smoking" and "smoke" are one."""
    bare = _ENDING.sub("", word)
    return bare if len(bare) >= _LEAST else word


def _names(reading: Reading, meant: Concept) -> bool:
    return any(meant.first(text) for text in (reading.raw_title, reading.raw_abstract))


def _spoken(reading: Reading) -> Iterator[str]:
    yield reading.raw_title
    for _, text in sentences(reading.raw_abstract):
        yield text
