"""What single sentences say: how many people were allocated, and that more of something bad came about."""

from __future__ import annotations

from monitor.evidence.article.result.signs import signs
from monitor.evidence.article.result.size.stated import sample_size


def test_more_people_in_a_run_in_phase_do_not_hide_how_many_were_randomised() -> None:
    """The arms of the same sentence add up to the number that it calls randomised."""
    abstract = "300 patients took it in the run-in phase, and 91 patients were randomised: 45 to stenting, 46 to sham."
    assert sample_size(abstract) == 91


def test_what_is_bad_and_became_worse_is_more_of_it() -> None:
    """Though "worse" is itself a word for less."""
    assert "bad_up" in signs("Mortality was worse with stenting.")
