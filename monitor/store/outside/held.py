"""All that sources other than PubMed hold of one topic, as one value for what decides."""

from __future__ import annotations

from monitor.model import Outside
from monitor.store.database.engine import Tx
from monitor.store.outside import preprints


def of_topic(tx: Tx, topic: str) -> Outside:
    """Everything held of `topic` that no record of PubMed says."""
    return Outside(preprints=tuple(preprints.trials(tx, topic)))
