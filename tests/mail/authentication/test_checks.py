"""What the DNS publishes about the sender: right, different, wrong or missing, each with what to do."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.mail.authentication import checks, spf
from monitor.mail.authentication.checks import RecordCheck, State
from monitor.mail.authentication.resolver import LookupFailed, Resolver
from monitor.model import DkimSettings, SmtpSettings
from tests.support.dns_server import Server, running, txt

SMTP = SmtpSettings("mail.example.org", "Monitor <monitor@example.org>", bounce_domain="bounces.example.org")
DKIM = DkimSettings("example.org", "monitor")
KEY = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A" + "A" * 340 + "IDAQAB"
HOST = {"mail.example.org A": ["8.8.4.4"], "mail.example.org AAAA": ["2606:4700::1"]}
RIGHT, DIFFERENT, WRONG, MISSING = State.RIGHT, State.DIFFERENT, State.WRONG, State.MISSING


def spf_check(zone: dict[str, list[str]], smtp: SmtpSettings = SMTP) -> RecordCheck:
    """What is said of the SPF record in this zone."""
    with running({**HOST, **zone}) as server:
        return checks.spf_check(Resolver(server.address), smtp)


@pytest.mark.parametrize(
    ("record", "state", "said"),
    [
        ("v=spf1 a:mail.example.org ~all", RIGHT, "names mail.example.org"),
        ("V=SPF1 IP4:8.8.4.0/24 -ALL", RIGHT, "names mail.example.org"),
        ("v=spf1 ip6:2606:4700::/32 -all", RIGHT, "names mail.example.org"),
        ("v=spf1 mx -all", RIGHT, "names mail.example.org"),
        ("v=spf1 a:other.example.org/8 -all", RIGHT, "names mail.example.org"),
        ("v=spf1 include:one.example.net -all", RIGHT, "names mail.example.org"),
        ("v=spf1 redirect=one.example.net", RIGHT, "names mail.example.org"),
        ("v=spf1 include:_spf.mail.example.org -all", RIGHT, "of the provider of mail.example.org"),
        ("v=spf1 exists:%{i}._spf.example.net -all", RIGHT, "cannot be checked from here"),
        ("v=spf1 ~all", DIFFERENT, "does not name mail.example.org"),
        ("v=spf1 a -all", DIFFERENT, "does not name mail.example.org, and asks receivers to refuse all others"),
        ("v=spf1 -a:mail.example.org +all", DIFFERENT, "does not name mail.example.org"),
        ("v=spf1 ip4:192.0.2.1 include:two.example.net", DIFFERENT, "does not name"),
        ("v=spf1 ipv4:8.8.4.4 -all", WRONG, "is invalid: “ipv4:8.8.4.4” is not an SPF mechanism"),
        ("v=spf1 ip4:8.8.4.444 -all", WRONG, "is not an address or network"),
        ("v=spf1 a/64 -all", WRONG, "is not an address or network"),
        ("v=spf1 include:nobody.example.net -all", WRONG, "include:nobody.example.net leads to no SPF record"),
        ("v=spf1 include:loop.example.net -all", WRONG, "more than 10 DNS lookups"),
    ],
)
def test_an_spf_record_is_read_as_a_receiver_reads_it(record: str, state: State, said: str) -> None:
    """Mechanisms in their order, includes, redirects, its limits; where only a mail could decide, no alarm."""
    zone = {
        "bounces.example.org TXT": ['"some-verification=abc"', txt(record)],
        "bounces.example.org A": ["8.8.8.8"],
        "bounces.example.org MX": ["10 mail.example.org."],
        "other.example.org A": ["8.1.2.3"],
        "one.example.net TXT": [txt("v=spf1 include:two.example.net ip4:8.8.4.4 -all")],
        "two.example.net TXT": [txt("v=spf1 ip4:9.9.9.9 -all")],
        "_spf.mail.example.org TXT": [txt("v=spf1 ip4:9.9.9.9 -all")],
        "loop.example.net TXT": [txt("v=spf1 include:loop.example.net -all")],
    }
    found = spf_check(zone)
    assert (found.state, said in found.text) == (state, True), found.text
    assert found.found == (record,)


def test_a_record_that_lacks_our_server_is_shown_with_it() -> None:
    """What stands there already stays, or other mail of the domain would fail."""
    found = spf_check({"bounces.example.org TXT": [txt("v=spf1 ip4:192.0.2.1 -all")]})
    assert found.wanted
    assert found.wanted.value == "v=spf1 ip4:192.0.2.1 a:mail.example.org -all"


def test_two_spf_records_are_an_error_with_one_to_publish_instead() -> None:
    """Receivers then count none of them."""
    records = ["v=spf1 ip4:192.0.2.1 mx -all", "v=spf1 mx a:mail.example.org ~all"]
    found = spf_check({"bounces.example.org TXT": [txt(one) for one in records]})
    assert (found.state, set(found.found)) == (WRONG, set(records))
    assert "has 2 SPF records" in found.text
    assert found.wanted
    assert sorted(found.wanted.value.split()[1:4]) == ["a:mail.example.org", "ip4:192.0.2.1", "mx"]


def test_without_one_the_record_to_publish_is_told() -> None:
    """At the domain of bounces, whatever the From domain has."""
    found = spf_check({"example.org TXT": [txt("v=spf1 -all")]})
    assert (found.state, found.text) == (MISSING, "bounces.example.org has no SPF record")
    assert found.wanted
    assert found.wanted.line() == 'bounces.example.org. IN TXT "v=spf1 a:mail.example.org ~all"'


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "10.1.2.3", "postfix.internal.example"])
def test_of_a_server_on_this_network_nobody_here_knows_the_address_that_others_see(host: str) -> None:
    """No alarm; but a broken record is seen all the same."""
    smtp = replace(SMTP, host=host)
    zone = {"postfix.internal.example A": ["192.168.1.2"], "bounces.example.org TXT": [txt("v=spf1 ip4:8.8.8.8 -all")]}
    found = spf_check(zone, smtp)
    assert (found.state, "cannot be checked from here" in found.text) == (RIGHT, True)
    assert spf_check({"bounces.example.org TXT": [txt("v=spf1 spam -all")]}, smtp).state is WRONG


def test_the_includes_of_large_providers_are_known_by_name() -> None:
    """Their servers for handing mail in are not those that send it on."""
    smtp = replace(SMTP, host="smtp.office365.com")
    zone = {
        "smtp.office365.com A": ["8.8.8.8"],
        "bounces.example.org TXT": [txt("v=spf1 include:spf.protection.outlook.com -all")],
        "spf.protection.outlook.com TXT": [txt("v=spf1 ip4:9.9.9.9 -all")],
    }
    assert "of the provider of smtp.office365.com" in spf_check(zone, smtp).text


def test_an_evaluation_that_the_dns_breaks_off_is_no_verdict() -> None:
    """An include whose server fails."""
    with running({**HOST, "bounces.example.org TXT": [txt("v=spf1 include:x.example.net -all")]}) as server:
        server.failing.add("x.example.net")
        with pytest.raises(LookupFailed):
            checks.spf_check(Resolver(server.address), SMTP)


def test_a_record_grows_before_what_is_said_of_everybody_else() -> None:
    """Also before a redirect."""
    assert spf.with_mechanism(["v=spf1 mx redirect=x.org"], "a:h.org") == "v=spf1 mx a:h.org redirect=x.org"
    assert spf.with_mechanism(["v=spf1"], "a mx") == "v=spf1 a mx"


@pytest.fixture(scope="module")
def anything() -> Iterator[Server]:
    """A server whose zone a test fills as it likes."""
    with running(HOST) as server:
        yield server


PIECES = (
    "a",
    "mx",
    "all",
    "-",
    "include:",
    "ip4:",
    "ip6:",
    "redirect=",
    "exists:",
    "%{i}",
    "/33",
    "//",
    "8.8.4.4",
    "..",
)
TERMS = st.lists(
    st.lists(st.sampled_from([*PIECES, "::1", "bounces.example.org", "x" * 64, "@"]), max_size=4), max_size=5
)


@given(TERMS)
def test_no_record_of_a_stranger_breaks_the_reader(anything: Server, terms: list[list[str]]) -> None:
    """Right, different, broken, or not to be looked up; never a bug."""
    record = " ".join(["v=spf1", *map("".join, terms)])
    anything.zone["bounces.example.org TXT"] = [txt(record)]
    with contextlib.suppress(LookupFailed):
        assert checks.spf_check(Resolver(anything.address), SMTP).found


# --- DKIM ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("records", "state", "said"),
    [
        ([f"v=DKIM1; k=rsa; p={KEY}"], RIGHT, "has the key we sign with"),
        ([f"p={KEY[:100]} {KEY[100:]}"], RIGHT, "has the key we sign with"),
        ([f"v=DKIM1; t=y; p={KEY}"], DIFFERENT, "Remove t=y"),
        ([f"v=DKIM1; p={KEY.replace('AAAA', 'BBBB', 1)}"], WRONG, "has another key than the one we sign with"),
        (["v=DKIM1; p="], WRONG, "revokes the key"),
        ([f"v=DKIM1; k=ed25519; p={KEY}"], WRONG, "says k=ed25519"),
        ([f"v=DKIM1; h=sha1; p={KEY}"], WRONG, "allows only h=sha1"),
        ([f"v=DKIM1; p={KEY}", "v=DKIM1; p=AAAA"], WRONG, "has 2 records"),
        (["something else"], MISSING, "is not published"),
        ([], MISSING, "is not published"),
    ],
)
def test_the_published_key_is_compared_with_the_one_that_signs(records: list[str], state: State, said: str) -> None:
    """Every signature fails where they differ; long keys come over TCP and in pieces."""
    with running({"monitor._domainkey.example.org TXT": [txt(one) for one in records]}) as server:
        found = checks.dkim_check(Resolver(server.address), DKIM, KEY)
    assert (found.state, said in found.text) == (state, True), found.text
    assert all(len(one) <= 80 for one in found.found)


# --- DMARC -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "state", "said"),
    [
        ({"_dmarc.example.org": "v=DMARC1; p=none"}, RIGHT, "_dmarc.example.org asks for “none”"),
        ({"_dmarc.news.example.org": "v=DMARC1;p=reject"}, RIGHT, "_dmarc.news.example.org asks for “reject”"),
        ({"_dmarc.example.org": "v=DMARC1; p=none; sp=reject"}, RIGHT, "asks for “reject”"),
        ({"_dmarc.example.org": "v=DMARC1; p=reject; aspf=s"}, WRONG, "strict alignment"),
        ({"_dmarc.example.org": "v=DMARC1; p=none; aspf=s"}, DIFFERENT, "strict alignment"),
        ({"_dmarc.example.org": "v=DMARC1"}, DIFFERENT, "says no p="),
        ({"_dmarc.example.org": "v=DMARC1; p=maybe"}, DIFFERENT, "says p=maybe"),
        ({"_dmarc.example.org": "hello"}, MISSING, "_dmarc.example.org is not published"),
        ({}, MISSING, "_dmarc.example.org is not published"),
    ],
)
def test_the_policy_of_the_from_domain_or_of_its_organisation_counts(
    zone: dict[str, str], state: State, said: str
) -> None:
    """And whether mail whose bounces go to a domain beside it can pass."""
    smtp = replace(SMTP, sender="monitor@news.example.org")
    with running({f"{name} TXT": [txt(text)] for name, text in zone.items()}) as server:
        found = checks.dmarc_check(Resolver(server.address), smtp, "jane@example.org")
    assert (found.state, said in found.text) == (state, True), found.text


def test_a_signature_aligns_where_the_envelope_does_not() -> None:
    """One of the two is enough."""
    strict = {"_dmarc.example.org TXT": [txt("v=DMARC1; p=reject; aspf=s; adkim=s")]}
    with running(strict) as server:
        signed = checks.dmarc_check(Resolver(server.address), replace(SMTP, dkim=DKIM), "jane@example.org")
        unsigned = checks.dmarc_check(Resolver(server.address), SMTP, "jane@example.org")
    assert (signed.state, unsigned.state) == (RIGHT, WRONG)


def test_two_policies_are_none() -> None:
    """As with SPF."""
    records = {"_dmarc.example.org TXT": [txt("v=DMARC1; p=none"), txt("v=DMARC1; p=reject")]}
    with running(records) as server:
        found = checks.dmarc_check(Resolver(server.address), SMTP, "jane@example.org")
    assert (found.state, "has 2 DMARC records" in found.text) == (WRONG, True)


# --- the way back ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "state", "said"),
    [
        ({"bounces.example.org MX": ["10 mail.example.org."]}, RIGHT, "is returned to mail.example.org"),
        ({"bounces.example.org A": ["192.0.2.1"]}, RIGHT, "its own address"),
        ({"bounces.example.org MX": ["0 ."]}, WRONG, "accepts no mail"),
        ({"bounces.example.org MX": ["10 gone.example.org."]}, MISSING, "have no address"),
        ({"bounces.example.org TXT": [txt("hello")]}, MISSING, "no MX and no address"),
        ({}, MISSING, "no MX and no address"),
    ],
)
def test_returned_mail_needs_a_way_back(zone: dict[str, list[str]], state: State, said: str) -> None:
    """Receivers ask for it too before they take a mail."""
    with running({**HOST, **zone}) as server:
        found = checks.return_path_mx(Resolver(server.address), SMTP)
    assert (found.state, said in found.text) == (state, True), found.text
