"""`monitor WORDS` as a process of its own, without the second that it takes to import the product and compile rules.

A process that has imported every command, and done what `tests.support.warm` does, waits in the background; each
command is a fork of it. It is as separate as one started anew: its own memory, environment, streams, signals and exit
code.
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.reduction import DupFd
from pathlib import Path
from typing import IO, Any

from monitor import cli
from monitor.__main__ import main

#: Starts processes that have imported the product already.
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(
    [
        *(f"monitor.commands.{word.replace('-', '_')}" for word in cli.WORDS),
        "tests.support.killing",
        "tests.support.warm",
    ]
)


class Command:
    """One `monitor WORDS`, running, with the methods of `subprocess.Popen` that tests use."""

    def __init__(
        self,
        words: Sequence[str],
        environ: Mapping[str, str],
        given: str | None = None,
        begin: Callable[[], object] | None = None,
    ) -> None:
        """Start it, with `given` or /dev/null on stdin; it calls `begin` (which is pickled) first."""
        self._words = list(words)
        self._out, self._err = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115  closed when forgotten
        with _holding(given) as stdin:
            files = [DupFd(file.fileno()) for file in (stdin, self._out, self._err)]
            self._process = FORKS.Process(target=_monitor, args=(self._words, dict(environ), files, begin))
            self._process.start()

    @property
    def returncode(self) -> int | None:
        """The exit code, the negative number of the signal that ended it, or None while it runs."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """The same."""
        return self.returncode

    @property
    def out(self) -> str:
        """What it has written to stdout so far."""
        return _written(self._out)

    @property
    def log(self) -> str:
        """What it has written to stderr so far."""
        return _written(self._err)

    def send_signal(self, number: int) -> None:
        """Send it a signal; nothing when it has ended."""
        if self._process.pid and self.poll() is None:
            os.kill(self._process.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Wait for its end, so many seconds at most: what it wrote to stdout and stderr."""
        self._process.join(timeout)
        if self.poll() is None:
            raise subprocess.TimeoutExpired(self._words, timeout or 0, _written(self._out), self.log)
        return _written(self._out), self.log


def run(
    words: Sequence[str], environ: Mapping[str, str] | None = None, given: str | None = None
) -> subprocess.CompletedProcess[str]:
    """`monitor WORDS` to its end."""
    command = Command(words, os.environ if environ is None else environ, given)
    try:
        out, err = command.communicate(timeout=120)
    finally:
        command.kill()
    return subprocess.CompletedProcess(words, command.returncode or 0, out, err)


def _holding(text: str | None) -> IO[bytes]:
    """A file that holds `text`, at its beginning."""
    if text is None:
        return Path(os.devnull).open("rb")
    file = tempfile.TemporaryFile()  # noqa: SIM115  the caller closes it
    file.write(text.encode())
    file.seek(0)
    return file


def _written(file: IO[bytes]) -> str:
    """All of a file that another process may be writing to, without moving the place where it writes."""
    return os.pread(file.fileno(), os.fstat(file.fileno()).st_size, 0).decode()


def _monitor(words: list[str], environ: dict[str, str], files: list[Any], begin: Callable[[], object] | None) -> None:
    """In the new process: take streams and environment as if it had been started with them, and be `monitor`."""
    for number, file in enumerate(files):
        os.dup2(file.detach(), number)
    sys.stdin, sys.stdout = open(0, encoding="utf-8"), open(1, "w", encoding="utf-8")  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", buffering=1)  # noqa: SIM115
    os.environ.clear()
    os.environ.update(environ)
    sys.argv = ["monitor", *words]
    if begin:
        begin()
    main()
