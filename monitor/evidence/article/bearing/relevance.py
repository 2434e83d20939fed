"""Does a record test the topic's intervention in the topic's population? With the words that say so, or why not.

Title, MeSH, objective and conclusion weigh more than a mention; so does the sentence in which people are
allocated or treated. What only names the intervention in passing has not tested it.
"""

from __future__ import annotations

import re
from dataclasses import replace

from monitor.evidence.article.bearing import animals, hints
from monitor.evidence.article.bearing.arms import UNSURE, why_not_allocated, why_not_tested
from monitor.evidence.article.bearing.concept import Concept, concept, marked, matcher
from monitor.evidence.article.bearing.population import in_short, mixed, why_only_part
from monitor.evidence.article.classification.publication_types import mesh_names
from monitor.evidence.article.classification.rules import pattern as named
from monitor.evidence.article.text import Reading, lowered, sentences
from monitor.language.messages import message
from monitor.model import Article, Basis, Design, Question, Relevance, Terms

_C = "why not this question"
_ANIMAL = message(_C, "The study is of animals or in vitro.")
_NOT_OF = message(_C, "The study is not of %(population)s.")
_EXCLUDED = message(_C, "It is about “%(words)s”, which this question excludes.")
_BOTH_ARMS = message(
    _C, "Both groups had the intervention (“%(one)s” and “%(other)s”), so it is not tested against a control."
)
_ONLY_MENTIONS_BOTH = message(
    _C,
    "The record only mentions “%(intervention)s”; it is not what the study tested, and only mentions “%(population)s”; "
    "it is not whom the study is about.",
)
_MENTIONS_NAMES = message(
    _C,
    "The record only mentions “%(intervention)s”; it is not what the study tested, and does not name %(population)s; "
    "it is not whom the study is about.",
)
_NAMES_MENTIONS = message(
    _C,
    "The record does not name %(intervention)s; it is not what the study tested, and only mentions “%(population)s”; "
    "it is not whom the study is about.",
)
_NAMES_NEITHER = message(
    _C,
    "The record does not name %(intervention)s; it is not what the study tested, and does not name %(population)s; "
    "it is not whom the study is about.",
)
_MENTIONS_INTERVENTION = message(_C, "The record only mentions “%(intervention)s”; it is not what the study tested.")
_NO_INTERVENTION = message(_C, "The record does not name %(intervention)s; it is not what the study tested.")
_MENTIONS_POPULATION = message(_C, "The record only mentions “%(population)s”; it is not whom the study is about.")
_NO_POPULATION = message(_C, "The record does not name %(population)s; it is not whom the study is about.")
#: Whether each of intervention and population is only mentioned, not named, or (None) not missing.
_MISSING = {
    (True, True): _ONLY_MENTIONS_BOTH,
    (True, False): _MENTIONS_NAMES,
    (False, True): _NAMES_MENTIONS,
    (False, False): _NAMES_NEITHER,
    (True, None): _MENTIONS_INTERVENTION,
    (False, None): _NO_INTERVENTION,
    (None, True): _MENTIONS_POPULATION,
    (None, False): _NO_POPULATION,
}
_HELD = frozenset({Design.RANDOMIZED, Design.CONTROLLED})
_TRIALS = frozenset({Design.RANDOMIZED, Design.CONTROLLED, Design.PROTOCOL, Design.SECONDARY_ANALYSIS})


def relevance(article: Article, reading: Reading, question: Question, design: Design) -> Relevance:
    """Match on both the intervention and the population, each tested and not merely mentioned."""
    if design is Design.ANIMAL:
        return Relevance(False, False, False, why_not=_ANIMAL())
    if animals.asked(question) and not animals.is_of_them(reading, question):
        return Relevance(False, False, False, why_not=_NOT_OF(population=question.population_name))
    excluded = _find(matcher(question.exclude), reading)
    given = concept(question.intervention, reading, question.exclude)
    people = concept(question.population, reading, question.exclude)
    intervention = _tested(article, reading, question.intervention, given)
    population = _studied(article, reading, question.population, people)
    if not population and design in _HELD:
        population = _prevented(reading, question, given, people)
    basis = tuple(b for b in (intervention, population) if b)
    if excluded and not (intervention and population and intervention.field == population.field == "title"):
        why = _EXCLUDED(words=excluded.words)
        return Relevance(False, bool(intervention), bool(population), (*basis, excluded), why)
    why = _why_not(intervention, population, reading, question) or _both_arms(reading, question)
    if not why and design in _TRIALS:
        why = why_not_tested(reading, question, given) or why_only_part(reading, question, people)
        if not why and design is not Design.SECONDARY_ANALYSIS:
            why = why_not_allocated(reading, question, given)
        basis += mixed(reading, people)
    if not why:
        basis += hints.on_the_question(article, reading, question, design, given)
    elif why == UNSURE and intervention:
        basis += (replace(intervention, rule=hints.MAY_BE),)
    elif not (intervention and population):
        basis += hints.beside_the_question(reading, question, design, given, people)
    return Relevance(not why, bool(intervention), bool(population), basis, why)


