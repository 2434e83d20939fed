"""What the workers of one test run share: a number, a folder, and things made there only once."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from filelock import FileLock

#: The name of this run. The process that starts the workers imports this first, and they inherit its environment; not
#: MONITOR_…, which `monitor doctor` would remark on.
RUN_ID = os.environ.setdefault("TEST_RUN_OF_MONITOR", uuid.uuid4().hex[:12])


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the tests, in however many processes."""

    folder: Path

    def lock(self, name: str) -> FileLock:
        """Held by one worker at a time."""
        return FileLock(self.folder / f"{name}.lock")

    def once(self, name: str, make: Callable[[Path], object]) -> Path:
        """The file or folder that `make` writes to the path it is given: the first worker makes it, the others wait."""
        made = self.folder / name
        with self.lock(name):
            if not made.exists():
                unfinished = self.folder / f"{os.getpid()}-{name}"
                make(unfinished)
                unfinished.rename(made)
        return made


@pytest.fixture(scope="session")
def this_run(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Run:
    """This run; each worker's own folder lies in the one they share."""
    own = tmp_path_factory.getbasetemp()
    return Run(own if worker_id == "master" else own.parent)
