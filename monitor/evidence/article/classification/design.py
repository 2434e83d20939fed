"""Design of one article, from what the record is, what it says, and how it is indexed; in that order.

First the kind (a notice, a comment, a review, a protocol, an animal study, a secondary analysis are not
main results, whatever words they use), then how strongly the text states an allocation, then the indexing.
"""

from __future__ import annotations

from collections.abc import Callable

from monitor.evidence.article.classification import publication_types
from monitor.evidence.article.classification.case import Case, Finding, names_a_trial
from monitor.evidence.article.classification.secondary import secondary
from monitor.evidence.article.correspondence import comment, hypothetical, letter, notice, quoted
from monitor.evidence.article.result.findings import reports_findings
from monitor.model import Article, Basis, Design, Level, Role

#: Words of a test of a treatment; without any of them a randomised experiment asks about behaviour.
_CLINICAL = (" trial", "patient", "treatment", "placebo", "sham")

#: An act of allocation, a claim in the title, a sentence on the design, a sentence on what "this trial" did.
_ALLOCATION = ("random_act", "random_title", "random_design", "random_own")

_REGIMENS = ("protocol", "protocol for", "protocols for", "protocol of", "protocols of")


def judge(case: Case) -> Finding:
    """The design of one record. Never raises; what nothing speaks about is UNCLEAR."""
    for decide in _STEPS:
        finding = decide(case)
        if finding:
            return finding
    return Finding(Design.UNCLEAR, Level.POSSIBLE, ())


def _guideline(case: Case) -> Finding | None:
    spoken = _unless_contradicted(
        case, publication_types.PRACTICE_GUIDELINE, publication_types.GUIDELINE, publication_types.CONSENSUS
    )
    if not spoken and not case.says("random_title"):
        spoken = case.says("guideline")
    return Finding(Design.GUIDELINE, case.level(spoken), (spoken,)) if spoken else None


def _unless_contradicted(case: Case, *uis: str) -> Basis | None:
    """A type of the record; one that a publisher set does not outrank an act of allocation in the text."""
    if not publication_types.is_indexed_by_people(case.article) and case.says("random_act"):
        return None
    return case.typed(*uis)


def _case_report(case: Case) -> Finding | None:
    spoken = _unless_contradicted(case, publication_types.CASE_REPORTS) or case.says("case_report")
    return Finding(Design.CASE_REPORT, case.level(spoken), (spoken,)) if spoken else None


def _synthesis(case: Case) -> Finding | None:
    """Systematic reviews and meta-analyses; a plan for one is a protocol, but of no trial."""
    if case.says("trial_with_synthesis") and case.says("random_act"):
        return None  # the report of a trial that also pools it with others
    meta = case.typed(publication_types.META_ANALYSIS) or case.says("meta_analysis")
    spoken = (
        meta
        or case.typed(publication_types.SYSTEMATIC_REVIEW)
        or case.says("systematic_review")
        or _cochrane(case.article)
    )
    if not spoken and not case.says("random_title") and not case.says("random_act"):
        meta = case.says("meta_analysis_text") if case.says("systematic_review_text") else None
        spoken = meta or case.says("systematic_review_text")
    if not spoken:
        return None
    if (planned := case.says("protocol")) and planned.field == "title":
        return Finding(Design.PROTOCOL, Level.STATED, (planned, spoken))
    return Finding(_synthesis_design(case, meta), case.level(spoken), (spoken,))


def _cochrane(article: Article) -> Basis | None:
    """This journal prints systematic reviews only, so a record is one before its types arrive."""
    is_one = article.journal.startswith("Cochrane Database")
    return Basis("journal.cochrane", "journal", article.journal) if is_one else None


def _synthesis_design(case: Case, meta: Basis | None) -> Design:
    if not meta:
        return Design.SYSTEMATIC_REVIEW
    association, treatment = case.says("association_words"), case.says("treatment_words")
    if association and (not treatment or (association.field == "title" and treatment.field != "title")):
        return Design.META_ANALYSIS_ASSOCIATION
    return Design.META_ANALYSIS_TREATMENT


def _review(case: Case) -> Finding | None:
    spoken = case.typed(publication_types.REVIEW)
    if not spoken and not (case.says("random_title") or case.says("random_act")):
        spoken = case.says("review")
    if not spoken or (case.says("random_title") and case.says("random_act")):
        return None
    return Finding(Design.REVIEW, case.level(spoken), (spoken,))


