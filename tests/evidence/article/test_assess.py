"""One record judged: indexing, details, wild input; and the rules as data."""

from __future__ import annotations

import hashlib
import re
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor import evidence
from monitor.evidence.article import json_lines, text
from monitor.evidence.article.assess import doubted
from monitor.evidence.article.classification import classifier, rule_trace, rules
from monitor.evidence.article.classification.case import Finding
from monitor.evidence.article.result import report
from monitor.model import AbstractSection, Basis, Design, Direction, Level, Role
from tests.support.articles import TOPIC, article, indexed

TYPE = "Randomized Controlled Trial"


@pytest.mark.parametrize(
    ("status", "method", "level"),
    [
        ("MEDLINE", "", Level.INDEXED),
        ("MEDLINE", "Curated", Level.INDEXED),
        ("MEDLINE", "Automated", Level.POSSIBLE),
        ("Publisher", "", Level.POSSIBLE),
        ("In-Process", "", Level.POSSIBLE),
    ],
)
def test_a_type_is_trusted_by_how_the_record_is_indexed(status: str, method: str, level: Level) -> None:
    """A type that only a machine or a publisher set is possible, not indexed."""
    one = article("1", "Walking after angioplasty", "Sixty people took part.", types=("Journal Article", TYPE))
    one = rows_status(one, status, method)
    verdict = evidence.assess(one, None)
    assert (verdict.design, verdict.level) == (Design.RANDOMIZED, level)


def rows_status(one: object, status: str, method: str) -> object:
    """The record with this status."""
    return replace(one, status=status, indexing_method=method)  # type: ignore[type-var]  # an Article


def test_a_missing_type_on_a_record_not_yet_indexed_is_unknown_not_no() -> None:
    """The text decides while the indexer is silent, and also when he stays silent."""
    one = article("1", "Zinc for colds: a randomized trial", "80 adults were randomly assigned to zinc or placebo.")
    assert evidence.assess(one, None).level is Level.STATED
    assert evidence.assess(indexed(one), None).design is Design.RANDOMIZED


def test_every_reason_names_rule_field_and_the_exact_words() -> None:
    """The words stand in the record as written."""
    one = article("1", "Zinc for colds", "Eighty adults were Randomly Assigned to zinc (40) or placebo (40).")
    verdict = evidence.assess(one, None)
    reason = verdict.basis[0]
    assert (reason.rule, reason.field) == ("random.act", "abstract")
    assert reason.words in one.abstract_text
    assert verdict.rules_version == evidence.RULES_VERSION


@pytest.mark.parametrize(
    "words",
    [
        "Further randomized controlled trials are needed.",
        "Participants were randomly selected from the register.",
        "A random forest was trained.",
        "This was a non-randomised comparison of charts.",
        "Mendelian randomization was used.",
        "Images were randomly divided into training and validation sets.",
        "No randomised trial was found.",
    ],
)
def test_words_that_state_no_allocation_are_not_read_as_one(words: str) -> None:
    """Wishes, samples, algorithms and denials."""
    assert evidence.assess(article("1", "Zinc and colds in adults", words), None).design is not Design.RANDOMIZED


@pytest.mark.parametrize(
    ("title", "abstract", "role"),
    [
        ("Zinc: study protocol for a randomised trial", "80 adults will be randomised.", Role.PROTOCOL),
        (
            "Sleep predicts response to zinc",
            "Secondary analysis of a randomized trial of zinc.",
            Role.SECONDARY_ANALYSIS,
        ),
        ("Zinc for colds: a randomised trial", "80 adults were randomised to zinc or placebo.", Role.MAIN_RESULT),
        ("Zinc: open-label extension study", "Adults who completed the randomized trial took zinc.", Role.EXTENSION),
    ],
)
def test_the_role_in_a_trial_is_named(title: str, abstract: str, role: Role) -> None:
    """Main result, protocol, secondary analysis and extension are told apart."""
    assert evidence.assess(article("1", title, abstract), None).role is role


