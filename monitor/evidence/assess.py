"""The verdict on one article: design, role, details and relevance, each with its reason. Pure."""

from __future__ import annotations

from dataclasses import replace

from monitor.evidence import details, types
from monitor.evidence.design import Case, Finding, judge
from monitor.evidence.relevance import relevance
from monitor.evidence.rules import RULES_VERSION, book
from monitor.evidence.statement import statement
from monitor.evidence.text import Reading, read
from monitor.model import Article, Control, Design, Level, Relevance, Role, Topic, Verdict

#: Designs that allocate or give an intervention: their control, blinding and size are worth reading.
STUDIES = frozenset({Design.RANDOMIZED, Design.CONTROLLED, Design.PROTOCOL, Design.SECONDARY_ANALYSIS, Design.SINGLE_ARM})

#: Designs whose authors conclude something about the question.
CONCLUDING = frozenset(
    {
        Design.RANDOMIZED,
        Design.CONTROLLED,
        Design.SECONDARY_ANALYSIS,
        Design.SINGLE_ARM,
        Design.SYSTEMATIC_REVIEW,
        Design.META_ANALYSIS_TREATMENT,
        Design.META_ANALYSIS_ASSOCIATION,
    }
)
_REVIEWS = frozenset({Design.SYSTEMATIC_REVIEW, Design.META_ANALYSIS_TREATMENT})


def assess(article: Article, topic: Topic | None) -> Verdict:
    """Judge `article`, and whether it bears on `topic` (None: design only). Never raises, reads no clock."""
    reading, finding = reading_and_finding(article)
    verdict = Verdict(
        pmid=article.pmid,
        topic=topic.key if topic else "",
        design=finding.design,
        level=finding.level,
        rules_version=RULES_VERSION,
        role=Role.RETRACTED if article.is_retracted and finding.role else finding.role,
        score=_score(finding),
        basis=finding.basis,
        relevance=relevance(article, reading, topic.question, finding.design) if topic else Relevance(False, False, False),
    )
    return _with_details(verdict, reading)


def reading_and_finding(article: Article) -> tuple[Reading, Finding]:
    """The prepared words of an article and its design: what the text model is trained on and scores."""
    rules = book()
    reading = read(article, rules.blanks)
    return reading, judge(Case(article, reading, types.types_of(article), rules))


def _with_details(verdict: Verdict, reading: Reading) -> Verdict:
    """Control, blinding, size and the concluding sentence, for designs that have them."""
    if verdict.design in STUDIES:
        is_single = verdict.design is Design.SINGLE_ARM
        verdict = replace(
            verdict,
            control=Control.NONE if is_single else details.control(reading),
            blinding=details.blinding(reading),
            sample_size=details.sample_size(reading),
        )
    if verdict.design in CONCLUDING:
        verdict = replace(verdict, statement=statement(reading))
    if verdict.design in _REVIEWS:
        verdict = replace(verdict, included_trials=details.included_trials(reading))
    return verdict


def _score(finding: Finding) -> float:
    if finding.design is Design.RANDOMIZED:
        return {Level.INDEXED: 0.99, Level.STATED: 0.95, Level.POSSIBLE: 0.6}[finding.level]
    return 0.3 if finding.design in (Design.SECONDARY_ANALYSIS, Design.PROTOCOL) else 0.01
