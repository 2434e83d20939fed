"""A configuration that is to be taken while the service runs: read and checked as at a start. Changes nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import suppress

from monitor import config
from monitor.errors import ConfigError
from monitor.model import Settings


def fixed(settings: Settings) -> dict[str, str]:
    """What a process is bound to from its start to its end, beside its database, by the key in the configuration."""
    pages = settings.web.public_url != ""
    return {
        "engine": settings.engine,
        "web.public_url": "set" if pages else "",
        "web.listen": settings.web.listen if pages else "",
    }


def fixed_changes(current: Mapping[str, str], new: Settings) -> list[str]:
    """The keys in which `new` differs from what a process is bound to."""
    wanted = fixed(new)
    return [key for key in wanted if wanted[key] != current.get(key)]


def refuse_fixed(current: Settings, new: Settings) -> None:
    """Raise ConfigError when `new` differs in what only a restart can change; it names no value, as some are secret."""
    changed = ["database_url"] if current.database_url != new.database_url else []
    if changed := changed + fixed_changes(fixed(current), new):
        raise ConfigError(
            f"{new.path}: {' and '.join(changed)} cannot be changed while Monitor runs. Nothing of the file was taken; "
            "restart Monitor to take all of it."
        )


def with_key(new: Settings) -> Settings:
    """`new` with the key that signs links. Raises ConfigError where a start would make one: links would end by it."""
    key = config.key_path(new)
    if new.secret_keys:
        return new
    if key and not key.exists():
        raise ConfigError(
            f"The key that signs links is gone: {key}. Put it back; without it links in mails already sent end. "
            "Until Monitor is restarted it uses the key it has."
        )
    return config.with_secret_key(new)[0]


def digest_of_files(settings: Settings) -> str:
    """Tells one content of the subscribers file and of the catalogues from another."""
    found = hashlib.sha256()
    for file in (settings.subscribers_file, *(one.file for one in settings.catalogues.values())):
        with suppress(OSError):
            found.update(hashlib.sha256(file.read_bytes() if file else b"").digest())
    return found.hexdigest()
