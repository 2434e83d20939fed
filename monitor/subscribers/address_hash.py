"""Keyed hashes (HMACs) of addresses: they identify an address to the holder of the key without storing it."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from collections.abc import Sequence
from functools import cached_property

from monitor.model.values import email_address


def address_hmacs(text: str, keys: Sequence[str]) -> list[str]:
    """HMAC-SHA-256 in hex of an address or network under each of `keys` (newest first), in their order.

    The address is normalized first: surrounding blanks, case and the encoding of its domain (IDNA) do not matter.
    """
    spelled = b"monitor address " + email_address.key(text).encode()
    return [hmac.new(key.encode(), spelled, hashlib.sha256).hexdigest() for key in keys]


class AddressKey:
    """An address with its keyed hashes, each computed once, on first use.

    Made where an address enters (form, import, command) and passed on. Every property has one hash for each of `keys`,
    newest first.
    """

    def __init__(self, address: str, keys: Sequence[str]) -> None:
        self.address, self.keys = address, keys

    @cached_property
    def hmacs(self) -> list[str]:
        """Of the address itself: identifies erased addresses."""
        return address_hmacs(self.address, self.keys)

    @cached_property
    def untagged_hmacs(self) -> list[str]:
        """Of the address without its subaddress ("+tag", RFC 5233): identifies who declined all mail."""
        return address_hmacs(email_address.without_subaddress(self.address), self.keys)

    @cached_property
    def mailbox_hmacs(self) -> list[str]:
        """Of the canonical mailbox: the mails requested to it are counted under these."""
        return address_hmacs(email_address.canonical_mailbox(self.address), self.keys)


class NetworkKey:
    """Where a visitor comes from, as the newest key's hashes of two networks: a household's, and one holder's.

    A household has an IPv4 address or an IPv6 /64; a single holder may have all of an IPv4 /24 or of an IPv6 /48
    (RFC 6177) to send from. Visitors without a known address share one network.
    """

    def __init__(self, ip: str, keys: Sequence[str]) -> None:
        self._ip, self._keys = ip, keys

    @cached_property
    def household_hmac(self) -> str:
        """Of the IPv4 address itself, or the /64 of an IPv6 address."""
        return self._hmac(32, 64)

    @cached_property
    def holder_hmac(self) -> str:
        """Of the /24 of an IPv4 address, or the /48 of an IPv6 address."""
        return self._hmac(24, 48)

    def _hmac(self, ipv4_bits: int, ipv6_bits: int) -> str:
        return address_hmacs(network(self._ip, ipv4_bits, ipv6_bits) or "nowhere", self._keys[:1])[0]


def network(ip: str, ipv4_bits: int, ipv6_bits: int) -> str:
    """The network of `ip` with a prefix of this length, "" when it is not an IP address."""
    try:
        host = ipaddress.ip_address(ip)
    except ValueError:
        return ""
    mapped = host.ipv4_mapped if isinstance(host, ipaddress.IPv6Address) else None
    bits = ipv4_bits if mapped or host.version == 4 else ipv6_bits
    return str(ipaddress.ip_network(f"{mapped or host}/{bits}", strict=False))
