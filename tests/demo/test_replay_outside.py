"""What the replay adds from registries, citation indexes and the list of retractions, on its true days."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, timedelta

import pytest

from monitor import store
from monitor.demo import outside
from monitor.demo.replay import TOPIC
from monitor.model import Change, ChangeKind, SourceName
from tests.demo.test_replay import PMIDS, Replayed, replayed

__all__ = ["replayed"]  # the one replay of the run

#: The registered trials without a result, by the day from which on an answer says so.
WITHOUT_RESULT = {
    "2011-08-12": {"NCT01089686", "NCT01201707", "NCT01371760"},
    "2012-10-03": {"NCT01089686", "NCT01201707", "NCT01450072", "NCT01555684", "ACTRN12612000302853"},
    "2014-06-27": {"NCT01089686", "NCT01201707", "NCT01864941", "NCT01555684", "ACTRN12612000302853"},
    "2018-09-28": {"NCT01089686", "NCT01201707", "NCT01555684", "ACTRN12612000302853"},
}


def told(replayed: Replayed, kind: ChangeKind) -> list[Change]:
    """Every change of one kind, oldest first."""
    with replayed.db.read() as tx:
        return [one for one in reversed(store.changes.recent(tx, TOPIC, 100_000)) if one.kind is kind]


def registry_news(replayed: Replayed) -> list[tuple[str, str, str]]:
    """Day, number and first sentence of what was told of registry entries."""
    found = told(replayed, ChangeKind.REGISTRY)
    return [(str(one.at.date()), one.item.key, one.item.sentences[0]) for one in found if one.item]


def test_every_registration_is_told_on_the_morning_after_its_day(replayed: Replayed) -> None:
    """Once each; what is no treatment of multiple sclerosis is not told."""
    registered = {number: day for day, number, words in registry_news(replayed) if words.startswith("Registered on ")}
    expected = {}
    for study in outside.facts(TOPIC).studies:
        if study.number not in ("NCT02308579", "NCT03373292"):
            late = timedelta(days=study.registry == SourceName.CLINICAL_TRIALS)
            expected[study.number] = str(study.first_on + late)
    assert registered == expected


@pytest.mark.parametrize(
    ("number", "day", "words"),
    [
        ("NCT01089686", "2012-03-07", "It was terminated early; no reason is given."),
        ("NCT01089686", "2014-04-01", "We found no result more than 24 months after its primary completion"),
        ("NCT01201707", "2013-10-01", "It was terminated early. The reason given: “Lack of recruitment”."),
        ("NCT01555684", "2015-12-05", "It was withdrawn before anyone took part"),
        ("NCT01450072", "2014-07-29", f"The registry links an article to it: PMID {PMIDS['ccsvi-001']}."),
    ],
)
def test_the_ends_of_trials_are_told_on_their_days(number: str, day: str, words: str, replayed: Replayed) -> None:
    """With the reason given, or that none is."""
    assert [on for on, of, said in registry_news(replayed) if of == number and said.startswith(words)] == [day]


def test_nothing_of_a_registry_is_told_twice(replayed: Replayed) -> None:
    """Each sentence of each trial once, but for a status that comes again; the withdrawn trial is never overdue."""
    news = registry_news(replayed)
    assert [said for said, times in Counter((number, words) for _, number, words in news).items() if times > 1] == []
    assert not [words for _, number, words in news if number == "NCT01555684" and "no result" in words]


def test_the_answers_name_the_registered_trials_as_they_stood_that_day(replayed: Replayed) -> None:
    """In 2011 the trial that ended in 2012 is recruiting; nobody types that by hand any more."""
    for day, numbers in WITHOUT_RESULT.items():
        lines = [line for line in replayed.step(day).record.answer.lines if "have no result in PubMed" in line]
        assert [set(re.findall(r"[A-Z]{3,5}\d{8,14}", line)) for line in lines] == [numbers]
    (line,) = [line for line in replayed.step("2011-08-12").record.answer.lines if "no result in PubMed" in line]
    assert "NCT01089686 (recruiting)" in line


def test_a_citing_work_outside_pubmed_is_told_once(replayed: Replayed) -> None:
    """The thesis that was made up for the demo, which three indexes list one after the other."""
    (thesis,) = told(replayed, ChangeKind.CITING_OUTSIDE)
    assert thesis.item is not None
    assert thesis.item.title.endswith("[thesis invented for the demo]")
    assert date(2015, 9, 20) <= thesis.at.date() <= date(2015, 10, 5)


def test_every_source_answered_and_none_is_in_doubt_at_the_end(replayed: Replayed) -> None:
    """Nothing failed but PubMed in its outage; no retraction of a CCSVI article is known."""
    with replayed.db.read() as tx:
        states = store.source_states.states(tx, TOPIC)
    assert {state.source for state in states} == set(SourceName) - {SourceName.OPENALEX}
    assert [state for state in states if state.doubt or state.last_error or not state.has_baseline] == []
    assert told(replayed, ChangeKind.RETRACTED) == []