def _why_not(intervention: Basis | None, population: Basis | None, reading: Reading, question: Question) -> str:
    if intervention and population:
        return ""
    mentions, words = {}, {"intervention": question.intervention_name, "population": question.population_name}
    for part, is_found, terms in (
        ("intervention", intervention, question.intervention),
        ("population", population, question.population),
    ):
        mentioned = None if is_found else _find(matcher(terms), reading)
        mentions[part] = None if is_found else bool(mentioned)
        if mentioned:
            words[part] = mentioned.words
    return _MISSING[mentions["intervention"], mentions["population"]](**words)


def _both_arms(reading: Reading, question: Question) -> str:
    """Why a comparison of two forms of the intervention does not test it, "" when the other arm is something else."""
    pattern, comparator = matcher(question.intervention), matcher(question.comparator)
    if pattern is None:
        return ""
    for _, sentence in sentences(f"{reading.raw_title}. {reading.raw_abstract}"):
        low = lowered(sentence)
        found = list(pattern.finditer(low))
        if len(found) != 2 or found[0][0] == found[1][0] or (comparator and comparator.search(low)):
            continue
        if named("question.against").fullmatch(low[found[0].end() : found[1].start()]):
            return _BOTH_ARMS(one=found[0][0], other=found[1][0])
    return ""


def _find(pattern: re.Pattern[str] | None, reading: Reading) -> Basis | None:
    if pattern is None:
        return None
    for field, text, raw in (
        ("title", lowered(reading.raw_title), reading.raw_title),
        ("abstract", lowered(reading.raw_abstract), reading.raw_abstract),
    ):
        if match := pattern.search(text):
            return Basis("question.words", field, raw[match.start() : match.end()])
    return None


def _tested(article: Article, reading: Reading, terms: Terms, given: Concept) -> Basis | None:
    if found := given.first(reading.raw_title):
        return Basis("question.intervention", "title", _words(reading.raw_title, found))
    return _in_sentences(reading, given, "question.intervention", named("question.done")) or _in_mesh(
        article, terms, "question.intervention"
    )


def _studied(article: Article, reading: Reading, terms: Terms, people: Concept) -> Basis | None:
    if found := people.first(reading.raw_title):
        return Basis("question.population", "title", _words(reading.raw_title, found))
    return _in_mesh(article, terms, "question.population") or _in_sentences(
        reading, people, "question.population", named("question.studied")
    )


def _prevented(reading: Reading, question: Question, given: Concept, people: Concept) -> Basis | None:
    """The sentence by which the condition is what a trial means to prevent, and nobody's when it begins.

    Question or title say that it is prevention; or the sentence says that the intervention brings it down, or not.
    """
    is_prevention = named("question.prevents").search(lowered(f"{question.text} {reading.raw_title}"))
    short = in_short(reading, question.population, people) if is_prevention else None
    spoken = list(sentences(reading.raw_abstract))
    for number, (start, sentence) in enumerate(spoken):
        if _is_background(spoken, number, reading.section_at(start), people):
            continue
        low = short.sub("¤", marked(sentence, people)) if short else marked(sentence, people)
        is_outcome = is_prevention and named("question.to_be_prevented").search(low)
        is_brought_down = named("question.brought_down").search(low) and given.first(sentence)
        if (is_outcome or is_brought_down) and not named("question.left_out").search(low):
            return Basis("question.population", "abstract", sentence.strip())
    return None


def _words(raw: str, match: re.Match[str]) -> str:
    return raw[match.start() : match.end()]


def _in_mesh(article: Article, terms: Terms, rule: str) -> Basis | None:
    names = mesh_names(article)
    return next((Basis(rule, "MeSH", name) for name in terms.mesh if name in names), None)


def _in_sentences(reading: Reading, meant: Concept, rule: str, needed: re.Pattern[str]) -> Basis | None:
    """The first sentence outside the background that names the concept as done, studied or concluded upon."""
    if meant.pattern is None:
        return None
    spoken = list(sentences(reading.raw_abstract))
    for number, (start, sentence) in enumerate(spoken):
        low = lowered(sentence)
        if not meant.first(sentence) or named("question.left_out").search(low):
            continue
        is_whom = rule == "question.population" and named("question.participants").search(marked(sentence, meant))
        if (is_whom or needed.search(low)) and not _is_background(spoken, number, reading.section_at(start), meant):
            return Basis(rule, "abstract", sentence.strip())
    return None


def _is_background(spoken: list[tuple[int, str]], number: int, section: str, meant: Concept) -> bool:
    """Whether a sentence tells why a study was done: of such a section, or the first where there are no sections.

    A number in the name of the concept ("type 2 …") is no number of participants.
    """
    is_opening = number == 0 and not section and _opens(spoken)
    is_own = is_opening and named("question.own_work").search(marked(spoken[number][1], meant))
    return section == "BACKGROUND" or (is_opening and not is_own)


def _opens(spoken: list[tuple[int, str]]) -> bool:
    """Whether the first sentence can be background: of several, or of one that tells what was done."""
    return len(spoken) > 2 or any(named("question.own_work").search(lowered(text)) for _, text in spoken[1:])
