"""Which files a configuration is read from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from monitor.config import secrets
from monitor.config.signing_key import key_path
from monitor.model import Settings


def files(path: Path, environ: Mapping[str, str], settings: Settings | None = None) -> tuple[Path, ...]:
    """The configuration file, those of secrets, and those that `settings`, read from them, name."""
    named: list[Path | None] = [settings.subscribers_file, key_path(settings)] if settings else []
    if settings:
        named += settings.branding.files
        named += (catalogue.file for catalogue in settings.catalogues.values())
    return (path, *secrets.files(environ), *(one for one in named if one))
