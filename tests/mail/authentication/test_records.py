"""What to publish so that mail is believed, and senders that never will be."""

from __future__ import annotations

import pytest

from monitor.mail.authentication import records
from monitor.model import DkimSettings, SmtpSettings


def smtp(sender: str, host: str = "mail.example.org", bounce: str = "", dkim: str = "") -> SmtpSettings:
    """Settings of a sender."""
    signs = DkimSettings(dkim, "monitor") if dkim else None
    return SmtpSettings(host, sender, bounce_domain=bounce, dkim=signs)


@pytest.mark.parametrize(
    "settings",
    [
        smtp("Monitor <monitor@example.org>"),
        smtp("monitor@example.org", bounce="bounces.example.org"),
        smtp("monitor@news.example.org", bounce="example.org"),
        smtp("monitor@example.org", bounce="provider.example", dkim="example.org"),
        smtp("jane@gmail.com", host="smtp.gmail.com"),
        smtp("jane@hotmail.com", host="smtp.office365.com"),
        smtp("monitor@a.hospital.co.uk", bounce="b.hospital.co.uk"),
    ],
)
def test_a_sender_that_aligns_is_accepted(settings: SmtpSettings) -> None:
    """By SPF or by DKIM; one of the two is enough."""
    assert records.problem(settings) == ""


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (smtp("jane@gmail.com"), "only the provider's servers can send as @gmail.com"),
        (smtp("jane@gmail.com", host="smtp.notgmail.com"), "only the provider's servers"),
        (smtp("monitor@example.org", bounce="provider.example"), "authenticated for provider.example"),
        (smtp("monitor@example.org", bounce="a.example", dkim="b.example"), "a.example and b.example"),
        (smtp("monitor@example.org", bounce="badexample.org"), "do not align"),
        (smtp("monitor@hospital.co.uk", bounce="other.co.uk"), "authenticated for other.co.uk"),
        (smtp("monitor@localhost"), "where no records can be published"),
        (smtp("monitor@mail.local"), "where no records can be published"),
    ],
)
def test_a_sender_that_cannot_pass_is_refused(settings: SmtpSettings, said: str) -> None:
    """With what to do instead."""
    assert said in records.problem(settings)


def test_the_records_are_ready_to_paste() -> None:
    """SPF where bounces go, DKIM under its selector, DMARC for what readers see; long keys in pieces."""
    settings = smtp("monitor@example.org", bounce="bounces.example.org", dkim="example.org")
    assert settings.dkim
    spf = records.spf_record(settings)
    dkim = records.dkim_record(settings.dkim, "A" * 392)
    dmarc = records.dmarc_record(settings, "operator@example.org")
    assert spf.line() == 'bounces.example.org. IN TXT "v=spf1 a:mail.example.org ~all"'
    assert dmarc.line() == '_dmarc.example.org. IN TXT "v=DMARC1; p=none; rua=mailto:operator@example.org"'
    assert dkim.name == "monitor._domainkey.example.org"
    assert dkim.line().count('"') == 4
    assert dkim.line().replace('" "', "").endswith("p=" + "A" * 392 + '"')


def test_reports_are_not_asked_for_where_they_would_not_be_sent() -> None:
    """Another organisation must first agree to them in its own DNS; gmail.com does not."""
    assert records.dmarc_record(smtp("monitor@example.org"), "jane@gmail.com").value == "v=DMARC1; p=none"
