"""Bounces in no standard format, by mail system and language, and mail that only looks like one.

The words are ours, the form is that of the systems named.
"""

from __future__ import annotations

from email.header import Header

import pytest

from monitor.mail import dsn
from monitor.model import BounceKind
from tests.mail.dsn.mails import DAEMON, mail

HARD, SOFT = BounceKind.HARD, BounceKind.SOFT
SYSTEM = "Mail Delivery System <Mailer-Daemon@mx.example.net>"
POSTMASTER = "postmaster@mx.example.net"
COPY = "\r\n--- Below this line is a copy of the message.\r\n\r\nMessage-ID: <1.1@x>\r\nSubject: 1 new article\r\n"


NOTICES = {
    "qmail, unknown": (
        DAEMON,
        "failure notice",
        "<r@example.org>:\r\nSorry, no mailbox here by that name. (#5.1.1)" + COPY,
        HARD,
    ),
    "qmail, remote": (DAEMON, "failure notice", "<r@example.org>:\r\nRemote host said: 550 unknown user" + COPY, HARD),
    "qmail, spam": (DAEMON, "failure notice", "Remote host said: 554 5.7.1 refused as spam" + COPY, SOFT),
    "qmail, queue": (
        DAEMON,
        "failure notice",
        "I could not connect. (#4.4.1)\r\nIt was in the queue too long." + COPY,
        SOFT,
    ),
    "Exim": (
        SYSTEM,
        "Mail delivery failed: returning message to sender",
        "The following address(es) failed:\r\n\r\n"
        "  r@example.org\r\n    host mx.example.org [192.0.2.1]\r\n    SMTP error from remote mail server after RCPT "
        "TO:<r@example.org>:\r\n    550 Unrouteable address",
        HARD,
    ),
    "Exim, after DATA": (
        SYSTEM,
        "Mail delivery failed",
        "  r@example.org\r\n    SMTP error from remote mail server after "
        "end of data:\r\n    550 message contents rejected",
        SOFT,
    ),
    "Exim, retry timeout": (SYSTEM, "Mail delivery failed", "  r@example.org\r\n    retry timeout exceeded", SOFT),
    "James": (
        POSTMASTER,
        "[BOUNCE] 1 new article",
        "Failed recipient(s):\r\nr@example.org\r\n\r\nError message:\r\n"
        "550 - Requested action not taken: no such user here",
        HARD,
    ),
    "sendmail of old": (
        DAEMON,
        "Returned mail: User unknown",
        "   ----- Transcript of session follows -----\r\n"
        ">>> RCPT To:<r@example.org>\r\n<<< 550 5.1.1 unknown or illegal alias: r@example.org",
        HARD,
    ),
    "Courier": (
        POSTMASTER,
        "NOTICE: mail delivery status.",
        "UNDELIVERED MAIL\r\n\r\n<r@example.org>:\r\n<<< 550 User unknown.",
        HARD,
    ),
    "Domino": (
        POSTMASTER,
        "DELIVERY FAILURE: User R Eader not listed in directory",
        "Your message was not delivered to:\r\n"
        "\r\n  r@example.org\r\n\r\nbecause:\r\n\r\n  User R.Eader (r@example.org) not listed in Domino Directory",
        HARD,
    ),
    "Exchange 2003": (
        "System Administrator <postmaster@x.example>",
        "Undeliverable: 1 new article",
        "Your message\r\n\r\n"
        "  To: r@example.org\r\n  Subject: Mailbox full of spam\r\n\r\ndid not reach the following recipient:\r\n\r\n"
        "r@example.org on Mon, 23 Nov 2026\r\n    The e-mail account does not exist at the organization",
        HARD,
    ),
    "Exchange 2007": (
        "Microsoft Exchange <postmaster@x.example>",
        "Undeliverable: 1 new article",
        "Delivery has failed to "
        "these recipients.\r\n\r\nDiagnostic information for administrators:\r\n\r\nr@example.org\r\n#550 5.1.1 "
        "RESOLVER.ADR.RecipNotFound; not found ##",
        HARD,
    ),
    "Gmail": (
        "Mail Delivery Subsystem <mailer-daemon@x.example>",
        "Delivery Status Notification (Failure)",
        "Delivery to "
        "the following recipient failed permanently:\r\n\r\n  r@example.org\r\n\r\nThe error that the other server "
        "returned was:\r\n550 550 5.2.1 r@example.org... Account disabled",
        HARD,
    ),
    "IMail": (
        "Postmaster <postmaster@x.example>",
        "Undeliverable Mail",
        "Unknown user: r@example.org\r\n\r\nRCPT TO "
        "generated following response:\r\n550 no such user here\r\n\r\nOriginal message follows.\r\n",
        HARD,
    ),
    "OpenSMTPD": (
        "Mailer Daemon <noreply@mx.example.net>",
        "Delivery status notification: error",
        "An error has occurred "
        "while attempting to deliver a message:\r\n\r\nr@example.org: 550 5.1.1 <r@example.org>: unknown",
        HARD,
    ),
    "Yahoo": (
        DAEMON,
        "Failure Notice",
        "Sorry, we were unable to deliver your message to the following address.\r\n\r\n"
        "<r@example.org>:\r\n554 delivery error: dd This user doesn't have a example.org account",
        HARD,
    ),
    "Verizon": (
        "post_master@x.example",
        "Undeliverable Message",
        "Error: undeliverable to mobile\r\nInvalid destination address.",
        HARD,
    ),
    "an antivirus gateway": (
        "AntiVirus_Gateways@x.example",
        "Delivery failure notification",
        "Your message could not be delivered to the following recipients:\r\nr@example.org\r\nMailbox full",
        SOFT,
    ),
    "no sender": ("<>", "Undelivered", "r@example.org: 550 5.1.1 unknown", HARD),
    "no subject": (DAEMON, "", "<r@example.org>: mailbox is full" + COPY, SOFT),
    "a delay": (
        SYSTEM,
        "Warning: message 1abc-DE delayed 24 hours",
        "A message that you sent has not yet been delivered.",
        SOFT,
    ),
    "no reason": (SYSTEM, "Mail delivery failed", "The following address(es) failed:\r\n\r\n  r@example.org", SOFT),
    "a version": (DAEMON, "Returned mail", "This is Exim 5.1.1 here.\r\nThe mail was in the queue too long.", SOFT),
    "German": ("postmaster@klinik.example", "Nicht zustellbar: 1 neuer Artikel", "Empfänger unbekannt", HARD),
    "German, full": (SYSTEM, "Zustellung fehlgeschlagen", "Das Postfach des Empfängers ist voll.", SOFT),
    "French": (POSTMASTER, "Non remis : 1 article", "L’adresse du destinataire n’existe pas.", HARD),
    "French, encoded": (SYSTEM, Header("Échec de la remise", "iso-8859-1").encode(), "550 5.1.1 inconnu", HARD),
    "French, without accents": (POSTMASTER, "Echec de la remise", "Le destinataire est inconnu.", HARD),
    "German, without umlauts": (POSTMASTER, "Uebermittlung fehlgeschlagen", "Empfaenger unbekannt", HARD),
    "Spanish": (POSTMASTER, "No se puede entregar: 1 artículo", "El usuario es desconocido.", HARD),
    "Italian": (POSTMASTER, "Impossibile recapitare: 1 articolo", "Indirizzo sconosciuto.", HARD),
    "Italian, full": (POSTMASTER, "Mancato recapito", "La casella di posta è piena.", SOFT),
    "Portuguese": (POSTMASTER, "Falha na entrega", "O endereço não existe.", HARD),
    "Dutch": (POSTMASTER, "Onbestelbaar: 1 artikel", "De gebruiker is onbekend.", HARD),
    "Polish": (SYSTEM, "Nie można dostarczyć wiadomości", "Adres nie istnieje.", HARD),
    "Swedish": (POSTMASTER, "Olevererbart: 1 artikel", "Mottagaren finns inte.", HARD),
    "Russian": (DAEMON, "Сообщение не доставлено", "Пользователь не найден.", HARD),
    "Japanese": (DAEMON, Header("配信できませんでした", "iso-2022-jp").encode(), "宛先不明のため返送します。", HARD),
    "Japanese, full": (POSTMASTER, "配信エラー", "メールボックスの容量を超えています。", SOFT),
    "Chinese": (POSTMASTER, "系统退信", "收件人不存在。", HARD),
}


