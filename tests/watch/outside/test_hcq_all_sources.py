"""Hydroxychloroquine for COVID-19 with every source on: what each adds, and that none changes the true history."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from evaluation.topics.evaluate import TIMELINES, differences, untrue_changes
from evaluation.topics.replay import Stand
from monitor.demo import corpus, outside
from monitor.demo.moments import moments, Outage
from monitor.model import AnswerState, ChangeKind, SourceName
from monitor.sandbox import Corpus, Server
from tests.support import strategies
from tests.support.all_sources import Watched, watching

LITERATURE = "hydroxychloroquine-covid19"
START, UNTIL = date(2020, 1, 1), date(2024, 12, 31)
TREATMENT, PREVENTION = "hcq-treatment", "hcq-prevention"
PMIDS = {entry.id: entry.pmid for entry in corpus.entries(LITERATURE)}
#: A day in the far past: nothing fails here.
NEVER = Outage(date(1999, 1, 1), date(1999, 1, 1))


@pytest.fixture(scope="module")
def watched(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """Both questions from 2020 to 2024, looked at whenever something appears anywhere."""
    facts, folder = outside.facts(LITERATURE), tmp_path_factory.mktemp("hcq")
    start = datetime.combine(START, time(8), UTC)
    topics = [strategies.topic(TREATMENT), strategies.topic(PREVENTION)]
    with (
        Server(Corpus.from_xml(corpus.build(LITERATURE)), start, services=facts) as server,
        watching(sqlite_template, folder, server, topics, timedelta(days=365)) as service,
    ):
        for moment in moments(corpus.entries(LITERATURE), START, UNTIL, NEVER, outside.shows(facts)):
            service.tick(moment.at, moment.asks)
        yield service
