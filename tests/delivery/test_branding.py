"""The operator's name, logo, colours, footer and reply address in mails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from monitor.delivery.deliver import deliver_due
from monitor.digests.compose import compose_due
from monitor.mail.smtp import SmtpMailer
from monitor.model import NO_BRANDING, Branding
from monitor.store import Database
from tests.support.branding import BRAND
from tests.support.mail_servers import Mailbox
from tests.support.settings import START, links, settings, subscribe, watched
from tests.support.site import RunningSite, open_site


def welcomed(db: Database, mailbox: Mailbox, composed: Branding, sent: Branding) -> EmailMessage:
    """The welcome of a reader, composed with one branding and sent with another."""
    watched(db)
    subscribe(db, "a@example.org")
    configured = settings(mailbox.settings())
    compose_due(replace(configured, branding=composed), db, START)
    deliver_due(replace(configured, branding=sent), links(configured), db, SmtpMailer(configured.smtp), START)
    (mail,) = mailbox.to("a@example.org")
    message = message_from_bytes(mail.content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def test_a_digest_shows_who_sends_it(db: Database, mailbox: Mailbox) -> None:
    """The logo is inside the mail, with the name for those who do not see it; text and HTML have name and footer."""
    message = welcomed(db, mailbox, BRAND, BRAND)
    assert message["Reply-To"] == "library@example.org"
    text, html = (message.get_body((kind,)) for kind in ("plain", "html"))
    assert text
    assert html
    for line in ("Vein Watch of Example Hospital", *BRAND.footer_lines):
        assert line in text.get_content()
        assert line in html.get_content()
    assert 'src="cid:logo@monitor"' in html.get_content()
    assert "http" not in "".join(part.split(">")[0] for part in html.get_content().split("<img")[1:])
    for colour in ("#7a1450", "#fffaf2", "#f0a8d0", "#181014"):
        assert colour in html.get_content()
    pictures = {part["Content-ID"]: part for part in message.walk() if part.get_content_maintype() == "image"}
    assert BRAND.logo
    assert pictures["<logo@monitor>"].get_content() == BRAND.logo.content
    assert pictures["<logo@monitor>"].get_content_disposition() == "inline"
    assert "<timeline@monitor>" in pictures


def test_without_branding_a_digest_shows_none(db: Database, mailbox: Mailbox) -> None:
    """And has no Reply-To."""
    message = welcomed(db, mailbox, NO_BRANDING, NO_BRANDING)
    assert message["Reply-To"] is None
    assert b"logo@monitor" not in message.as_bytes()
    html = message.get_body(("html",))
    assert html
    assert "mark-of-brand" not in html.get_content().partition("</style>")[2]


@pytest.mark.parametrize(("composed", "sent"), [(BRAND, NO_BRANDING), (NO_BRANDING, BRAND)])
def test_a_logo_that_comes_or_goes_between_writing_and_sending_is_no_stray_attachment(
    db: Database, mailbox: Mailbox, composed: Branding, sent: Branding
) -> None:
    """The configuration was loaded again meanwhile; where it went the name stands in its place."""
    message = welcomed(db, mailbox, composed, sent)
    assert "<logo@monitor>" not in [part["Content-ID"] for part in message.walk()]
    html = message.get_body(("html",))
    assert html
    assert ('alt="Vein Watch of Example Hospital"' in html.get_content()) is (composed is BRAND)


@pytest.fixture
def branded(db: Database, tmp_path: Path) -> Iterator[RunningSite]:
    """A site with branding."""
    with open_site(db, tmp_path, change=lambda given: replace(given, branding=BRAND)) as site:
        yield site


def test_a_mail_with_a_link_shows_who_sends_it(branded: RunningSite) -> None:
    """Name, footer, colours of the button, Reply-To; it carries no logo."""
    branded.sign_up()
    branded.send_mails()
    message = branded.mailbox.messages[0].message
    assert message["Reply-To"] == "library@example.org"
    html, text = message.get_body(("html",)), message.get_body(("plain",))
    assert html
    assert text
    for line in ("Vein Watch of Example Hospital", *BRAND.footer_lines):
        assert line in text.get_content()
        assert line in html.get_content()
    assert "background:#7a1450;color:#ffffff" in html.get_content()
    assert "cid:" not in html.get_content()
