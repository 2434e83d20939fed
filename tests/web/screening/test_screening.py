"""A named person screens on a page: what they say counts and carries their name, and mistakes keep nothing."""

from __future__ import annotations

import pytest

from monitor import store
from monitor.delivery import deliver
from monitor.digests import compose
from monitor.model import AnswerState, Design
from tests.support.screening_site import DAY, NAME, ONE, answer_state, current_screening, screening_path, submit_verdict
from tests.support.site import RunningSite


def test_what_awaits_a_person_is_listed_the_weightiest_first(strict: RunningSite) -> None:
    """Trials, then protocols, then reviews, each newest first and leading to its page; nothing is cached."""
    response = strict.http.get(screening_path(strict))
    assert response.headers["cache-control"] == "no-store"
    places = [response.text.index(f'{screening_path(strict)}/{pmid}"') for pmid in ("12", "11", "13", "14")]
    assert places == sorted(places)
    assert "This topic requires screening" in response.text


def test_the_page_of_an_article_shows_why_the_rules_say_so(strict: RunningSite) -> None:
    """Types, exact words, the question, the trial, the history."""
    text = strict.http.get(f"{screening_path(strict)}/11").text
    for shown in (
        "Journal Article",
        "randomly assigned",
        "NCT01450072",
        "sham",
        "rules matched",
        "History",
        f"<h1>{ONE.title}",
    ):
        assert shown in text


def test_a_judgement_changes_the_answer_and_the_next_digest_says_whose_it_is(strict: RunningSite) -> None:
    """From the form to the mailbox, where nothing counts before a person has judged it."""
    strict.subscribe()
    _digests(strict)
    strict.clock.pass_by(DAY)
    response = submit_verdict(strict)
    assert "is now:" in response.text
    assert answer_state(strict) is AnswerState.SHAM_CONTROLLED
    strict.clock.pass_by(8 * DAY)
    _digests(strict)
    assert "appraised by A. Reader" in " ".join(strict.mails()[-1].split())
    assert "Because A. Reader appraised PMID" in " ".join(strict.mails()[-1].split())


def _digests(site: RunningSite) -> None:
    """Compose and mail whatever is due."""
    compose.compose_due(site.settings, site.db, site.clock())
    deliver.deliver_due(site.settings, site.links, site.db, site.mailer, site.clock())


def test_a_judgement_that_changes_nothing_says_so(strict: RunningSite) -> None:
    """It is kept all the same."""
    response = submit_verdict(strict, "14", design="systematic review")
    assert "stays as it is" in response.text
    kept = current_screening(strict, "14")
    assert kept
    assert (kept.by, kept.design, kept.because) == (NAME, Design.SYSTEMATIC_REVIEW, "allocation by lot")


def test_what_was_said_can_be_changed_and_the_history_keeps_both(strict: RunningSite) -> None:
    """The form comes back filled in."""
    submit_verdict(strict)
    page = strict.http.get(f"{screening_path(strict)}/11").text
    assert "<option selected>randomized trial</option>" in page
    submit_verdict(strict, question="no", because="another disease")
    kept = current_screening(strict)
    assert kept
    assert (kept.relevance.is_match, kept.relevance.why_not) == (False, "A. Reader: another disease")
    assert answer_state(strict) is not AnswerState.SHAM_CONTROLLED
    page = strict.http.get(f"{screening_path(strict)}/11").text
    assert "allocation by lot" in page
    assert "another disease" in page


def test_what_was_said_can_be_withdrawn(strict: RunningSite) -> None:
    """By one button; a second time there is nothing left to withdraw."""
    before = answer_state(strict)
    submit_verdict(strict)
    strict.http.post(f"{screening_path(strict, 'B. Other')}/11", data={"button": "withdraw"})
    assert (current_screening(strict), answer_state(strict)) == (None, before)
    assert "by B. Other." in strict.http.get(f"{screening_path(strict)}/11").text
    again = strict.http.post(f"{screening_path(strict)}/11", data={"button": "withdraw"})
    assert (again.status_code, "Nobody has screened PMID 11" in again.text) == (422, True)


