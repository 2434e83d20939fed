"""Long work tells how fast it goes and how long it still takes."""

from __future__ import annotations

import pytest

from monitor.commands._progress import Lines, Pace


@pytest.mark.parametrize(
    ("done", "at", "words"),
    [
        (0, 5.0, ""),
        (100, 0.5, ""),
        (1_000, 10.0, "100 a second, 190 s left"),
        (5, 10.0, "30 a minute, 11.1 h left"),
        (20_000, 10.0, "2,000 a second"),
    ],
)
def test_the_pace_of_twenty_thousand_records(done: int, at: float, words: str) -> None:
    """Nothing is said while nothing can be known, and no time is left at the end."""
    pace = Pace()
    pace.words(0, 20_000, 0.0)
    assert pace.words(done, 20_000, at) == words.replace("190 s", "3 min")


def test_work_that_resumes_in_the_middle_is_not_credited_with_what_was_done_before() -> None:
    """Half was done by an earlier run."""
    pace = Pace()
    pace.words(500, 1_000, 0.0)
    assert pace.words(510, 1_000, 10.0) == "1 a second, 8 min left"


def test_another_piece_of_work_has_a_pace_of_its_own() -> None:
    """A search is asked quickly, and its records are fetched slowly."""
    pace = Pace()
    pace.words(0, 10_000, 0.0)
    pace.words(10_000, 10_000, 2.0)
    assert pace.words(0, 50, 3.0) == ""
    assert pace.words(10, 50, 13.0) == "1 a second, 40 s left"


def test_work_without_a_known_end_has_only_a_pace() -> None:
    """Records that come through a pipe."""
    pace = Pace()
    pace.words(0, 0, 0.0)
    assert pace.words(300, 0, 10.0) == "30 a second"


def test_a_log_gets_a_line_every_ten_seconds_and_none_for_what_is_quickly_done() -> None:
    """A minute of work, reported every half second."""
    at, told = 0.0, list[str]()
    lines = Lines(told.append, lambda: at)
    for step in range(120):
        at = step / 2
        lines(step, 120, "records read")
    assert told[:2] == [
        "records read: 4 of 120 (2 a second, 58 s left)",
        "records read: 24 of 120 (2 a second, 48 s left)",
    ]
    assert len(told) == 6
    quick = list[str]()
    Lines(quick.append, lambda: 0.0)(1, 2, "records read")
    assert quick == []