@pytest.mark.parametrize(("sender", "subject", "text", "kind"), NOTICES.values(), ids=NOTICES)
def test_a_bounce_in_no_standard_format(sender: str, subject: str, text: str, kind: BounceKind) -> None:
    """Known as one, and hard only when the mailbox is the reason."""
    assert dsn.read(mail(sender, subject, text)).kind is kind


AWAY = "I am away until May. For delivery problems ring extension 550 - ask for me. My old mailbox is no longer active."
OTHERS = {
    "out of office": mail("Jane <jane@x.example>", "Out of Office: 1 new article", AWAY),
    "out of office, from the empty sender": mail("jane@x.example", "Automatic reply: news", AWAY, Return_Path="<>"),
    "out of office, of the postmaster": mail(POSTMASTER, "Automatic reply: undeliverable mail", AWAY),
    "vacation(1)": mail("jane@x.example", "away from my mail", AWAY, Auto_Submitted="auto-replied", Precedence="bulk"),
    "vacation of the postmaster": mail(POSTMASTER, "Re: 1 new article", AWAY, Auto_Submitted="auto-replied"),
    "an autoresponder": mail("info@x.example", "Thank you for your mail", AWAY, X_Autoreply="yes"),
    "Exchange": mail("jane@x.example", "Re: news", AWAY, X_Auto_Response_Suppress="All", Return_Path="<>"),
    "German": mail("jane@x.example", "Automatische Antwort: 1 neuer Artikel", "Nicht zustellbar? Ich bin im Urlaub."),
    "German, abwesend": mail(
        "jane@x.example", "Abwesenheitsnotiz", "Ihre Nachricht wird nicht zugestellt.", Return_Path="<>"
    ),
    "French": mail("jane@x.example", "Réponse automatique : article", AWAY, Return_Path="<>"),
    "French, encoded": mail("jane@x.example", Header("Réponse automatique", "utf-8").encode(), AWAY, Return_Path="<>"),
    "Spanish": mail("jane@x.example", "Respuesta automática: artículo", AWAY, Return_Path="<>"),
    "Italian": mail("jane@x.example", "Risposta automatica: fuori sede", AWAY, Return_Path="<>"),
    "Dutch": mail("jane@x.example", "Automatisch antwoord: artikel", AWAY, Return_Path="<>"),
    "Polish": mail("jane@x.example", "[Automatyczna odpowiedź] artykuł", AWAY, Return_Path="<>"),
    "Swedish": mail("jane@x.example", "Autosvar: artikel", AWAY, Return_Path="<>"),
    "Russian": mail("jane@x.example", "Автоматический ответ: статья", AWAY, Return_Path="<>"),
    "Japanese": mail("jane@x.example", "自動返信: 論文", "不在です。配信できません。", Return_Path="<>"),
    "a newsletter about delivery": mail(
        "news@x.example",
        "Undelivered babies: 550 patients",
        "Delivery failed in 550 women.",
        List_Unsubscribe="<mailto:x@x.example>",
    ),
    "a post to a mailing list": mail(
        "admin@x.example",
        "Returned mail: user unknown?",
        "I get 550 5.1.1 user unknown, why?",
        List_Id="<postfix.x.example>",
    ),
    "a forwarded bounce": mail(
        "Jane <jane@x.example>", "Fwd: Undeliverable: 1 new article", "Why? It says:\r\n> 550 5.1.1 user unknown"
    ),
    "a reply to a bounce": mail(
        "Jane <jane@x.example>", "AW: Nicht zustellbar: Artikel", "Bitte prüfen. 550 5.1.1 unknown"
    ),
    "a parcel": mail("noreply@parcels.example", "Delivery failed", "We could not deliver your parcel. Track it here."),
    "a reader who writes of digits": mail(
        "Jane <jane@x.example>", "Re: 1 new article", "550 patients, 5.1.1 in table 2."
    ),
    "a challenge": mail("jane@x.example", "Please confirm your message", "Click the link to have your mail delivered."),
    "a challenge from the empty sender": mail(
        "jane@x.example",
        "Re: article",
        "This account is protected. Click on the following link to be added to the allowed list",
        Return_Path="<>",
    ),
    "nothing at all": b"",
    "only blanks": b"\r\n\r\n   ",
}


