"""In a fresh clone each worker first imports its share of the test modules, so that every module is compiled only once.

All workers collect all tests in the same order. Without this each would compile the same module at the same time as the
others, its asserts rewritten by pytest, which takes ten seconds for all of them.
"""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """Import this worker's share, which leaves what was compiled on the disk, for the others."""
    worker = getattr(session.config, "workerinput", None)
    if worker and session.config.args_source is pytest.Config.ArgsSource.TESTPATHS:
        ignored = [ROOT / path for path in session.config.getoption("ignore") or []]
        modules = [path for path in sorted((ROOT / "tests").rglob("test_*.py")) if not {*path.parents} & {*ignored}]
        for path in modules[int(worker["workerid"].removeprefix("gw")) :: worker["workercount"]]:
            with suppress(Exception):  # told when the module is collected
                import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
