"""Mail is signed so that receivers believe it, and both unsubscribe headers are under the signature."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import dkim
import pytest
from hypothesis import given
from hypothesis import settings as patient
from hypothesis import strategies as st

from monitor.config import load
from monitor.delivery.mime import DigestTemplate
from monitor.errors import ConfigError
from monitor.mail import dkim_signing
from monitor.mail.authentication.records import dkim_record
from monitor.mail.smtp import SmtpMailer
from monitor.model import DkimSettings
from monitor.service import connections
from tests.config.files import SMALL, written
from tests.delivery.test_mime import HEADING, RECIPIENT, RENDERED
from tests.support.digest_samples import NOW
from tests.support.mail_servers import Mailbox


@pytest.fixture(scope="module")
def key() -> str:
    """A private key as OpenSSL makes it."""
    return subprocess.run(["openssl", "genrsa", "2048"], check=True, capture_output=True, text=True).stdout  # noqa: S607


@pytest.fixture
def settings(key: str) -> DkimSettings:
    """Signing in the name of example.org."""
    return DkimSettings("example.org", "monitor", key)


@pytest.fixture
def mail(settings: DkimSettings) -> bytes:
    """A signed digest."""
    return dkim_signing.signer(settings)(DigestTemplate(RENDERED, HEADING).to(RECIPIENT, NOW))


def is_believed(mail: bytes, settings: DkimSettings) -> bool:
    """Does a receiver believe it, who finds our record in the DNS and nothing else?"""
    record = dkim_record(settings, dkim_signing.public_key(settings)).value.encode()
    published = {b"monitor._domainkey.example.org.": record}
    return bool(dkim.verify(mail, dnsfunc=lambda name, **_: published.get(name)))


def test_a_receiver_believes_a_digest(mail: bytes, settings: DkimSettings) -> None:
    """With the record that doctor prints."""
    assert mail.startswith(b"DKIM-Signature: v=1; a=rsa-sha256; ")
    assert is_believed(mail, settings)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"https://monitor.example.org/unsubscribe/", b"https://evil.example.net/unsubscribe/"),
        (b"List-Unsubscribe-Post: List-Unsubscribe=One-Click", b"List-Unsubscribe-Post: List-Unsubscribe=No"),
        (b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", b""),
        (b"List-ID: <", b"List-ID: <x"),
        (b"Subject: ", b"Subject: Re: "),
        (b"Message-ID: <", b"Message-ID: <x"),
        (b"From: ", b"From: boss@example.org\r\nFrom: "),
        (b"From: ", b"Reply-To: thief@example.net\r\nFrom: "),
        (b"From: ", b"Cc: many@example.net\r\nFrom: "),
        (b"Subject: ", b"Subject: win\r\nSubject: "),
        (b"Content-Type: text/plain", b"Content-Type: text/html"),
    ],
)
def test_whoever_changes_it_on_the_way_is_found_out(
    mail: bytes, settings: DkimSettings, before: bytes, after: bytes
) -> None:
    """Either unsubscribe header, who it is from, a second From, the body."""
    assert before in mail
    assert not is_believed(mail.replace(before, after, 1), settings)


def test_a_relay_that_only_folds_and_spaces_does_no_harm(mail: bytes, settings: DkimSettings) -> None:
    """Relaxed canonicalisation forgives blanks, and headers a relay adds on top."""
    assert is_believed(b"Received: from here\r\n" + mail.replace(b"Date: ", b"date:   ", 1), settings)


def test_what_the_mailer_hands_over_is_signed(mailbox: Mailbox, settings: DkimSettings) -> None:
    """Digests, mails, alerts: whatever goes through it."""
    mailer = SmtpMailer(mailbox.settings(), sign=dkim_signing.signer(settings))
    mailer.send([("monitor@example.org", "a@example.org", DigestTemplate(RENDERED, HEADING).to(RECIPIENT, NOW))])
    assert is_believed(mailbox.arrived[0].content, settings)


def test_an_ed25519_key_signs_too() -> None:
    """RFC 8463: the record says so, the signature verifies, and a change is found out."""
    made = subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519"], check=True, capture_output=True, text=True)  # noqa: S607
    settings = DkimSettings("example.org", "monitor", made.stdout)
    mail = dkim_signing.signer(settings)(DigestTemplate(RENDERED, HEADING).to(RECIPIENT, NOW))
    assert mail.startswith(b"DKIM-Signature: v=1; a=ed25519-sha256; ")
    assert "k=ed25519" in dkim_record(settings, dkim_signing.public_key(settings)).value
    assert is_believed(mail, settings)
    assert not is_believed(mail.replace(b"Subject: ", b"Subject: Re: ", 1), settings)


bodies = st.lists(
    st.sampled_from([b"", b" ", b"\t", b"a", b"a  b", b"a\t b \t", b".", b"From me", b"=20", b"x" * 70]), max_size=9
).map(lambda lines: b"".join(line + b"\r\n" for line in lines))
heads = st.lists(
    st.sampled_from(
        [
            b"Subject: a",
            b"Subject:b  c ",
            b"SUBJECT: d\r\n\te",
            b"To: <a@example.org>",
            b"X: y",
            b"Subject:",
            b"Date:\r\n x",
        ]
    ),
    max_size=6,
).map(lambda fields: b"From: <a@example.org>\r\n" + b"".join(field + b"\r\n" for field in fields))


@patient(deadline=None, max_examples=50)
@given(head=heads, body=bodies)
def test_whatever_the_mail_looks_like_a_receiver_believes_it(key: str, head: bytes, body: bytes) -> None:
    """Repeated, folded and empty fields, blanks and empty lines anywhere: signed as dkimpy reads them."""
    settings = DkimSettings("example.org", "monitor", key)
    mail = dkim_signing.signer(settings)(head + b"\r\n" + body)
    assert is_believed(mail, settings)
    assert max(len(line) for line in mail.partition(b"\r\nFrom:")[0].split(b"\r\n")) <= 78


def test_the_published_key_is_the_one_openssl_derives(key: str, settings: DkimSettings) -> None:
    """SubjectPublicKeyInfo, as every verifier reads it."""
    made = subprocess.run(
        ["openssl", "rsa", "-pubout"],  # noqa: S607
        input=key,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert re.sub(r"-----.*-----|\s", "", made) == dkim_signing.public_key(settings)


@pytest.mark.parametrize(("wrong", "why"), [("", "no key to sign with"), ("hello", "not an RSA private key")])
def test_a_key_that_cannot_sign_is_told_at_the_start(wrong: str, why: str) -> None:
    """With the command that makes one."""
    with pytest.raises(ConfigError, match=f"{why}.*openssl genrsa"):
        dkim_signing.signer(DkimSettings("example.org", "monitor", wrong))


def test_the_key_comes_from_a_file_and_the_rest_from_the_configuration(tmp_path: Path, key: str) -> None:
    """And the key shows nowhere."""
    (tmp_path / "dkim.pem").write_text(key, encoding="ascii")
    text = SMALL.replace("  host: mail.example.org\n", "  host: mail.example.org\n  dkim: {domain: Example.org}\n")
    settings = load(written(tmp_path, text), {"MONITOR_DKIM_KEY_FILE": str(tmp_path / "dkim.pem")})
    assert settings.smtp.dkim == DkimSettings("example.org", "monitor", key.strip())
    assert "PRIVATE" not in repr(settings)
    assert isinstance(connections.open_mailer(settings), SmtpMailer)
