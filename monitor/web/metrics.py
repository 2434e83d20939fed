"""The metrics of the service for Prometheus, read from the database at each scrape: see docs/monitoring.md.

Anybody may read them. None may change (or not change) with a request on a page in a way that tells whether the address
that was typed there is known: transactional mails are counted in none of them, neither waiting nor sent nor returned.
"""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import product

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response

from monitor import __version__, store
from monitor.bounces import collect
from monitor.bounces.process import RETURNED
from monitor.delivery import server_state
from monitor.delivery.outbox import NO_REPLY, REPLIES
from monitor.model import BounceKind, DeliveryState, FreshnessState, Outcome, Stage, SubscriptionState
from monitor.service import guard
from monitor.service.alerting import failures, tally
from monitor.service.running import heartbeat
from monitor.store import Tx
from monitor.watch import freshness
from monitor.web.responses import PRIVATE
from monitor.web.site import Site, site_of

#: The states that no public form leads into or out of.
_STATES = (SubscriptionState.ACTIVE, SubscriptionState.SUSPENDED)
#: The states of a delivery that is still in the outbox.
_OPEN = (DeliveryState.WAITING, DeliveryState.SENDING, DeliveryState.DEFERRED, DeliveryState.UNCERTAIN)
#: The classes of SMTP replies: 3xx where one was not expected.
_CLASSES = ("2xx", "3xx", "4xx", "5xx", NO_REPLY)

#: The values of each label, in the order of the metric's label names, and the value of the sample.
Sample = tuple[tuple[str, ...], float]


def metrics(request: Request) -> Response:
    """Every metric in Prometheus's text format, whatever `Accept` asks for.

    The library could negotiate OpenMetrics, but raises on a malformed version in `Accept` and repeats a good one.
    """
    registry = CollectorRegistry()
    registry.register(_SiteCollector(site_of(request)))
    return Response(generate_latest(registry), 200, {"Cache-Control": PRIVATE, "Content-Type": CONTENT_TYPE_LATEST})


