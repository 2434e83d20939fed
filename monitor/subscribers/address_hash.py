"""Keyed hashes (HMACs) of addresses: they identify an address to the holder of the key without storing it."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from collections.abc import Sequence
from functools import cached_property

from monitor.model import email_address


def address_hmacs(text: str, keys: Sequence[str]) -> list[str]:
    """HMAC-SHA-256 in hex of an address or network under each of `keys` (newest first), in their order.

    The address is normalized first: surrounding blanks, case and the encoding of its domain (IDNA) do not matter.
    """
    spelled = b"monitor address " + email_address.key(text).encode()
    return [hmac.new(key.encode(), spelled, hashlib.sha256).hexdigest() for key in keys]


class AddressKey:
    """An address with its keyed hashes, each computed once, on first use.

    Every property has one hash for each key, newest first.
    """

    def __init__(self, address: str, keys: Sequence[str]) -> None:
        self.address, self._keys = address, keys

    @cached_property
    def hmacs(self) -> list[str]:
        """Of the address itself: identifies erased addresses."""
        return address_hmacs(self.address, self._keys)

    @cached_property
    def untagged_hmacs(self) -> list[str]:
        """Of the address without its subaddress ("+tag", RFC 5233): identifies complainants."""
        return address_hmacs(email_address.without_subaddress(self.address), self._keys)

    @cached_property
    def mailbox_hmacs(self) -> list[str]:
        """Of the canonical mailbox: the mails requested to it are counted under these."""
        return address_hmacs(email_address.canonical_mailbox(self.address), self._keys)


def network(ip: str) -> str:
    """The network that the rate limits count: an IPv4 address itself, the /64 of an IPv6 address, "" for neither."""
    try:
        host = ipaddress.ip_address(ip)
    except ValueError:
        return ""
    mapped = host.ipv4_mapped if isinstance(host, ipaddress.IPv6Address) else None
    if mapped or host.version == 4:
        return str(mapped or host)
    return str(ipaddress.ip_network(f"{host}/64", strict=False))
