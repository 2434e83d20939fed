"""What is shown of a revised abstract: its conclusion, else the sentences with other numbers, and no more than two."""

from __future__ import annotations

from monitor.digests.display.revision import Difference, differences, reversal, stated
from monitor.model import ChangeKind, Design, Direction, Revision
from tests.support.digest_samples import NEW_ABSTRACT, OLD_ABSTRACT, VERDICTS, change

WORDS = [f"w{number}" for number in range(1, 41)]


def said(one: Difference) -> tuple[str, str]:
    """Both states, with the changed words between asterisks."""
    before, now = (" ".join(f"*{p.text}*" if p.is_changed else p.text for p in part) for part in (one.before, one.now))
    return before, now


def test_the_conclusion_stands_first_and_then_the_sentence_with_another_number() -> None:
    """Of three that differ the third is not shown."""
    old = OLD_ABSTRACT.replace("RESULTS: ", "METHODS: We looked closely. RESULTS: ")
    new = NEW_ABSTRACT.replace("RESULTS: ", "METHODS: We looked twice. RESULTS: ")
    conclusion, number = differences(old, new, Design.RANDOMIZED)
    assert (conclusion.is_conclusion, number.is_conclusion) == (True, False)
    assert said(conclusion)[1].startswith("Venous angioplasty *did not improve* disability")
    assert said(number) == (
        "The score fell by *2.1* points (P = *0.03).*",
        "The score fell by *0.2* points (P = *0.63).*",
    )


def test_without_another_conclusion_sentences_with_other_numbers_stand_first() -> None:
    """Two at most; a sentence that was added or removed has one state only."""
    old = "We looked closely. Of 20 people 3 fell. Nobody died. It was cold."
    new = "We looked twice. Of 20 people 4 fell. Nobody died. It was warm."
    first, second = differences(old, new, Design.COHORT)
    assert said(first) == ("Of 20 people *3* fell.", "Of 20 people *4* fell.")
    assert said(second) == ("We looked *closely.*", "We looked *twice.*")
    (added,) = differences("Nobody died.", "Nobody died. One fell.", Design.COHORT)
    assert said(added) == ("", "*One fell.*")
    (removed,) = differences("Nobody died. One fell.", "Nobody died.", Design.COHORT)
    assert said(removed) == ("*One fell.*", "")
    assert differences("Nobody died.", "Nobody  died.", Design.COHORT) == ()


def test_of_a_long_sentence_the_words_beside_a_change_are_shown() -> None:
    """Eight on each side; what is unchanged and short stays whole."""
    long = " ".join(WORDS)
    (late,) = differences(f"Since {long} fell.", f"Since {long} rose.", Design.COHORT)
    assert said(late)[0] == f"… {' '.join(WORDS[-8:])} *fell.*"
    (early,) = differences(f"Before {long}.", f"After {long}.", Design.COHORT)
    assert said(early)[1] == f"*After* {' '.join(WORDS[:8])} …"
    (both,) = differences(f"Old {long} fell.", f"New {long} rose.", Design.COHORT)
    assert said(both)[0] == f"*Old* {' '.join(WORDS[:8])} … {' '.join(WORDS[-8:])} *fell.*"
    short = " ".join(WORDS[:9])
    (whole,) = differences(f"{short.capitalize()} fell.", f"{short.capitalize()} rose.", Design.COHORT)
    assert said(whole)[0] == f"{short.capitalize()} *fell.*"


def test_a_result_is_turned_round_only_where_both_are_certain_and_differ() -> None:
    """In the report of a trial, and nowhere else."""
    turned = change(ChangeKind.REVISED, "1", revisions=(Revision("abstract", OLD_ABSTRACT, NEW_ABSTRACT),))
    verdict = VERDICTS["30266886"]
    assert reversal(turned, verdict) == (Direction.BENEFIT, Direction.NO_DIFFERENCE)
    assert reversal(turned, None) is None
    same = change(ChangeKind.REVISED, "1", revisions=(Revision("abstract", OLD_ABSTRACT, OLD_ABSTRACT + " Thanks."),))
    assert reversal(same, verdict) is None
    vague = change(ChangeKind.REVISED, "1", revisions=(Revision("abstract", OLD_ABSTRACT, "We looked."),))
    assert reversal(vague, verdict) is None
    title = change(ChangeKind.REVISED, "1", revisions=(Revision("title", OLD_ABSTRACT, NEW_ABSTRACT),))
    assert reversal(title, verdict) is None


def test_only_the_conclusion_is_called_one() -> None:
    """Not a sentence that merely differs."""
    (other,) = differences("We looked once.", "We looked twice.", Design.COHORT)
    assert not other.is_conclusion
    assert [(piece.text, piece.is_changed) for piece in other.before] == [("We looked", False), ("once.", True)]


def test_sixteen_unchanged_words_stay_whole() -> None:
    """Before a change, behind it, between two; one more is cut."""
    for number, is_whole in ((16, True), (17, False)):
        words = " ".join(WORDS[:number])
        (both,) = differences(f"Old {words} fell.", f"New {words} rose.", Design.COHORT)
        (late,) = differences(f"{words.capitalize()} fell.", f"{words.capitalize()} rose.", Design.COHORT)
        (early,) = differences(f"Old {words}.", f"New {words}.", Design.COHORT)
        assert [words[4:] in said(one)[0] for one in (both, late, early)] == [is_whole] * 3


def test_the_labels_of_an_abstract_are_read_from_its_text() -> None:
    """So that the conclusion is found though only the text of a former record is stored."""
    found = stated(OLD_ABSTRACT, Design.RANDOMIZED)
    assert found is not None
    assert (found.direction, found.field) == (Direction.BENEFIT, "conclusion")
    assert stated("", Design.RANDOMIZED) is None