class _SiteCollector(Collector):
    """The metrics of one site as they are when they are collected."""

    def __init__(self, site: Site) -> None:
        self.site = site

    def describe(self) -> Iterable[Metric]:
        """Nothing: no other collector shares the registry, so no name can clash."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """All metrics from one transaction. Raises StoreError when the database cannot be reached."""
        now = self.site.now()
        with self.site.db.read() as tx:
            yield from _service(tx)
            yield from _topics(tx, self.site)
            yield from _searches(tx, self.site, now)
            yield from _sources(tx, self.site)
            yield from _queues(tx, self.site, now)
            yield from _mail(tx, self.site)
            yield from _returned_mail(tx, self.site)


def _service(tx: Tx) -> Iterator[Metric]:
    build = [((__version__, platform.python_version(), store.migrate.head()), 1)]
    yield _gauge("monitor_build_info", "1, labelled by version.", ("version", "python_version", "schema"), build)
    beat_at = heartbeat.last_beat(tx)
    beats = [((), beat_at.timestamp())] if beat_at else []
    yield _gauge("monitor_heartbeat_timestamp_seconds", "Unix time of the service's last sign of life.", (), beats)
    units = [str(unit) for unit in guard.COUNTED]
    runs = _counted(tx, tally.WORK, product(units, (tally.DONE, tally.FAILED)))
    text = "Runs of a unit of work that did something or failed, by outcome."
    yield _counter("monitor_work_total", text, ("unit", "outcome"), runs)
    failing = {failure.unit for failure in failures.all_failures(tx)}
    now = [((unit,), unit in failing) for unit in units]
    yield _gauge("monitor_work_is_failing", "1 while a unit of work failed the last time, else 0.", ("unit",), now)


def _topics(tx: Tx, site: Site) -> Iterator[Metric]:
    keys = [topic.key for topic in site.settings.topics]
    counts, matched = store.subscribers.all_counts(tx), store.matches.counts(tx)
    active = [((key, state.value), counts.get(key, {}).get(state, 0)) for key in keys for state in _STATES]
    yield _gauge("monitor_subscriptions", "Confirmed subscriptions by topic and state.", ("topic", "state"), active)
    articles = [((key,), matched.get(key, 0)) for key in keys]
    yield _gauge("monitor_articles", "Articles that the searches of a topic match.", ("topic",), articles)
    unread = [((key,), len(store.unread.watched(tx, key))) for key in keys]
    yield _gauge("monitor_unread_articles", "Articles whose record cannot be read yet.", ("topic",), unread)


def _searches(tx: Tx, site: Site, now: datetime) -> Iterator[Metric]:
    labels = ("topic", "search")
    states = store.searches.all_states(tx)
    every = {(topic.key, search.name): search.every for topic in site.settings.topics for search in topic.searches}
    found = {key: state for of in states.values() for state in of if (key := (state.topic, state.name)) in every}
    judged = {key: freshness.judge(state, every[key], now).state for key, state in found.items()}
    current = [(key, state is FreshnessState.CURRENT) for key, state in judged.items()]
    yield _gauge("monitor_search_is_current", "1 while the search is current, else 0.", labels, current)
    failures = [(key, one.failures_in_row) for key, one in found.items()]
    yield _gauge("monitor_search_failures_in_row", "Failed polls since the last success.", labels, failures)
    yield _gauge(
        "monitor_search_last_success_timestamp_seconds",
        "Unix time of the last successful poll.",
        labels,
        [(key, one.last_success_at.timestamp()) for key, one in found.items() if one.last_success_at],
    )
    polls = _counted(tx, tally.POLLS, ((str(outcome),) for outcome in Outcome))
    yield _counter("monitor_polls_total", "Polls by the service, by outcome.", ("outcome",), polls)


def _sources(tx: Tx, site: Site) -> Iterator[Metric]:
    """Sources besides PubMed. Each asks for itself, so that one that fails for all topics is seen for each."""
    labels = ("topic", "source")
    topics = {topic.key for topic in site.settings.topics}
    found = {(one.topic, str(one.source)): one for one in store.source_states.all_states(tx) if one.topic in topics}
    successes = [(key, one.last_success_at.timestamp()) for key, one in found.items() if one.last_success_at]
    text = "Unix time at which a source besides PubMed last gave an answer that is believed."
    yield _gauge("monitor_source_last_success_timestamp_seconds", text, labels, successes)
    failures = [(key, one.failures_in_row) for key, one in found.items()]
    text = "Failures to ask a source besides PubMed since the last answer."
    yield _gauge("monitor_source_failures_in_row", text, labels, failures)
    doubted = [(key, bool(one.doubt)) for key, one in found.items()]
    text = "1 while the last answer of a source besides PubMed is doubted, else 0."
    yield _gauge("monitor_source_is_doubted", text, labels, doubted)


def _queues(tx: Tx, site: Site, now: datetime) -> Iterator[Metric]:
    topics = {topic.key for topic in site.settings.topics}
    searches = [((), store.searches.count_due(tx, now))]
    yield _gauge("monitor_polls_due", "Searches that are due to be polled.", (), searches)
    digests = [((), sum(topic in topics for topic in store.digests.due_topics(tx, now)))]
    yield _gauge("monitor_digests_due", "Digests that are due to be composed, without those at once.", (), digests)
    waiting = store.delivery_counts.open_counts(tx)
    outbox = [((state.value,), waiting.get(state, 0)) for state in _OPEN]
    yield _gauge("monitor_outbox_deliveries", "Deliveries still to be sent, by state.", ("state",), outbox)
    counts = store.delivery_counts.counts(tx)
    samples = [((state.value,), counts.get(state, 0)) for state in DeliveryState]
    yield _gauge("monitor_deliveries", "Deliveries by state.", ("state",), samples)


def _mail(tx: Tx, site: Site) -> Iterator[Metric]:
    is_paused = [((), store.deliveries.paused_at(tx) is not None)]
    yield _gauge("monitor_sending_is_paused", "1 while an operator has paused sending, else 0.", (), is_paused)
    is_usable = [((), not server_state.read(tx, site.settings.smtp).error)]
    yield _gauge("monitor_mail_server_is_usable", "0 while the mail server takes no digests from us.", (), is_usable)
    replies = _counted(tx, REPLIES, product((str(stage) for stage in Stage), _CLASSES))
    text = "Replies of the mail server to digests, by the stage and class of the last reply to each attempt."
    yield _counter("monitor_smtp_replies_total", text, ("stage", "class"), replies)


def _returned_mail(tx: Tx, site: Site) -> Iterator[Metric]:
    kinds = _counted(tx, RETURNED, ((str(kind),) for kind in BounceKind))
    text = "Digests that came back, and complaints about one."
    yield _counter("monitor_returned_mails_total", text, ("kind",), kinds)
    if not (mailbox := collect.state(tx, site.settings)):
        return
    failures = [((), mailbox.failures_in_row)]
    text = "Failures to read the bounce mailbox since the last success."
    yield _gauge("monitor_bounces_failures_in_row", text, (), failures)
    successes = [((), mailbox.last_success_at.timestamp())] if mailbox.last_success_at else []
    text = "Unix time at which the bounce mailbox was last read."
    yield _gauge("monitor_bounces_last_success_timestamp_seconds", text, (), successes)


def _counted(tx: Tx, name: str, known: Iterable[tuple[str, ...]]) -> dict[tuple[str, ...], float]:
    """A counter, from 0 on for every combination of labels that is `known`: a rate needs a value before the first."""
    return {**dict.fromkeys(known, 0.0), **store.counters.read(tx, name)}


def _gauge(name: str, description: str, labels: tuple[str, ...], samples: Iterable[Sample]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, description, labels=labels)
    for values, value in samples:
        family.add_metric(values, value)
    return family


def _counter(
    name: str, description: str, labels: tuple[str, ...], counts: dict[tuple[str, ...], float]
) -> CounterMetricFamily:
    family = CounterMetricFamily(name, description, labels=labels)
    for values, value in counts.items():
        family.add_metric(values, value)
    return family