@pytest.mark.parametrize(
    ("parts", "quoted", "place", "direction"),
    [
        ([("", "Zinc reduced colds. Zinc is a metal. Metals are old. Old is good.")], "", "", None),
        (
            [("RESULTS", "Zinc reduced colds."), ("CONCLUSIONS", "Zinc showed no difference.")],
            "Zinc showed no difference.",
            "conclusion",
            Direction.NO_DIFFERENCE,
        ),
        (
            [("CONCLUSIONS", "Our results stand. Zinc reduced colds."), ("NOTE", "Zinc did harm.")],
            "Our results stand.",
            "conclusion",
            Direction.NOT_STATED,
        ),
    ],
)
def test_the_authors_own_conclusion_is_quoted(
    parts: list[tuple[str, str]], quoted: str, place: str, direction: Direction | None
) -> None:
    """From their conclusions; with a direction only where nothing in the abstract speaks against it."""
    abstract = tuple(AbstractSection(words, label=label) for label, words in parts)
    found = report.statement(text.read(replace(article("1", "Zinc"), abstract=abstract), ()), Design.RANDOMIZED)
    assert (found and (found.sentence, found.field, found.direction)) == (
        (quoted, place, direction) if quoted else None
    )


def test_thin_words_that_the_model_doubts_are_kept_as_possible() -> None:
    """The model demotes, the words stay, and it is never the only reason; a claim in the title needs more doubt."""
    said = Basis("random.act", "abstract", "randomly assigned")
    titled = Basis("random.title", "title", "randomised")
    thin, claimed = (Finding(Design.RANDOMIZED, Level.STATED, (words,)) for words in (said, titled))
    demoted = doubted(thin, 0.6)
    assert (demoted.design, demoted.level) == (Design.UNCLEAR, Level.POSSIBLE)
    assert demoted.basis[0] == said
    assert demoted.basis[-1].rule == "model.doubt"
    assert doubted(claimed, 0.6) == claimed
    assert doubted(claimed, 0.4).level is Level.POSSIBLE
    assert doubted(thin, 0.9) == thin


def test_the_registry_numbers_of_a_row_are_read_with_their_register() -> None:
    """A file of the evaluation gives them as "register/number"."""
    read = json_lines.article_of({"pmid": "1", "db": ["ClinicalTrials.gov/NCT01450072"]})
    assert [(one.registry, one.number) for one in read.registrations] == [("ClinicalTrials.gov", "NCT01450072")]


wild = st.text(max_size=400)


@settings(max_examples=150, deadline=None)
@given(title=wild, abstract=wild, types=st.lists(wild, max_size=3), status=wild)
def test_no_record_can_make_it_raise(title: str, abstract: str, types: list[str], status: str) -> None:
    """Any text is judged, with a score between 0 and 1."""
    raw = {"pmid": "1", "title": title, "abstract": abstract, "pt": types, "status": status}
    verdict = evidence.assess(json_lines.article_of(raw), TOPIC)
    assert 0 <= verdict.score <= 1


@settings(max_examples=60, deadline=None)
@given(
    parts=st.lists(st.sampled_from(["randomly assigned", "trial", "MS", "venous angioplasty", "sham", ". ", "İ", "ß"]))
)
def test_quoted_words_always_stand_in_the_record(parts: list[str]) -> None:
    """Also where lower case is longer than upper case."""
    one = article("1", "A study", " ".join(parts))
    for reason in evidence.assess(one, TOPIC).basis:
        if reason.field in ("title", "abstract"):
            assert reason.words in f"{one.title} {one.abstract_text}"


def test_every_rule_has_an_id_of_its_own_and_compiles() -> None:
    """The rules are data that a person may change."""
    path = Path(rules.__file__).parents[2] / "rules.toml"
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    ids = [entry["id"] for kind in ("blank", "rule") for entry in raw[kind]]
    assert len(ids) == len(set(ids))
    for entry in raw["rule"]:
        re.compile(entry["pattern"])
        assert entry["needs"] == [word.lower() for word in entry["needs"]]


def test_rules_tried_lists_those_that_did_not_speak_too() -> None:
    """What `explain` prints."""
    found = rule_trace.rules_tried(article("1", "Zinc: a randomized trial"))
    assert {one.rule for one in found} == set(rules.book().rule_ids())
    assert any(one.rule == "random.title" and one.words for one in found)


def test_the_shipped_model_is_small_and_was_not_trained_on_what_must_not_be_shipped() -> None:
    """Its data card says on what."""
    assert classifier.PATH.stat().st_size < 2_000_000
    card = classifier.load().card
    assert not {"hedges2000", "ovid2016"} & set(card["trained_on"])
    points = classifier.load().points
    assert points["sensitive"] < points["balanced"] < points["precise"]


def test_the_model_reads_words_of_method_and_not_what_was_treated() -> None:
    """Two diseases and two drugs that it never heard of make no difference; how people were allocated does."""
    said = "Patients with {} were {} to {} or placebo."
    gout, acne = (
        said.format("gout", "randomly assigned", "colchicine"),
        said.format("acne", "randomly assigned", "zinc"),
    )
    scores = [evidence.assess(article("1", "A study", words), None).score for words in (gout, acne)]
    assert scores[0] == scores[1]
    assert scores[0] > 0.9
    asked = said.format("gout", "asked about their response", "colchicine")
    assert evidence.assess(article("1", "A study", asked), None).score < 0.5


