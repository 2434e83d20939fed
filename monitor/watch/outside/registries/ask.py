"""Ask the trial registries for each topic, tell what changed, and tell once when a trial's result is overdue.

What an entry means for the answer is decided in `evidence.question.registered`. A registry that cannot be asked takes
nothing away, and the days go on: what is overdue is told from what is held.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from functools import partial

from monitor import store
from monitor.evidence.question import overdue
from monitor.evidence.question.registered import Registered, is_of_question
from monitor.evidence.question.trial_grouping import is_report
from monitor.model import (
    Change,
    ChangeKind,
    OutsideItem,
    RegistryAnswer,
    RegistryEntry,
    RegistryQuestion,
    Settings,
    SourceName,
    SourceState,
    Topic,
)
from monitor.ports import Guard, IsStopping, Sources, TrialRegistry, Unguarded, never
from monitor.store import Database, Tx
from monitor.watch.outside.registries import belief as registry_belief
from monitor.watch.outside.registries import changes as registry_changes
from monitor.watch.outside.registries.changes import News
from monitor.watch.outside.rounds import Asked, Round, Saved, run_due

#: Registries in the order in which they are believed: one tells nothing of a trial that an earlier one holds.
_ORDER = (SourceName.CLINICAL_TRIALS, SourceName.ISRCTN, SourceName.ICTRP)
#: A report that names more numbers than this is not asked for by them: it tells of other people's trials.
_MOST_NUMBERS = 4
#: What is overdue is another change than what the registry told of the same trial at the same moment.
_AFTER = timedelta(microseconds=1)


def ask_due(
    settings: Settings,
    sources: Sources,
    db: Database,
    now: datetime,
    guard: Guard | None = None,
    is_stopping: IsStopping = never,
) -> list[Asked]:
    """Ask every registry for every topic that is due; then tell which results became overdue since the last check."""
    done: list[Asked] = []
    for name in _ORDER:
        if registry := sources.registries.get(name):
            round_ = Round(partial(_ask, db, registry, now), _save)
            done += run_due(settings, db, name, round_, now, guard, is_stopping)
    tell_overdue(settings.topics, db, now, guard)
    return done


def question(topic: Topic, numbers: Iterable[str] = ()) -> RegistryQuestion:
    """What registries are asked for a topic."""
    asked = topic.question
    return RegistryQuestion(
        conditions=(*asked.population.words, *asked.population.mesh),
        interventions=(*asked.intervention.words, *asked.intervention.mesh),
        query=topic.registry_query,
        numbers=tuple(dict.fromkeys(numbers)),
    )


def _ask(db: Database, registry: TrialRegistry, now: datetime, topic: Topic, state: SourceState) -> RegistryAnswer:
    with db.read() as tx:
        numbers = sorted({*_numbers(tx, topic), *_held(tx, topic, state.source)})
    return registry.entries(question(topic, numbers), state.watermark, now.date())


def _numbers(tx: Tx, topic: Topic) -> Iterator[str]:
    """The numbers that the operator lists, and those of the trials that articles report."""
    yield from (trial.number for trial in topic.known_trials)
    for judged in store.verdicts.judged(tx, topic.key):
        if is_report(judged) and len(judged.article.registry_numbers) <= _MOST_NUMBERS:
            yield from judged.article.registry_numbers


def _held(tx: Tx, topic: Topic, source: SourceName) -> Iterator[str]:
    """The trials that this registry was seen to have: one whose words change leaves the list, and goes on."""
    for entry in store.registry_entries.of_topic(tx, topic.key):
        if entry.source is source and is_of_question(entry, topic.question):
            yield entry.number


# --- saving an answer --------------------------------------------------------------------------------


def _save(tx: Tx, topic: Topic, state: SourceState, answer: RegistryAnswer, now: datetime) -> Saved:
    everything = store.registry_entries.of_topic(tx, topic.key)
    held = {entry.number: entry for entry in everything if entry.source is state.source}
    answer = replace(answer, entries=tuple(_of_topic(topic, answer, held)))
    doubt = registry_belief.doubt(held, answer, now.date())
    if doubt and not (state.doubt_since and now - state.doubt_since >= doubt.stands):
        return Saved(doubt=doubt.reason, requests=answer.requests)
    believed = [entry for entry in answer.entries if not registry_belief.is_ahead(entry, now.date())]
    answer = replace(answer, entries=tuple(_with_lasting(entry, held) for entry in believed))
    told = _told(topic, state, answer, held, everything)
    for entry in answer.entries:
        if before := _before(entry, held):
            revisions = registry_changes.revisions(before, entry)
            store.registry_entries.add_revisions(tx, topic.key, entry, revisions, now)
    store.registry_entries.save(tx, topic.key, answer.entries, now)
    store.changes.add(tx, [_change(topic, entry, news, now) for entry, news in told])
    return Saved(answer.watermark, remark=_remark(answer), requests=answer.requests, news=len(told))


def _of_topic(topic: Topic, answer: RegistryAnswer, held: Mapping[str, RegistryEntry]) -> Iterator[RegistryEntry]:
    """The entries to keep: of the question, asked for by number, or held already. Words find many others."""
    named = {trial.number for trial in topic.known_trials} | answer.by_number
    for entry in answer.entries:
        if named.intersection(entry.numbers) or _before(entry, held) or is_of_question(entry, topic.question):
            yield entry


def _with_lasting(entry: RegistryEntry, held: Mapping[str, RegistryEntry]) -> RegistryEntry:
    before = _before(entry, held)
    return registry_belief.with_lasting(before, entry) if before else entry


def _told(
    topic: Topic,
    state: SourceState,
    answer: RegistryAnswer,
    held: Mapping[str, RegistryEntry],
    everything: Sequence[RegistryEntry],
) -> list[tuple[RegistryEntry, News]]:
    """What there is to tell of the entries of the question.

    Nothing of a first answer; nothing of an entry found by a number that an article or the operator names already;
    nothing of a trial that a registry that is believed more holds too, nor that it is new where any other holds it.
    """
    rank = _ORDER.index(state.source)
    others = [(_ORDER.index(one.source), set(one.numbers)) for one in everything if one.source is not state.source]
    named = {trial.number for trial in topic.known_trials}
    told = []
    for entry in answer.entries:
        before = _before(entry, held)
        elsewhere = [ranked for ranked, numbers in others if numbers.intersection(entry.numbers)]
        is_new_to_readers = state.has_baseline and entry.number not in answer.by_number and not elsewhere
        if before:
            news = registry_changes.changed(before, entry) if min(elsewhere, default=rank) >= rank else News()
        else:
            news = registry_changes.registered(entry) if is_new_to_readers else News()
        if news.sentences and (is_of_question(entry, topic.question) or named.intersection(entry.numbers)):
            told.append((entry, news))
    return told


def _before(entry: RegistryEntry, held: Mapping[str, RegistryEntry]) -> RegistryEntry | None:
    """The entry as it is held, be it under an earlier number of the same registry."""
    return next((held[number] for number in entry.numbers if number in held), None)


def _change(topic: Topic, entry: RegistryEntry, news: News, now: datetime) -> Change:
    item = OutsideItem(
        key=entry.number,
        title=entry.title,
        url=entry.url,
        source=entry.source.label,
        sentences=news.sentences,
        details=entry.acronym,
        on=entry.updated_on or entry.registered_on,
        pmids=news.pmids,
    )
    return Change(topic.key, ChangeKind.REGISTRY, now, item=item)


def _remark(answer: RegistryAnswer) -> str:
    """What the operator should know of an answer: records that could not be read, numbers that do not exist."""
    parts = []
    if answer.unreadable:
        number, why = answer.unreadable[0]
        parts.append(f"{len(answer.unreadable)} records could not be read: {number or 'one without a number'}: {why}")
    if answer.missing:
        parts.append(f"no record has the number {', '.join(answer.missing)}")
    return "; ".join(parts)


# --- what is overdue ---------------------------------------------------------------------------------


def tell_overdue(topics: Iterable[Topic], db: Database, now: datetime, guard: Guard | None = None) -> None:
    """Tell of each trial, once for each period, that it ended and no result was found; nothing at its first check."""
    with db.read() as tx:
        due = set(store.registry_entries.topics_to_check(tx, now))
    for topic in topics:
        if topic.key in due:
            (guard or Unguarded()).attempt(
                f"overdue results, {topic.key}", partial(_tell_overdue, db, topic, now), lambda _: None
            )


def _tell_overdue(db: Database, topic: Topic, now: datetime) -> None:
    with db.begin() as tx:
        store.topics.lock(tx, topic.key)
        found = _registered(tx, topic, now)
        for (source, number), told in store.registry_entries.to_check(tx, topic.key, now).items():
            one = found.get((source, number))
            months = overdue.overdue(one, now.date()) if one else 0
            if one and told is not None and months > told:
                store.changes.add(tx, [_change(topic, one.entry, _no_result(one.entry, months), now + _AFTER)])
            again = overdue.next_day(one, now.date()) if one else None
            store.registry_entries.checked(
                tx,
                topic.key,
                source,
                number,
                overdue_told=max(months, told or 0),
                check_at=datetime.combine(again, time(), UTC) if again else None,
            )


def _registered(tx: Tx, topic: Topic, now: datetime) -> dict[tuple[SourceName, str], Registered]:
    from monitor.evidence.question.gather import gather  # imported here: for those who ask registries

    judged, links = store.verdicts.judged(tx, topic.key), store.screenings.links(tx, topic.key)
    evidence = gather(topic, list(judged), links, now.date(), store.held.of_topic(tx, topic.key))
    return {(one.entry.source, one.entry.number): one for one in evidence.in_registries}


def _no_result(entry: RegistryEntry, months: int) -> News:
    ended = overdue.ended_on(entry)
    said = registry_changes.NO_RESULT if overdue.is_stated(entry) else registry_changes.NO_RESULT_PLANNED
    return News((said[months](day=overdue.day(ended)),)) if ended else News()
