"""Keyed hashes of addresses and networks: what counts as the same person, mailbox, household or holder."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from monitor.subscribers.address_hash import AddressKey, NetworkKey, address_hmacs, network

NEW, OLD = "a-new-key-of-at-least-32-characters-1", "an-old-key-of-at-least-32-characters-2"


def expected(text: str, key: str) -> str:
    """The hash, as somebody else would compute it."""
    return hmac.new(key.encode(), f"monitor address {text}".encode(), hashlib.sha256).hexdigest()


def test_an_address_has_a_hash_for_each_key_the_newest_first() -> None:
    """However it is spelled; links made years ago contain it, so it never changes."""
    both = [expected("jane@xn--bcher-kva.de", NEW), expected("jane@xn--bcher-kva.de", OLD)]
    assert address_hmacs(" Jane@Bücher.de ", (NEW, OLD)) == both
    assert address_hmacs("", (NEW,)) == [expected("", NEW)]


def test_a_person_is_known_by_the_address_its_untagged_form_and_its_mailbox() -> None:
    """The first is who was erased, the second who declined, the third is counted for the limits."""
    person = AddressKey("J.Ane+news@Example.org", (NEW, OLD))
    assert person.hmacs == [expected("j.ane+news@example.org", key) for key in (NEW, OLD)]
    assert person.untagged_hmacs == [expected("j.ane@example.org", key) for key in (NEW, OLD)]
    assert person.mailbox_hmacs == [expected("jane@example.org", key) for key in (NEW, OLD)]
    assert (person.address, person.keys) == ("J.Ane+news@Example.org", (NEW, OLD))


@pytest.mark.parametrize(
    ("ip", "household", "holder"),
    [
        ("192.0.2.77", "192.0.2.77/32", "192.0.2.0/24"),
        ("::ffff:192.0.2.77", "192.0.2.77/32", "192.0.2.0/24"),
        ("2001:db8:7:8:9::1", "2001:db8:7:8::/64", "2001:db8:7::/48"),
        ("", "nowhere", "nowhere"),
        ("unknown", "nowhere", "nowhere"),
    ],
)
def test_a_visitor_belongs_to_a_household_and_a_holder(ip: str, household: str, holder: str) -> None:
    """RFC 6177: who has an IPv6 connection may have a /48; hashed with the newest key only."""
    origin = NetworkKey(ip, (NEW, OLD))
    assert origin.household_hmac == expected(household, NEW)
    assert origin.holder_hmac == expected(holder, NEW)


def test_what_is_no_address_is_in_no_network() -> None:
    """A proxy may say anything."""
    assert [network(ip, 32, 64) for ip in ("", "unknown", "192.0.2", "192.0.2.1:80")] == [""] * 4
    assert network("192.0.2.1", 8, 64) == "192.0.0.0/8"
