"""Asking the DNS: what it says, what it does not know, and that a dead one costs seconds."""

from __future__ import annotations

import ipaddress

import pytest

from monitor.errors import ConfigError
from monitor.mail.authentication.resolver import LookupFailed, Resolver
from tests.support.dns_server import running, txt

LONG = "v=DKIM1; k=rsa; p=" + "A" * 700


def test_what_is_published_is_found_and_what_is_not_is_nothing() -> None:
    """A text in pieces is one text; a host has addresses of two kinds; a name without such a record has none."""
    zone = {
        "example.org TXT": [txt("v=spf1 -all"), '"in " "pieces"'],
        "example.org MX": ["20 second.example.org.", "10 First.example.org."],
        "quiet.example.org MX": ["0 ."],
        "first.example.org A": ["192.0.2.1"],
        "first.example.org AAAA": ["2001:db8::1"],
    }
    with running(zone) as server:
        ask = Resolver(server.address)
        assert sorted(ask.txt_records("example.org")) == ["in pieces", "v=spf1 -all"]
        assert ask.mx_hosts("example.org.") == ["first.example.org", "second.example.org"]
        assert ask.mx_hosts("quiet.example.org") == [""]
        assert ask.addresses("first.example.org") == [
            ipaddress.ip_address("192.0.2.1"),
            ipaddress.ip_address("2001:db8::1"),
        ]
        assert ask.txt_records("first.example.org") == []
        assert ask.txt_records("nowhere.example.org") == []


def test_an_answer_too_long_for_a_datagram_is_fetched_over_tcp() -> None:
    """Long keys, and domains with many texts."""
    with running({"k._domainkey.example.org TXT": [txt(LONG)]}) as server:
        assert Resolver(server.address).txt_records("k._domainkey.example.org") == [LONG]
        assert (server.asked["udp"], server.asked["tcp"]) == (1, 1)


def test_a_server_that_fails_is_not_taken_for_a_name_that_is_missing() -> None:
    """Nothing is known then; other names are asked for as before."""
    with running({"example.org TXT": [txt("here")], "broken.example.org TXT": [txt("here")]}) as server:
        server.failing.add("broken.example.org")
        ask = Resolver(server.address)
        with pytest.raises(LookupFailed, match=r"responds to a query for broken.example.org with SERVFAIL"):
            ask.txt_records("broken.example.org")
        assert ask.txt_records("example.org") == ["here"]


def test_a_dead_dns_costs_the_time_budget_and_no_more() -> None:
    """However many names are asked for."""
    with running({}) as server:
        server.is_silent = True
        ask = Resolver(server.address, timeout=0.2, lifetime=0.5)
        for _ in range(40):
            with pytest.raises(LookupFailed, match="does not respond"):
                ask.txt_records("example.org")
        assert server.asked["udp"] < 10


def test_where_nobody_listens_that_is_said() -> None:
    """The port is closed."""
    with running({}) as server:
        address = server.address
    with pytest.raises(LookupFailed):
        Resolver(address, timeout=0.2).txt_records("example.org")


@pytest.mark.parametrize("name", ["a..b", "x" * 64 + ".example.org", "example.org:53 A." + "y." * 200])
def test_a_name_that_cannot_be_one_is_said(name: str) -> None:
    """Records of strangers name what they like."""
    with running({}) as server, pytest.raises(LookupFailed, match="cannot be looked up"):
        Resolver(server.address).txt_records(name)


@pytest.mark.parametrize("server", ["dns.example.org", "192.0.2.1:dns", "300.1.1.1", "a:b"])
def test_a_resolver_is_an_address(server: str) -> None:
    """A name would have to be looked up first."""
    with pytest.raises(ConfigError, match="is not the address of a DNS server"):
        Resolver(server)
