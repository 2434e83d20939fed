"""Literatures that mislead, from the sandbox through one tick to the status: one service, one topic for each."""

from __future__ import annotations

import pickle
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from monitor import store
from monitor.commands.status import read_status
from monitor.mail.smtp import SmtpMailer
from monitor.model import Answer, Article, PubMedSettings, Search, SearchKind, Settings, SmtpSettings, Topic
from monitor.ports import Sources
from monitor.sandbox import Corpus, Server
from monitor.service import connections, tick
from monitor.service.connections import Connections
from monitor.sources.pubmed import Client
from tests.evidence.adversaries import Adversary, literatures
from tests.support import sandbox
from tests.support.articles import shipped_topic
from tests.support.run import Run

ALL = list(literatures())
NOW = datetime(2024, 1, 1, 6, tzinfo=UTC)


def topic_of(number: int, pmids: Sequence[int]) -> Topic:
    """The shipped question, searched for these records alone; no registered trials are known."""
    query = " OR ".join(f"{pmid}[pmid]" for pmid in pmids)
    search = Search(f"adversary-{number}", "records", SearchKind.QUERY, timedelta(days=1), query)
    return replace(shipped_topic(), key=search.topic, searches=(search,), seed=None, known_trials=())


def record(pmid: int, one: Article) -> str:
    """One record as EFetch sends it."""
    day = one.first_public_on
    assert day
    return sandbox.article(
        pmid,
        escape(one.title),
        (day.year, day.month, day.day),
        abstract=one.abstract_text,
        types=tuple(kind.name for kind in one.publication_types),
        authors=tuple((author.last, author.initials) for author in one.authors),
        journal=one.journal or "Journal of Invented Medicine",
    )


@pytest.fixture(scope="module")
def answers(this_run: Run, sqlite_template: Path) -> dict[str, Answer]:
    """The answer that `monitor status` shows of each literature, by its name, after one tick; once for the run."""
    made = this_run.once("adversaries", lambda folder: _tick(folder, sqlite_template))
    return pickle.loads((made / "answers").read_bytes())  # type: ignore[no-any-return]  # noqa: S301  written by us


def _tick(made: Path, template: Path) -> None:
    """Serve all records, poll all topics in one tick, and leave their answers in `made`."""
    made.mkdir(exist_ok=True)
    shutil.copyfile(template, made / "monitor.db")
    topics, records = [], []
    for number, adversary in enumerate(ALL):
        pmids = [1000 + 10 * number + place for place in range(len(adversary.records))]
        topics.append(topic_of(number, pmids))
        records += [record(pmid, one) for pmid, one in zip(pmids, adversary.records, strict=True)]
    xml = f"<?xml version='1.0'?><PubmedArticleSet>{''.join(records)}</PubmedArticleSet>"
    db = store.open(f"sqlite:///{made / 'monitor.db'}", durable=False)
    with Server(Corpus.from_xml(xml.encode()), NOW) as server:
        settings = Settings(
            path=made / "monitor.yaml",
            pubmed=PubMedSettings("operator@monitor.example", base_url=server.url),
            smtp=SmtpSettings("127.0.0.1", "monitor@monitor.example"),
            topics=tuple(topics),
            database_url="",
            postal_address="1 Example Street",
            operator_email="operator@monitor.example",
            secret_keys=("k" * 32,),
        )
        connections.prepare(settings, db, NOW)
        pubmed = Client(settings.pubmed, sleep=lambda _: None)
        links = connections.open_links(settings)
        works = Connections(settings, db, Sources(pubmed, pubmed, pubmed), links, SmtpMailer(settings.smtp))
        tick.poll_and_mail(works, NOW)
    shown = {one.topic: one.answer.answer for one in read_status(settings, db, NOW).topics if one.answer}
    found = {adversary.name: shown[topic.key] for adversary, topic in zip(ALL, topics, strict=True)}
    (made / "answers").write_bytes(pickle.dumps(found))
    db.close()


def test_there_are_a_hundred_of_them() -> None:
    """Each with a name of its own."""
    assert len({adversary.name for adversary in ALL}) == len(ALL) >= 100


@pytest.mark.parametrize("adversary", ALL, ids=lambda one: one.name[:90])
def test_the_headline_is_not_misled(adversary: Adversary, answers: dict[str, Answer]) -> None:
    """It says what the records state, and nothing that they do not."""
    sentence = answers[adversary.name].sentence
    assert adversary.says in sentence
    assert not [words for words in adversary.never if words in sentence], sentence
