"""Words of a question as records write them: plurals, kinds with a number, both spellings; and nothing else."""

from __future__ import annotations

import pytest

from monitor.evidence.article.bearing.concept import Concept, concept, marked, matcher
from monitor.evidence.article.text import read
from monitor.model import Terms
from tests.support.articles import article


@pytest.mark.parametrize(
    ("configured", "written"),
    [
        ("vitamin D", "a dose of vitamin D3"),
        ("vertebral fracture", "two vertebral fractures"),
        ("faecal transplant", "fecal transplants"),
        ("fecal transplant", "faecal transplant"),
        ("estrogen", "oestrogens"),
        ("oedema", "edema"),
        ("stent*", "stenting"),
        ("postpartum haemorrhage", "post-partum hemorrhage"),
        ("post-partum haemorrhage", "postpartum haemorrhages"),
        ("preterm birth", "pre-term births"),
        ("pre term birth", "preterm birth"),
        ("low birthweight", "low birth weight"),
        ("low-birth-weight", "low birthweight"),
        ("reoperation", "re-operation"),
        ("e-cigarette*", "e cigarettes"),
        ("kinesiotaping", "kinesio-taping"),
        ("wound infections", "a wound infection"),
        ("peanut allergy", "peanut allergies"),
        ("peanut allergies", "peanut allergy"),
        ("hot flushes", "a hot flush"),
        ("joint prosthesis", "joint prostheses"),
        ("Crohn's disease", "crohn’s disease"),
        ("Crohn disease", "crohn disease"),
        ("Crohn’s disease", "crohn disease"),
        ("ear, nose & throat surgery", "ear, nose and throat surgery"),
        ("diagnosis and treatment", "diagnosis & treatment"),
        ("lopinavir/ritonavir", "lopinavir plus ritonavir"),
        ("lopinavir plus ritonavir", "lopinavir + ritonavir"),
        ("lopinavir+ritonavir", "lopinavir-ritonavir"),
        ("CIN", "cin2+"),
        ("hypoxic-ischaemic encephalopathy", "hypoxic ischemic encephalopathy"),
        ("CD4+ count", "cd4+ counts"),
        ("tumour", "tumors"),
        ("tumor", "tumours"),
        ("dietary fiber", "dietary fibre"),
        ("immunization", "immunisation"),
        ("counselling", "counseling"),
        ("magnesium sulphate", "magnesium sulfate"),
        ("exercise program", "exercise programmes"),
        ("diarrhea", "diarrhoea"),
        ("leukaemia", "leukemia"),
        ("stent", "two stents"),
    ],
)
def test_a_word_is_found_as_records_write_it(configured: str, written: str) -> None:
    """The operator need not think of each form."""
    found = matcher(Terms((configured,)))
    assert found
    assert found.search(written.lower())


@pytest.mark.parametrize(
    ("configured", "written"),
    [
        ("vitamin D", "vitamin deficiency"),
        ("MS", "2 mss"),
        ("stent", "stenting"),
        ("estrogen", "progestrogen"),
        ("pain", "pa in"),
        ("vitamin D", "vitamind"),
        ("rash", "rashly"),
    ],
)
def test_another_word_is_not(configured: str, written: str) -> None:
    """A word that only begins or ends so."""
    found = matcher(Terms((configured,)))
    assert found
    assert not found.search(written)


def meant(*words: str, title: str = "A study", text: str = "", exclude: tuple[str, ...] = ()) -> Concept:
    """These words as a record with this title and text uses them."""
    return concept(Terms(words), read(article("1", title, text), ()), Terms(exclude))


@pytest.mark.parametrize(
    ("written", "is_meant"),
    [
        ("ABCDEF", True),
        ("abcdef", False),
        ("x-ABCDEF", True),
        ("LC-ABCDEF", False),
        ("chromatography-ABCDEF", False),
        ("non-ABCDEF", False),
        ("post-ABCDEF", True),
        ("ABCDEF-based care", False),
        ("ABCDEF/GC", False),
        ("people without ABCDEF", False),
        ("long words", True),
        ("long-words", True),
        ("non-long words", False),
    ],
)
def test_letters_mean_the_concept_only_where_they_stand_for_themselves(written: str, *, is_meant: bool) -> None:
    """Six letters at most, written large, and no part of another word."""
    assert (meant("long words", "ABCDEF").first(written) is not None) is is_meant


def test_seven_letters_are_a_word_and_so_are_letters_without_a_longer_word_beside_them() -> None:
    """Which may be written small."""
    assert meant("long words", "ABCDEFG").first("abcdefg")
    assert meant("ABCDEF").first("abcdef")


@pytest.mark.parametrize(
    ("text", "is_meant"),
    [
        ("We saw mitral stenosis (MS).", False),
        ("MS (mitral stenosis) was seen.", False),
        ("MS, mitral stenosis, was seen.", False),
        ("We saw multiple sclerosis (MS).", True),
        ("We saw mitral stenosis (MS) and multiple sclerosis (MS).", True),
        ("We saw tables (see MS).", True),
        ("We saw a difference (MS).", True),
    ],
)
def test_letters_that_a_record_explains_otherwise_are_another_thing(text: str, *, is_meant: bool) -> None:
    """Unless it explains them as the concept, too."""
    assert (meant("multiple sclerosis", "MS", text=text).first("People with MS") is not None) is is_meant


def test_words_inside_what_the_question_excludes_are_not_meant() -> None:
    """Elsewhere in the same sentence they are; each place that is meant is marked."""
    zinc = meant("zinc", exclude=("zinc fever",))
    assert [match.start() for match in zinc.mentions("Zinc fever after Zinc and zinc")] == [17, 26]
    assert marked("Zinc fever after Zinc and zinc.", zinc) == "zinc fever after ¤ and ¤."
    assert meant().first("zinc") is None
