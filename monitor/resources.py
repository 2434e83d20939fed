"""Files installed with the package (`templates/`, `config/`) and the time zones of this machine."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from zoneinfo import available_timezones

_PACKAGE = Path(__file__).parent


def folder(name: str) -> Path:
    """The folder called `name` ("templates" or "config"): beside the package in a checkout, inside it in a wheel.

    Raises FileNotFoundError when the installation lacks it.
    """
    for candidate in (_PACKAGE.parent / name, _PACKAGE / f"_{name}"):
        if candidate.is_dir():
            return candidate
    raise FileNotFoundError(f"The folder {name}/ is missing from this installation of Monitor; install it again.")


@cache
def time_zones() -> frozenset[str]:
    """The names of all time zones this machine knows; read once per process."""
    return frozenset(available_timezones())
