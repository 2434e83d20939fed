"""What each kind of change does to a digest: where it stands, what undoes it, and what is urgent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monitor.digests import content, render
from monitor.digests.content import Standing, compose
from monitor.digests.display import subject
from monitor.model import Change, ChangeKind, Design, Digest, Frequency, FreshnessState, Revision, Verdict
from monitor.store.mailing.frequency_changes import URGENT
from tests.support.digest_samples import (
    LAST,
    NEW_ABSTRACT,
    NOW,
    OLD_ABSTRACT,
    RELEVANT,
    SITE,
    THREE,
    TOPIC,
    TWO,
    VERDICTS,
    change,
    quiet,
    search_report,
)

K = ChangeKind
COUNTED = THREE.trials[0].reports[0].pmid


def made(
    *changes: Change, frequency: Frequency = Frequency.WEEKLY, standing: Standing | None = None, is_quiet: bool = False
) -> Digest | None:
    """The digest of these changes, in this order."""
    numbered = [replace(one, id=number) for number, one in enumerate(changes, 1)]
    return compose(
        TOPIC,
        frequency,
        LAST,
        NOW,
        standing or Standing(THREE),
        changes=numbered,
        articles={},
        verdicts={},
        is_quiet_due=is_quiet,
    )


def told(*kinds: ChangeKind) -> list[tuple[str, list[ChangeKind]]]:
    """The sections and changes that a digest tells of an article to which these things happened, in this order."""
    digest = made(*(change(kind, "7") for kind in kinds))
    if digest is None:
        return []
    assert digest.change_ids == tuple(range(1, len(kinds) + 1))
    return [(item.section, [one.kind for one in item.changes]) for item in digest.items]


@pytest.mark.parametrize(
    ("kind", "section"),
    [
        (K.UNREAD, "unread"),
        (K.REAPPEARED, "back"),
        (K.MERGED, "merged"),
        (K.GONE, "gone"),
        (K.RETRACTED, "notices"),
        (K.REINSTATED, "reinstated"),
        (K.REVISED, "revised"),
        (K.NEW, "new"),
        (K.CITING, "citing"),
    ],
)
def test_each_kind_has_its_place(kind: ChangeKind, section: str) -> None:
    """And none is dropped."""
    assert told(kind) == [(section, [kind])]


@pytest.mark.parametrize(
    ("happened", "is_told"),
    [
        (change(K.REINSTATED, COUNTED), True),
        (change(K.RETRACTED, COUNTED), True),
        (change(K.CONCERN, COUNTED), True),
        (change(K.REINSTATED, "7"), False),
        (change(K.QUESTION_CHANGED, why="The question was changed."), True),
        (change(K.SEARCH_CHANGED, why="The search was changed."), False),
        (change(K.UNREAD, "7"), False),
        (change(K.REAPPEARED, "7"), False),
        (change(K.MERGED, "7"), False),
    ],
)
def test_what_is_told_at_once(happened: Change, is_told: bool) -> None:
    """What bears on the answer; and each such kind wakes the schedule."""
    assert (made(happened, frequency=Frequency.AT_ONCE) is not None) is is_told
    if is_told:
        assert happened.kind in URGENT


def test_a_changed_question_or_search_is_a_line_of_its_own() -> None:
    """Never an article; the question first, and neither counts as one in the summary."""
    searched = change(K.SEARCH_CHANGED, why="The search was changed.")
    asked = change(K.QUESTION_CHANGED, why="The question was changed.")
    digest = made(searched, asked)
    assert digest is not None
    assert (digest.items, [note.why for note in digest.notes]) == ((), [asked.why, searched.why])
    assert subject.summary(digest, "UTC").endswith(": nothing new.")
    assert subject.verdict_line(digest) == "The question was changed, and this is the answer now"
    assert subject.subject(digest, TOPIC) == (
        "CCSVI in MS: the question was changed; now: several controlled trials, agreeing"
    )
    only_searched = made(searched)
    assert only_searched is not None
    assert subject.subject(only_searched, TOPIC) == "CCSVI in MS: the search was changed, answer unchanged"


@pytest.mark.parametrize(
    ("whys", "words"),
    [
        (["The search “veins on trial” was changed on 27 September 2018: 3 more do."],
         "the search “veins on trial” was changed"),
        (["The search “necks” was added on 27 September 2018 and brought 9 articles."], "the search “necks” was added"),
        (["The searches “a” and “b” were removed on 27 September 2018."], "the searches “a” and “b” were removed"),
        (["The search “a” was added.", "The search “b” was removed."], "2 searches were changed"),
        ([f"The search “{'x' * 90}” was changed."], "a search was changed"),
    ],
)  # fmt: skip
def test_a_changed_search_is_named_in_the_subject(whys: list[str], words: str) -> None:
    """By the beginning of its sentence, which may also say that it was added or removed."""
    digest = made(*(change(K.SEARCH_CHANGED, why=why) for why in whys))
    assert digest is not None
    assert subject.subject(digest, TOPIC) == f"CCSVI in MS: {words}, answer unchanged"


def test_changed_rules_are_not_called_a_changed_question() -> None:
    """Both let every article be judged again; the sentence says which it was."""
    why = "Monitor’s rules were changed on 27 September 2018, and all 914 articles on record were judged again."
    digest = made(change(K.QUESTION_CHANGED, why=why))
    assert digest is not None
    assert subject.verdict_line(digest) == "Monitor’s rules were changed, and this is the answer now"
    assert subject.subject(digest, TOPIC) == (
        "CCSVI in MS: Monitor’s rules were changed; now: several controlled trials, agreeing"
    )


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (K.UNREAD, "1 article whose record could not be read yet"),
        (K.REAPPEARED, "1 record found again"),
        (K.MERGED, "1 record under a new number in PubMed"),
        (K.REINSTATED, "1 article no longer retracted"),
    ],
)
def test_without_a_new_answer_a_new_kind_is_named_by_what_happened(kind: ChangeKind, words: str) -> None:
    """In the subject."""
    digest = made(change(kind, "7"))
    assert digest is not None
    assert subject.subject(digest, TOPIC) == f"CCSVI in MS: {words}, answer unchanged"


def test_a_trial_whose_result_turned_round_is_news_of_a_trial() -> None:
    """Though its record was only revised; another revision, or one of no trial, is not."""
    verdict = VERDICTS["30266886"]
    turned = change(K.REVISED, "30266886", revisions=(Revision("abstract", OLD_ABSTRACT, NEW_ABSTRACT),))
    respelt = change(K.REVISED, "30266886", revisions=(Revision("abstract", OLD_ABSTRACT, f"{OLD_ABSTRACT} Thanks."),))
    assert content.section_of([turned], verdict, is_cause=False) == "trials"
    assert content.section_of([respelt], verdict, is_cause=False) == "revised"
    cohort = Verdict("30266886", "ccsvi", Design.COHORT, verdict.level, "1", relevance=RELEVANT)
    assert content.section_of([turned], cohort, is_cause=False) == "revised"


def test_a_trial_that_counts_and_turned_round_is_the_subject() -> None:
    """With both results."""
    was = TWO.trials[0]
    assert was.statement is not None
    now = replace(was, statement=replace(was.statement, direction=type(was.statement.direction).BENEFIT))
    answer = replace(TWO, trials=(now, TWO.trials[1]), fingerprint="turned")
    digest = made(change(K.ANSWER), standing=Standing(answer, answer_before=TWO))
    assert digest is not None
    assert subject.subject(digest, TOPIC) == "CCSVI in MS: a counted trial now reports benefit instead of no difference"


def test_a_search_in_doubt_is_not_told_as_an_outage() -> None:
    """It is stale, but PubMed answers: the subject and the search report say what is the matter."""
    doubted = search_report("ccsvi", FreshnessState.STALE)
    doubted = replace(doubted, freshness=replace(doubted.freshness, doubt="PubMed lists 4 of 50 articles"))
    one, two = quiet([doubted, search_report("citing")]), quiet([doubted, replace(doubted, search="citing")])
    assert subject.subject(one, TOPIC) == "CCSVI in MS: nothing new; PubMed's response to one search is in doubt"
    assert subject.subject(two, TOPIC) == "CCSVI in MS: nothing new; PubMed's response to 2 searches is in doubt"
    assert not subject.is_all_down(two.search_reports)
    made_of = render.render(one, TOPIC, SITE)
    for part in (made_of.text, made_of.html.replace("&#39;", "'")):
        assert "PubMed's last response to this search is in doubt" in " ".join(part.split())
