"""The metrics of the service for Prometheus, read from the database at each scrape."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response

from monitor import store
from monitor.bounces import collect
from monitor.model import DeliveryState, FreshnessState, SubscriptionState
from monitor.store import Tx
from monitor.watch import freshness
from monitor.web.responses import PRIVATE
from monitor.web.site import Site, site_of

#: The states that no public form leads into or out of. Anybody may read the metrics, and must not learn from one that
#: changes (or does not) whether the address they just typed is known; for the same reason transactional mail that
#: waits to be sent is not counted.
_STATES = (SubscriptionState.ACTIVE, SubscriptionState.SUSPENDED)

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

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Nothing: no other collector shares the registry, so no name can clash."""
        return ()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """All metrics from one transaction. Raises StoreError when the database cannot be reached."""
        with self.site.db.read() as tx:
            yield _deliveries(tx)
            yield from _topics(tx, self.site)
            yield from _searches(tx, self.site, self.site.now())
            if mailbox := collect.state(tx, self.site.settings):
                name = "monitor_bounces_failures_in_row"
                failures = [((), mailbox.failures_in_row)]
                yield _gauge(name, "Failures to read the bounce mailbox since the last success.", (), failures)


def _deliveries(tx: Tx) -> GaugeMetricFamily:
    counts = store.deliveries.counts(tx)
    samples = [((state.value,), counts.get(state, 0)) for state in DeliveryState]
    return _gauge("monitor_deliveries", "Deliveries by state.", ("state",), samples)


def _topics(tx: Tx, site: Site) -> Iterator[GaugeMetricFamily]:
    keys = [topic.key for topic in site.settings.topics]
    counts, matched = store.subscribers.all_counts(tx), store.matches.counts(tx)
    active = [((key, state.value), counts.get(key, {}).get(state, 0)) for key in keys for state in _STATES]
    yield _gauge("monitor_subscriptions", "Confirmed subscriptions by topic and state.", ("topic", "state"), active)
    articles = [((key,), matched.get(key, 0)) for key in keys]
    yield _gauge("monitor_articles", "Articles that the searches of a topic match.", ("topic",), articles)


def _searches(tx: Tx, site: Site, now: datetime) -> Iterator[GaugeMetricFamily]:
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


def _gauge(name: str, description: str, labels: tuple[str, ...], samples: Iterable[Sample]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, description, labels=labels)
    for values, value in samples:
        family.add_metric(values, value)
    return family
