"""Names → what the DNS says of them. The sole importer of dns.

Looking up never takes long: each question waits a moment only, and all questions of one resolver share a purse of
seconds. When that is spent, as it soon is where no server answers, every further question fails at once.
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

#: Seconds for one question, and for all of one resolver.
TIMEOUT, LIFETIME = 2.0, 6.0
#: The largest answer asked for over UDP (as resolvers have agreed on since 2020); longer ones are fetched over TCP.
_PAYLOAD = 1232

#: An address of either kind.
Address = IPv4Address | IPv6Address


class LookupFailed(MonitorError):
    """The DNS could not be asked, or could not say: nothing is known of whether the name exists."""


class Resolver:
    """Asks one DNS server, "address" or "address:port"; with "" the machine's own. Raises ConfigError for another."""

    def __init__(self, server: str = "", *, timeout: float = TIMEOUT, lifetime: float = LIFETIME) -> None:
        self._server = _parsed(server) if server else None
        self._timeout, self._left = timeout, lifetime
        self._resolver: dns.resolver.Resolver | None = None

    def texts(self, name: str) -> list[str]:
        """The TXT records of a name, each joined; none when there are none. Raises LookupFailed."""
        return [b"".join(record.strings).decode("utf-8", "replace") for record in self._ask(name, "TXT")]

    def mail_servers(self, name: str) -> list[str]:
        """The hosts of a domain's MX records, best first; "" is that of a null MX (RFC 7505). Raises LookupFailed."""
        found = sorted(self._ask(name, "MX"), key=lambda record: int(record.preference))
        return [record.exchange.to_text(omit_final_dot=True).rstrip(".").lower() for record in found]

    def addresses(self, name: str) -> list[Address]:
        """The addresses of a host, of both kinds. Raises LookupFailed."""
        return [ipaddress.ip_address(record.address) for kind in ("A", "AAAA") for record in self._ask(name, kind)]

    def _ask(self, name: str, kind: str) -> list[Any]:
        if self._left <= 0:
            raise LookupFailed("the DNS does not answer in time")
        began = time.monotonic()
        try:
            absolute = dns.name.from_text(name.rstrip(".") + ".")
            return list(self._opened().resolve(absolute, kind, lifetime=min(self._timeout, self._left)))
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except dns.resolver.LifetimeTimeout as error:
            raise LookupFailed(f"the DNS does not answer within {self._timeout:g} seconds") from error
        except (dns.exception.DNSException, OSError) as error:
            raise LookupFailed(_in_words(error, name)) from error
        finally:
            self._left -= time.monotonic() - began

    def _opened(self) -> dns.resolver.Resolver:
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


def _in_words(error: Exception, name: str) -> str:
    if isinstance(error, dns.resolver.NoResolverConfiguration):
        return "this machine names no DNS server in /etc/resolv.conf"
    if isinstance(error, dns.resolver.NoNameservers):
        answers = [answer for *_, answer in error.kwargs.get("errors", ()) if answer is not None]
        said = dns.rcode.to_text(answers[-1].rcode()) if answers else "nothing"
        return f"asked for {name}, the DNS says {said}"
    return f"{name} cannot be asked for: {error}"
