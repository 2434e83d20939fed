"""All that sources other than PubMed hold of one topic, as one value for what decides."""

from __future__ import annotations

from monitor.model import Outside
from monitor.store.database.engine import Tx
from monitor.store.outside import preprints, registry_entries


def of_topic(tx: Tx, topic: str) -> Outside:
    """Everything held of `topic` that no record of PubMed says."""
    entries, trials = registry_entries.of_topic(tx, topic), tuple(preprints.trials(tx, topic))
    return Outside(registry_entries=entries, preprints=trials)
