"""Which unit of work is in which queue, and which units several workers share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from monitor import store
from monitor.delivery import server_state
from monitor.model import Settings
from monitor.service.alerting.failures import Unit
from monitor.store import Tx

#: Is there a part of the work that another worker could do now?
IsMore = Callable[[Tx, Settings, datetime], bool]


def is_search_due(tx: Tx, settings: Settings, now: datetime) -> bool:
    """Is a search of this configuration due that nobody polls?"""
    configured = {(topic.key, search.name) for topic in settings.topics for search in topic.searches}
    return any((state.topic, state.name) in configured for state in store.searches.due(tx, now))


def is_delivery_due(tx: Tx, settings: Settings, now: datetime) -> bool:
    """Is a delivery due that nobody sends, and does the mail server take any?"""
    if store.deliveries.paused_at(tx) or server_state.read(tx, settings.smtp).is_resting(now):
        return False
    return store.deliveries.is_any_due(tx, now)


#: The queues of `monitor worker --queues`, with their units; the heartbeat is every worker's own.
QUEUES: Mapping[str, tuple[Unit, ...]] = {
    "poll": (Unit.CLOCK, Unit.REASSESSMENT, Unit.POLLS, Unit.DIGESTS),
    "deliver": (Unit.DELIVERIES, Unit.CHANNELS, Unit.TRANSACTIONAL_MAILS, Unit.ALERTS),
    "returned": (Unit.RETURNED_MAIL,),
    "sources": (
        Unit.SEED_CONTEXT,
        Unit.CITATION_INDEXES,
        Unit.REGISTRIES,
        Unit.RETRACTIONS,
        Unit.PREPRINTS,
        Unit.CLEAN_UP,
        Unit.PING,
    ),
}
#: The units that several workers share. Any other is done by one worker at a time.
SHARED: Mapping[Unit, IsMore] = {Unit.POLLS: is_search_due, Unit.DELIVERIES: is_delivery_due}
#: The tables in which a unit leases rows; none but the unit leases there.
LEASES: Mapping[Unit, str] = {
    Unit.POLLS: "searches",
    Unit.DELIVERIES: "deliveries",
    Unit.TRANSACTIONAL_MAILS: "transactional_mails",
}
