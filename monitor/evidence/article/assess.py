"""The verdict on one article: design, role, details and relevance, each with its reason. Pure."""

from __future__ import annotations

from dataclasses import replace

from monitor.evidence.article import details
from monitor.evidence.article.bearing import animals
from monitor.evidence.article.bearing.relevance import relevance
from monitor.evidence.article.bearing.winner import is_of_combination, is_of_comparator
from monitor.evidence.article.classification import classifier, publication_types
from monitor.evidence.article.classification.case import Case, Finding
from monitor.evidence.article.classification.design import judge
from monitor.evidence.article.classification.rules import RULES_VERSION, book
from monitor.evidence.article.classification.statement import association
from monitor.evidence.article.result import report
from monitor.evidence.article.text import Reading, read
from monitor.model import Article, Basis, Control, Design, Direction, Level, Question, Relevance, Role, Topic, Verdict

#: Designs that allocate or give an intervention: their control and blinding are worth reading.
STUDIES = frozenset(
    {Design.RANDOMIZED, Design.CONTROLLED, Design.PROTOCOL, Design.SECONDARY_ANALYSIS, Design.SINGLE_ARM}
)

#: Designs whose abstract tells how many people took part; a protocol tells how many are to.
SIZED = STUDIES - {Design.PROTOCOL}

#: Designs whose authors conclude something about the question; UNCLEAR is read for the person who will say what it is.
CONCLUDING = frozenset(
    {
        Design.RANDOMIZED,
        Design.CONTROLLED,
        Design.SECONDARY_ANALYSIS,
        Design.SINGLE_ARM,
        Design.SYSTEMATIC_REVIEW,
        Design.META_ANALYSIS_TREATMENT,
        Design.UNCLEAR,
    }
)
_NOT_ASKED = Relevance(False, False, False)

#: Measured on held-out records (docs/evidence.md): below these scores a claim is demoted to "possible".
_DOUBT, _DOUBT_THIN = 0.55, 0.75
_INDEXED_SCORE = 0.97
_FLOOR = 0.0001

#: Directions that call one arm better than, or as good as, the other.
_BETTER = frozenset({Direction.BENEFIT, Direction.MIXED, Direction.NONINFERIOR})
_REVIEWS = frozenset({Design.SYSTEMATIC_REVIEW, Design.META_ANALYSIS_TREATMENT})


def assess(article: Article, topic: Topic | None) -> Verdict:
    """Judge `article`, and whether it bears on `topic` (None: design only). Never raises, reads no clock."""
    reading, finding = reading_and_finding(article, topic.question if topic else None)
    score = score_of(reading, finding)
    bearing = relevance(article, reading, topic.question, finding.design) if topic else _NOT_ASKED
    if not bearing.is_match:
        finding = doubted(finding, score)
    verdict = Verdict(
        pmid=article.pmid,
        topic=topic.key if topic else "",
        design=finding.design,
        level=finding.level,
        rules_version=RULES_VERSION,
        role=Role.RETRACTED if article.is_retracted and finding.role else finding.role,
        score=round(score, 4),
        basis=finding.basis,
        relevance=bearing,
    )
    detailed = _with_details(verdict, article, reading)
    if topic and animals.asked(topic.question):
        detailed = replace(detailed, sample_size=None)  # a headline tells it as a number of people
    return _without_other_arms_benefit(detailed, reading, topic) if topic and bearing.is_match else detailed


def _without_other_arms_benefit(verdict: Verdict, reading: Reading, topic: Topic) -> Verdict:
    """A benefit of the comparator, or of the intervention with something else, is quoted, not stated."""
    said, question = verdict.statement, topic.question
    if said is None or said.direction not in _BETTER:
        return verdict
    if not is_of_comparator(said.sentence, reading, question) and not is_of_combination(
        said.sentence, reading, question
    ):
        return verdict
    return replace(verdict, statement=replace(said, direction=Direction.NOT_STATED))


def score_of(reading: Reading, finding: Finding) -> float:
    """The model's rank; a publication type that people set lifts it, whatever the words are."""
    if finding.design is Design.RANDOMIZED and finding.level is Level.INDEXED:
        return max(_INDEXED_SCORE, _read(reading, finding))
    return _read(reading, finding)


def _read(reading: Reading, finding: Finding) -> float:
    if not classifier.has_signal(reading, finding.design):
        return _FLOOR
    judge = classifier.load()
    rules = tuple(b.rule for b in finding.basis)
    return max(_FLOOR, judge.score(classifier.features(reading, finding.design, rules, judge.lexicon)))


def doubted(finding: Finding, score: float) -> Finding:
    """A claim that the model finds unlike a trial's report becomes "possible"; the words stay in the basis.

    One statement outside the title is doubted sooner than several. What matches a topic's question is
    never doubted by the model: there the record's own words decide.
    """
    is_stated = finding.design is Design.RANDOMIZED and finding.level is Level.STATED
    is_thin = len(finding.basis) == 1 and finding.basis[0].field != "title"
    if not is_stated or score >= (_DOUBT_THIN if is_thin else _DOUBT):
        return finding
    doubt = Basis("model.doubt", "title and abstract", f"reads unlike the report of a trial (score {score:.2f})")
    return Finding(Design.UNCLEAR, Level.POSSIBLE, (*finding.basis, doubt))


def reading_and_finding(article: Article, question: Question | None = None) -> tuple[Reading, Finding]:
    """The prepared words of an article and its design: what the text model is trained on and scores.

    A trial in animals is one only for a `question` about these.
    """
    rules = book()
    reading = read(article, rules.blanks, rules.stems)
    is_asked = question is not None and animals.is_of_them(reading, question)
    return reading, judge(Case(article, reading, publication_types.types_of(article), rules, is_of_animals=is_asked))


def _with_details(verdict: Verdict, article: Article, reading: Reading) -> Verdict:
    """Control, blinding, size and the concluding sentence, for designs that have them."""
    if verdict.design in STUDIES:
        is_single = verdict.design is Design.SINGLE_ARM
        verdict = replace(
            verdict,
            control=Control.NONE if is_single else details.control(reading),
            blinding=details.blinding(reading),
            sample_size=details.sample_size(reading) if verdict.design in SIZED else None,
            primary=report.primary_outcome(reading),
            stage=publication_types.stage(article) or report.stage(reading),
        )
    if verdict.design is Design.UNCLEAR and report.may_compare(reading):
        verdict = replace(verdict, sample_size=details.sample_size(reading))
    if verdict.design is Design.META_ANALYSIS_ASSOCIATION:
        verdict = replace(verdict, statement=association(reading))
    if verdict.design in CONCLUDING:
        verdict = replace(verdict, statement=report.statement(reading, verdict.design))
    if verdict.design in _REVIEWS:
        verdict = replace(verdict, included_trials=details.included_trials(reading))
    return verdict
