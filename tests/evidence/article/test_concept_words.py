"""Words of a question as records write them: plurals, kinds with a number, both spellings; and nothing else."""

from __future__ import annotations

import pytest

from monitor.evidence.article.bearing.concept import matcher
from monitor.model import Terms


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
