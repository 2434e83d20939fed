"""Mailed wishes to leave: whatever gateways and mail programs write around them."""

from __future__ import annotations

from contextlib import suppress
from email.header import Header

import pytest

from monitor.links import LinkError, Links, Purpose
from monitor.mail import dsn

LINKS = Links(("a-key-of-at-least-32-characters-long-1",))
TOKEN = LINKS.token(Purpose.UNSUBSCRIBE, 4711)
ENCODED = Header(f"unsubscribe {TOKEN}", "utf-8", maxlinelen=60).encode()


def mail(subject: str, text: str = "", **fields: str) -> bytes:
    """A mail of a reader."""
    more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
    return f"From: reader@example.org\r\nTo: b@example.org\r\n{more}Subject: {subject}\r\n\r\n{text}".encode()


def number(raw: bytes) -> int | None:
    """The subscription that one of its tokens names, None for none."""
    for token in dsn.read(raw).unsubscribe_tokens:
        with suppress(LinkError):
            return LINKS.read(Purpose.UNSUBSCRIBE, token)
    return None


@pytest.mark.parametrize(
    "subject",
    [
        f"unsubscribe {TOKEN}",
        f"UNSUBSCRIBE {TOKEN}",
        f"Unsubscribe: {TOKEN}",
        f"[EXTERNAL] unsubscribe {TOKEN}",
        f"[EXT] [Spam?] Re: unsubscribe {TOKEN}",
        f"***SPAM*** unsubscribe {TOKEN}",
        f"{{Spam?}} unsubscribe {TOKEN}",
        f"Re: unsubscribe {TOKEN}",
        f"AW: unsubscribe {TOKEN}",
        f"SV: Fwd: unsubscribe {TOKEN}",
        f"unsubscribe {TOKEN} [EXTERNAL]",
        f"unsubscribe {TOKEN} -- sent from my phone",
        f"unsubscribe <{TOKEN}>.",
        f"unsubscribe {TOKEN[:40]}\r\n {TOKEN[40:]}",
        f"unsubscribe\r\n {TOKEN}",
        f"unsubscribe {TOKEN[:30]} {TOKEN[30:60]} {TOKEN[60:]}",
        f"=?utf-8?Q?unsubscribe_{TOKEN.replace('_', '=5F')}?=",
        f"=?utf-8?Q?unsubscribe_{TOKEN}?=",
        f"=?utf-8?q?unsubscribe_{TOKEN[:30].replace('_', '=5F')}?=\r\n =?utf-8?q?{TOKEN[30:].replace('_', '=5F')}?=",
        ENCODED,
        f"[EXTERN] {ENCODED}",
    ],
)
def test_the_token_is_found(subject: str) -> None:
    """Behind tags, in any case, encoded, folded and cut."""
    assert number(mail(subject)) == 4711


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("unsubscribe", ""),
        ("Re: [EXTERNAL] Unsubscribe me", ""),
        ("***SPAM*** please unsubscribe", ""),
        ("unsubscribe 1.forged-token-of-somebody", ""),
        ("STOP", ""),
        ("AW: abmelden", ""),
        ("Désabonnement", ""),
        ("Darse de baja", ""),
        ("Re: CCSVI in MS: 1 new article", "unsubscribe\r\n\r\n> Does opening veins help?\r\n"),
        ("Re: CCSVI in MS: 1 new article", "Please remove me.\r\n"),
        ("", "Abmelden"),
    ],
)
def test_what_looks_like_a_wish_is_known_as_one(subject: str, text: str) -> None:
    """The operator is told, since it names no subscription."""
    read = dsn.read(mail(subject, text))
    assert read.is_wish
    assert number(mail(subject, text)) is None


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("How to unsubscribe patients from trials", "A newsletter. You may unsubscribe below."),
        ("Re: CCSVI in MS", "Thank you, this is of great help.\r\nunsubscribe"),
        ("Automatic reply: CCSVI in MS", "I am away."),
        ("Stop the bleeding: new trial", ""),
        ("Removal of stents", ""),
    ],
)
def test_other_mail_is_no_wish(subject: str, text: str) -> None:
    """Words in a sentence."""
    assert not dsn.read(mail(subject, text)).is_wish


def test_a_report_about_a_wish_is_a_report() -> None:
    """A bounce whose subject quotes it."""
    raw = mail("Undeliverable: unsubscribe", "550 5.1.1 unknown user", Return_Path="<>")
    assert not dsn.read(raw).is_wish


@pytest.mark.parametrize(
    "words",
    [
        "Please remove me from this mailing list",
        "Take me off your list!",
        "I want to unsubscribe",
        "No more mails please",
        "Stop sending me emails",
        "Bitte abmelden",
        "Newsletter abbestellen",
        "Je souhaite me désinscrire",
        "Ik wil me afmelden",
        "Quiero darme de baja",
    ],
)
def test_a_person_may_say_it_in_their_words(words: str) -> None:
    """As a subject, or as the first line: the operator is told."""
    head = "From: jane@x.example\r\nContent-Type: text/plain; charset=utf-8\r\n"
    assert dsn.read(f"{head}Subject: {words}\r\n\r\nJane\r\n".encode()).is_wish
    assert dsn.read(f"{head}Subject: Re: 1 new article\r\n\r\n{words}\r\n\r\nJane\r\n".encode()).is_wish


@pytest.mark.parametrize("blank", ["%20", "+", "%20%20"])
def test_a_mail_program_may_leave_the_blank_as_it_stands_in_the_link(blank: str) -> None:
    """Also behind the tag of a gateway."""
    raw = f"From: jane@x.example\r\nSubject: [EXTERNAL] unsubscribe{blank}MTc.a-token_of-ours\r\n\r\n".encode()
    assert dsn.read(raw).unsubscribe_token == "MTc.a-token_of-ours"


@pytest.mark.parametrize("words", ["Stop the trial early?", "Remove the vein: a review", "Take two tablets", "A list"])
def test_other_sentences_are_no_wish(words: str) -> None:
    """Somebody writes about medicine."""
    assert not dsn.read(f"From: jane@x.example\r\nSubject: {words}\r\n\r\n{words}\r\n".encode()).is_wish
