"""What single sentences say of numbers of people: of a whole trial, of its arms, of each arm, of those who came."""

from __future__ import annotations

import pytest

from monitor.evidence.article.result.size.mentions import arms, flow, is_year, products, wholes
from monitor.evidence.article.result.size.numbers import numbers
from monitor.evidence.article.result.size.stated import sample_size


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("60 adults were randomised to zinc or copper.", "60 allocated"),
        ("3 adults were randomised to zinc or copper.", ""),
        ("4 adults were randomised to zinc or copper.", "4 allocated"),
        ("all 60 patients were randomised.", "60 allocated"),
        ("in study 12 patients were randomised.", "12 allocated"),
        ("in study 11 patients were randomised.", ""),
        ("of 80 patients, 60 were randomised.", ""),
        ("we enrolled 60 patients.", "60 entered"),
        ("60 patients completed the study.", "60 completed"),
        ("60 patients completed the study (50/60).", ""),
        ("participants (n = 60) were randomly assigned to zinc or copper.", "60 allocated"),
        ("participants (n = 60) were enrolled.", "60 entered"),
        ("participants (n = 60) were old.", "60 entered"),
        ("participants in the zinc group (n = 60) were enrolled.", ""),
        ("children (n = 60 participants) were given zinc.", "60 entered"),
        ("in the year 2001 patients were randomised.", ""),
        ("2001 patients were randomised.", "2001 allocated"),
        ("60 couples were randomised.", ""),
        ("60 rats were randomised.", ""),
        ("in 20 volunteers and in 20 patients zinc was given through a tube.", ""),
        ("of 119 patients, 57 had zinc and 62 copper.", "119 allocated"),
        ("of 119 patients, 57 had zinc, 30 iron and 32 copper.", "119 allocated"),
        ("188 people were randomised, 94 to each group.", "188 allocated"),
        ("282 people were randomised to three groups, 94 in each.", "282 allocated"),
        ("60 patients were screened.", ""),
        ("60 patients were to be randomised.", ""),
        ("we compared 60 patients with zinc and 62 with copper.", ""),
        ("60 patients in the placebo group were seen.", ""),
        ("zinc was given to 60 patients.", ""),
        ("the study included 60 patients, of whom 20 had fever.", ""),
        ("60 patients of the trial were seen.", ""),
        ("there were 60 patients who were randomised.", "60 allocated"),
        ("60 patients were not randomised.", ""),
        ("another 60 patients were randomised.", ""),
        ("60 enrolled patients were seen.", "60 entered"),
        ("60 randomised patients were seen.", "60 allocated"),
        ("group a (60 patients) had zinc.", ""),
    ],
)
def test_what_a_sentence_says_of_the_whole_trial(sentence: str, said: str) -> None:
    """Each number with how firmly it is said: of a part, an arm, a name, a plan or a year nothing is."""
    assert " ".join(f"{one.value} {one.said.name.lower()}" for one in wholes(sentence)) == said


