"""Mail made to stop the reading of returned mail, or to fill memory: it stops nothing, and the operator is told."""

from __future__ import annotations

import random
import time
import tracemalloc
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.bounces import collect, intake
from monitor.bounces.process import Outcome
from monitor.demo.mailbox import Mailbox
from monitor.links import Links
from monitor.mail import dsn, mailbox
from monitor.mail.dsn import parts
from monitor.mail.smtp import SmtpMailer
from monitor.model import Encryption, Settings
from monitor.service.alerting.alerts import alert_operator
from monitor.service.alerting.failures import Unit
from monitor.service.guard import Guard, Parts
from monitor.store import Database
from tests.support import returned_mails
from tests.support.factories import DAY, NOW
from tests.support.mailboxes import configured, deliver, maildir, sent_to_the_reader
from tests.support.settings import links

HEAD = b"From: MAILER-DAEMON@mx.example.net\r\nSubject: failure notice\r\n"
NESTED_MESSAGES = b"From: a@b.example\r\n" + b"Content-Type: message/rfc822\r\n\r\n" * 1_000
NESTED_MULTIPARTS = HEAD + b"".join(
    b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (number, number) for number in range(1_000)
)
#: What once raised something else than RecursionError, or took quadratic time, in the email package.
HOSTILE = {
    "1,000 nested messages": NESTED_MESSAGES,
    "1,000 nested multiparts": NESTED_MULTIPARTS,
    "a Content-Type of 200 kB": HEAD + b"Content-Type: multipart/mixed; " + b'";' * 100_000,
    "nested comments in From": b"From: " + b"(" * 50_000 + b"\r\n\r\n",
    "a character set with NUL": HEAD + b'Content-Type: text/plain; charset="\x00"\r\n\r\n\xe9',
    "a character set that is no text": HEAD + b"Content-Type: text/plain; charset=zip\r\n\r\n\xe9",
    "punycode of 200 kB": HEAD + b"Content-Type: text/plain; charset=punycode\r\n\r\n" + b"a" * 200_000,
    "an encoded word in no character set": b"From: a@b\r\nSubject: =?u\xff-8?q?x?=\r\n\r\n",
    "33,000 begun encoded words": b"From: a@b\r\nSubject: " + b"=?x?q?" * 33_000 + b"\r\n\r\n",
    "200 kB of <": HEAD + b"Content-Type: text/html\r\n\r\n" + b"<" * 200_000,
    "a text of blanks": HEAD + b"\r\n" + b" " * 200_000,
    "half a bounce address, 18,000 times": HEAD + b"\r\n" + b"a=bounces+a@" * 18_000,
    "15,000 parts": HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\n" * 15_000,
    "3,000 recipients": HEAD
    + b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
    + b"Final-Recipient: rfc822; a@b\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n" * 3_000,
}


def guarded(db: Database) -> Parts:
    """As the service guards it."""
    return Guard(db, NOW).parts(Unit.RETURNED_MAIL)


@pytest.fixture
def box(tmp_path: Path) -> Settings:
    """A configuration with an empty Maildir."""
    maildir(tmp_path / "returned")
    return replace(configured(tmp_path), unreadable_mail=tmp_path / "unreadable")


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE)
def test_no_mail_costs_more_than_a_moment(raw: bytes) -> None:
    """Far below the minute that a run may take, on a slow machine too."""
    begun = time.process_time()
    assert dsn.read(raw).key
    assert time.process_time() - begun < 5


def test_a_mail_built_to_exhaust_its_reader_stops_none_behind_it(db: Database, box: Settings, tmp_path: Path) -> None:
    """It is counted, marked as seen, and kept for the operator; a service that reads the mailbox goes on."""
    address = sent_to_the_reader(db)
    folder = tmp_path / "returned"
    deliver(folder, NESTED_MESSAGES, "1.host")
    deliver(folder, NESTED_MULTIPARTS, "2.host")
    deliver(folder, returned_mails.postfix(address, "<x@y>"), "3.host")
    collected = collect.collect_due(box, links(box), db, NOW, guard=guarded(db))
    assert collected
    assert collected.counts() == {"unreadable": 2, "hard bounce": 1}
    assert collect.collect(box, links(box), db, NOW + DAY).counts() == {}
    kept = sorted(file.read_bytes() for file in (tmp_path / "unreadable").iterdir())
    assert kept == sorted((NESTED_MESSAGES, NESTED_MULTIPARTS))
    assert (tmp_path / "unreadable").stat().st_mode & 0o777 == 0o700
    assert all(file.stat().st_mode & 0o777 == 0o600 for file in (tmp_path / "unreadable").iterdir())


