"""Citation indexes: which articles and other works cite the seeds, each index asked at its own rhythm.

What is in PubMed joins the topic's search for citing articles: its next poll lists it beside what PubMed links, and
fetches, compares and tells it. What is not in PubMed is told from here, once.
"""

from __future__ import annotations

from datetime import datetime

from monitor.model import Settings
from monitor.ports import Guard, IsStopping, Sources, never
from monitor.store import Database
from monitor.watch.outside.citing import answers as citing_answers
from monitor.watch.outside.citing.asking import Asking
from monitor.watch.outside.rounds import Asked, Round, run_due


def ask_due(
    settings: Settings,
    sources: Sources,
    db: Database,
    now: datetime,
    guard: Guard | None = None,
    is_stopping: IsStopping = never,
) -> list[Asked]:
    """Ask every index for every topic for which it is due; one that fails stops no other."""
    done: list[Asked] = []
    for name, index in sources.indexes.items():
        round_ = Round(Asking(name, index, sources.literature, db, now).ask, citing_answers.save)
        done += run_due(settings, db, name, round_, now, guard, is_stopping)
    return done
