"""Mail at the bounce address that is no bounce: bait, lists, people who pass a bounce on, calendars, receipts."""

from __future__ import annotations

from email.header import Header

import pytest

from monitor.mail import dsn
from tests.mail.dsn.mails import ABOUT_THE_MESSAGE, GONE_FIELDS, mail, report

JANE = "Jane <jane@x.example>"
POSTMASTER = "Postmaster <postmaster@clinic.example>"
BAIT = "Messages could not be delivered to your inbox. Retrieve them: http://evil.example"
NESTED = report(ABOUT_THE_MESSAGE + GONE_FIELDS).replace(b"boundary=b", b"boundary=c").replace(b"--b", b"--c")


def passed_on(subject: str, kind: str, content: bytes) -> bytes:
    """A person's mail with something attached."""
    head = (
        f"From: {JANE}\r\nTo: a@example.org\r\nSubject: {subject}\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    )
    text = "--b\r\nContent-Type: text/plain\r\n\r\nI got this, why?\r\n"
    return f"{head}{text}--b\r\nContent-Type: {kind}\r\n\r\n".encode() + content + b"\r\n--b--\r\n"


OTHERS = {
    "bait with the subject of a bounce": mail("Mr X <x@spam.example>", "Delivery Status Notification (Failure)", BAIT),
    "bait with the name of a mail system": mail("Mail Delivery Subsystem <x@spam.example>", "Undelivered Mail", BAIT),
    "bait in HTML": mail("Mail Administrator <x@spam.example>", "Your mailbox is full", "").replace(
        b"text/plain", b"text/html"
    )
    + b'<p>Mail could not be delivered, your mailbox is full. <a href="http://evil.example">Upgrade</a></p>',
    "a filter's list": mail(POSTMASTER, "Spam quarantine summary", "Blocked and not delivered:\r\n1 new article"),
    "a filter's list in German": mail(POSTMASTER, "Quarantäne-Bericht", "Nicht zugestellt: 1 neuer Artikel"),
    "a postmaster in person": mail(POSTMASTER, "Your newsletter", "Could you stop? See rule 5.1.1 of our house."),
    "a post that waits for a moderator": mail(
        "news-bounces@lists.x.example",
        "Your message to News awaits moderator approval",
        "Is being held until the list moderator can review it for approval.",
        List_Id="<news.lists.x.example>",
    ),
    "a list that refuses a post": mail(
        "LISTSERV@x.example", "Rejected posting to NEWS@X.EXAMPLE", "You are not authorized to send mail to the list."
    ),
    "a bounce attached": passed_on("strange mail", "message/rfc822", NESTED),
    "a bounce forwarded as a mail": passed_on("Fwd: Undelivered Mail Returned to Sender", "message/rfc822", NESTED),
    "a bounce forwarded in parts": passed_on(
        "WG: Unzustellbar", "message/delivery-status", (ABOUT_THE_MESSAGE + GONE_FIELDS).encode()
    ),
    "a bounce quoted": mail(JANE, "Question", "It says:\r\n\r\n> Undelivered Mail\r\n> 550 5.1.1 User unknown"),
    "a meeting": mail(
        JANE, "Accepted: Delivery failure review", "BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nEND:VCALENDAR"
    ).replace(b"text/plain", b"text/calendar; method=REPLY"),
    "a challenge of cPanel": mail(
        "r@example.org",
        "Your email requires verification verify#abc",
        "The message you sent requires that you verify that you are a live human being. It could not be delivered yet.",
    ),
    "a ticket": mail(POSTMASTER, "[Ticket#12345] 1 new article", "We answer soon.", Auto_Submitted="auto-replied"),
    "a DMARC report": mail("noreply@x.example", "Report domain: example.org Report-ID: 5505511", ""),
    "somebody who has moved": mail(JANE, "New address", "My old mailbox no longer exists. Use jane@new.example"),
    "somebody who has left": mail(JANE, "Jane has left the company", "This address is no longer active."),
    "a parcel": mail("parcels@x.example", "Ihr Paket konnte nicht zugestellt werden", "Bitte abholen."),
}


@pytest.mark.parametrize("raw", OTHERS.values(), ids=OTHERS)
def test_what_only_looks_like_a_bounce_is_none(raw: bytes) -> None:
    """Nobody's subscription ends for it."""
    assert dsn.read(raw).kind is None


AWAY = {
    "English": ("Out of office: 1 new article", "If undeliverable, mail bob@x.example. My mailbox is full."),
    "German": ("Abwesenheitsnotiz: 1 neuer Artikel", "Diese Adresse ist nicht mehr gültig. Nicht zustellbar."),
    "French": ("Absence du bureau : 1 article", "Cette adresse n'existe plus."),
    "Spanish": ("Respuesta automática: 1 artículo", "Este buzón no existe en agosto."),
    "Italian": ("Risposta automatica: 1 articolo", "Casella inesistente da maggio."),
    "Dutch": ("Automatisch antwoord: 1 artikel", "Deze mailbox bestaat niet meer."),
    "Portuguese": ("Resposta automática: 1 artigo", "O endereço não existe."),
    "Polish": ("Odpowiedź automatyczna: artykuł", "Adres nie istnieje."),
    "Turkish": ("Otomatik yanıt: makale", "Adres bulunamadı."),
    "Japanese": ("自動応答: 論文", "配信できません。不在にしております。"),
}


@pytest.mark.parametrize("fields", [{}, {"Return_Path": "<>"}, {"Auto_Submitted": "auto-replied"}])
@pytest.mark.parametrize(("subject", "text"), AWAY.values(), ids=AWAY)
def test_who_is_away_has_not_bounced(subject: str, text: str, fields: dict[str, str]) -> None:
    """In ten languages, whatever the reply says of mailboxes, and with whichever signs that nobody wrote it."""
    assert dsn.read(mail(JANE, Header(subject, "utf-8").encode(), text, **fields)).kind is None
