"""What a configuration would change on a database that another one was used with, before it is used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass

from monitor import store
from monitor.evidence.reassess import version_of
from monitor.model import ChannelSettings, SearchState, SourceName, SubscriptionState, Topic
from monitor.store import Tx


@dataclass(frozen=True, slots=True)
class ConfigurationChange:
    """One difference: of which topic and which search, where it is of one; what it is, and what will come of it."""

    topic: str
    search: str
    what: str
    effect: str

    @property
    def sentence(self) -> str:
        """The difference and its effect in words."""
        where = "/".join(part for part in (self.topic, self.search) if part)
        return (
            f"{where}: {self.what}. {self.effect}"
            if where
            else f"{self.what[:1].upper()}{self.what[1:]}. {self.effect}"
        )


def differences(
    tx: Tx, topics: Iterable[Topic], channels: Iterable[ChannelSettings], sources: Iterable[SourceName] = ()
) -> list[ConfigurationChange]:
    """What differs between a configuration and what is stored: its topics in their order, its channels, its sources.

    `sources` are those besides PubMed that some topic asks.
    """
    configured = {topic.key: topic for topic in topics}
    states, people = store.searches.all_states(tx), store.subscribers.all_counts(tx)
    found: list[ConfigurationChange] = []
    for key, topic in configured.items():
        if key not in states:
            found.append(ConfigurationChange(key, "", "new topic", _NEW_TOPIC))
        else:
            found += [*_of_question(tx, topic), *_of_searches(topic, states[key])]
    for key in states.keys() - configured.keys():
        readers = people.get(key, {}).get(SubscriptionState.ACTIVE, 0)
        found.append(ConfigurationChange(key, "", "removed topic", _REMOVED_TOPIC.format(readers=_people(readers))))
    return [*found, *_of_channels(tx, {channel.name for channel in channels}), *_of_sources(tx, set(sources))]


_NEW_TOPIC = "Its searches take a baseline at their first poll: what they find then is no news."
_REMOVED_TOPIC = "No longer polled; {readers} of it get no more digests. All that is stored stays."
_NEW_SEARCH = "Takes a baseline at its first poll; one sentence tells readers how many articles it brought."
_CHANGED_SEARCH = (
    "Is asked at once and takes a new baseline: one sentence tells readers what it finds more and no longer. Only what "
    "PubMed has added since the last poll is told as news."
)
_REMOVED_SEARCH = "No longer asked. What only it found stays on record; one sentence tells readers."
_NEW_CHANNEL = "Gets the welcome digest of each of its topics with the next digests."
_REMOVED_CHANNEL = "Gets nothing more; what waits for it is cancelled."
_NEW_SOURCE = "Is asked at once for each topic; its first answer is a baseline and no news."
_REMOVED_SOURCE = "No longer asked; what it has told stays."
_QUESTION = "{articles} judged again at the next tick. When the answer changes by that, readers are told why."


def _of_question(tx: Tx, topic: Topic) -> Iterator[ConfigurationChange]:
    _, configured = store.topics.versions(tx, topic.key)
    if configured != version_of(topic):
        articles = store.articles.count(tx, topic.key)
        effect = _QUESTION.format(articles=f"{articles:,} {'article is' if articles == 1 else 'articles are'}")
        yield ConfigurationChange(topic.key, "", "changed question or rules", effect)


def _of_searches(topic: Topic, states: Iterable[SearchState]) -> Iterator[ConfigurationChange]:
    stored = {state.name: state for state in states}
    for search in topic.searches:
        state = stored.pop(search.name, None)
        if state is None:
            yield ConfigurationChange(topic.key, search.name, "new search", _NEW_SEARCH)
        elif state.query != search.query:
            yield ConfigurationChange(topic.key, search.name, "changed search", _CHANGED_SEARCH)
    for name in stored:
        yield ConfigurationChange(topic.key, name, "removed search", _REMOVED_SEARCH)


def _of_channels(tx: Tx, configured: Set[str]) -> Iterator[ConfigurationChange]:
    """A channel of the same name with another address is the same channel: addresses are not stored."""
    stored = store.subscribers.of_channels(tx)
    active = {one.channel for one in stored if one.state is not SubscriptionState.UNSUBSCRIBED}
    for name in sorted(configured - active):
        yield ConfigurationChange("", "", f"new channel {name}", _NEW_CHANNEL)
    for name in sorted(active - configured):
        yield ConfigurationChange("", "", f"removed channel {name}", _REMOVED_CHANNEL)


def _of_sources(tx: Tx, configured: Set[SourceName]) -> Iterator[ConfigurationChange]:
    """Sources besides PubMed; none of a database without topics, on which everything is new."""
    stored = {state.source for state in store.source_states.all_states(tx)}
    for name in sorted(configured - stored) if store.topics.keys(tx) else ():
        yield ConfigurationChange("", "", f"new source {name.label}", _NEW_SOURCE)
    for name in sorted(stored - configured):
        yield ConfigurationChange("", "", f"removed source {name.label}", _REMOVED_SOURCE)


def _people(count: int) -> str:
    return f"{count:,} {'reader' if count == 1 else 'readers'}"
