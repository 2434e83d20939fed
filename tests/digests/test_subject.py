"""What the subject of a digest says, and the line that sums it up: the answer first, then what happened."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monitor.digests.display.outside import SECTION_OF
from monitor.digests.display.sections import SHOWN
from monitor.digests.display.subject import subject, summary, verdict_line
from monitor.model import (
    AnswerState,
    ChangeKind,
    Control,
    Design,
    FreshnessState,
    OutsideItem,
    ReviewLine,
    Role,
    TrialReport,
)
from monitor.render import placeholders
from monitor.render.dates import ENGLISH
from tests.support import digest_samples
from tests.support.digest_samples import THREE, TOPIC, TWO, change, first, news, quiet


def plain(text: str) -> str:
    """A text with its dates written out."""
    return placeholders.fill(text, {}, ENGLISH.write, is_html=False)


ANSWERED = [change(ChangeKind.ANSWER, answer_id=2)]
STANDS = {
    AnswerState.NONE: "no treatment study found",
    AnswerState.UNCONTROLLED: "only uncontrolled reports",
    AnswerState.REGISTERED: "no controlled trial has reported",
    AnswerState.CONTROLLED: "controlled comparison only, not randomised",
    AnswerState.UNBLINDED: "one randomised trial, no sham or placebo",
    AnswerState.SHAM_CONTROLLED: "one sham- or placebo-controlled trial",
    AnswerState.SEVERAL_UNCERTAIN: "several controlled trials, direction not certain",
    AnswerState.SEVERAL_AGREE: "several controlled trials, agreeing",
    AnswerState.SEVERAL_DISAGREE: "controlled trials disagree",
}


@pytest.mark.parametrize(("state", "words"), STANDS.items())
def test_where_the_answer_before_is_unknown_nothing_is_called_first(state: AnswerState, words: str) -> None:
    """The subject says where the evidence stands."""
    content = replace(news(ANSWERED, replace(THREE, state=state)), answer_before=None)
    assert subject(content, TOPIC) == f"CCSVI in MS: {words}"


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("corrected",), "a trial that counts is corrected"),
        (("expression of concern", "corrected"), "expression of concern about a trial that counts"),
        (("retracted", "corrected"), "a trial that counted is retracted"),
    ],
)
def test_the_gravest_notice_on_a_trial_is_the_subject(flags: tuple[str, ...], words: str) -> None:
    """Only what is new of it: what was told before is told once."""
    flagged = replace(TWO, trials=(replace(TWO.trials[0], flags=flags), TWO.trials[1]))
    assert subject(replace(news(ANSWERED, flagged), answer_before=TWO), TOPIC) == f"CCSVI in MS: {words}"
    again = replace(news(ANSWERED, flagged), answer_before=flagged)
    assert subject(again, TOPIC) == "CCSVI in MS: the answer has changed"


@pytest.mark.parametrize(
    ("control", "randomized", "words"),
    [
        (Control.SHAM, True, "third sham-controlled trial"),
        (Control.PLACEBO, True, "first placebo-controlled trial"),
        (Control.WAIT_LIST, True, "first randomised wait-list-controlled trial"),
        (Control.USUAL_CARE, None, "first usual-care-controlled comparison"),
        (Control.NOT_STATED, True, "third randomised trial"),
        (Control.NONE, None, "third controlled comparison"),
    ],
)
def test_a_new_trial_is_reported_by_its_number_among_its_kind(
    control: Control, randomized: bool | None, words: str
) -> None:
    """Several at once are counted; one without a result is none."""
    newcomer = replace(THREE.trials[2], control=control, randomized=randomized)
    content = replace(news(ANSWERED, replace(THREE, trials=(*TWO.trials, newcomer))), answer_before=TWO)
    assert subject(content, TOPIC) == f"CCSVI in MS: {words} reported"
    two_more = replace(content, answer_before=replace(TWO, trials=TWO.trials[:1]))
    assert subject(two_more, TOPIC) == "CCSVI in MS: 2 more controlled trials reported"
    retracted = replace(newcomer, status="retracted")
    lost = replace(content, answer=replace(THREE, trials=(*TWO.trials, retracted)))
    assert subject(lost, TOPIC) == "CCSVI in MS: the answer has changed"


@pytest.mark.parametrize(
    ("included", "words"),
    [
        (3, "a systematic review includes 3 trials"),
        (1, "a systematic review includes 1 trial"),
        (0, "a review found no trial"),
        (None, "the answer has changed"),
    ],
)
def test_a_review_that_changed_the_answer_is_the_subject(included: int | None, words: str) -> None:
    """If it is the cause; a protocol likewise."""
    review = ReviewLine("5", "", None, Design.SYSTEMATIC_REVIEW, included)
    answer = replace(TWO, reviews=(review,), causes=("5",))
    assert subject(replace(news(ANSWERED, answer), answer_before=TWO), TOPIC) == f"CCSVI in MS: {words}"
    other = replace(answer, causes=("6",))
    assert subject(replace(news(ANSWERED, other), answer_before=TWO), TOPIC).endswith(": the answer has changed")
    plan = replace(TWO.silent_trials[0], reports=(TrialReport("6", Role.PROTOCOL, ""),))
    planned = replace(other, silent_trials=(plan,))
    assert subject(replace(news(ANSWERED, planned), answer_before=TWO), TOPIC).endswith(
        ": the protocol of a randomised trial is published"
    )


@pytest.mark.parametrize(
    ("kinds", "words"),
    [
        ([ChangeKind.CORRECTED, ChangeKind.CORRECTED, ChangeKind.NEW], "2 corrections"),
        ([ChangeKind.CORRECTED, ChangeKind.CONCERN], "1 expression of concern"),
        ([ChangeKind.CONCERN, ChangeKind.CONCERN], "2 expressions of concern"),
        ([ChangeKind.CONCERN, ChangeKind.RETRACTED, ChangeKind.RETRACTED], "2 retractions"),
        ([ChangeKind.REVISED, ChangeKind.GONE], "2 records changed"),
        ([ChangeKind.GONE], "1 record changed"),
        ([ChangeKind.NEW, ChangeKind.GONE], "1 new article"),
        ([ChangeKind.CITING], "1 new article"),
        ([ChangeKind.REINSTATED], "1 article no longer retracted"),
        ([ChangeKind.REINSTATED, ChangeKind.REINSTATED], "2 articles no longer retracted"),
        ([ChangeKind.RETRACTED, ChangeKind.REINSTATED], "1 retraction"),
        ([ChangeKind.CORRECTED], "1 correction"),
        ([ChangeKind.REGISTRY, ChangeKind.REGISTRY], "2 trials changed in registries"),
        ([ChangeKind.PREPRINT], "1 preprint"),
        (
            [ChangeKind.CITING_OUTSIDE, ChangeKind.CITING_OUTSIDE],
            "2 citations by works that PubMed does not have",
        ),
        ([ChangeKind.UNREAD, ChangeKind.UNREAD], "2 articles whose records could not be read yet"),
        ([ChangeKind.REAPPEARED, ChangeKind.REAPPEARED], "2 records found again"),
        ([ChangeKind.MERGED, ChangeKind.MERGED], "2 records under new numbers in PubMed"),
        ([ChangeKind.NEW, ChangeKind.CITING], "2 new articles"),
        ([ChangeKind.REGISTRY, ChangeKind.PREPRINT], "1 trial changed in a registry"),
        ([ChangeKind.NEW, ChangeKind.REGISTRY], "1 new article"),
        ([ChangeKind.PREPRINT, ChangeKind.PREPRINT, ChangeKind.CITING_OUTSIDE], "2 preprints"),
        ([ChangeKind.CITING_OUTSIDE, ChangeKind.UNREAD], "1 citation by a work that PubMed does not have"),
        ([ChangeKind.UNREAD, ChangeKind.REVISED], "1 article whose record could not be read yet"),
        ([ChangeKind.REVISED, ChangeKind.REAPPEARED], "1 record changed"),
        ([ChangeKind.REAPPEARED, ChangeKind.MERGED], "1 record found again"),
        ([ChangeKind.MERGED], "1 record under a new number in PubMed"),
    ],
)
def test_without_a_new_answer_the_gravest_news_is_the_subject(kinds: list[ChangeKind], words: str) -> None:
    """Then the new articles, what is told from outside PubMed, the records that changed."""
    outside = (ChangeKind.REGISTRY, ChangeKind.PREPRINT, ChangeKind.CITING_OUTSIDE)
    content = news(
        [
            change(kind, number=number, item=OutsideItem(str(number), "A title", "https://example.org", "A source"))
            if kind in outside
            else change(kind, str(number), number)
            for number, kind in enumerate(kinds, 1)
        ]
    )
    assert subject(content, TOPIC) == f"CCSVI in MS: {words}, answer unchanged"


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (
            1,
            "1 controlled-trial report, 1 correction or retraction, 1 article no longer retracted, "
            "1 systematic review, 1 trial changed in a registry, 1 preprint, 1 new citation, "
            "1 citation by a work that PubMed does not have, "
            "1 other new article, 1 trial of another question, 1 article whose record could not be read yet, "
            "1 revised record, 1 record found again, 1 record under a new number in PubMed and 1 record gone",
        ),
        (
            2,
            "2 controlled-trial reports, 2 corrections or retractions, 2 articles no longer retracted, "
            "2 systematic reviews, 2 trials changed in registries, 2 preprints, 2 new citations, "
            "2 citations by works that PubMed does not have, 2 other new articles, 2 trials of other questions, "
            "2 articles whose records could not be read yet, 2 revised records, 2 records found again, "
            "2 records under new numbers in PubMed and 2 records gone",
        ),
    ],
)
def test_a_summary_has_words_for_every_section(number: int, words: str) -> None:
    """In the order in which they stand."""
    sections = (*SHOWN, *SECTION_OF.values())
    content = replace(quiet([]), left_out=tuple((section, number) for section in sections))
    assert plain(summary(content, "UTC")) == f"Since 24 Sep 2018: {words}."


def test_a_subject_leaves_room_for_what_happened() -> None:
    """The name of the topic has 60 bytes."""
    said = subject(quiet([]), replace(TOPIC, name="x" * 200))
    assert len(said.partition(":")[0].encode()) == 60


def test_a_summary_counts_each_section() -> None:
    """Shown and left out together, one or many, since the last digest or so far."""
    left_out = (("trials", 1), ("notices", 2), ("reviews", 1), ("citing", 2), ("new", 1), ("revised", 2), ("gone", 1))
    content = replace(quiet(digest_samples.SEARCH_REPORTS), left_out=left_out)
    counts = (
        "1 controlled-trial report, 2 corrections or retractions, 1 systematic review, 2 new citations, "
        "1 other new article, 2 revised records and 1 record gone."
    )
    assert plain(summary(content, "UTC")) == f"Since 24 Sep 2018: {counts}"
    assert plain(summary(replace(content, since=None), "UTC")) == f"So far: {counts}"
    assert plain(summary(replace(content, left_out=(("gone", 2), ("notices", 1))), "UTC")).endswith(
        ": 1 correction or retraction and 2 records gone."
    )
    others = (("other_trials", 2), ("unread", 2), ("reinstated", 2), ("back", 2), ("merged", 2))
    assert plain(summary(replace(content, left_out=others), "UTC")) == (
        "Since 24 Sep 2018: 2 articles no longer retracted, 2 trials of other questions, 2 articles whose records "
        "could not be read yet, 2 records found again and 2 records under new numbers in PubMed."
    )
    outside = (("registry", 2), ("preprints", 2), ("citing_outside", 2), ("reviews", 2), ("trials", 2), ("new", 2))
    assert plain(summary(replace(content, left_out=outside), "UTC")) == (
        "Since 24 Sep 2018: 2 controlled-trial reports, 2 systematic reviews, 2 trials changed in registries, "
        "2 preprints, 2 citations by works that PubMed does not have and 2 other new articles."
    )
    assert plain(summary(replace(content, left_out=(("registry", 1), ("other_trials", 1))), "UTC")).endswith(
        ": 1 trial changed in a registry and 1 trial of another question."
    )
    assert summary(replace(first(), article_count=1), "UTC").startswith("1 article found and read so far. From now on")
    assert summary(first(), "UTC") == "914 articles found and read so far. From now on you hear what changes."


def test_a_summary_of_nothing_says_so_and_why() -> None:
    """ "Nothing new" is not said beside a new answer; an outage is said beside either."""
    assert plain(summary(quiet(), "UTC")) == "Since 24 Sep 2018: nothing new; PubMed gave no usable answer on 3 days."
    bare = replace(news(ANSWERED), search_reports=())
    assert plain(summary(bare, "UTC")) == "Since 24 Sep 2018: no new article."


@pytest.mark.parametrize(
    ("states", "words"),
    [
        ([FreshnessState.BROKEN, FreshnessState.CURRENT], "one search is failing"),
        ([FreshnessState.STALE, FreshnessState.CURRENT], "one search is failing"),
        ([FreshnessState.STALE, FreshnessState.BROKEN, FreshnessState.CURRENT], "2 searches are failing"),
        ([FreshnessState.STALE, FreshnessState.NEVER], "PubMed cannot be reached at the moment"),
        ([FreshnessState.BROKEN, FreshnessState.STALE], "PubMed cannot be reached at the moment"),
        ([FreshnessState.CURRENT, FreshnessState.CURRENT], "PubMed gave no usable answer on 1 day"),
    ],
)
def test_an_outage_is_reported_by_how_far_it_goes(states: list[FreshnessState], words: str) -> None:
    """The search with most failures tells."""
    search_reports = [
        digest_samples.search_report(str(number), state, failures=2 - number, failure_days=1 - number)
        for number, state in enumerate(states)
    ]
    assert subject(quiet(search_reports), TOPIC) == f"CCSVI in MS: nothing new; {words}"


@pytest.mark.parametrize(
    ("failed", "idle", "words"),
    [
        (2, 3, "PubMed gave no usable answer on 2 days; Monitor itself did not run on 3 days"),
        (0, 1, "Monitor itself did not run on 1 day"),
    ],
)
def test_days_on_which_nobody_looked_are_not_pubmeds_fault(failed: int, idle: int, words: str) -> None:
    """The service was off; PubMed would have answered."""
    report = digest_samples.search_report("all", FreshnessState.CURRENT, failures=failed, failure_days=failed)
    assert subject(quiet([replace(report, idle_days=idle)]), TOPIC) == f"CCSVI in MS: nothing new; {words}"


def test_the_days_without_the_service_are_told_though_a_search_was_added_after_them() -> None:
    """The new search has missed nothing; the old one has."""
    added = digest_samples.search_report("added", FreshnessState.CURRENT)
    older = replace(digest_samples.search_report("all", FreshnessState.CURRENT), idle_days=3)
    words = "CCSVI in MS: nothing new; Monitor itself did not run on 3 days"
    assert subject(quiet([added, older]), TOPIC) == words


def test_the_verdict_says_since_when_the_answer_stands() -> None:
    """Or that it has changed."""
    assert verdict_line(news()) == "The answer has changed"
    assert plain(verdict_line(quiet())) == "The answer is unchanged since 28 Sep 2018"
    assert plain(verdict_line(first())) == "The answer stands since 28 Sep 2018"
    assert verdict_line(replace(quiet(), answer=replace(THREE, since=None))) == "The answer is unchanged"