@pytest.mark.parametrize("raw", OTHERS.values(), ids=OTHERS)
def test_mail_that_is_no_bounce(raw: bytes) -> None:
    """Whatever numbers and words stand in it."""
    assert dsn.read(raw).kind is None


def test_a_read_receipt_is_no_bounce() -> None:
    """RFC 8098: it was displayed, or deleted."""
    receipt = mail("jane@x.example", "Read: 1 new article", "Your message was displayed.").replace(
        b"Content-Type: text/plain; charset=utf-8\r\n\r\n",
        b"Content-Type: multipart/report; report-type=disposition-notification; boundary=b\r\n\r\n--b\r\n"
        b"Content-Type: message/disposition-notification\r\n\r\nFinal-Recipient: rfc822; jane@x.example\r\n"
        b"Disposition: manual-action/MDN-sent-manually; deleted\r\n\r\n--b--\r\n",
    )
    assert dsn.read(receipt).kind is None


def test_what_stands_in_the_returned_digest_is_no_answer_of_a_server() -> None:
    """Its subject, its text, and what quotes them."""
    text = "The message stayed in the queue too long.\r\n\r\n"
    for copy in (
        "--- copy of the message\r\n\r\nSubject: x\r\n\r\n550 5.1.1 unknown user",
        "------ This is a copy of your message, including all the headers. ------\r\n\r\n550 5.1.1 unknown user",
        "Return-Path: <bounces@x.example>\r\nSubject: x\r\n\r\n550 5.1.1 unknown user",
        "Message-ID: <1.1@x>\r\nSubject: mailbox does not exist\r\n",
        "  Subject: a trial in 550 patients: the address of the unknown user\r\n",
        "Betreff: 550 5.1.1 unknown user\r\n",
    ):
        assert dsn.read(mail(DAEMON, "Mail delivery failed", text + copy)).kind is SOFT, copy


