"""The report of a topic's searches, as PRISMA-S asks for it (Rethlefsen and others 2021)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from monitor import __version__, store
from monitor.export.document import Block, Document, Grid, Heading, Paragraph, Picture, Verbatim, document, pairs
from monitor.model import Search, SearchEdit, SourceName, SourceSettings, Topic
from monitor.render.drawing import flow_png
from monitor.reports import checklist, sources_section
from monitor.reports.checklist import Facts
from monitor.reports.flow import Flow, flow
from monitor.reports.runs import COLUMNS, Run, at, cells, count, runs, span
from monitor.store import Tx

Sources = Mapping[SourceName, SourceSettings]

MADE_BY = f"Monitor {__version__}"
_NCBI = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils/"
_FLOW = "Flow of records from those found to those counted in the answer; the numbers stand in the table below."
_REFERENCES = (
    "Rethlefsen ML, Kirtley S, Waffenschmidt S, and others. PRISMA-S: an extension to the PRISMA Statement for "
    "Reporting Literature Searches in Systematic Reviews. Syst Rev 2021;10:39. doi:10.1186/s13643-020-01542-z",
    "Page MJ, McKenzie JE, Bossuyt PM, and others. The PRISMA 2020 statement: an updated guideline for reporting "
    "systematic reviews. BMJ 2021;372:n71. doi:10.1136/bmj.n71",
)


def search_report(tx: Tx, key: str, topic: Topic | None, base_url: str, sources: Sources, now: datetime) -> Document:
    """The report on the topic `key`; `topic` is None when it is no longer configured.

    `base_url` is of E-utilities, `sources` are those besides PubMed that are on.
    """
    facts = replace(_facts(tx, key, base_url), others=sources_section.asked_sources(tx, key, topic, sources))
    name = topic.name if topic else key
    blocks = [
        Paragraph(f"Topic {key}. {topic.question.text if topic else 'It is no longer configured.'}"),
        Paragraph(f"Written by {MADE_BY} on {at(now)}. Dates and times are in UTC."),
        Heading("Searches as run"),
        *(block for search, is_active in facts.searches for block in _search(facts, search, is_active)),
        *sources_section.blocks(facts.others),
        Heading("Changes of the searches"),
        _edits(facts.edits),
        *_flow(facts.flow),
        *sources_section.identified(facts.others),
        Heading("Dates of coverage"),
        Paragraph(_coverage(tx, key)),
        Heading("Items of PRISMA-S"),
        Grid(("Item", "Subject", "Answer"), tuple(checklist.answers(facts))),
        Heading("References"),
        *map(Paragraph, _REFERENCES),
    ]
    return document(f"Report of the searches: {name}", MADE_BY, now, blocks)


def _facts(tx: Tx, key: str, base_url: str) -> Facts:
    searches = list(store.searches.recorded(tx, key).items())
    source = "E-utilities of NCBI (ESearch, ELink, EFetch)"
    return Facts(
        source=source if base_url == _NCBI else f"{source} as served at {base_url}",
        searches=searches,
        runs={one.name: runs(store.polls.since(tx, key, one.name, None)) for one, _ in searches},
        edits=store.search_edits.of_topic(tx, key),
        flow=flow(tx, key),
    )


def _search(facts: Facts, search: Search, is_active: bool) -> Iterator[Block]:
    """One search: what it is, then each query that was sent with how PubMed read it, and when it was run."""
    found = facts.runs[search.name]
    yield Heading(f"Search “{search.name}”", 2)
    yield pairs(
        ("Database, platform", f"PubMed; {facts.source}"),
        ("Kind", {"query": "query", "citing": "articles that cite the seed"}.get(search.kind, "similar articles")),
        ("Run", f"every {span(search.every)}" if is_active else "no longer run"),
        ("Last run", f"{at(found[-1].last_at)}, {count(found[-1].last_count)} records" if found else "not yet"),
    )
    for (query, translation), same in _by_reading(found).items():
        yield Paragraph("Query as sent:")
        yield Verbatim(query)
        if translation:
            yield Paragraph("As PubMed read it:")
            yield Verbatim(translation)
        yield Grid(COLUMNS, tuple(map(cells, same)))
    if not found:
        yield Paragraph("Configured, and not run yet:")
        yield Verbatim(search.query or "links of the seed")


def _by_reading(found: list[Run]) -> dict[tuple[str, str], list[Run]]:
    """The runs by query and translation, in the order in which these were first sent."""
    grouped: dict[tuple[str, str], list[Run]] = {}
    for run in found:
        grouped.setdefault((run.query, run.translation), []).append(run)
    return grouped


def _edits(edits: Sequence[SearchEdit]) -> Block:
    if not edits:
        return Paragraph("Not recorded.")
    rows = (
        (at(one.at), one.search, str(one.what), one.strategy, one.by or "not recorded", one.version) for one in edits
    )
    return Grid(("In effect since", "Search", "What", "Strategy", "By", "Monitor"), tuple(rows))


def _flow(found: Flow) -> Iterator[Block]:
    steps = found.steps()
    yield Heading("Flow of records")
    yield Picture(flow_png.draw(steps), _FLOW, flow_png.WIDTH)
    yield Grid(("Went on", "Left out"), tuple(("; ".join(main), "; ".join(side)) for main, side in steps))
    yield Paragraph(checklist.DEDUPLICATION)


def _coverage(tx: Tx, key: str) -> str:
    first, last = store.articles.publication_dates(tx, key)
    if first is None:
        return "No record is held yet."
    return (
        "Each search covers PubMed from its beginning to the day it was run. The records held were first public from "
        f"{first} to {last}."
    )
