"""What every test may use: the shared fixtures of `tests/support`, and the recorded data."""

from __future__ import annotations

import gc
import signal
from pathlib import Path

import pytest

from monitor import log
from tests.support import shared_data as beside_the_checkout

# While tests are collected hardly anything becomes garbage, and looking for it takes a third of the time.
gc.disable()

# Started in the background of a shell, a run ignores Ctrl-C, and so would every command that a test sends it to.
signal.signal(signal.SIGINT, signal.default_int_handler)

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


def pytest_collection_finish() -> None:
    """Look for garbage from now on, but never among what was imported and collected."""
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session", autouse=True)
def _lines_of_the_service() -> None:
    """Log as the service does: structlog by itself draws each traceback with all its variables, for up to a second."""
    log.setup()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of recorded real data beside the checkout; where it is missing, only CI insists on it."""
    return beside_the_checkout.shared_data("")
