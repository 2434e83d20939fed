"""Maildirs, and a configuration with one as its bounce mailbox."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from monitor import config, store
from monitor.links import Links
from monitor.model import BounceSettings, Settings
from monitor.store import Database
from tests.config.files import SMALL, written
from tests.support.factories import NOW, outbox

KEYS = ("a-key-of-at-least-32-characters-long-1",)
READER = "reader@example.org"


def maildir(path: Path) -> Path:
    """An empty Maildir."""
    for name in ("cur", "new", "tmp"):
        (path / name).mkdir(parents=True)
    return path


def deliver(folder: Path, raw: bytes, name: str) -> None:
    """A mail arrives, as file `name`."""
    (folder / "tmp" / name).write_bytes(raw)
    (folder / "tmp" / name).rename(folder / "new" / name)


def configured(folder: Path) -> Settings:
    """Settings with the Maildir `returned` below `folder` as bounce mailbox, whether it exists or not."""
    settings = config.load(written(folder, SMALL), {})
    return replace(settings, secret_keys=KEYS, bounces=BounceSettings(folder / "returned"))


def sent_to_the_reader(db: Database) -> str:
    """Claim one delivery for the reader; returns its bounce address (VERP)."""
    with db.begin() as tx:
        outbox(tx, READER)
        (delivery,) = store.deliveries.claim(tx, NOW, 10, timedelta(minutes=5))
    return Links(KEYS, "").bounce_address(delivery.id, "bounces.example.org")
