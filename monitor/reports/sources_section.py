"""Sources besides PubMed in the report of the searches: what each is asked, how it stands, and what it holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from monitor import store
from monitor.evidence.question.registered import is_controlled, is_of_question
from monitor.export.document import Block, Grid, Heading, Paragraph, Verbatim, pairs
from monitor.model import SourceName, SourceSettings, SourceState, Topic
from monitor.reports import source_queries
from monitor.reports.runs import at, count, span
from monitor.store import Tx
from monitor.watch.outside import plan

TITLE = "Study registries, citation indexes, preprints and lists of retractions"
#: How PRISMA 2020 calls what each group of sources brings; lists of retractions bring no records of their own.
_BRINGS = {plan.REGISTRIES: "Registers", plan.INDEXES: "Citation searching", plan.PREPRINTS: "Preprints"}
_APART = (
    "The flow counts records of PubMed, among them those that a citation index named and PubMed holds. What was "
    "identified from registers and by other methods is counted apart, as PRISMA 2020 does, and is not screened in the "
    "flow."
)


@dataclass(frozen=True, slots=True)
class AskedSource:
    """One source that the topic asks, or once asked (`is_on` is False): how, what, and what it holds.

    `query` is "" where `kind` says all; `held` is how many things it brought, `in_words` the same with what they are.
    """

    name: SourceName
    is_on: bool
    interface: str
    kind: str
    query: str
    every: timedelta
    state: SourceState
    held: int
    in_words: str


def asked_sources(
    tx: Tx, key: str, topic: Topic | None, sources: Mapping[SourceName, SourceSettings]
) -> list[AskedSource]:
    """Every source that the topic `key` ever asked, as it stands; `sources` are those that are configured."""
    held = _held(tx, key, topic)
    found = []
    for stored, is_on, state in store.source_states.ever(tx, key):
        name = stored.source
        location = sources[name].location if name in sources else ""
        kind, query = source_queries.asked(stored, topic)
        interface = source_queries.interface(name, location)
        found.append(AskedSource(name, is_on, interface, kind, query, stored.every, state, *held[name]))
    return sorted(found, key=lambda one: list(SourceName).index(one.name))


def blocks(sources: Sequence[AskedSource]) -> Iterator[Block]:
    """The section."""
    yield Heading(TITLE)
    if not sources:
        yield Paragraph("None is asked for this topic.")
    for one in sources:
        yield Heading(one.name.label, 2)
        yield pairs(*_facts(one))
        if one.query:
            yield Paragraph("Asked for:")
            yield Verbatim(one.query)


def identified(sources: Sequence[AskedSource]) -> Iterator[Block]:
    """What registers and other methods brought, beside the flow of PubMed's records; nothing for none."""
    rows = [
        (what, one.name.label, one.in_words)
        for group, what in _BRINGS.items()
        for one in sources
        if one.name in group and one.held
    ]
    if rows:
        yield Heading("Identified from registers and by other methods", 2)
        yield Paragraph(_APART)
        yield Grid(("By", "Source", "Records"), tuple(rows))


def _facts(one: AskedSource) -> Iterator[tuple[str, object]]:
    state = one.state
    yield "Interface", one.interface
    yield "What is asked", one.kind
    yield "How often", f"every {span(one.every)}" if one.is_on else "no longer asked"
    yield "Last answer", at(state.last_success_at) if state.last_success_at else "none yet"
    yield "Held", one.in_words
    if state.first_failure_at:
        failures = f"{count(state.failures_in_row)} in a row since {at(state.first_failure_at)}; the last"
        yield "Failures", f"{failures}: {state.last_error or 'no cause recorded'}"
    if state.doubt:
        since = f"since {at(state.doubt_since)}: " if state.doubt_since else ""
        yield "In doubt", f"{since}{state.doubt}"
    if state.outage_from and state.outage_until:
        yield "Last time without an answer", f"{at(state.outage_from)} to {at(state.outage_until)}"
    yield "Remark on the last answer", state.remark


# --- what is held ----------------------------------------------------------------------------------------

#: How many things a source brought, and the same in words.
_Held = tuple[int, str]


def _held(tx: Tx, key: str, topic: Topic | None) -> Mapping[SourceName, _Held]:
    every = (*_entries(tx, key, topic), *_works(tx, key), *_notices(tx, key), _preprints(tx, key))
    return dict(every)


def _entries(tx: Tx, key: str, topic: Topic | None) -> Iterator[tuple[SourceName, _Held]]:
    entries = store.registry_entries.of_topic(tx, key)
    for name in plan.REGISTRIES:
        its = [entry for entry in entries if entry.source is name]
        said = _many(len(its), "entry", "entries")
        if topic and its:
            trials = sum(is_of_question(one, topic.question) and is_controlled(one) for one in its)
            said += f", {count(trials)} of them of controlled trials of the question"
        yield name, (len(its), said)


def _works(tx: Tx, key: str) -> Iterator[tuple[SourceName, _Held]]:
    works = store.citing_works.of(tx, key, store.topics.seed_pmid(tx, key))
    for name in plan.INDEXES:
        its = [one for one in works if any(seen.source is name for seen in one.seen_by)]
        said = _many(len(its), "work", "works")
        if its:
            said += f", {count(sum(bool(one.work.pmid) for one in its))} of them in PubMed"
        yield name, (len(its), said)


def _notices(tx: Tx, key: str) -> Iterator[tuple[SourceName, _Held]]:
    notices = [one for each in store.notices.of_topic(tx, key).values() for one in each]
    for name in plan.RETRACTIONS:
        natures = Counter(str(one.nature) for one in notices if one.source is name)
        said = _many(natures.total(), "notice", "notices")
        each = ", ".join(f"{nature}: {count(number)}" for nature, number in sorted(natures.items()))
        yield name, (natures.total(), f"{said} ({each})" if each else said)


def _preprints(tx: Tx, key: str) -> tuple[SourceName, _Held]:
    held = store.preprints.of_topic(tx, key)
    said = _many(len(held), "preprint", "preprints")
    if held:
        said += (
            f", {count(sum(one.is_trial for one in held))} of them of randomised trials of the question by the rules"
        )
        said += f"; the article of {count(sum(one.preprint.article is not None for one in held))} is known"
    return SourceName.PREPRINTS, (len(held), said)


def _many(number: int, one: str, several: str) -> str:
    return f"{count(number)} {one if number == 1 else several}"
