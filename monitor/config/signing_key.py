"""The key that signs links, when the environment gives none: made once, kept beside the database."""

from __future__ import annotations

import os
import secrets
from dataclasses import replace
from pathlib import Path

from monitor.errors import ConfigError
from monitor.model import Settings

_HOW = "Set MONITOR_SECRET_KEY or MONITOR_SECRET_KEY_FILE; make a key with: openssl rand -hex 32"


def with_secret_key(settings: Settings) -> tuple[Settings, Path | None]:
    """`settings` with a key that outlives restarts, and the file when it was made just now.

    Only for SQLite, where one machine owns the database; several machines must be given the same
    key, so PostgreSQL without MONITOR_SECRET_KEY raises ConfigError. So does a key file that
    cannot be read or written.
    """
    if settings.secret_keys:
        return settings, None
    path = key_path(settings)
    if path is None:
        raise ConfigError(f"No key to sign links with. Machines that share a database must share it. {_HOW}")
    try:
        made = _make(path)
        keys = tuple(path.read_text(encoding="ascii").split())
    except (OSError, ValueError) as error:
        raise ConfigError(f"Cannot use the key file {path}: {getattr(error, 'strerror', error)}. {_HOW}") from error
    if not keys:
        raise ConfigError(
            f"The key file {path} is empty. Delete it to have a new one made (old links then stop working)."
        )
    return replace(settings, secret_keys=keys), path if made else None


def key_path(settings: Settings) -> Path | None:
    """Where the key is kept: beside the SQLite file, with the ending .key; None for other databases."""
    file = sqlite_file(settings)
    return file.with_suffix(".key") if file else None


def sqlite_file(settings: Settings) -> Path | None:
    """The file of the SQLite database, None for other databases."""
    prefix, _, file = settings.database_url.partition(":///")
    return Path(file) if prefix.startswith("sqlite") else None


def _make(path: Path) -> bool:
    """Write a new key unless there is one; only its owner may read it. True when it was made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32) + "\n")
    return True
