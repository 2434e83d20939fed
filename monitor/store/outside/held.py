"""All that sources other than PubMed hold of one topic, as one value for what decides."""

from __future__ import annotations

from monitor.model import NOTHING_OUTSIDE, Outside
from monitor.store.database.engine import Tx


def of_topic(_tx: Tx, _topic: str) -> Outside:
    """Everything held of `topic` that no record of PubMed says."""
    return NOTHING_OUTSIDE
