"""A pytest plug-in for `mutate.py`: writes which test executes which lines of the files in $LINE_MAP_FILES.

The map goes to the file $LINE_MAP as JSON: test → {"seconds", "lines": {file: [line, …]}}. Only this process is
watched: what a test starts as a process of its own is not seen. Lines that run on import belong to no test.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections import defaultdict
from pathlib import Path
from types import FrameType
from typing import Any

_files = {str(Path(name).resolve()): name for name in os.environ["LINE_MAP_FILES"].split(os.pathsep)}
_tests: dict[str, dict[str, Any]] = {}
_seen: set[tuple[str, int]] = set()
_started: dict[str, float] = {}


def _enter(frame: FrameType, _event: str, _arg: object) -> Any:
    return _step if frame.f_code.co_filename in _files else None


def _step(frame: FrameType, _event: str, _arg: object) -> Any:
    _seen.add((frame.f_code.co_filename, frame.f_lineno))
    return _step


def pytest_runtest_logstart(nodeid: str) -> None:
    """A test begins, with its fixtures; threads that it starts are watched as well."""
    _seen.clear()
    _started[nodeid] = time.perf_counter()
    threading.settrace(_enter)
    sys.settrace(_enter)


def pytest_runtest_logfinish(nodeid: str) -> None:
    """A test has ended."""
    sys.settrace(None)
    lines = defaultdict(list)
    for path, line in sorted(_seen):
        lines[_files[path]].append(line)
    _tests[nodeid] = {"seconds": time.perf_counter() - _started[nodeid], "lines": lines}


def pytest_sessionfinish() -> None:
    """All tests have ended."""
    Path(os.environ["LINE_MAP"]).write_text(json.dumps(_tests), encoding="utf-8")