class _BuggyLinks(Links):
    """Has a bug that the address of one mail shows."""

    def read_bounce_address(self, address: str) -> int:
        """As ever, but for that address."""
        if address.startswith("bug@"):
            raise ZeroDivisionError
        return super().read_bounce_address(address)


def test_a_bug_that_only_one_mail_shows_stops_none_behind_it(db: Database, box: Settings, tmp_path: Path) -> None:
    """Whatever it raises; the mail is kept for whoever mends it."""
    address = sent_to_the_reader(db)
    deliver(tmp_path / "returned", returned_mails.postfix("bug@example.org", "<x@y>", "1@mx"), "1.host")
    deliver(tmp_path / "returned", returned_mails.postfix(address, "<x@y>", "2@mx"), "2.host")
    collected = collect.collect(box, _BuggyLinks(box.secret_keys), db, NOW, guard=guarded(db))
    assert [one.outcome for one in collected.taken] == [Outcome.UNREADABLE, Outcome.HARD]
    assert collected.taken[0].detail.startswith("a returned mail: ZeroDivisionError")
    assert "ZeroDivisionError" in collected.taken[0].detail
    assert len(list((tmp_path / "unreadable").iterdir())) == 1


def test_not_more_mails_are_kept_than_an_operator_can_look_at(tmp_path: Path) -> None:
    """A stranger must not fill the disk."""
    told = [intake.keep(tmp_path, b"%d" % number) for number in range(intake.MAX_KEPT + 1)]
    assert told[0] == f"It is kept as {next(file for file in tmp_path.iterdir() if file.read_bytes() == b'0')}."
    assert told[-1] == f"It was not kept: {tmp_path} has 100 mails already."
    assert "kept as" in told[-2]
    assert len(list(tmp_path.iterdir())) == intake.MAX_KEPT == 100
    assert "kept as" in intake.keep(tmp_path, b"0")


def test_where_nothing_can_be_kept_the_reading_goes_on(db: Database, box: Settings, tmp_path: Path) -> None:
    """The folder is a file."""
    (tmp_path / "unreadable").write_text("not a folder")
    done = intake.take_in(box, links(box), db, NESTED_MESSAGES, NOW, guarded(db))
    assert done.outcome is Outcome.UNREADABLE
    assert "could not be kept" in done.detail


def test_a_file_that_cannot_be_opened_holds_up_none_behind_it(db: Database, box: Settings, tmp_path: Path) -> None:
    """It is reported at the end."""
    folder = tmp_path / "returned"
    (folder / "new" / "1.loop").symlink_to("1.loop")
    deliver(folder, b"Subject: a note\r\n\r\n", "2.host")
    collected = collect.collect_due(box, links(box), db, NOW, guard=guarded(db))
    assert collected
    assert collected.counts() == {"no bounce": 1}
    assert "Too many levels of symbolic links" in collected.error


