"""Keyed hashes: how an address is recognised by who holds the key, without being kept."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from collections.abc import Sequence

from monitor.model import email_address


def address_hmacs(text: str, keys: Sequence[str]) -> list[str]:
    """Keyed hashes of an address or network, one for each key that counts, newest first (HMAC-SHA-256, hex).

    Blanks around it, its case and how a domain's letters are written make no difference.
    """
    spelled = b"monitor address " + email_address.key(text).encode()
    return [hmac.new(key.encode(), spelled, hashlib.sha256).hexdigest() for key in keys]


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
