"""What every test may use: the shared fixtures of `tests/support`, and the recorded data."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

pytest_plugins = [f"tests.support.{name}" for name in ("run", "databases", "sandbox", "mail_servers", "sites")]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of recorded real data beside the checkout; where it is missing, only CI insists on it."""
    folder = Path(__file__).parents[2] / "shared" / "data"
    if not folder.is_dir():
        sentence = f"The recorded data is not here: {folder} does not exist."
        if os.environ.get("CI") == "true":
            pytest.fail(sentence)
        pytest.skip(sentence)
    return folder
