"""Against a real Postfix: protected, logged in, delivered, and what comes back suspends."""

from __future__ import annotations

import re
import ssl
from dataclasses import replace
from email import message_from_bytes, policy
from pathlib import Path
from urllib.parse import unquote

import pytest

from monitor import store
from monitor.bounces import collect
from monitor.bounces.process import Outcome
from monitor.commands.bounces import bounces as bounces_command
from monitor.delivery import deliver
from monitor.errors import MailError
from monitor.mail.smtp import SmtpMailer
from monitor.model import BounceSettings, DeliveryState, Encryption, SendOutcome, SubscriptionState
from tests.config import files
from tests.support.databases import sqlite_file
from tests.support.factories import HOUR, RENDERED, digest, message_id
from tests.support.postfix_server import DOMAIN, GONE, Postfix
from tests.support.site import RunningSite

pytestmark = pytest.mark.postfix

NOTE = b"Subject: a note\r\n\r\nText\r\n"


def test_a_mail_goes_out_protected_and_logged_in_and_arrives(postfix: Postfix) -> None:
    """STARTTLS, AUTH, and a file in the Maildir."""
    mailer = SmtpMailer(postfix.smtp, postfix.tls)
    (result,) = mailer.send([(f"monitor@{DOMAIN}", f"reader@{DOMAIN}", NOTE)])
    assert result.outcome is SendOutcome.SENT
    (arrived,) = postfix.wait_for("reader")
    assert b"ESMTPSA" in arrived
    assert b"Subject: a note" in arrived


@pytest.mark.parametrize("what", ["password", "trust"])
def test_a_wrong_password_or_an_unknown_certificate_sends_nothing(postfix: Postfix, what: str) -> None:
    """It is said to the operator, and blamed on no delivery."""
    wrong = SmtpMailer(replace(postfix.smtp, password="not-this"), postfix.tls)
    mailer = wrong if what == "password" else SmtpMailer(postfix.smtp, ssl.create_default_context())
    with pytest.raises(MailError):
        mailer.send([(f"monitor@{DOMAIN}", f"reader@{DOMAIN}", NOTE)])
    postfix.wait_until_idle()
    assert postfix.mails("reader") == []


def test_without_protection_postfix_refuses_and_no_password_was_sent(postfix: Postfix) -> None:
    """Plain text is an explicit setting, and never carries a password."""
    with pytest.raises(MailError):
        SmtpMailer(replace(postfix.smtp, encryption=Encryption.NONE))
    plain = SmtpMailer(replace(postfix.smtp, encryption=Encryption.NONE, username="", password=""))
    with pytest.raises(MailError, match="wants encryption or a login first"):
        plain.send([(f"monitor@{DOMAIN}", f"reader@{DOMAIN}", NOTE)])


def test_a_genuine_delivery_report_comes_back_and_the_third_suspends(
    postfix_site: RunningSite, postfix: Postfix
) -> None:
    """Digests to a mailbox that is gone: accepted by Postfix, returned to the signed address, read unattended."""
    gone, well = postfix_site.subscribe(f"reader@{GONE}"), postfix_site.subscribe(f"reader@{DOMAIN}")
    config = _configured(postfix_site)
    unattended = replace(postfix_site.settings, bounces=BounceSettings(postfix.maildir("bounces")))
    for number in (1, 2, 3):
        with postfix_site.db.begin() as tx:
            digest_id = store.digests.add(tx, digest(), RENDERED, postfix_site.clock())
            store.deliveries.enqueue(tx, digest_id, postfix_site.clock(), message_id)
        deliver.deliver_due(
            postfix_site.settings, postfix_site.links, postfix_site.db, postfix_site.mailer, postfix_site.clock()
        )
        postfix.wait_for("bounces")
        if number == 1:
            bounces_command(maildir=postfix.maildir("bounces"), config=config)
        else:  # as the service does
            assert collect.collect_due(
                unattended, postfix_site.links, postfix_site.db, postfix_site.clock() + number * HOUR
            )
        assert _state(postfix_site, gone) is (SubscriptionState.SUSPENDED if number == 3 else SubscriptionState.ACTIVE)
    assert _state(postfix_site, well) is SubscriptionState.ACTIVE
    assert len(postfix.wait_for("reader", 3)) == 3
    with postfix_site.db.read() as tx:
        assert store.delivery_counts.counts(tx) == {DeliveryState.SENT: 6}


def test_a_genuine_delivery_report_about_a_mail_ends_the_request(postfix_site: RunningSite, postfix: Postfix) -> None:
    """Somebody entered an address that is gone: one mail, returned to its own signed address, and no more."""
    postfix_site.sign_up(f"reader@{GONE}")
    postfix_site.sign_up(f"reader@{DOMAIN}")
    (report,) = postfix.wait_for("bounces")
    assert re.search(rb"^X-Original-To: bounces\+mail\.\d+\.\d+-[0-9a-f]{20}@", report, re.MULTILINE)
    postfix.wait_for("reader")
    unattended = replace(postfix_site.settings, bounces=BounceSettings(postfix.maildir("bounces")))
    collected = collect.collect_due(unattended, postfix_site.links, postfix_site.db, postfix_site.clock())
    assert collected
    assert [(one.outcome, one.address) for one in collected.taken] == [(Outcome.ENDED, f"reader@{GONE}")]
    gone, well = (postfix_site.subscription(f"reader@{domain}") for domain in (GONE, DOMAIN))
    assert gone
    assert well
    assert (gone.state, well.state) == (SubscriptionState.UNSUBSCRIBED, SubscriptionState.UNCONFIRMED)
    assert "no such mailbox here" in gone.reason


def test_the_mailto_way_out_works_through_a_real_mail_server(postfix_site: RunningSite, postfix: Postfix) -> None:
    """The address and subject that List-Unsubscribe names, mailed by the reader, end it."""
    number = postfix_site.subscribe(f"reader@{DOMAIN}")
    with postfix_site.db.begin() as tx:
        digest_id = store.digests.add(tx, digest(), RENDERED, postfix_site.clock())
        store.deliveries.enqueue(tx, digest_id, postfix_site.clock(), message_id)
    deliver.deliver_due(
        postfix_site.settings, postfix_site.links, postfix_site.db, postfix_site.mailer, postfix_site.clock()
    )
    to, subject = mailto_of(postfix.wait_for("reader")[0])
    note = f"From: reader@{DOMAIN}\r\nSubject: {subject}\r\n\r\n".encode()
    postfix_site.mailer.send([(f"reader@{DOMAIN}", to, note)])
    postfix.wait_for("bounces")
    bounces_command(maildir=postfix.maildir("bounces"), config=_configured(postfix_site))
    assert _state(postfix_site, number) is SubscriptionState.UNSUBSCRIBED


def mailto_of(raw: bytes) -> tuple[str, str]:
    """(address, subject) of the mailto in List-Unsubscribe."""
    header = str(message_from_bytes(raw, policy=policy.default)["List-Unsubscribe"])
    found = re.search(r"<mailto:([^?>]+)\?subject=([^>]+)>", header)
    assert found, header
    return found[1], unquote(found[2])


def _state(site: RunningSite, number: int) -> SubscriptionState:
    with site.db.read() as tx:
        return store.subscribers.get(tx, number).state


def _configured(site: RunningSite) -> Path:
    """A configuration file for commands, with the house's database and keys."""
    database = sqlite_file(site.db)
    database.with_name("monitor.key").write_text("\n".join(site.settings.secret_keys), encoding="ascii")
    return files.written(site.settings.path.parent, files.SMALL + f"database_url: sqlite:///{database}\n")
