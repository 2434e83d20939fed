"""Whole mails, byte for byte: what every header and part of a digest, a copy of it and a short mail is."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from monitor.delivery.mime import Attachment, DigestTemplate, Heading, Picture, Recipient, SimpleMessage
from monitor.model import Rendered
from monitor.render.dates import Dates
from monitor.render.placeholders import DatePlaceholder, Placeholder, placeholder

AT = datetime(2026, 11, 23, 7, 5, tzinfo=UTC)
LEAVE, CHOOSE, PAGE = map(placeholder, (Placeholder.UNSUBSCRIBE, Placeholder.PREFERENCES, Placeholder.DIGEST))
WHEN = placeholder(DatePlaceholder("2026-11-23T07:00Z"))
RENDERED = Rendered(
    subject="Good news",
    text=f"News of {WHEN}\nLeave: {LEAVE}\n",
    html=f'<p><a href="{LEAVE}">x</a><a href="{CHOOSE}">y</a><a href="{PAGE}">z</a></p>',
    language="de",
)
HEADING = Heading(
    "Monitor <monitor@example.org>", "veins.example.org", "op@example.org", "https://m.example/t", "re@x.org"
)
READER = Recipient(
    "ann@example.net",
    "<1@example.org>",
    unsubscribe_mailto="mailto:op@example.org?subject=t",
    unsubscribe_url="https://m.example/u?a&b",
    preferences_url="https://m.example/p",
    digest_url="https://m.example/d",
    in_reply_to="<0@example.org>",
    dates=Dates("de", "Europe/Berlin"),
)
LOGO = Picture("logo@monitor", "logo.png", "image/png", b"picture")
FILES = (Attachment("a.ris", "application/x-ris", b"one"), Attachment("b.csv", "text/csv; charset=utf-8", b"two"))


def lines(raw: bytes) -> list[str]:
    """The lines of a mail; each must end as those of mails do."""
    assert b"\n" not in raw.replace(b"\r\n", b"")
    return raw.decode("ascii").split("\r\n")


def test_a_digest_with_a_picture_and_files() -> None:
    """Leaving with one click, the mail that it replies to, and each part where a mail program looks for it."""
    assert lines(DigestTemplate(RENDERED, HEADING, [LOGO], FILES).to(READER, AT)) == [
        "To: <ann@example.net>",
        "Date: Mon, 23 Nov 2026 07:05:00 +0000",
        "Message-ID: <1@example.org>",
        "List-Unsubscribe: <https://m.example/u?a&b>,",
        " <mailto:op@example.org?subject=t>",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        "In-Reply-To: <0@example.org>",
        "References: <0@example.org>",
        "From: Monitor <monitor@example.org>",
        "Subject: Good news",
        "Content-Language: de",
        "List-ID: <veins.example.org>",
        "Precedence: bulk",
        "Auto-Submitted: auto-generated",
        "MIME-Version: 1.0",
        'Content-Type: multipart/mixed; boundary="=_mixed"',
        "Reply-To: <re@x.org>",
        "List-Help: <mailto:op@example.org?subject=help>",
        "List-Archive: <https://m.example/t>",
        "",
        "",
        "--=_mixed",
        'Content-Type: multipart/alternative; boundary="=_alternative"',
        "",
        "--=_alternative",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: quoted-printable",
        "",
        "News of=20=",
        "23. Nov. 2026, 08:00 CET=",
        "",
        "Leave:=20=",
        "https://m.example/u?a&b=",
        "",
        "",
        "--=_alternative",
        'Content-Type: multipart/related; boundary="=_related"; type="text/html"',
        "",
        "--=_related",
        "Content-Type: text/html; charset=utf-8",
        "Content-Transfer-Encoding: quoted-printable",
        "",
        '<p><a href=3D"=',
        "https://m.example/u?a&amp;b=",
        '">x</a><a href=3D"=',
        "https://m.example/p=",
        '">y</a><a href=3D"=',
        "https://m.example/d=",
        '">z</a></p>',
        "--=_related",
        'Content-Type: image/png; name="logo.png"',
        "Content-ID: <logo@monitor>",
        'Content-Disposition: inline; filename="logo.png"',
        "Content-Transfer-Encoding: base64",
        "",
        "cGljdHVyZQ==",
        "",
        "--=_related--",
        "",
        "--=_alternative--",
        "",
        "--=_mixed",
        "Content-Type: application/x-ris",
        'Content-Disposition: attachment; filename="a.ris"',
        "Content-Transfer-Encoding: base64",
        "",
        "b25l",
        "",
        "--=_mixed",
        "Content-Type: text/csv; charset=utf-8",
        'Content-Disposition: attachment; filename="b.csv"',
        "Content-Transfer-Encoding: base64",
        "",
        "dHdv",
        "",
        "--=_mixed--",
        "",
    ]


def test_a_digest_where_there_are_no_pages() -> None:
    """Nothing but two texts: no link leads anywhere except that to leave, and dates are English ones of UTC."""
    reader = Recipient("ann@example.net", "<1@example.org>", "mailto:op@example.org?subject=t")
    template = DigestTemplate(RENDERED, Heading("monitor@example.org", "veins.example.org"))
    assert lines(template.to(reader, AT)) == [
        "To: <ann@example.net>",
        "Date: Mon, 23 Nov 2026 07:05:00 +0000",
        "Message-ID: <1@example.org>",
        "List-Unsubscribe: <mailto:op@example.org?subject=t>",
        "From: monitor@example.org",
        "Subject: Good news",
        "Content-Language: de",
        "List-ID: <veins.example.org>",
        "Precedence: bulk",
        "Auto-Submitted: auto-generated",
        "MIME-Version: 1.0",
        'Content-Type: multipart/alternative; boundary="=_alternative"',
        "",
        "",
        "--=_alternative",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: quoted-printable",
        "",
        "News of=20=",
        "23 Nov 2026, 07:00 UTC=",
        "",
        "Leave:=20=",
        "mailto:op@example.org?subject=3Dt=",
        "",
        "",
        "--=_alternative",
        "Content-Type: text/html; charset=utf-8",
        "Content-Transfer-Encoding: quoted-printable",
        "",
        '<p><a href=3D"=',
        "mailto:op@example.org?subject=3Dt=",
        '">x</a><a href=3D"=',
        "#=",
        '">y</a><a href=3D"=',
        "#=",
        '">z</a></p>',
        "--=_alternative--",
        "",
    ]


@pytest.mark.parametrize(
    ("url", "is_one_click"),
    [
        ("https://m.example/u", True),
        ("http://127.0.0.1:8000/u", True),
        ("http://m.example/u", False),
        ("http://127.0.0.1.example/u", False),
    ],
)
def test_one_click_is_promised_over_https_and_in_the_demo(url: str, is_one_click: bool) -> None:
    """RFC 8058 asks for https; the demo is on loopback."""
    raw = DigestTemplate(RENDERED, HEADING).to(Recipient("a@example.net", "<1@x>", unsubscribe_url=url), AT)
    assert (b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in raw) == is_one_click
    assert f"List-Unsubscribe: <{url}>\r\n".encode() in raw


def test_a_test_mail_for_nobody_in_particular_has_no_link_to_leave() -> None:
    """Neither in its header nor in its text."""
    raw = DigestTemplate(RENDERED, HEADING).to(Recipient("a@example.net", "<1@x>"), AT)
    assert b"List-Unsubscribe" not in raw
    assert b"Leave:=20=\r\n#=\r\n" in raw


def test_a_short_mail_of_text_alone() -> None:
    """Such as an alert: it says that a program wrote it, in English unless told otherwise."""
    short = SimpleMessage("monitor@example.org", "op@example.org", "<2@example.org>", "Hello", "a = b\n")
    assert lines(short.written(AT)) == [
        "From: monitor@example.org",
        "To: <op@example.org>",
        "Subject: Hello",
        "Date: Mon, 23 Nov 2026 07:05:00 +0000",
        "Message-ID: <2@example.org>",
        "Auto-Submitted: auto-generated",
        "Content-Language: en",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: quoted-printable",
        "",
        "a =3D b",
        "",
    ]


def test_a_short_mail_with_html() -> None:
    """Such as a request to confirm: an answer to what somebody did on a page."""
    short = SimpleMessage(
        "monitor@example.org",
        "ann@example.net",
        "<2@example.org>",
        "Hello",
        "a",
        "<p>b",
        "auto-replied",
        "it",
        "re@x.org",
    )
    assert lines(short.written(AT)) == [
        "From: monitor@example.org",
        "To: <ann@example.net>",
        "Subject: Hello",
        "Date: Mon, 23 Nov 2026 07:05:00 +0000",
        "Message-ID: <2@example.org>",
        "Auto-Submitted: auto-replied",
        "Content-Language: it",
        "MIME-Version: 1.0",
        'Content-Type: multipart/alternative; boundary="=_alternative"',
        "Reply-To: <re@x.org>",
        "",
        "",
        "--=_alternative",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: quoted-printable",
        "",
        "a",
        "--=_alternative",
        "Content-Type: text/html; charset=utf-8",
        "Content-Transfer-Encoding: quoted-printable",
        "",
        "<p>b",
        "--=_alternative--",
        "",
    ]
