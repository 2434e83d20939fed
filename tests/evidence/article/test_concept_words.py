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
    [("vitamin D", "vitamin deficiency"), ("MS", "2 mss"), ("stent", "stenting"), ("estrogen", "progestrogen")],
)
def test_another_word_is_not(configured: str, written: str) -> None:
    """A word that only begins or ends so."""
    found = matcher(Terms((configured,)))
    assert found
    assert not found.search(written)
