"""Labelled data and cases beside the checkout: not part of the product, and not on every machine."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_FOLDER = Path(__file__).resolve().parents[2].parent / "shared" / "data"


def shared_data(name: str) -> Path:
    """The file or folder `name` beside the checkout; without it the test is skipped, in CI it fails."""
    path = _FOLDER / name
    if not path.exists():
        absent = f"There is no {path}: labelled data stands beside the checkout only where the service is developed."
        if os.environ.get("CI"):
            pytest.fail(absent)
        pytest.skip(absent)
    return path