def test_the_model_sees_words_alone_in_pairs_and_in_threes() -> None:
    """Of method only: others are a blank, numbers a sign; the title once more, and what the rules found."""
    one = article("1", "Randomized zinc", "Adults were randomly assigned to 2 groups.")
    lexicon = frozenset({"randomized", "were", "randomly", "assigned", "to", "groups"})
    seen = classifier.features(text.read(one, ()), "randomized trial", ("random.act",), lexicon)
    words = {"_", "were", "randomly", "assigned", "to", "#", "groups"}
    pairs = {"_ were", "were randomly", "randomly assigned", "assigned to", "to #", "# groups"}
    threes = {"_ were randomly", "were randomly assigned", "randomly assigned to", "assigned to #", "to # groups"}
    title = {"randomized", "randomized _", "t randomized", "t _", "t randomized _"}
    assert seen == words | pairs | threes | title | {"design=randomized trial", "rule=random.act"}


def test_new_rules_and_a_new_model_are_a_new_version() -> None:
    """Whichever of the two files differs."""
    digest = hashlib.sha256()
    for name in ("rules.toml", "result.toml", "model.json", "result_model.json"):
        digest.update((Path(rules.__file__).parents[2] / name).read_bytes())
    assert f"6+{digest.hexdigest()[:8]}" == evidence.RULES_VERSION


def test_a_title_wishes_for_nothing() -> None:
    """What would be a wish for trials to come in an abstract is what the record calls itself."""
    claim = "A definitive randomised trial of zinc in adults"
    assert evidence.assess(article("1", claim, "Eighty adults took zinc."), None).design is Design.RANDOMIZED
    wish = f"Eighty adults took zinc. {claim} is needed."
    assert evidence.assess(article("1", "Zinc in adults", wish), None).design is not Design.RANDOMIZED


def test_without_a_word_of_method_the_model_has_nothing_to_say() -> None:
    """The floor; each of its signals lifts a record from it, and indexing as a trial does without any word."""
    floor = evidence.assess(article("1", "Zinc and colds", "Adults took zinc."), None).score
    assert floor == 0.0001
    signals = "random|trial|placebo|sham|blind|allocat|assigned|rct|crossover|cross-over|control group|arms|two groups"
    for word in f"{signals}|versus copper|compared two".split("|"):
        assert evidence.assess(article("1", "Zinc and colds", f"Adults took zinc {word}."), None).score > floor
    assert evidence.assess(indexed(article("1", "Zinc and colds"), TYPE), None).score == 0.97


SECTIONS = {
    "CONCLUSIONS": "CONCLUSION INTERPRETATION IMPLICATIONS SIGNIFICANCE DISCUSSION SUMMARY",
    "RESULTS": "RESULTS FINDINGS MAIN_OUTCOME_AND_RESULTS",
    "METHODS": "METHODS DESIGN SETTING PARTICIPANTS PATIENTS INTERVENTIONS PROCEDURES SUBJECTS",
    "OBJECTIVE": "OBJECTIVES AIMS PURPOSE HYPOTHESIS GOAL QUESTION",
    "BACKGROUND": "BACKGROUND INTRODUCTION CONTEXT RATIONALE IMPORTANCE TRIAL_REGISTRATION",
    "": "FUNDING",
}


@pytest.mark.parametrize(("label", "category"), [(w, c) for c, words in SECTIONS.items() for w in words.split()])
def test_a_heading_of_an_abstract_says_which_part_it_is(label: str, category: str) -> None:
    """Journals have many words for NLM's five categories."""
    assert text.category_of(label.replace("_", " ")) == category


def test_what_stands_before_the_first_label_of_a_row_has_none() -> None:
    """An abstract without labels is one part."""
    plain = json_lines.article_of({"pmid": "1", "title": "T", "abstract": "All is plain."})
    assert [(part.label, part.text) for part in plain.abstract] == [("", "All is plain.")]
    parts = json_lines.article_of(
        {"pmid": "1", "title": "T", "abstract": "First. RESULTS: Second. CONCLUSIONS: Third."}
    )
    assert [(part.label, part.text) for part in parts.abstract] == [
        ("", "First."),
        ("RESULTS", "Second."),
        ("CONCLUSIONS", "Third."),
    ]
