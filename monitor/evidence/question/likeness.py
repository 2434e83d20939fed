"""What makes two reports alike enough to be of one trial when no number and no link ties them. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

from monitor.evidence.article.text import sentences
from monitor.language.messages import message, plural
from monitor.model import Article, Control, Design, Judged, Question

#: Words that tell no title from another.
_STOP = frozenset(
    {
        "a",
        "an",
        "and",
        "the",
        "of",
        "in",
        "for",
        "with",
        "on",
        "to",
        "from",
        "by",
        "or",
        "at",
        "versus",
        "using",
        "based",
    }
    | {"trial", "study", "randomized", "randomised", "controlled", "clinical", "protocol", "blind", "double", "single"}
    | {"patients", "results", "treatment", "effect", "effects", "efficacy", "safety"}
)
#: A proper name of a trial: capitals inside or all capitals ("PREMiSe", "CoSMo", "DASH"), or quoted before trial/study.
_NAME = re.compile(
    r"\b(?=\w*[A-Z]\w*[A-Z])[A-Za-z][\w-]{3,}\b|\b((?:[A-Z][a-z]+ ){1,3})(?=(?:[Dd]ouble|[Ss]tudy|[Tt]rial|[Ss]ham))"
)
#: Reports that a trial has before, beside or after its final one.
_OTHER_STAGES = frozenset({"interim", "preprint", "abstract", "thesis", "follow-up", "secondary"})
_MAIN = frozenset({Design.RANDOMIZED, Design.CONTROLLED})
_BLINDABLE = frozenset({Control.SHAM, Control.PLACEBO})
_ANOTHER = re.compile(
    r"\b(?:second|companion|sister|parallel|replication|confirmatory) (?:[\w-]+ ){0,3}(?:trial|study)\b"
)
_C, _A = "why one trial", "shared authors"
_BY_SHARED = plural(_A, "shared author %(names)s", "shared authors %(names)s")
_BY_NAME = message(_C, "%(authors)s and the name %(name)s", authors=_A)
_BY_PEOPLE = message(_C, "%(authors)s and %(number)s people in both", authors=_A)
_BY_TITLE = message(_C, "%(authors)s and nearly the same title", authors=_A)
_BY_VERSION = message(_C, "%(authors)s and a report of another stage or language", authors=_A)
_BY_FOLLOW_UP = message(_C, "a follow-up of the %(name)s study by its title")

_ALLOCATED = re.compile(r"\b(?:random|assigned|allocated)", re.I)
_COMPARED = re.compile(r"\b(?:differ|improv|lower|higher|better|worse|reduc|increas|fewer|no effect|p ?[=<])", re.I)
#: "four-year follow-up of the PACT study": a name in capitals, which a title has in any order of words.
_FOLLOW_UP = re.compile(
    r"\b[Ff]ollow-?up (?:of|from|in|after) (?:the |participants (?:of|in) the )?(?P<name>[A-Z][\w-]*[A-Z0-9][\w-]*)"
    r"(?: [\w-]+){0,3} (?:study|trial)"
)


@dataclass(frozen=True, slots=True)
class Tie:
    """Why two reports are of one trial. `is_sure` is False where two trials of one group could look the same."""

    why: str
    is_sure: bool = True


def likeness(one: Judged, two: Judged, common: frozenset[str] = frozenset()) -> Tie | None:
    """What makes two reports without a common number one trial, None when they are not.

    `common` are the words of the field among what looks like a trial's name.

    Authors alone never join: a group runs several trials. It takes a shared author and one of: the
    trial's proper name in both titles, the same stated sample size, or nearly the same title words; for a
    provisional report or one in another language many shared authors are enough.
    """
    if followed := _followed(one, two) or _followed(two, one):
        return Tie(_BY_FOLLOW_UP(name=followed), is_sure=False)
    shared = _surnames(one.article) & _surnames(two.article)
    if not shared or _years_apart(one.article, two.article) > 10:
        return None
    authors = _BY_SHARED(len(shared), count=str(len(shared)), names=", ".join(sorted(shared)[:3]))
    names = (trial_names(one.article) & trial_names(two.article)) - common
    if names and _are_of_a_family(one.article.title, two.article.title, names):
        return None
    if names:
        return Tie(_BY_NAME(authors=authors, name=sorted(names)[0]))
    are_final = _is_final(one) and _is_final(two) and one.article.languages == two.article.languages
    if are_final and _are_siblings(one, two):
        return None
    sizes = one.effective.sample_size, two.effective.sample_size
    if sizes[0] is not None and sizes[0] == sizes[1] and _years_apart(one.article, two.article) <= 5:
        return Tie(_BY_PEOPLE(authors=authors, number=str(sizes[0])), is_sure=not are_final)
    if _overlap(one.article.title, two.article.title) >= 0.7:
        are_unlike = are_final and None not in sizes and sizes[0] != sizes[1]
        return Tie(_BY_TITLE(authors=authors), is_sure=not are_unlike)
    if (
        _is_version(one, two)
        and 2 * len(shared) >= min(len(_surnames(j.article)) for j in (one, two))
        and len(shared) > 1
    ):
        return Tie(_BY_VERSION(authors=authors), is_sure=False)
    return None


def _is_final(judged: Judged) -> bool:
    """A main result that calls itself neither provisional nor a further look."""
    return judged.effective.design in _MAIN and not judged.effective.stage


def _is_version(one: Judged, two: Judged) -> bool:
    """One of two main results is of another stage, or they are in two languages; their controls do not differ."""
    if not {one.effective.design, two.effective.design} <= _MAIN or _controls_differ(one, two):
        return False
    languages = set(one.article.languages), set(two.article.languages)
    are_translations = bool(languages[0] and languages[1]) and not languages[0] & languages[1]
    return are_translations or bool({one.effective.stage, two.effective.stage} & _OTHER_STAGES)


def _are_siblings(one: Judged, two: Judged) -> bool:
    """Two final reports of one group say that they are of two trials: other control, other people, "a second trial"."""
    if _controls_differ(one, two):
        return True
    if any(_ANOTHER.search(f"{j.article.title} {j.article.abstract_text}".lower()) for j in (one, two)):
        return True
    first, second = (_words(j.article.title) for j in (one, two))
    is_contrast = bool(first - second) and bool(second - first)
    if len(_surnames(one.article) & _surnames(two.article)) > 1 and (first ^ second) & (
        _outcomes(one) | _outcomes(two)
    ):
        return False
    return is_contrast and _overlap(one.article.title, two.article.title) >= 0.4


def _outcomes(judged: Judged) -> set[str]:
    """Words of the sentences that tell a result, without those that tell who was allocated to what."""
    told = [text for _, text in sentences(judged.article.abstract_text)]
    allocated = {word for text in told if _ALLOCATED.search(text) for word in _words(text)}
    return {word for text in told if _COMPARED.search(text) for word in _words(text)} - allocated


def _followed(later: Judged, former: Judged) -> str:
    """The name of the study that `later` calls itself a follow-up of, where it is the name of `former`; else ""."""
    found = _FOLLOW_UP.search(later.article.title)
    named = found and re.search(rf"\b{re.escape(found['name'])}\b", former.article.title)
    is_former = later.article.pmid != former.article.pmid and not _FOLLOW_UP.search(former.article.title)
    return str(found["name"]) if found and named and is_former else ""


def _controls_differ(one: Judged, two: Judged) -> bool:
    controls = {one.effective.control, two.effective.control}
    return len(controls) > 1 and Control.NOT_STATED not in controls and not controls <= _BLINDABLE


def _surnames(article: Article) -> set[str]:
    return {f"{a.last} {a.initials[:1]}".strip() for a in article.authors if a.last}


def _years_apart(one: Article, two: Article) -> int:
    days = one.first_public_on, two.first_public_on
    return abs(days[0].year - days[1].year) if days[0] and days[1] else 0


def trial_names(article: Article) -> set[str]:
    """Proper names in a title that can be a trial's, lower-cased.

    An abbreviation that the article is indexed under is none.
    """
    names = {m[0].strip().lower() for m in _NAME.finditer(article.title)}
    headings = (*article.keywords, *article.substances, *(heading.name for heading in article.mesh))
    return {name for name in names if len(name) >= 4} - {heading.lower() for heading in headings}


def words_of_the_field(articles: Iterable[Article], question: Question | None = None) -> frozenset[str]:
    """What looks like a trial's name and is a term: the question's, or in titles by authors with nobody in common."""
    concepts = (question.population, question.intervention, question.comparator) if question else ()
    terms = {part.lower() for concept in concepts for word in (*concept.words, *concept.mesh) for part in word.split()}
    authors: dict[str, list[set[str]]] = defaultdict(list)
    for article in articles:
        for name in trial_names(article):
            authors[name].append(_surnames(article))
    return frozenset(terms).union(
        name for name, teams in authors.items() if any(not a & b for a, b in combinations(teams, 2) if a and b)
    )


#: A proper name with all its parts: "SYMPLICITY HTN-3", "RADIANCE II".
_FULL_NAME = re.compile(r"\b(?=\w*[A-Z]\w*[A-Z])[A-Za-z][\w-]{3,}(?: [A-Z0-9][A-Z0-9-]*\b(?![a-z]))+")


def _are_of_a_family(one: str, two: str, shared: set[str]) -> bool:
    """Two titles name trials of one programme, each with a part that the other lacks: HTN-2 and HTN-3."""
    parts = [{frozenset(m[0].lower().split()) for m in _FULL_NAME.finditer(title)} for title in (one, two)]
    first, second = ([name for name in names if name & shared] for names in parts)
    return bool(first and second) and all(a - b and b - a for a in first for b in second)


def _words(title: str) -> set[str]:
    return {word for word in re.findall(r"(?:non-)?\w+", title.lower()) if word not in _STOP}


def _overlap(one: str, two: str) -> float:
    first, second = _words(one), _words(two)
    return len(first & second) / len(first | second) if first and second else 0.0