@pytest.mark.parametrize(
    ("sentence", "sizes"),
    [
        ("zinc (n = 30) and copper (n = 31) were allocated.", [30, 31]),
        ("patients (n = 61) were allocated to zinc (n = 30) or copper (n = 31).", [30, 31]),
        ("zinc (n = 30), copper (n = 31) and iron (n = 32) were allocated.", [30, 31, 32]),
        ("zinc (n = 30) and copper (n = 31) (n = 61) were allocated.", [30, 31]),
        ("zinc (n = 30), copper (n = 31), of whom women (n = 10), men (n = 20) were allocated.", []),
        ("zinc (n = 90), copper (n = 31) and iron (n = 32) were allocated.", []),
        ("zinc (n = 90) and copper (n = 31) were allocated.", [90, 31]),
        ("zinc (n = 30) and copper (n = 31) differed (p = 0.3) and were allocated.", []),
        ("zinc (n = 30), copper (n = 31), zinc (n = 20), copper (n = 41) were allocated.", []),
        ("zinc (n = 30), copper (n = 30), zinc (n = 30), copper (n = 30) were allocated.", [30, 30, 30, 30]),
        ("30 patients were assigned to zinc and 31 to copper.", [30, 31]),
        ("30 patients were assigned to zinc and 151 to copper.", [30, 151]),
        ("30 patients were assigned to zinc and 150 to copper.", [30, 150]),
        ("30 practices were assigned to zinc and 31 practices to copper.", []),
        ("59 to zinc and 62 to copper were randomly assigned.", [59, 62]),
        ("30 patients received zinc and 31 patients received copper.", [30, 31]),
        ("30 and 31 patients were randomised to zinc and copper, respectively.", [30, 31]),
        ("one group (20 patients) had zinc, the other (22 patients) copper, by random allocation.", [20, 22]),
        ("the patients were allocated (20 patients) to zinc and (22 patients) to copper.", [20, 22]),
        ("zinc (n = 30) and copper (n = 31) will be allocated.", []),
        ("zinc (n = 30).copper (n = 31) were allocated.", []),
        ("zinc (n = 1,030) and copper (n = 1 031) were allocated.", [1030, 1031]),
        ("(zinc = 47, placebo = 44) were allocated.", [47, 44]),
        ("30 patients were assigned to 10 weeks of zinc and 12 weeks of copper.", []),
        ("allocated were 30 to zinc, 31 to copper, 32 to iron.", [30, 31, 32]),
        ("there were 60 patients per group, in two groups.", []),
        ("there were 60 patients per group, in three groups.", []),
        ("there were 60 patients per group in each of two groups and 50 patients per group in two others.", []),
        ("there were 60 patients per group, in two groups (p = 0.3).", []),
        ("of 100 who came, 60 were randomised to zinc and copper groups.", []),
        ("of 313 patients enrolled, 248 were randomised and 212 completed the study.", []),
        ("30 patients received zinc and 151 patients received copper.", []),
        ("30 patients received zinc and 150 patients received copper.", [30, 150]),
        ("zinc (n = 61), iron (n = 30) and copper (n = 31) were allocated.", [30, 31]),
        ("zinc (n = 30) and copper (n = 31) were seen.", []),
        ("zinc (n = 30) and copper (n = 31) completed after allocation.", []),
        ("zinc and copper were given.", []),
        ("both intervention groups (n = 30 and n = 31) were allocated.", []),
        ("7 schools (n = 7 schools, n = 30 pupils) were allocated.", []),
    ],
)
def test_the_arms_that_a_sentence_names(sentence: str, sizes: list[int]) -> None:
    """In brackets or in running text; none where a number may be a part of another, a plan, a practice or a time."""
    assert arms(sentence) == sizes


@pytest.mark.parametrize(
    ("sentence", "sizes"),
    [
        ("n = 60 per group, in two groups.", [120]),
        ("n = 60 per group, in three groups.", [180]),
        ("n = 60 per group, in 4 groups.", [240]),
        ("n = 60 per group.", []),
        ("n = 60 per group, in two groups and then in three groups.", []),
        ("n = 60 per group, n = 50 per group, in two groups.", []),
        ("n = 60 per group, in two groups (p = 0.3).", []),
        ("n = 60 per group will be allocated to two groups.", []),
        ("five groups of 20 patients each were compared.", [100]),
        ("six groups with 20 patients each were compared.", [120]),
    ],
)
def test_the_size_of_each_arm_times_their_number(sentence: str, sizes: list[int]) -> None:
    """Where both are said once."""
    assert products(sentence, sentence) == sizes


@pytest.mark.parametrize(
    ("sentence", "sizes"),
    [
        ("of 313 patients enrolled, 248 were randomised and 212 completed the study.", [248]),
        ("of 313 patients enrolled, 3 were randomised and 2 completed the study.", []),
        ("of 696 referred people, 328 were randomised to an intervention group or a control group.", [328]),
        ("of 1,313 patients enrolled, 1,248 were randomised and 1,212 completed the study.", [1248]),
    ],
)
def test_how_many_of_those_who_came_were_allocated(sentence: str, sizes: list[int]) -> None:
    """Where both arms are named, or those who completed follow."""
    assert [one.value for one in flow(sentence)] == sizes


