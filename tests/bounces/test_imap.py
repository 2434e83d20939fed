"""Returned mail on an IMAP server that cannot send all of it: what each run reads, gives up and tells."""

from __future__ import annotations

import ssl
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.bounces import attention, collect
from monitor.bounces.process import Outcome, Processed
from monitor.model import BounceSettings, Settings
from monitor.store import Database
from tests.support.factories import NOW
from tests.support.imap_server import BREAK, serving
from tests.support.mailboxes import configured
from tests.support.settings import links


def run(settings: Settings, db: Database, day: int) -> collect.Collected:
    """One run on its day."""
    collected = collect.collect_due(settings, links(settings), db, NOW + timedelta(days=day))
    assert collected
    return collected


@pytest.mark.parametrize("fault", [BREAK, b"NO [SERVERBUG] Internal error\r\n", b"* 1 FETCH nothing\r\n"])
def test_a_mail_that_cannot_be_fetched_is_given_up_after_three_runs_and_holds_up_none(
    db: Database, certificate: ssl.SSLContext, tmp_path: Path, fault: bytes
) -> None:
    """Two are behind it; the operator learns of it, and the fourth run has nothing to say."""
    bodies = {b"FETCH %d" % uid: b"* 1 FETCH (UID %d BODY[]<0> {4}\r\nmail)\r\n" % uid for uid in (8, 9)}
    replies = {b"SEARCH": b"* SEARCH 7 8 9\r\n", b"FETCH 7": fault, **bodies}
    broken = 1 if fault.startswith(b"NO") else 2
    with serving(certificate, replies, connections=broken + 4) as (imap, _):
        settings = replace(configured(tmp_path), bounces=BounceSettings(imap))
        first, *others = (run(settings, db, day) for day in range(4))
        assert run(settings, db, 5).counts() == {}
        assert first.counts() == {"no bounce": 2}
        assert "refused" in first.error
        assert [(one.counts(), bool(one.error)) for one in others] == [
            ({}, True),
            ({}, True),
            ({"unreadable": 1}, False),
        ]
    with db.read() as tx:
        _, headline, text = attention.untold(tx, "", NOW + timedelta(days=4))
    assert headline == "1 returned mail needs a person"
    told = f"The server could not send the mail with UID 7 of {imap} in 3 tries. It is there, marked as seen."
    assert others[-1].taken == (Processed(Outcome.UNREADABLE, detail=told),)
    assert told in text


def test_three_damaged_mails_in_a_row_hold_up_none_behind_them(
    db: Database, certificate: ssl.SSLContext, tmp_path: Path
) -> None:
    """The first run ends at them; the next begins with the fourth."""
    replies = {b"SEARCH": b"* SEARCH 6 7 8 9\r\n", b"FETCH": BREAK}
    replies[b"FETCH 9"] = b"* 4 FETCH (UID 9 BODY[]<0> {4}\r\nmail)\r\n"
    with serving(certificate, replies, connections=6) as (imap, _):
        settings = replace(configured(tmp_path), bounces=BounceSettings(imap))
        assert [run(settings, db, day).counts() for day in range(2)] == [{}, {"no bounce": 1}]


def test_a_server_that_breaks_off_at_every_mail_makes_none_of_them_unreadable(
    db: Database, certificate: ssl.SSLContext, tmp_path: Path
) -> None:
    """Its storage is down: after the third in a row the run ends."""
    replies = {b"SEARCH": b"* SEARCH 6 7 8 9\r\n", b"FETCH": BREAK}
    with serving(certificate, replies, connections=12) as (imap, received):
        settings = replace(configured(tmp_path), bounces=BounceSettings(imap))
        assert all(run(settings, db, day).error for day in range(4))
    assert not any(b"STORE" in line for line in received)