def _review_by_words(case: Case) -> Finding | None:
    spoken = case.says("review_text")
    return Finding(Design.REVIEW, Level.POSSIBLE, (spoken,)) if spoken else None


def _protocol(case: Case) -> Finding | None:
    """A plan named in the title may be of any study; in the abstract the record must name a trial."""
    is_of_trial = names_a_trial(case)
    if not is_of_trial and not any(
        " will " in text for text in (case.reading.plain_title, case.reading.plain_abstract)
    ):
        return None
    awaited = _awaited(case)
    spoken = case.typed(publication_types.PROTOCOL) or case.says("protocol") or case.says("protocol_present") or awaited
    if not spoken or (spoken.field == "abstract" and not is_of_trial):
        return None
    if observational := case.says("observational_protocol"):
        return Finding(Design.OBSERVATIONAL, Level.STATED, (observational,))
    if spoken.field == "abstract" and case.says("results_given") and not awaited:
        return None
    if (spoken.rule == "kind.protocol_present" or _is_a_regimen(spoken, case)) and reports_findings(case.reading):
        return None
    allocated = case.says_any("random_title", "random_act", "random_design", "random_weak")
    basis = (spoken, allocated) if allocated else (spoken,)
    return Finding(Design.PROTOCOL, case.level(spoken), basis, Role.PROTOCOL if allocated else None)


def _is_a_regimen(spoken: Basis, case: Case) -> bool:
    """Whether the title of a report with figures calls a treatment a protocol: "the long protocol"."""
    is_bare = spoken.field == "title" and spoken.words.lower().rstrip(":.") in _REGIMENS
    return is_bare and bool(case.says("results_given"))


def _awaited(case: Case) -> Basis | None:
    """The words by which the result of a trial that has begun is still to come."""
    has_begun = case.says_any(*_ALLOCATION)
    return case.says("results_awaited") if has_begun and not case.says("results_compared") else None


def _not_people(case: Case) -> Finding | None:
    names = publication_types.mesh_names(case.article)
    if case.is_of_animals or "Humans" in names:
        return None
    if "Animals" in names:
        return Finding(Design.ANIMAL, Level.INDEXED, (Basis("mesh", "MeSH", "Animals without Humans"),))
    spoken = case.says("animal_sure") or (None if case.says("people_title") else case.says("animal_title"))
    is_mostly_people = bool(spoken) or _is_mostly_people(case)
    if not spoken and not is_mostly_people:
        spoken = case.says("animal_text") or (None if case.says("random_title") else case.says("bench"))
    if not spoken and ("random" in case.reading.plain_abstract or "random" in case.reading.plain_title):
        spoken = case.says("animal_breed_title") or (None if is_mostly_people else case.says("animal_breed_text"))
    return Finding(Design.ANIMAL, Level.STATED, (spoken,)) if spoken else None


def _is_mostly_people(case: Case) -> bool:
    if case.says("people_title"):
        return True
    return sum(case.reading.abstract.count(word) for word in ("patients", "participants", "women", "children")) >= 4


def _instrument(case: Case) -> Finding | None:
    """A questionnaire or a measurement is tested, not a treatment, unless the title claims a trial."""
    spoken = None if case.says("random_title") else case.says("instrument")
    return Finding(Design.CROSS_SECTIONAL, Level.STATED, (spoken,)) if spoken else None


def _not_held(case: Case) -> Finding | None:
    """A trial that records or a model stand in for; where an indexer saw a randomised trial it was held."""
    if case.typed(publication_types.RANDOMIZED) and publication_types.is_indexed_by_people(case.article):
        return None
    if spoken := case.says("simulated_trial"):
        return Finding(Design.MODELLING, Level.STATED, (spoken,))
    if spoken := case.says("emulated_trial"):
        return Finding(Design.COHORT, Level.STATED, (spoken,))
    return None


def _planned(case: Case) -> Finding | None:
    """A trial that allocates people and has found nothing yet: told in words of a plan alone, or while it runs."""
    allocated = case.says_any(*_ALLOCATION) or case.typed(publication_types.RANDOMIZED)
    running = case.says("running")
    plan = running or case.says("planned")
    if not allocated or not plan or (not running and reports_findings(case.reading)):
        return None
    return Finding(Design.PROTOCOL, Level.STATED, (plan, allocated), Role.PROTOCOL)


