"""The loopback mailbox, used by the standard library's SMTP client."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from monitor.demo.mailbox import Mailbox


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Mailbox]:
    """A running mailbox that writes below a folder."""
    with Mailbox(tmp_path / "mail") as mailbox:
        yield mailbox


def send(box: Mailbox, *recipients: str, subject: str = "Veins, naïvely") -> dict[str, tuple[int, bytes]]:
    """Send one mail to all recipients; returns the rejected ones."""
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, "monitor@example.org", ", ".join(recipients)
    message.set_content("Nothing new.\n.\nA line after a single dot.\n")
    with smtplib.SMTP(box.host, box.port, timeout=5) as client:
        return client.send_message(message)


def test_a_mail_arrives_whole(box: Mailbox) -> None:
    """Once for each recipient, with the envelope, in memory and as a file."""
    send(box, "ann@example.org", "bob@example.org")
    assert [mail.recipient for mail in box.messages] == ["ann@example.org", "bob@example.org"]
    mail = box.to("Ann@Example.org")[0]
    assert mail.sender == "monitor@example.org"
    assert mail.message["Subject"] == "Veins, naïvely"
    assert mail.message.get_content().splitlines()[1:] == [".", "A line after a single dot."]
    assert mail.path is not None
    assert mail.path.parts[-2:] == ("ann@example.org", "0001.eml")
    assert mail.path.read_bytes() == mail.content


def test_files_are_numbered_and_stay_in_the_folder(box: Mailbox, tmp_path: Path) -> None:
    """A recipient's name cannot lead out of the folder."""
    send(box, "ann@example.org")
    send(box, "ann@example.org")
    box.accept("x@example.org", "../../evil/@example.org", b"x")
    files = sorted(str(path.relative_to(tmp_path / "mail")) for path in tmp_path.rglob("*.eml"))
    assert files[-2:] == ["ann@example.org/0001.eml", "ann@example.org/0002.eml"]
    assert len(files) == 3


def test_a_recipient_can_be_refused(box: Mailbox) -> None:
    """For good with 5xx, once with 4xx; other recipients get their mail."""
    box.faults.refuse("gone@example.org")
    box.faults.refuse("grey@example.org", "451 4.7.1 try later", times=1)
    refused = send(box, "gone@example.org", "grey@example.org", "ann@example.org")
    assert {address: code for address, (code, _) in refused.items()} == {
        "gone@example.org": 550,
        "grey@example.org": 451,
    }
    assert [mail.recipient for mail in box.messages] == ["ann@example.org"]
    assert send(box, "grey@example.org") == {}


@pytest.mark.parametrize(("is_kept", "arrived"), [(True, 2), (False, 1)])
def test_the_line_can_drop_after_data(box: Mailbox, is_kept: bool, arrived: int) -> None:
    """The sender cannot know whether the mail was taken; both happen."""
    box.faults.drop_after_data("ann@example.org", is_kept=is_kept)
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        send(box, "ann@example.org")
    send(box, "ann@example.org")
    assert len(box.messages) == arrived
    box.faults.clear()
