"""Keyed hashes: how an address is recognised by who holds the key, without being kept."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from collections.abc import Sequence
from functools import cached_property

from monitor.model import email_address


def address_hmacs(text: str, keys: Sequence[str]) -> list[str]:
    """Keyed hashes of an address or network, one for each key that counts, newest first (HMAC-SHA-256, hex).

    Blanks around it, its case and how a domain's letters are written make no difference.
    """
    spelled = b"monitor address " + email_address.key(text).encode()
    return [hmac.new(key.encode(), spelled, hashlib.sha256).hexdigest() for key in keys]


class AddressKey:
    """An address with the keyed hashes by which it is recognised; each is made once, when it is first asked for.

    All are under every one of the keys, newest first.
    """

    def __init__(self, address: str, keys: Sequence[str]) -> None:
        self.address, self._keys = address, keys

    @cached_property
    def hmacs(self) -> list[str]:
        """Of the address itself: who was erased is known by them."""
        return address_hmacs(self.address, self._keys)

    @cached_property
    def untagged_hmacs(self) -> list[str]:
        """Of the address without its "+tag": who complained is known by them."""
        return address_hmacs(email_address.without_subaddress(self.address), self._keys)

    @cached_property
    def mailbox_hmacs(self) -> list[str]:
        """Of the mailbox behind the address: how often it was written to is counted by them."""
        return address_hmacs(email_address.canonical_mailbox(self.address), self._keys)


def network(ip: str) -> str:
    """What one household or office has in common: an IPv4 address itself, the /64 of an IPv6 one; "" for neither."""
    try:
        host = ipaddress.ip_address(ip)
    except ValueError:
        return ""
    mapped = host.ipv4_mapped if isinstance(host, ipaddress.IPv6Address) else None
    if mapped or host.version == 4:
        return str(mapped or host)
    return str(ipaddress.ip_network(f"{host}/64", strict=False))
