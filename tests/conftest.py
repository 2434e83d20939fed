"""What every test may use: the shared fixtures of `tests/support`, and the recorded data."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import shared_data as beside_the_checkout

pytest_plugins = [
    f"tests.support.{name}"
    for name in (
        "run",
        "shared_imports",
        "longest_first",
        "databases",
        "sandbox",
        "mail_servers",
        "imap_server",
        "scripted_smtp",
        "sites",
        "rooms",
    )
]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of recorded real data beside the checkout; where it is missing, only CI insists on it."""
    return beside_the_checkout.shared_data("")