def _randomized(case: Case) -> Finding | None:
    """A statement of random allocation of people in the text, or the indexer's type."""
    stated = [b for group in _ALLOCATION if (b := case.says(group))]
    if not stated and (order := case.says("random_order")) and (crossed := case.says("crossover")):
        stated = [order, crossed]
    if stated and (case.says("quasi_allocation") or (not case.says("random_title") and case.says("quasi"))):
        return None
    if len(stated) == 1 and stated[0].rule == "random.design" and case.says("retrospective"):
        stated = []
    typed = case.typed(publication_types.RANDOMIZED)
    is_trusted = publication_types.is_indexed_by_people(case.article)
    if not stated and not typed:
        return None
    if not typed and not _is_of_people(case, stated):
        return None
    if not typed and (experiment := _laboratory(case)):
        return Finding(Design.EXPERIMENT, Level.STATED, (*stated, experiment))
    if typed:
        stated.append(typed)
    level = Level.INDEXED if typed and is_trusted else Level.STATED if stated[0] is not typed else Level.POSSIBLE
    level = Level.POSSIBLE if case.says("collection") else level
    return Finding(Design.RANDOMIZED, level, tuple(stated), Role.MAIN_RESULT)


def _laboratory(case: Case) -> Basis | None:
    """People are randomised in laboratories and surveys too, where no treatment is tested."""
    whole = case.reading
    is_clinical = case.article.registrations or any(
        word in text for word in _CLINICAL for text in (whole.plain_title, whole.plain_abstract)
    )
    return None if is_clinical else case.says("laboratory")


def _is_of_people(case: Case, stated: list[Basis]) -> bool:
    """People are named, or the record calls itself a randomised trial (plots, teeth and images are randomised too)."""
    return (
        case.is_of_animals
        or bool(case.says("people") or case.says("random_title"))
        or any("trial" in b.words.lower() for b in stated)
    )


def _controlled(case: Case) -> Finding | None:
    typed = case.typed(publication_types.CONTROLLED)
    if typed and publication_types.is_indexed_by_people(case.article):
        return Finding(Design.CONTROLLED, Level.INDEXED, (typed,), Role.MAIN_RESULT)
    if (by_turns := case.says("quasi_allocation")) and case.says("people"):
        return Finding(Design.CONTROLLED, Level.STATED, (by_turns,), Role.MAIN_RESULT)
    is_told = case.reading.raw_abstract and case.says("people") and not case.says("retrospective")
    if (named := case.says("controlled_title")) and (is_told or not case.reading.raw_abstract):
        return Finding(Design.CONTROLLED, Level.STATED if is_told else Level.POSSIBLE, (named,), Role.MAIN_RESULT)
    if not (spoken := case.says("controlled_words")) or not (given := case.says("intervention_given")):
        return None
    if case.says("people") is None or case.says("retrospective"):
        return None
    return Finding(Design.CONTROLLED, Level.STATED, (spoken, given), Role.MAIN_RESULT)


def _single_arm(case: Case) -> Finding | None:
    if (spoken := case.says("single_arm")) and (given := case.says("intervention_given")):
        return Finding(Design.SINGLE_ARM, Level.STATED, (spoken, given))
    return None


def _by_group(design: Design, group: str, *uis: str) -> Callable[[Case], Finding | None]:
    """A step that needs no more than one of these types or one word of the record."""

    def decide(case: Case) -> Finding | None:
        spoken = case.typed(*uis) or case.says(group)
        return Finding(design, case.level(spoken), (spoken,)) if spoken else None

    return decide


#: In this order: what a record is comes before what it claims.
_STEPS: tuple[Callable[[Case], Finding | None], ...] = (
    notice,
    comment,
    _guideline,
    _synthesis,
    _review,
    _protocol,
    _not_people,
    _case_report,
    hypothetical,
    secondary,
    quoted,
    _not_held,
    _instrument,
    _planned,
    _randomized,
    letter,
    _by_group(Design.QUALITATIVE, "qualitative"),
    _by_group(Design.MODELLING, "modelling"),
    _by_group(Design.CASE_REPORT, "case_report_text"),
    _controlled,
    _single_arm,
    _by_group(Design.DIAGNOSTIC, "diagnostic"),
    _by_group(Design.CASE_CONTROL, "case_control"),
    _by_group(Design.COHORT, "cohort"),
    _by_group(Design.CROSS_SECTIONAL, "cross_sectional"),
    _review_by_words,
    _by_group(Design.OBSERVATIONAL, "observational", publication_types.OBSERVATIONAL),
)
