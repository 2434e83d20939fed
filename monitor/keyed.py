"""Keyed hashes: how an address is recognised by who holds the key, without being kept."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from collections.abc import Sequence


def hashes(text: str, keys: Sequence[str]) -> list[str]:
    """Keyed hashes of an address or network, one for each key that counts, newest first (HMAC-SHA-256, hex).

    Blanks around it and its case make no difference.
    """
    spelled = b"monitor address " + text.strip().lower().encode()
    return [hmac.new(key.encode(), spelled, hashlib.sha256).hexdigest() for key in keys]


def network(ip: str) -> str:
    """What one household or office has in common: an IPv4 address itself, the /64 of an IPv6 one; "" for neither."""
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return ""
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    if mapped or address.version == 4:
        return str(mapped or address)
    return str(ipaddress.ip_network(f"{address}/64", strict=False))
