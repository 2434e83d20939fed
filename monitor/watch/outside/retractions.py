"""Retractions, concerns, corrections and reinstatements that PubMed may not know yet."""

from __future__ import annotations

from datetime import datetime

from monitor.model import Settings
from monitor.ports import Guard, IsStopping, Sources, never
from monitor.store import Database
from monitor.watch.outside.rounds import Asked


def ask_due(
    _settings: Settings,
    _sources: Sources,
    _db: Database,
    _now: datetime,
    _guard: Guard | None = None,
    _is_stopping: IsStopping = never,
) -> list[Asked]:
    """Ask for every topic that is due; nothing is asked yet."""
    return []