@pytest.mark.parametrize(
    ("words", "years"),
    [
        ("in 1899 patients", []),
        ("in 1900 patients", [1900]),
        ("in 2100 patients", [2100]),
        ("in 2101 patients", []),
        ("since 2001 patients were seen", [2001]),
        ("until december 2001 patients", [2001]),
        ("in two thousand patients", []),
        ("in 2010, 60 patients", [2010]),
    ],
)
def test_a_year_is_no_number_of_people(words: str, years: list[int]) -> None:
    """From 1900 to 2100, in digits, and where a year can stand."""
    assert [is_year(number, words) for number in numbers(words)] == [one.value in years for one in numbers(words)]
    assert {number.value for number in numbers(words)} >= set(years)


@pytest.mark.parametrize(
    ("words", "values"),
    [
        ("one two three four five six seven eight nine ten", [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
        ("eleven twelve thirteen fourteen fifteen sixteen", [11, 12, 13, 14, 15, 16]),
        ("seventeen eighteen nineteen zero", [17, 18, 19, 0]),
        ("twenty; thirty; forty; fourty; fifty; sixty; seventy; eighty; ninety", [20, 30, 40, 40, 50, 60, 70, 80, 90]),
        ("twenty-one", [21]),
        ("twenty and thirty", [20, 30]),
        ("twenty twelve", [20, 12]),
        ("fifty nine and sixty", [59, 60]),
        ("one hundred and twenty", [120]),
        ("a hundred", [100]),
        ("nine hundred ninety-nine", [999]),
        ("two thousand three hundred and four", [2304]),
        ("one hundred thousand", [100_000]),
        ("two hundred twelve and five", [212, 5]),
        ("1,234 and 12 345 and 7", [1234, 12_345, 7]),
        ("1.5 thousand", []),
        ("12% and 3.5", []),
    ],
)
def test_numbers_are_read_in_words_and_digits(words: str, values: list[int]) -> None:
    """Each with its own value where several follow each other."""
    assert [number.value for number in numbers(words)] == values


ENROLLED = "We enrolled 100 patients."


@pytest.mark.parametrize(
    ("abstract", "size"),
    [
        (f"{ENROLLED} Zinc (n = 50) and copper (n = 50) were allocated.", 100),
        (f"{ENROLLED} Zinc (n = 45) and copper (n = 46) were allocated.", 100),
        (f"{ENROLLED} Zinc (n = 45) and copper (n = 45) were allocated.", None),
        (f"{ENROLLED} Zinc (n = 51) and copper (n = 50) were allocated.", None),
        (f"{ENROLLED} 90 patients completed the study.", 100),
        (f"{ENROLLED} 120 patients completed the study.", None),
        (f"90 patients completed the study. {ENROLLED}", 100),
        ("90 patients completed the study.", 90),
        ("100 patients were randomised. 110 patients were randomised.", None),
        ("Eleven patients were allocated to zinc, 10 patients to copper.", 21),
        ("Nine patients were randomised to zinc or copper.", 9),
        ("Zinc (n = 45) and copper (n = 46) were allocated. Zinc (n = 40) and copper (n = 41) were allocated.", None),
        ("n = 60 per group. There were two groups.", 120),
        ("13 men and 30 women were randomised.", 43),
        ("Zinc (n = 20) and copper (n = 21) were allocated. The third group had rest.", None),
        ("100 patients were randomised. Of 300 eligible patients, 100 took part.", 100),
        ("60 eyes of 50 patients were randomised.", 50),
    ],
)
def test_a_size_is_stated_where_all_that_is_said_of_the_whole_agrees(abstract: str, size: int | None) -> None:
    """More than nine tenths in the arms, no two numbers that could both be it, and none larger."""
    assert sample_size(abstract) == size
