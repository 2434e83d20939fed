"""Files that belong to the package (`templates/`, `config/`) and the time zones of this machine."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from zoneinfo import available_timezones

_BESIDE = Path(__file__).parents[1]


def folder(name: str) -> Path:
    """The folder called `name` ("templates" or "config"): data of the installed package; in a checkout, beside it.

    What stands beside an installed package is other people's, whatever it is called. Raises FileNotFoundError when
    the installation lacks the folder.
    """
    data = files("monitor") / f"_{name}"
    if data.is_dir():
        return Path(str(data))
    if _is_checkout(_BESIDE) and (_BESIDE / name).is_dir():
        return _BESIDE / name
    raise FileNotFoundError(f"The folder {name}/ is missing from this installation of Monitor; install it again.")


def _is_checkout(place: Path) -> bool:
    """True where the sources of this project are, not where it was installed beside other packages."""
    project = place / "pyproject.toml"
    return project.is_file() and '\nname = "monitor"\n' in project.read_text(encoding="utf-8")


@cache
def time_zones() -> frozenset[str]:
    """The names of all time zones this machine knows; read once per process."""
    return frozenset(available_timezones())
