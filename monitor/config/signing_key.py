"""The key that signs links when the environment has none: created once, kept beside the database."""

from __future__ import annotations

import os
import secrets
from dataclasses import replace
from pathlib import Path

from monitor.errors import ConfigError, StoreError
from monitor.model import Settings

_HOW_TO_FIX = "Set MONITOR_SECRET_KEY or MONITOR_SECRET_KEY_FILE; make a key with: openssl rand -hex 32"


def with_secret_key(settings: Settings) -> tuple[Settings, Path | None]:
    """(`settings` with a permanent key, the key file if it was just created).

    Only for SQLite, which one machine uses. Raises ConfigError for PostgreSQL without MONITOR_SECRET_KEY, as several
    machines must share the key, and when the key file cannot be read or written.
    """
    if settings.secret_keys:
        return settings, None
    path = key_path(settings)
    if path is None:
        raise ConfigError(f"No key to sign links with. Machines that share a database must share it. {_HOW_TO_FIX}")
    try:
        is_new = _create(path)
        keys = tuple(path.read_text(encoding="ascii").split())
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"Cannot use the key file {path}: {getattr(error, 'strerror', error)}. {_HOW_TO_FIX}"
        ) from error
    if not keys:
        raise ConfigError(
            f"The key file {path} is empty. Delete it to have a new one created (links already sent then stop working)."
        )
    return replace(settings, secret_keys=keys), path if is_new else None


def key_path(settings: Settings) -> Path | None:
    """The key file: the SQLite file's path with the suffix .key; None for other databases."""
    file = sqlite_file(settings)
    return file.with_suffix(".key") if file else None


def sqlite_file(settings: Settings) -> Path | None:
    """The file of the SQLite database, None for other databases."""
    return file_of(settings.database_url)


def file_of(database_url: str) -> Path | None:
    """The file of the SQLite database at this URL, None for other databases."""
    prefix, _, file = database_url.partition(":///")
    return Path(file.partition("?")[0]) if prefix.startswith("sqlite") else None


def refuse_emptied(settings: Settings) -> None:
    """Raise StoreError when the SQLite file is empty although its key says that there was a database.

    A full disk, a failed copy or a broken file system leaves such a file; SQLite would begin a new database in it.
    """
    file, key = sqlite_file(settings), key_path(settings)
    if file and key and key.exists() and file.exists() and file.stat().st_size == 0:
        raise StoreError(
            f"The database {file} is empty (0 bytes), but its key {key} says that there was one. Restore the last "
            f"backup to {file}. If there never was one, delete both files."
        )


def _create(path: Path) -> bool:
    """Create the key file, readable by its owner only, unless it exists. True when it was created."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32) + "\n")
    return True
