"""What the machine and the installation bring: the folders `templates/` and `config/`, and the time zones."""

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
    """The name of every time zone this machine knows; found once, for the list does not change while we run."""
    return frozenset(available_timezones())
