"""Builders of small articles, notices, searches and topics for tests of polls."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from monitor.model import (
    AbstractSection,
    Article,
    Notice,
    NoticeKind,
    PublicationType,
    Question,
    Search,
    SearchKind,
    Seed,
    Terms,
    Topic,
)

DAY = timedelta(days=1)
START = datetime(2020, 1, 6, 6, 0, tzinfo=UTC)
RANDOMIZED = PublicationType("D016449", "Randomized Controlled Trial")
JOURNAL_ARTICLE = PublicationType("D016428", "Journal Article")
RETRACTED = PublicationType("D016441", "Retracted Publication")


def article(pmid: str, title: str = "", text: str = "", **fields: Any) -> Article:
    """An article on veins as PubMed would first list it."""
    blank = Article(
        pmid,
        1,
        title or f"Venous study number {pmid}",
        journal="Journal of Veins",
        created_at=START,
        revised_on=date(2019, 11, 1),
        publication_types=(JOURNAL_ARTICLE,),
        status="MEDLINE",
    )
    abstract = (AbstractSection(text),) if text else ()
    return replace(blank, abstract=abstract, **fields)


def notice(ref_type: str, kind: NoticeKind, pmid: str = "", citation: str = "J Veins. 2020;1:2") -> Notice:
    """A notice about the article that carries it."""
    return Notice(kind, ref_type, about_this=True, pmid=pmid, citation=citation)


def topic(*searches: Search, key: str = "ccsvi", seed: Seed | None = None) -> Topic:
    """A topic on venous angioplasty in multiple sclerosis."""
    question = Question(
        "Does venous angioplasty help people with multiple sclerosis?",
        population_name="multiple sclerosis",
        intervention_name="venous angioplasty",
        population=Terms(("multiple sclerosis",), ("Multiple Sclerosis",)),
        intervention=Terms(("venous angioplasty", "venoplasty"), ("Angioplasty",)),
    )
    return Topic(key, "CCSVI in MS", question, searches, seed=seed)


def query(name: str = "veins", text: str = "veins", key: str = "ccsvi", every: timedelta = DAY) -> Search:
    """A search by query."""
    return Search(key, name, SearchKind.QUERY, every, text)


def citing(name: str = "citing", key: str = "ccsvi", every: timedelta = DAY) -> Search:
    """A search for articles citing the seed."""
    return Search(key, name, SearchKind.CITING, every)
