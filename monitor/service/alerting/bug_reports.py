"""Reports of Monitor's own bugs, to be sent to whoever mends them: one file for each, without secrets or addresses."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import traceback
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import monitor
from monitor import log

#: Reports that are kept; when there are more, the oldest are removed.
MAX_KEPT = 20
#: Bytes of one report: the end, where the cause stands.
MAX_BYTES = 100_000
#: Of so many of our own functions, the innermost, and the exception's type a bug's number is made. Not of line numbers,
#: which differ from version to version.
_FRAMES = 3

_OURS = Path(monitor.__file__).parent
_ADDRESS = re.compile(r"[^\s<>\"'(),;:]+@[^\s<>\"'(),;:]+")
#: Signed links and hashes of addresses.
_TOKEN = re.compile(r"(?=[\w.\-=+]*\d)[\w.\-=+]{40,}", re.ASCII)


def number(error: BaseException) -> str:
    """The bug's number: the same whenever the same function of ours fails with the same exception."""
    frames = [
        frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).is_relative_to(_OURS)
    ]
    places = [f"{Path(frame.filename).relative_to(_OURS).as_posix()}:{frame.name}" for frame in frames[-_FRAMES:]]
    return hashlib.sha256("\n".join([type(error).__name__, *places]).encode()).hexdigest()[:8]


def words(error: BaseException, secrets: Iterable[str] = ()) -> str:
    """The exception in one line."""
    return masked(" ".join(f"{type(error).__name__}: {error}".split()), secrets)[:400]


def masked(text: str, secrets: Iterable[str] = ()) -> str:
    """`text` without secrets, addresses of people and signed links."""
    return _TOKEN.sub("(token)", _ADDRESS.sub("(address)", log.redact(text, secrets)))


def text(error: BaseException, where: str, secrets: Iterable[str] = ()) -> str:
    """The whole report; `where` says what Monitor was doing."""
    trace = "".join(traceback.format_exception(error))
    versions = f"monitor {monitor.__version__} · Python {platform.python_version()} · {platform.platform()}"
    return f"bug {number(error)}\n{versions}\n" + masked(f"{where}\n\n{trace}", secrets)


@dataclass(frozen=True, slots=True)
class BugReports:
    """The folder of the reports, and the secrets that must not be in them."""

    folder: Path
    secrets: tuple[str, ...] = ()

    def write(self, error: BaseException, where: str, now: datetime) -> str:
        """Write the report of a bug, over an earlier one of the same; returns where it is, or why it is nowhere."""
        file = self.folder / f"{number(error)}.txt"
        report = text(error, f"{now:%Y-%m-%d %H:%M} UTC, {where}", self.secrets).encode(errors="replace")
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "wb") as opened:
                opened.write(report[-MAX_BYTES:])
        except OSError as problem:
            return f"not written to {self.folder}: {problem.strerror}"
        self._remove_oldest()
        return str(file)

    def _remove_oldest(self) -> None:
        with suppress(OSError):  # another process has just removed them
            reports = sorted(self.folder.glob("*.txt"), key=lambda one: one.stat().st_mtime)
            for old in reports[:-MAX_KEPT]:
                old.unlink()
