"""Each returned mail by itself: one that cannot be read is kept for the operator and stops none of those behind it."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from monitor.bounces import attention
from monitor.bounces.process import Outcome, Processed, process
from monitor.errors import StoreError
from monitor.links import Links
from monitor.model import Settings
from monitor.ports import Guard
from monitor.store import Database

#: Unreadable mails that are kept; more are counted, but not kept, until the operator has removed some.
MAX_KEPT = 100


def take_in(settings: Settings, links: Links, db: Database, raw: bytes, now: datetime, guard: Guard) -> Processed:
    """Process one returned mail (RFC 5322 bytes), whatever is in it. Raises StoreError, which no mail causes."""

    def work() -> Processed:
        return process(db, raw, links, now, settings.feedback_sources)

    def unreadable(reason: str) -> Processed:
        return Processed(Outcome.UNREADABLE, detail=f"{reason}.")

    done = guard.attempt("a returned mail", work, unreadable, lets_through=StoreError)
    if done.outcome is Outcome.UNREADABLE:
        done = replace(done, detail=f"{done.detail} {keep(settings.unreadable_mail, raw)}")
    if done.outcome in attention.HEADINGS:
        guard.attempt("a note for the operator", lambda: _note(db, done, now), lambda _: None, lets_through=StoreError)
    return done


def _note(db: Database, done: Processed, now: datetime) -> None:
    with db.begin() as tx:
        attention.note(tx, done, now)


def keep(folder: Path, raw: bytes) -> str:
    """Write a mail into `folder`, under a name made from its bytes; returns where it is, or why it was not kept."""
    file = folder / f"{hashlib.sha256(raw).hexdigest()[:16]}.eml"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if len(list(folder.iterdir())) >= MAX_KEPT and not file.exists():
            return f"It was not kept: {folder} has {MAX_KEPT} mails already."
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as opened:
            opened.write(raw)
    except OSError as error:
        return f"It could not be kept in {folder}: {error.strerror}."
    return f"It is kept as {file}."