def test_two_reports_are_joined_split_and_left_to_the_rules_again(strict: RunningSite) -> None:
    """One trial is counted less, and the pair stands on the page with its reason."""
    submit_verdict(strict)
    submit_verdict(strict, "12")
    assert answer_state(strict) is AnswerState.SEVERAL_AGREE
    pair = {"other": "PMID 12", "pair_because": "one trial, two numbers"}
    assert "is now:" in strict.http.post(f"{screening_path(strict)}/11", data={**pair, "button": "join"}).text
    assert answer_state(strict) is AnswerState.SHAM_CONTROLLED
    assert "PMID 12 are one trial" in strict.http.get(f"{screening_path(strict)}/11").text
    strict.http.post(f"{screening_path(strict)}/11", data={**pair, "button": "split"})
    assert answer_state(strict) is AnswerState.SEVERAL_AGREE
    strict.http.post(f"{screening_path(strict)}/12", data={"other": "11", "button": "unlink"})
    with strict.db.read() as tx:
        assert store.screenings.links(tx, "ccsvi") == []


@pytest.mark.parametrize(
    ("other", "because", "sentence"),
    [
        ("", "same trial", "digits only"),
        ("12; DROP", "same trial", "digits only"),
        ("99", "same trial", "PMID 99 is not stored"),
        ("11", "same trial", "is one report"),
        ("12", " ", "Give your reason"),
    ],
)
def test_a_pair_that_cannot_be_is_refused_with_a_sentence(
    strict: RunningSite, other: str, because: str, sentence: str
) -> None:
    """Nothing is kept, and the form comes back as it was."""
    response = strict.http.post(
        f"{screening_path(strict)}/11", data={"other": other, "pair_because": because, "button": "join"}
    )
    assert (response.status_code, sentence in response.text) == (422, True)
    with strict.db.read() as tx:
        assert store.screenings.links(tx, "ccsvi") == []


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("design", "excellent", "Choose what this article is."),
        ("question", "", "Say whether it tests this question."),
        ("because", " \n ", "Give your reason"),
        ("people", "many", "Enter a whole number"),
        ("people", "-5", "Enter a whole number"),
        ("direction", "harm", "go together"),
        ("sentence", "Angioplasty cures.", "go together"),
    ],
)
def test_a_form_with_a_mistake_says_which_and_keeps_nothing(
    strict: RunningSite, field: str, value: str, sentence: str
) -> None:
    """A reason is required; a direction is quoted."""
    response = submit_verdict(strict, **{field: value})
    assert (response.status_code, sentence in response.text, current_screening(strict)) == (422, True, None)


def test_a_person_may_read_more_than_the_rules_did(strict: RunningSite) -> None:
    """Control, people, and a direction in the authors' own words."""
    quoted = "Angioplasty showed no benefit over sham."
    submit_verdict(strict, control="placebo", people="21", direction="mixed", sentence=quoted)
    kept = current_screening(strict)
    assert kept
    assert kept.statement
    assert (kept.control, kept.sample_size, kept.statement.direction) == ("placebo", 21, "mixed")
    invented = submit_verdict(strict, direction="harm", sentence="It did harm.")
    assert "word for word" in invented.text


def test_an_article_that_the_rules_passed_over_is_opened_by_its_pmid(strict: RunningSite) -> None:
    """However it is written; one that no search found is refused with a sentence."""
    opened = strict.http.get(screening_path(strict), params={"pmid": "PMID: 0014"})
    assert (opened.status_code, opened.headers["location"]) == (303, f"{screening_path(strict)}/14")
    for unknown in ("99", "<b>"):
        response = strict.http.get(screening_path(strict), params={"pmid": unknown})
        assert (response.status_code, "No search of this topic" in response.text) == (200, True)
        assert "<b>" not in response.text