def test_the_operator_is_told_once_a_day_what_only_a_person_can_deal_with(
    db: Database, box: Settings, tmp_path: Path
) -> None:
    """Mails that could not be read, and wishes to leave that name nobody: by whom, and where they are."""
    with Mailbox() as post:
        smtp = replace(box.smtp, host=post.host, port=post.port, encryption=Encryption.NONE)
        mailed = replace(box, smtp=smtp)
        wish = b"From: Jane\x1b[2J <jane@example.org>\r\nSubject: [EXT] Unsubscribe please\r\n\r\n"
        for hour, raw in ((0, NESTED_MESSAGES), (1, wish), (2, wish)):
            intake.take_in(mailed, links(mailed), db, raw, NOW + timedelta(hours=hour), guarded(db))
            alert_operator(mailed, db, SmtpMailer(smtp), NOW + timedelta(hours=hour))
        alert_operator(mailed, db, SmtpMailer(smtp), NOW + 2 * DAY)
        alert_operator(mailed, db, SmtpMailer(smtp), NOW + 4 * DAY)
        first, second = [mail.message for mail in post.to("jane@example.org")]
    assert first["Subject"] == "Monitor: 1 returned mail needs a person"
    assert second["Subject"] == "Monitor: 2 returned mails need a person"
    assert str(tmp_path / "unreadable") in first.get_content()
    assert second.get_content().count("<jane@example.org>") == 2
    assert "\x1b" not in second.get_content()


def test_a_large_mail_and_a_full_mailbox_need_little_memory(tmp_path: Path) -> None:
    """Of a mail of 50 MB the beginning is read; of 20 MB of others one is in memory at a time. Progress is told."""
    folder = maildir(tmp_path / "box")
    with (folder / "new" / "0.large").open("wb") as file:
        file.write(HEAD + b"\r\n")
        file.truncate(50_000_000)
    for number in range(1, 400):
        (folder / "new" / f"{number:05d}.host").write_bytes(b"Subject: a note\r\n\r\n" + b"x" * 50_000)
    told: list[tuple[int, int]] = []
    tracemalloc.start()
    kinds = Counter(
        str(dsn.read(raw).kind) for raw in mailbox.maildir(folder, lambda done, total, _: told.append((done, total)))
    )
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sum(kinds.values()) == 400
    assert peak < 15_000_000
    assert told[-1] == (399, 400)


SHAPES = (
    returned_mails.postfix,
    returned_mails.complaint,
    returned_mails.exim,
    returned_mails.exchange,
    returned_mails.qmail,
    returned_mails.out_of_office,
)
#: Pieces of mail that have made readers of mail fail.
PIECES = (
    b"\x00",
    b"\xff\xfe",
    b"=?utf-8?B?",
    b"=?x?Q?=ZZ?=",
    b'Content-Type: multipart/mixed; boundary=""\r\n',
    b"boundary*0*=''%ff",
    b"Content-Transfer-Encoding: base64\r\n",
    b"Content-Transfer-Encoding: x-uuencode\r\n",
    b"Content-Type: text/plain; charset=undefined\r\n\r\n\xe9",
    b"Content-Type: text/plain; charset=idna\r\n\r\n\xe9",
    b'Content-Type: text/plain; charset="\x00"\r\n\r\n\xe9',
    b"Content-Type: message/rfc822\r\n\r\n",
    b"Content-Type: message/delivery-status\r\n\r\n",
    b"Content-Type: multipart/digest; boundary=a\r\n\r\n--a\r\n",
    b"From: \r\n",
    b"report-type*0*=utf-8''x;",
    b"\xe2\x80\xa8",
)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(SHAPES), st.integers(0, 2**32), st.lists(st.sampled_from(PIECES), max_size=6))
def test_no_mangled_report_raises_anything(shape: returned_mails.Shape, seed: int, pieces: list[bytes]) -> None:
    """Pieces of mail between the lines of a real report, lines left out or doubled."""
    chance = random.Random(seed)  # noqa: S311  a place in a mail, no secret
    lines = shape("bounces+1-a@example.org", "<1.1@x>").splitlines(keepends=True)
    for piece in pieces:
        place = chance.randrange(len(lines))
        lines[place : place + chance.randrange(2)] = [lines[place][: chance.randrange(80)], piece, lines[place - 1]]
    assert dsn.read(b"".join(lines)).key


def test_only_as_much_of_a_mail_is_parsed_as_its_limit_says() -> None:
    """What stands behind it is not looked at."""
    raw = HEAD + b"\r\n" + b"x" * parts.MAX_BYTES + b"\r\n550 5.1.1 unknown user\r\n"
    assert "unknown" not in dsn.read(raw).diagnostic
