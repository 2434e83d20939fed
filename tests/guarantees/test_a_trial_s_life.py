"""A trial whose registry entry goes back and forth, from the registry to the digest of each week."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.demo import corpus, outside
from monitor.model import ChangeKind, SourceName
from monitor.sandbox import Server, services
from monitor.sandbox.corpus.corpus import Corpus
from tests.support import strategies
from tests.support.all_sources import Watched, watching

TOPIC = "ccsvi"
FIRST = date(2014, 1, 6)
WEEK = timedelta(weeks=1)
NUMBER = "NCT09000001"
_DEFINITION = "recruiting or enrolling participants has halted prematurely and will not resume"
#: What its entry says from the Thursday of each week on, and what the digest of the Monday after says of it.
LIFE: tuple[tuple[dict[str, object], str], ...] = (
    ({"status": "RECRUITING", "primary_completion": ["2015", "ESTIMATED"]}, "Registered on 9 January 2014."),
    ({"primary_completion": ["2015-02", "ESTIMATED"]}, ""),
    ({"enrollment": [20, "ESTIMATED"]}, "Its planned number of participants was cut from 2,000 to 20."),
    ({"status": "SUSPENDED", "why_stopped": "N/A"}, "It was suspended; no reason is given."),
    ({"status": "RECRUITING", "why_stopped": None}, "It is recruiting again."),
    ({"status": "TERMINATED", "why_stopped": _DEFINITION}, "It was terminated early; no reason is given."),
    ({"results_posted": "2014-02-20"}, "Results were posted in the registry on 20 February 2014."),
    ({"results_posted": None}, "The registry no longer shows results of it."),
)


def _facts() -> services.Corpus:
    """One trial of the question, and the two that only look like one, each of which changes as it does."""
    held = outside.facts(TOPIC)
    held.studies.clear()
    about: dict[str, Any] = {
        "conditions": ["Multiple Sclerosis"],
        "interventions": [["PROCEDURE", "Venous angioplasty"]],
    }
    about |= {"title": "Venous angioplasty in multiple sclerosis", "allocation": "RANDOMIZED"}
    looks: dict[str, dict[str, Any]] = {
        NUMBER: about,
        "NCT03373292": about
        | {
            "title": "Venous Stenting",
            "conditions": ["Internal Jugular Vein Stenosis"],
            "study_type": "INTERVENTIONAL",
        },
        "NCT02308579": about
        | {"title": "Centralized Reading of CCSVI Images", "interventions": [["OTHER", "Blinded reading"]]},
    }
    for number, shown in looks.items():
        revisions: list[dict[str, Any]] = []
        for week, (says, _) in enumerate(LIFE):
            on = FIRST + week * WEEK + timedelta(days=3)
            revisions.append(
                {"on": str(on), **(shown | {"enrollment": [2000, "ESTIMATED"]} if not week else {}), **says}
            )
        held.add({"kind": "study", "registry": SourceName.CLINICAL_TRIALS, "number": number, "revisions": revisions})
    return held


@pytest.fixture(scope="module")
def life(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """Every Monday from before it is registered."""
    first = datetime.combine(FIRST, time(8), UTC)
    with (
        Server(Corpus.from_xml(corpus.build(TOPIC)), first, services=_facts()) as server,
        watching(
            sqlite_template, tmp_path_factory.mktemp("life"), server, [strategies.topic(TOPIC)], timedelta(days=6)
        ) as service,
    ):
        for week in range(len(LIFE) + 1):
            service.tick(first + week * WEEK)
        yield service


def test_each_change_is_told_once_in_the_week_in_which_it_came(life: Watched) -> None:
    """And nothing where nothing changed that means something to a reader."""
    told = [(key, " ".join(said)) for _, key, said in life.items(TOPIC, ChangeKind.REGISTRY)]
    assert [key for key, _ in told] == [NUMBER] * len(told)
    assert [said.split(" It is to have")[0] for _, said in told] == [said for _, said in LIFE if said]


def test_the_digests_say_so_in_their_text_and_name_no_trial_that_only_looks_like_one(life: Watched) -> None:
    """In the section for registries, each sentence in one mail."""
    texts = [" ".join(text.split()) for _, text in life.digests(TOPIC)]
    for _, said in LIFE:
        assert not said or sum(said in text for text in texts) == 1, said
    assert not any("NCT03373292" in text or "NCT02308579" in text for text in texts)


def test_the_answer_s_state_and_headline_never_move(life: Watched) -> None:
    """A registry tells how a trial stands, not what it found."""
    assert len(life.answers(TOPIC)) == 1
