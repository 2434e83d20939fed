"""What a report says of its own study: how many people, which control, who was blinded, which trials a review found."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monitor.evidence.article import details, text
from monitor.model import AbstractSection, Control
from tests.support.articles import article

UNTOLD = Control.NOT_STATED


@pytest.mark.parametrize(
    ("words", "size"),
    [
        ("Nineteen patients were randomly assigned to zinc (9) or sham (10).", 19),
        ("A total of 1,204 participants underwent randomization.", 1204),
        ("At four centres 104 patients were randomised.", 104),
        ("We randomized 66 women to zinc or a wait list.", 66),
        ("In 2019 we treated colds.", None),
        ("In 2019 patients were randomised.", None),
        ("From 1900 patients were randomised.", None),
        ("From 2100 patients were randomised.", None),
        ("From 1899 patients were randomised.", 1899),
        ("From 2101 patients were randomised.", 2101),
        ("2019 patients were randomised.", 2019),
        ("Twenty-five patients were randomised.", 25),
        ("1 204 patients were randomised.", 1204),
        ("3 patients were randomised.", None),
        ("4 patients were randomised.", 4),
        ("9999999 patients were randomised.", 9_999_999),
        ("10000000 patients were randomised.", None),
        ("Adults took zinc (n = 12) or sham (n = 14), and later honey (n = 3).", None),
        ("Adults took zinc (n = 12).", None),
        ("Of the adults, 30 were assigned to zinc and 28 to sham.", 58),
        ("30 days were assigned to zinc and 28 adults to sham.", None),
    ],
)
def test_the_number_of_people_is_read_where_it_is_stated(words: str, size: int | None) -> None:
    """Not a year, not the number of centres."""
    assert details.sample_size(text.read(article("1", "Zinc", words), ())) == size


NUMBERS = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
seventeen eighteen nineteen twenty"""
TENS = {"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90, "hundred": 100}


@pytest.mark.parametrize(("word", "count"), [*((word, n) for n, word in enumerate(NUMBERS.split())), *TENS.items()])
def test_a_number_in_words_is_a_number(word: str, count: int) -> None:
    """In how many trials a review included; a word that is no number is none."""
    said = f"We included {word} randomised trials."
    assert details.included_trials(text.read(article("1", "Zinc", said), ())) == count
    assert details.included_trials(text.read(article("1", "Zinc", said.replace(word, "some")), ())) is None


def test_a_review_that_found_nothing_says_so() -> None:
    """None is a number, silence is not."""
    none = text.read(article("1", "Zinc", "No randomised trial met our criteria. 12 trials were excluded."), ())
    assert details.included_trials(none) == 0
    assert details.included_trials(text.read(article("1", "Zinc", "Zinc was reviewed."), ())) is None


@pytest.mark.parametrize(
    ("title", "words", "blinding"),
    [
        ("Zinc", "A Double-blind trial.", "Double-blind"),
        ("Zinc", "An open-label trial with assessor-blinded outcomes.", "assessor-blinded"),
        ("Zinc", "An open-label trial.", "open-label"),
        ("Zinc: a single-blind trial", "A double-blind trial.", "single-blind"),
        ("Zinc", "A trial.", ""),
    ],
)
def test_who_was_blinded_is_told_in_the_records_words(title: str, words: str, blinding: str) -> None:
    """The title before the abstract, somebody before nobody."""
    assert details.blinding(text.read(article("1", title, words), ())) == blinding


@pytest.mark.parametrize(
    ("words", "control"),
    [
        ("randomised to zinc or sham", Control.SHAM),
        ("zinc against placebo", Control.PLACEBO),
        ("a wait list", Control.WAIT_LIST),
        ("zinc or usual care", Control.USUAL_CARE),
        ("compared with historical controls", Control.HISTORICAL),
        ("Patients were randomly assigned to zinc or honey.", Control.ACTIVE),
        ("An actively controlled trial.", Control.ACTIVE),
        ("Patients were assigned to zinc plus honey or honey.", Control.NOT_STATED),
        ("Patients were assigned to zinc or honey; a third group had no treatment.", Control.NOT_STATED),
        ("Patients were assigned to zinc or to a control group.", Control.NOT_STATED),
        ("Patients were assigned to zinc 5 mg or zinc 20 mg.", Control.NOT_STATED),
        ("Patients were assigned to zinc oxide or zinc gluconate 20 mg.", Control.ACTIVE),
        ("Adding zinc to honey was compared with honey.", Control.NOT_STATED),
        ("Delayed recovery was common with zinc.", Control.NOT_STATED),
        ("All had zinc in addition to standard therapy.", Control.NOT_STATED),
        ("zinc", Control.NOT_STATED),
        ("all took zinc; there was no control group", Control.NONE),
    ],
)
def test_the_control_is_told(words: str, control: Control) -> None:
    """By the strongest kind that the words name; "active" only where two treatments certainly are."""
    assert details.control(text.read(article("1", "Zinc", words), ())) is control


@pytest.mark.parametrize(
    ("words", "control"),
    [
        ("Forty adults were allocated to honey or routine care; a placebo was not given.", Control.USUAL_CARE),
        ("Forty adults were allocated to honey or zinc. A sham procedure was considered unethical.", Control.ACTIVE),
        ("Forty adults were allocated to honey or no honey. Without a placebo, hope may explain it.", UNTOLD),
        ("Forty adults were allocated to honey or no honey. There was no placebo control group.", UNTOLD),
        ("Following a placebo lead-in, forty adults were allocated to honey or zinc.", Control.ACTIVE),
        ("During the run-in week all had sham stimulation. They were then allocated to honey or zinc.", Control.ACTIVE),
        (
            "Forty adults were allocated to honey or zinc, whereas previous placebo-controlled work had failed.",
            Control.ACTIVE,
        ),
        ("Forty adults were allocated to honey or no honey. A trial against placebo must follow.", UNTOLD),
        ("Forty adults were allocated to honey or no honey. This should be tested against placebo.", UNTOLD),
        ("Adults were allocated to honey or no honey and to zinc or placebo.", UNTOLD),
        ("Adults were allocated to honey or expectant management.", UNTOLD),
        ("Adults with uncontrolled asthma were allocated to honey or zinc.", Control.ACTIVE),
        ("Adults were allocated to honey plus placebo pills or zinc plus placebo syrup.", UNTOLD),
        ("Adults were allocated to honey plus zinc placebo or zinc plus honey placebo.", UNTOLD),
        (
            "We randomly assigned sixty adults with a cough of more than seven days to have honey plus placebo, "
            "zinc plus placebo, or both.",
            UNTOLD,
        ),
        ("In a double-dummy design adults had honey or zinc with a placebo of the other.", UNTOLD),
        ("In a double-dummy design adults had honey, zinc or placebo.", Control.PLACEBO),
        ("Adults were allocated to honey plus zinc or placebo plus zinc.", Control.PLACEBO),
        ("Adults had honey or zinc. Neither was better than placebo, the third arm.", Control.PLACEBO),
        ("Honey was not superior to sham.", Control.SHAM),
        ("Adults were allocated to honey plus placebo, zinc plus placebo or placebo plus placebo.", Control.PLACEBO),
        ("Adults were allocated to active honey/placebo zinc or active zinc/placebo honey.", UNTOLD),
        ("Adults were allocated to honey or zinc. The study did not have a placebo group.", Control.ACTIVE),
        ("Everybody had two weeks of placebo. Then adults were allocated to honey or zinc.", Control.ACTIVE),
        ("Placebo responders left before adults were allocated to honey or zinc.", Control.ACTIVE),
        ("Adults were allocated to honey or zinc. Ito et al. had tested honey against sham.", Control.ACTIVE),
        ("Adults were allocated to honey or zinc. A placebo response may explain the gain.", Control.ACTIVE),
        ("No placebo patients died.", Control.PLACEBO),
    ],
)
def test_a_control_that_the_groups_did_not_have_is_not_theirs(words: str, control: Control) -> None:
    """Denied, had before allocation, had in other trials, wished for, or only hiding which of two drugs is given."""
    assert details.control(text.read(article("1", "Honey", words), ())) is control


def test_a_control_is_not_told_by_the_background_and_the_conclusions() -> None:
    """They speak of other trials and of those that are wanted."""
    parts = (
        AbstractSection("Honey against placebo did well. We asked whether honey cures.", label="BACKGROUND"),
        AbstractSection("Forty adults were allocated to honey or routine care.", label="METHODS"),
        AbstractSection("Honey helped. Its effect against sham remains open.", label="CONCLUSIONS"),
    )
    told = replace(article("1", "Honey", ""), abstract=parts)
    assert details.control(text.read(told, ())) is Control.USUAL_CARE
    assert details.control_words(told) == ("routine care", "abstract")


@pytest.mark.parametrize("title", ["Honey: a randomised trial without placebo", "Honey versus watchful waiting"])
def test_a_control_that_the_title_denies_is_not_told(title: str) -> None:
    """Waiting and watching is no active treatment either."""
    assert details.control(text.read(article("1", title, ""), ())) is UNTOLD


def test_a_control_in_the_plan_that_a_background_ends_with_is_the_groups_own() -> None:
    """Short abstracts tell the design under this label."""
    parts = (
        AbstractSection("Coughs last. We therefore compared honey with placebo.", label="BACKGROUND"),
        AbstractSection("Coughs did not differ.", label="RESULTS"),
    )
    assert details.control(text.read(replace(article("1", "Honey", ""), abstract=parts), ())) is Control.PLACEBO
