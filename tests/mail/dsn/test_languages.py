"""Notices that Exchange, Gmail and other systems write in the language of their users. The words are shortened."""

from __future__ import annotations

from email.header import Header

import pytest

from monitor.mail import dsn
from monitor.model import BounceKind
from tests.mail.dsn.mails import mail

EXCHANGE = "Microsoft Outlook <MicrosoftExchange329e71ec@clinic.example>"
GMAIL = "Mail Delivery Subsystem <mailer-daemon@googlemail.com>"
SYSTEM = "Mail Delivery System <Mailer-Daemon@mx.example.net>"
FAILED = "Delivery Status Notification (Failure)"

#: The address is not there.
GONE = (
    (EXCHANGE, "Undeliverable: 1 new article", "reader wasn't found at example.org."),
    (EXCHANGE, "Unzustellbar: 1 Artikel", "Die eingegebene E-Mail-Adresse konnte nicht gefunden werden."),
    (EXCHANGE, "Non remis : 1 article", "L'adresse de messagerie que vous avez entrée est introuvable."),
    (EXCHANGE, "No se puede entregar: 1 artículo", "No se encontró la dirección de correo electrónico."),
    (EXCHANGE, "Non recapitabile: 1 articolo", "Impossibile trovare l'indirizzo di posta elettronica immesso."),
    (EXCHANGE, "Não é possível entregar: 1 artigo", "O endereço de email inserido não foi encontrado."),
    (EXCHANGE, "Onbestelbaar: 1 artikel", "Het ingevoerde e-mailadres kan niet worden gevonden."),
    (EXCHANGE, "Går inte att leverera: 1 artikel", "Det gick inte att hitta e-postadressen som du angav."),
    (EXCHANGE, "Kan ikke leveres: 1 artikel", "Den angivne mailadresse blev ikke fundet."),
    (EXCHANGE, "Niedostarczone: 1 artykuł", "Nie można odnaleźć wprowadzonego adresu e-mail."),
    (EXCHANGE, "Недоставленное: 1 статья", "Не удалось найти указанный адрес электронной почты."),
    (EXCHANGE, "Teslim edilemedi: 1 makale", "Girdiğiniz e-posta adresi bulunamadı."),
    (EXCHANGE, "配信不能: 論文", "入力した電子メール アドレスが見つかりませんでした。"),
    (EXCHANGE, "未送达: 1 篇新文章", "找不到您输入的电子邮件地址。"),
    (EXCHANGE, "배달되지 않음: 논문", "입력한 전자 메일 주소를 찾을 수 없습니다."),
    (GMAIL, FAILED, "Your message wasn't delivered to r@example.org because the address couldn't be found."),
    (GMAIL, FAILED, "Ihre Nachricht wurde nicht an r@example.org zugestellt, weil die Adresse nicht gefunden wurde."),
    (GMAIL, FAILED, "Votre message n'est pas parvenu à r@example.org, car l'adresse est introuvable."),
    (GMAIL, FAILED, "Tu mensaje no se entregó a r@example.org porque no se encontró la dirección."),
    (GMAIL, FAILED, "Il messaggio non è stato recapitato perché non è stato possibile trovare l'indirizzo."),
    (SYSTEM, "Nachricht nicht zugestellt", "konnte nicht zugestellt werden: Das Postfach existiert nicht."),
    (SYSTEM, "ZUSTELLUNGSFEHLER", "Benutzer reader (r@example.org) ist nicht im Domino-Verzeichnis aufgeführt"),
    (SYSTEM, "Échec de remise du message", "Motif : boîte aux lettres inexistante"),
    (SYSTEM, "Échec de remise du message", "550 Boite aux lettres du destinataire indisponible."),
    (SYSTEM, "Письмо не доставлено", "Такого пользователя не существует."),
)
#: The mailbox is full, or somebody else is meant.
NOT_GONE = (
    (EXCHANGE, "Undeliverable: 1 new article", "reader's mailbox is full and can't accept messages now."),
    (EXCHANGE, "Undeliverable: 1 new article", "A custom mail flow rule created by an admin has blocked your message."),
    (EXCHANGE, "Unzustellbar: 1 Artikel", "Das Postfach des Empfängers ist voll."),
    (EXCHANGE, "Unzustellbar: 1 Artikel", "Ihre Nachricht wurde aufgrund von Einschränkungen nicht zugestellt."),
    (EXCHANGE, "Non remis : 1 article", "La boîte aux lettres du destinataire est pleine."),
    (EXCHANGE, "No se puede entregar: 1 artículo", "El buzón del destinatario está lleno."),
    (EXCHANGE, "Non recapitabile: 1 articolo", "La cassetta postale del destinatario è piena."),
    (EXCHANGE, "Onbestelbaar: 1 artikel", "Het postvak van de geadresseerde is vol."),
    (EXCHANGE, "Недоставленное: 1 статья", "Почтовый ящик получателя переполнен."),
    (EXCHANGE, "配信不能: 論文", "受信者のメールボックスがいっぱいのため、受信できません。"),
    (GMAIL, FAILED, "Your message to r@example.org has been blocked."),
    (GMAIL, "Delivery Status Notification (Delay)", "Gmail will retry for 46 more hours: r@example.org"),
    (SYSTEM, "Zustellung fehlgeschlagen", "Speicherplatz des Postfachs erschöpft (Quota überschritten)"),
)


@pytest.mark.parametrize("encoding", ["utf-8", None])
@pytest.mark.parametrize(
    ("sender", "subject", "text", "kind"),
    [*((*one, BounceKind.HARD) for one in GONE), *((*one, BounceKind.SOFT) for one in NOT_GONE)],
)
def test_a_notice_means_the_same_in_every_language(
    sender: str, subject: str, text: str, kind: BounceKind, encoding: str | None
) -> None:
    """Its subject in encoded words, or as it is."""
    written = Header(subject, encoding).encode() if encoding else subject
    assert dsn.read(mail(sender, written, f"{text}\r\n")).kind is kind
