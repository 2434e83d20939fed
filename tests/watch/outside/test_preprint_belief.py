"""At which number of preprints a list of them is not believed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from monitor.model import SourceName, SourceState
from monitor.watch.outside.preprints.belief import STANDS, doubt
from tests.support.records import START

STATE = SourceState(SourceName.EUROPE_PMC, "ccsvi", START, has_baseline=True)


@pytest.mark.parametrize(
    ("held", "gone", "new", "told"),
    [
        (2, 2, 0, ""),  # one or two may always be missing
        (3, 3, 0, "it lists only 0 of the 3 preprints held"),
        (6, 3, 0, ""),
        (5, 3, 0, "it lists only 2 of the 5 preprints held"),
        (3_000, 1_501, 0, "it lists only 1,499 of the 3,000 preprints held"),
        (10, 0, 50, ""),
        (10, 0, 51, "it lists 61 preprints instead of 10"),
        (2_000, 0, 2_000, ""),
        (2_000, 0, 2_001, "it lists 4,001 preprints instead of 2,000"),
    ],
)
def test_so_many_are_neither_gone_nor_new_at_once(held: int, gone: int, new: int, told: str) -> None:
    """The first list is compared with nothing, and a flood that stands for two days is what the source has now."""
    before, now = {str(n) for n in range(held)}, {str(n) for n in range(gone, held + new)}
    assert doubt(STATE, before, now, START) == told
    assert doubt(SourceState(SourceName.EUROPE_PMC, "ccsvi", START), before, now, START) == ""
    since = SourceState(SourceName.EUROPE_PMC, "ccsvi", START, has_baseline=True, doubt="x", doubt_since=START)
    assert doubt(since, before, now, START + STANDS - timedelta(seconds=1)) == told
    assert doubt(since, before, now, START + STANDS) == ("" if "instead" in told else told)
