"""What the sandbox's own tests share."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from monitor.sandbox import Corpus, Server
from tests.support.sandbox import article
from tests.support.service_facts import running

#: EDirect is a Debian package; without it its tests are not collected, but in CI they must run.
collect_ignore = [] if shutil.which("esearch") or os.environ.get("CI") == "true" else ["test_edirect.py"]


@pytest.fixture(scope="package")
def crowd() -> Iterator[Server]:
    """A sandbox with 10,050 records: more than one search can list."""
    records = "".join(article(n, f"Report {n}", (2020, 1, 1 + n % 28)) for n in range(1, 10_051))
    whole = Corpus.from_xml(f"<PubmedArticleSet>{records}</PubmedArticleSet>".encode())
    with Server(whole, datetime(2021, 1, 1, tzinfo=UTC)) as server:
        yield server


@pytest.fixture
def stand_ins() -> Iterator[Server]:
    """The services beside PubMed with a few facts, on 13 August 2020."""
    yield from running()
