"""A backtest tells what a service that watched then would have told, and names what it would have missed."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from evaluation.topics.evaluate import TIMELINES, differences, untrue_changes
from evaluation.topics.replay import Stand
from monitor.demo import corpus
from monitor.model import DigestKind, Frequency, Seed
from monitor.strategy import page
from monitor.strategy.backtest import Backtest
from monitor.strategy.known import Fate
from tests.demo.test_replay import PMIDS, TIMELINE
from tests.support.sandbox import CORPUS_XML
from tests.support.strategies import asking, replayed, topic

#: The sham-controlled trials of CCSVI, and one that nobody has reported.
CCSVI_TRIALS = tuple(PMIDS[id_] for id_ in ("ccsvi-001", "ccsvi-003", "ccsvi-004"))


@pytest.fixture(scope="module")
def ccsvi() -> Backtest:
    """CCSVI from 2009 to the end of 2019, for somebody who reads monthly."""
    return replayed(topic("ccsvi"), "ccsvi", "2009-01-01", "2019-12-31", known=CCSVI_TRIALS)


def test_ccsvi_equals_its_true_timeline(ccsvi: Backtest) -> None:
    """Each change of the answer on its day, with the report that caused it, and no other change."""
    found = [(str(s.on), s.record.answer.state, {c.article.pmid for c in s.causes}) for s in ccsvi.steps]
    assert found == [(day, state, {PMIDS[id_]} if id_ else set()) for day, state, id_ in TIMELINE]


@pytest.mark.parametrize(
    ("key", "start", "until"),
    [("renal-denervation", "2009-01-01", "2024-06-30"), ("hcq-treatment", "2020-01-01", "2021-12-31")],
)
def test_a_topic_that_ships_equals_its_true_timeline(key: str, start: str, until: str) -> None:
    """State, trials by control and direction, and sizes on every true day; nothing on the days without news."""
    timeline: dict[str, Any] = TIMELINES[key]
    done = replayed(topic(key), timeline["literature"], start, until)
    stands = [Stand(step.on, step.record.answer) for step in done.steps]
    assert {true["day"]: found for true in timeline["answers"] if (found := differences(true, stands))} == {}
    assert untrue_changes(timeline, stands) == []


def test_each_change_of_the_answer_is_told_in_the_next_digest(ccsvi: Backtest) -> None:
    """Once each, on the first of a month; the first digest welcomes the subscriber."""
    told = [str(issue.at.date()) for issue in ccsvi.issues if issue.content.answer_changed]
    months = "2009-12 2011-09 2012-11 2013-01 2014-07 2014-09 2017-12 2018-10 2019-06 2019-09"
    assert told == [f"{month}-01" for month in months.split()]
    assert ccsvi.issues[0].content.kind is DigestKind.WELCOME
    assert not any("did not run" in issue.subject or "failed" in issue.subject for issue in ccsvi.issues)


def test_the_known_trials_are_counted_from_their_day(ccsvi: Backtest) -> None:
    """The reported ones with the day; the four that were registered and never reported are named as such."""
    outcomes = {one.trial.named: (one.fate, str(one.on)) for one in ccsvi.known}
    days = ("2014-06-27", "2017-11-18", "2018-09-28")
    assert {pmid: outcomes[pmid] for pmid in CCSVI_TRIALS} == {
        pmid: (Fate.COUNTED, day) for pmid, day in zip(CCSVI_TRIALS, days, strict=True)
    }
    assert {one.trial.named for one in ccsvi.missed} == {trial.number for trial in topic("ccsvi").known_trials}
    assert {one.fate for one in ccsvi.missed} == {Fate.NOT_LISTED}


def test_every_article_is_in_one_month_or_before(ccsvi: Backtest) -> None:
    """The picture has each article of the searches once."""
    assert ccsvi.months[0][0].isoformat() == "2009-01-01"
    assert len(ccsvi.months) == 11 * 12
    in_2012 = sum(count for month, count in ccsvi.months if month.year == 2012)
    assert in_2012 > 20
    assert ccsvi.articles + ccsvi.before <= len(corpus.entries())


def test_the_page_is_one_file_that_says_what_it_cannot_know(ccsvi: Backtest) -> None:
    """No script, nothing to load; digests, pictures, trials and limits are in it."""
    html = page.write(ccsvi)
    assert not any(word in html for word in ("<script", "<link", "src=", "url("))
    assert html.count("<svg") == 2
    for words in ("never listed in PubMed", "Retractions, corrections", "When PubMed learned", "Entrez date"):
        assert words in html
    assert all(str(year) in html for year in range(2009, 2020))


def test_the_json_has_what_the_page_shows(ccsvi: Backtest) -> None:
    """Digests, answers with their causes, months, trials, requests."""
    told = json.loads(json.dumps(ccsvi.as_json()))
    assert [answer["date"] for answer in told["answers"]] == [day for day, _, _ in TIMELINE]
    assert told["answers"][5]["causes"][0]["pmid"] == PMIDS["ccsvi-001"]
    assert told["digests"][-1]["answer"] == ccsvi.steps[-1].record.answer.sentence
    assert told["articles_per_month"]["2014-06"] >= 1
    assert 0 < told["requests"] < 30


def test_a_poor_query_is_told_which_trials_it_misses_and_why() -> None:
    """Not matched, with the part of the query; judged otherwise, with the words; too late; not in PubMed."""
    poor = asking(topic("ccsvi"), "sclerosis[ti] AND angioplast*[tiab]")
    named = (*CCSVI_TRIALS, PMIDS["ccsvi-005"], "29360844", "10.1212/WNL.0000000000006423", "NCT09999999", "77")
    done = replayed(poor, "ccsvi", "2012-01-01", "2018-06-30", known=named)
    outcomes = {one.trial.named: one for one in done.known}
    assert {named: outcomes[named].fate for named in named} == {
        PMIDS["ccsvi-001"]: Fate.UNMATCHED,  # its title says MS
        PMIDS["ccsvi-003"]: Fate.COUNTED,
        PMIDS["ccsvi-004"]: Fate.UNMATCHED,
        PMIDS["ccsvi-005"]: Fate.LATER,
        "29360844": Fate.JUDGED_OTHERWISE,  # nobody was compared with
        "10.1212/WNL.0000000000006423": Fate.UNMATCHED,
        "NCT09999999": Fate.NOT_LISTED,
        "77": Fate.NOT_LISTED,
    }
    assert "does not match sclerosis[ti]" in outcomes[PMIDS["ccsvi-001"]].why
    assert "angioplast" not in outcomes[PMIDS["ccsvi-001"]].why
    assert outcomes["29360844"].why.startswith("Judged “single-arm intervention”")
    assert "by the words “before and after”" in outcomes["29360844"].why
    assert "2019-08-23" in outcomes[PMIDS["ccsvi-005"]].why


def test_renal_denervation_and_hydroxychloroquine_name_what_a_poor_query_misses() -> None:
    """The sham-controlled trials whose title does not say the word asked for."""
    renal = asking(topic("renal-denervation"), '"renal denervation"[ti] AND 2010:2015[dp]')
    done = replayed(renal, "renal-denervation", "2010-01-01", "2020-12-31", known=("24678939", "29803589", "28859944"))
    fates = {one.trial.named: one for one in done.known}
    assert fates["24678939"].fate is Fate.COUNTED
    assert fates["29803589"].fate is Fate.UNMATCHED
    assert "2010:2015[dp]" in fates["29803589"].why
    hcq = asking(topic("hcq-treatment"), "chloroquine[ti] NOT outpatients[tiab]")
    done = replayed(hcq, "hydroxychloroquine-covid19", "2020-01-01", "2020-12-31", known=("33165621", "32706953"))
    assert {one.trial.named: one.fate for one in done.known} == {"33165621": Fate.UNMATCHED, "32706953": Fate.UNMATCHED}


@pytest.mark.parametrize("frequency", [Frequency.AT_ONCE, Frequency.DAILY, Frequency.WEEKLY])
def test_the_subscribers_frequency_decides_when_it_is_told(frequency: Frequency) -> None:
    """At once and daily on the day (27 June 2014, a Friday); weekly on the Monday after."""
    done = replayed(topic("ccsvi"), "ccsvi", "2014-06-01", "2014-07-15", frequency)
    told = [str(issue.at.date()) for issue in done.issues if issue.content.answer_changed]
    assert told == ["2014-06-30" if frequency is Frequency.WEEKLY else "2014-06-27"]


def test_a_retraction_is_told_when_its_notice_came_and_not_before() -> None:
    """The record says today that it is retracted; in 2012 it was one of the new articles."""
    done = replayed(asking(topic("ccsvi"), "stenting[ti]"), CORPUS_XML, "2012-04-15", "2014-03-01", Frequency.WEEKLY)
    told = {str(issue.at.date()): issue.subject for issue in done.issues if issue.articles}
    assert list(told) == ["2012-05-07", "2014-02-10"]
    assert "retract" not in told["2012-05-07"].lower()
    assert "retract" in told["2014-02-10"].lower()


def test_a_topic_that_waits_for_a_persons_screening_is_answered_by_the_rules() -> None:
    """And the page says that subscribers would have been told later."""
    waiting = replace(topic("ccsvi"), requires_screening=True)
    done = replayed(waiting, "ccsvi", "2014-06-01", "2014-07-15")
    assert [str(step.on) for step in done.steps] == ["2014-06-01", "2014-06-27"]
    assert any("a person screens a trial" in remark for remark in done.remarks)


@pytest.mark.parametrize("seed", [Seed(doi="10.1007/s11936-012-0168-7"), Seed(pmid="77")])
def test_a_seed_that_pubmed_does_not_have_is_remarked(seed: Seed) -> None:
    """Its searches by links are left out, and the others go on."""
    done = replayed(replace(topic("ccsvi"), seed=seed), "renal-denervation", "2012-01-01", "2012-03-31")
    assert any("seed has no record" in remark for remark in done.remarks)
    assert len(done.steps) == 1