@pytest.mark.parametrize(
    ("charset", "subject", "text"),
    [
        ("iso-8859-1", "Unzustellbar: Artikel", "Empfänger unbekannt"),
        ("koi8-r", "undelivered", "Пользователь не найден"),
        ("gb2312", "undelivered", "收件人不存在"),
        ("iso-2022-jp", "undelivered", "宛先不明です"),
        ("x-unknown", "undelivered", "user unknown"),
    ],
)
def test_a_notice_in_another_character_set(charset: str, subject: str, text: str) -> None:
    """Named rightly; one that nobody knows is read as UTF-8."""
    encoded = text.encode("utf-8" if charset == "x-unknown" else charset)
    head = f"From: {DAEMON}\r\nSubject: {subject}\r\nContent-Type: text/plain; charset={charset}\r\n\r\n"
    assert dsn.read(head.encode() + encoded).kind is HARD


@pytest.mark.parametrize(("charset", "text"), [("latin-1", "Empfänger unbekannt"), ("iso-2022-jp", "宛先不明です")])
def test_a_notice_that_names_no_character_set(charset: str, text: str) -> None:
    """As systems of old write it, the subject too."""
    head = f"From: {DAEMON}\r\nSubject: ".encode() + "zurückgewiesen".encode("latin-1") + b"\r\n\r\n"
    assert dsn.read(head + text.encode(charset)).kind is HARD


def test_a_notice_in_html_alone() -> None:
    """What stands in its style sheet and behind its tags is no text."""
    page = (
        "<html><head><style>p { color: #550 }</style></head><body><p>Delivery has failed to these recipients.</p>"
        "<p>The mailbox of <b>&lt;r@example.org&gt;</b> is<br>full.</p><!-- 550 5.1.1 unknown user --></body></html>"
    )
    raw = mail("Microsoft Exchange <p@x.example>", "Undeliverable: 1 new article", page)
    assert dsn.read(raw.replace(b"text/plain", b"text/html")).kind is SOFT


def test_the_first_text_is_the_notice_and_the_second_the_digest() -> None:
    """Some systems return the mail as a second text."""
    body = (
        "--b\r\nContent-Type: text/plain\r\n\r\nIt was in the queue too long.\r\n"
        "--b\r\nContent-Type: text/plain\r\n\r\nA trial of 550 5.1.1 in patients unknown to the user.\r\n--b--\r\n"
    )
    head = f"From: {DAEMON}\r\nSubject: failure notice\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    assert dsn.read(f"{head}{body}".encode()).kind is SOFT
