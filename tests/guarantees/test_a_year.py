"""A year in which everything goes wrong that can, as a ledger: `make year` writes it down, other runs try its begin."""

from __future__ import annotations

import os
import random
import re
import shutil
import time
from datetime import date
from pathlib import Path

from tests.support import ledger
from tests.support.bad_year import BadYear
from tests.support.ledger import Ledger
from tests.support.long_life import READERS, lived

FIRST = date(2012, 1, 1)
DAYS, SEED = int(os.environ.get("MONITOR_TEST_DAYS", "10")), 7
DOCUMENT = Path(__file__).parents[2] / "docs" / "guarantees.md"
_BETWEEN = re.compile(r"(<!-- year: .*? -->\n)(.*?)(<!-- end of year -->)", re.DOTALL)


def test_a_year_in_which_everything_goes_wrong(sqlite_template: Path, tmp_path: Path) -> None:
    """0 lost, 0 untold, 0 told twice, no copy that is not on record as uncertain; every outage is named."""
    began = time.monotonic()
    file = tmp_path / "monitor.db"
    shutil.copyfile(sqlite_template, file)
    with lived(tmp_path, f"sqlite:///{file}", FIRST, date.fromordinal(FIRST.toordinal() + DAYS)) as life:
        chance = random.Random(SEED)  # noqa: S311  not for secrets
        year = BadYear(life, FIRST, DAYS, chance)
        year.live()
        found = ledger.read(life)
        lines = table(year, found)
        unnamed, mailed = year.unnamed_outages, year.mailed_after_leaving
    if os.environ.get("MONITOR_TEST_WRITE"):
        write(lines, time.monotonic() - began)
    assert (found.faults, unnamed, mailed) == ({}, [], []), lines


def table(year: BadYear, found: Ledger) -> list[str]:
    """What happened, and what came of it."""
    told = sum(bool(found.told.get((who, "new", pmid))) for who in READERS for pmid in found.published)
    rows = {
        "articles published": len(found.published),
        "of these stored": len(found.published & found.stored),
        f"told to the {len(READERS)} readers who were there all year": told,
        "untold": len(found.untold),
        "told in two different digests": len(found.repeated),
        "digests received": sum(found.copies.values()),
        "of these a copy, flagged as uncertain": found.columns["copies, flagged uncertain"],
        "copies that are not flagged": len(found.unflagged),
        "days without an answer or without Monitor": len(year.outages),
        "of these not named in the next digests": len(year.unnamed_outages),
        "digests to somebody who had left": len(year.mailed_after_leaving),
    }
    happened = [f"| {what} | {number} |" for what, number in sorted(year.happened.items())]
    return [
        "| what happened | times |",
        "|---|---:|",
        *happened,
        "",
        "| what came of it | number |",
        "|---|---:|",
        *(f"| {what} | {number:,} |" for what, number in rows.items()),
    ]


def write(lines: list[str], seconds: float) -> None:
    """Into docs/guarantees.md."""
    head = f"{DAYS} days, seed {SEED}, {seconds / 60:.0f} minutes on {os.cpu_count()} cores."
    text = "\n".join([head, "", *lines, ""])
    document = DOCUMENT.read_text(encoding="utf-8")
    DOCUMENT.write_text(_BETWEEN.sub(lambda between: between[1] + text + between[3], document), encoding="utf-8")
