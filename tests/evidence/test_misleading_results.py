"""Results that read like a gain or like a lack of one, and are neither: a hostile reader's collection."""

from __future__ import annotations

import pytest

from monitor.model import Direction
from tests.evidence.adversaries import LONG
from tests.evidence.test_last_sentences import TITLE, directions_of
from tests.support.articles import article, judged

NO_BENEFIT = [
    "Conclusion: Venous angioplasty was significantly less effective than sham.",
    "Conclusion: Venous angioplasty was effective less often than sham.",
    "Conclusion: Venous angioplasty was hardly more effective than sham.",
    "Conclusion: Venous angioplasty was scarcely better than sham.",
    "Conclusion: Venous angioplasty prolonged the time to remission.",
    "Walking speed rose by 0.32 m/s with venous angioplasty and by 0.29 m/s with sham. "
    "Mood was better after venous angioplasty (P=0.04). Venous angioplasty improved walking.",
]
NO_NULL = [
    "Conclusion: Peak levels did not differ.",
    "Conclusion: No efficacy analysis was done.",
    "Conclusion: None of the venous angioplasty patients died; 29% of controls died.",
    "Conclusion: Venous angioplasty did not fail to improve walking.",
    "Conclusion: There was no difference between the two doses.",
    "Walking was better in the venous angioplasty group at three weeks; at three months there was no difference. "
    "Venous angioplasty affords short-term relief but offers no significant functional benefit.",
]
BETWEEN_ACTIVE = [
    "Both procedures were superior to sham for walking, and they did not differ from each other.",
    "Both procedures reduced disability more than sham (P<.001), with no difference between them.",
    "Venous angioplasty and stenting did not differ; both reduced disability against sham.",
    "Disability fell with both doses compared with sham, with no difference between doses.",
    "Venous angioplasty was better than sham and did not differ from stenting.",
    "Angioplasty of 4 atm shortened relapses compared with sham (P=0.001); 2 atm did not differ from sham.",
    "Angioplasty of 2 atm did not differ from sham; 4 atm shortened relapses compared with sham (P=0.001).",
    "The low-dose group had significantly fewer relapses than sham; the high-dose group did not differ.",
]


@pytest.mark.parametrize("sentence", NO_BENEFIT)
def test_good_words_that_say_next_to_nothing_are_no_benefit(sentence: str) -> None:
    """Hardly better, less effective, later in remission, or better in something else than the primary outcome."""
    assert Direction.BENEFIT not in directions_of(sentence)


@pytest.mark.parametrize("sentence", NO_NULL)
def test_what_was_not_compared_is_no_lack_of_benefit(sentence: str) -> None:
    """Levels, no analysis, nobody who died, a denial denied, two doses, a gain beside it."""
    assert Direction.NO_DIFFERENCE not in directions_of(sentence)


@pytest.mark.parametrize("sentence", BETWEEN_ACTIVE)
def test_two_active_arms_that_do_not_differ_are_no_lack_of_benefit(sentence: str) -> None:
    """Both drugs, or one dose, did better than the inactive arm; and no outcome differs from another then."""
    before = "Ninety patients with multiple sclerosis were randomly assigned to venous angioplasty, stenting or sham. "
    found = judged(article("1", TITLE, before + sentence), article("2", TITLE, f"{LONG} {sentence}"))
    directions = {one.effective.statement and one.effective.statement.direction for one in found}
    assert directions.isdisjoint({Direction.NO_DIFFERENCE, Direction.MIXED})
