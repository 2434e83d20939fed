"""DNS queries. The sole importer of dns (dnspython).

Each query has a timeout, and all queries of one resolver share a total time budget. When the budget is used up, as it
soon is where no server responds, every further query fails at once.
"""

from __future__ import annotations

import ipaddress
import time
from ipaddress import IPv4Address, IPv6Address
from typing import Any

import dns.exception
import dns.name
import dns.rcode
import dns.resolver

from monitor.errors import ConfigError, MonitorError

#: Seconds for one query, and for all queries of one resolver together.
TIMEOUT, LIFETIME = 2.0, 6.0
#: EDNS buffer size in bytes (the DNS Flag Day 2020 value); longer responses are fetched over TCP.
_PAYLOAD = 1232

#: An IPv4 or IPv6 address.
Address = IPv4Address | IPv6Address


class LookupFailed(MonitorError):
    """A query failed (timeout, SERVFAIL, no server): whether the name exists is not known."""


class Resolver:
    """Queries one DNS server ("address" or "address:port"), with "" the system's. Times in seconds.

    Raises ConfigError when `server` is neither.
    """

    def __init__(self, server: str = "", *, timeout: float = TIMEOUT, lifetime: float = LIFETIME) -> None:
        self._server = _parsed(server) if server else None
        self._timeout, self._left = timeout, lifetime
        self._resolver: dns.resolver.Resolver | None = None

    def txt_records(self, name: str) -> list[str]:
        """The TXT records of a name, the strings of each joined; [] when it has none. Raises LookupFailed."""
        return [b"".join(record.strings).decode("utf-8", "replace") for record in self._query(name, "TXT")]

    def mx_hosts(self, name: str) -> list[str]:
        """The hosts of a domain's MX records by preference; "" is a null MX (RFC 7505). Raises LookupFailed."""
        found = sorted(self._query(name, "MX"), key=lambda record: int(record.preference))
        return [record.exchange.to_text(omit_final_dot=True).rstrip(".").lower() for record in found]

    def addresses(self, name: str) -> list[Address]:
        """The IPv4 and IPv6 addresses of a host. Raises LookupFailed."""
        return [ipaddress.ip_address(record.address) for kind in ("A", "AAAA") for record in self._query(name, kind)]

    def _query(self, name: str, kind: str) -> list[Any]:
        if self._left <= 0:
            raise LookupFailed("the DNS does not respond in time")
        began = time.monotonic()
        try:
            absolute = dns.name.from_text(name.rstrip(".") + ".")
            return list(self._configured_resolver().resolve(absolute, kind, lifetime=min(self._timeout, self._left)))
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except dns.resolver.LifetimeTimeout as error:
            raise LookupFailed(f"the DNS does not respond within {self._timeout:g} seconds") from error
        except (dns.exception.DNSException, OSError) as error:
            raise LookupFailed(_reason(error, name)) from error
        finally:
            self._left -= time.monotonic() - began

    def _configured_resolver(self) -> dns.resolver.Resolver:
        if self._resolver is None:
            self._resolver = dns.resolver.Resolver(configure=self._server is None)
            if self._server:
                self._resolver.nameservers = [self._server[0]]
                self._resolver.port = self._server[1]
            self._resolver.use_edns(0, 0, _PAYLOAD)
        return self._resolver


def _parsed(server: str) -> tuple[str, int]:
    """(address, port) of "192.0.2.1", "192.0.2.1:5353", "2001:db8::1" or "[2001:db8::1]:5353"."""
    address, port = server, "53"
    if server.startswith("[") or server.count(":") == 1:
        address, _, port = server.rpartition(":")
    try:
        return str(ipaddress.ip_address(address.strip("[]"))), int(port)
    except ValueError:
        raise ConfigError(f'"{server}" is not the address of a DNS server. Write 192.0.2.1 or 192.0.2.1:53.') from None


def _reason(error: Exception, name: str) -> str:
    if isinstance(error, dns.resolver.NoResolverConfiguration):
        return "/etc/resolv.conf names no DNS server"
    if isinstance(error, dns.resolver.NoNameservers):
        responses = [response for *_, response in error.kwargs.get("errors", ()) if response is not None]
        code = dns.rcode.to_text(responses[-1].rcode()) if responses else "nothing"
        return f"the DNS server responds to a query for {name} with {code}"
    return f"{name} cannot be looked up: {error}"
