"""What an SPF record says of an address (RFC 7208), as far as that can be known without a mail at hand."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from monitor.mail.authentication.resolver import Address, Resolver

#: Mechanisms and modifiers that cost a question; more than ten of them make receivers give up (section 4.6.4).
MOST_QUESTIONS = 10
_TERM = re.compile(r"([+?~-]?)([a-z0-9]+)(?:[:](.*?))?(?:/(\d{1,2}))?(?://(\d{1,3}))?$", re.IGNORECASE)
_NETWORK = re.compile(r"([+?~-]?)(ip4|ip6):(\S+)$", re.IGNORECASE)
_MODIFIER = re.compile(r"([a-z][a-z0-9_.-]*)=(.*)$", re.IGNORECASE)


class SpfError(ValueError):
    """The record is broken: receivers treat mail as if it were in nobody's name. The text says why."""


def of_domain(resolver: Resolver, domain: str) -> list[str]:
    """The SPF records a domain publishes; there should be one. Raises LookupFailed."""
    texts = (" ".join(text.split()) for text in resolver.texts(domain))
    return [text for text in texts if text.lower() == "v=spf1" or text.lower().startswith("v=spf1 ")]


def targets(record: str) -> list[str]:
    """The domains a record hands on to, by include or redirect."""
    found = re.findall(r"(?:^|\s)(?:[+]?include:|redirect=)(\S+)", record, re.IGNORECASE)
    return [name for name in found if "%" not in name]


def extended(records: list[str], mechanism: str) -> str:
    """One record in place of these, with a mechanism more, before whatever is said of everybody else."""
    terms = [term for record in records for term in record.split()[1:]]
    last = [term for term in terms if re.fullmatch(r"[+?~-]?all|redirect=\S+", term, re.IGNORECASE)]
    others = dict.fromkeys(term for term in terms if term not in last)
    return " ".join(["v=spf1", *others, *(word for word in mechanism.split() if word not in others), *(last[-1:])])


@dataclass(slots=True)
class Evaluation:
    """One reading of a record for one address. `is_certain` turns false where only a mail could decide."""

    resolver: Resolver
    address: Address
    is_certain: bool = True
    lookups: int = field(default=0)

    def says(self, domain: str, record: str) -> str:
        """The qualifier of the first mechanism that matches: "+" may send, "-" may not, "~" hardly, "?" nothing said.

        Raises SpfError for a broken record, LookupFailed where the DNS does not answer.
        """
        redirect = ""
        for term in record.split()[1:]:
            if modifier := _MODIFIER.match(term):
                redirect = modifier[2] if modifier[1].lower() == "redirect" else redirect
                continue
            qualifier, is_match = self._mechanism(domain, term)
            if is_match:
                return qualifier
        return self._check_include(redirect, "redirect=") if redirect and self._is_plain(redirect) else "?"

    def _mechanism(self, domain: str, term: str) -> tuple[str, bool]:
        if network := _NETWORK.match(term):
            return network[1] or "+", self._in_network(term, network[3])
        found = _TERM.match(term)
        known: dict[str, Callable[[str], list[Address]]] = {"a": self.resolver.addresses, "mx": self._mail_hosts}
        name = found[2].lower() if found else ""
        if not found or name not in ("all", "include", "a", "mx", "exists", "ptr"):
            raise SpfError(f"“{term}” is nothing that SPF knows")
        qualifier, target = found[1] or "+", found[3] or domain
        if name == "all":
            return qualifier, True
        if name in ("exists", "ptr") or not self._is_plain(target):
            self._count(term)
            self.is_certain = False
            return qualifier, False
        if name == "include":
            return qualifier, self._check_include(target, "include:") == "+"
        self._count(term)
        length = {4: found[4] or "32", 6: found[5] or "128"}[self.address.version]
        same = [address for address in known[name](target) if address.version == self.address.version]
        return qualifier, any(self._in_network(term, f"{address}/{length}") for address in same)

    def _check_include(self, domain: str, how: str) -> str:
        """What another domain's record says."""
        self._count(how + domain)
        records = of_domain(self.resolver, domain)
        if len(records) != 1:
            raise SpfError(f"{how}{domain} leads to {'no SPF record' if not records else 'more than one SPF record'}")
        return self.says(domain, records[0])

    def _count(self, term: str) -> None:
        self.lookups += 1
        if self.lookups > MOST_QUESTIONS:
            raise SpfError(f"it takes more than {MOST_QUESTIONS} questions to the DNS to read it (at {term})")

    def _is_plain(self, target: str) -> bool:
        """Without macros, which only a mail can fill in."""
        self.is_certain = self.is_certain and "%" not in target
        return "%" not in target

    def _mail_hosts(self, domain: str) -> list[Address]:
        hosts = [host for host in self.resolver.mail_servers(domain) if host]
        return [address for host in hosts[:MOST_QUESTIONS] for address in self.resolver.addresses(host)]

    def _in_network(self, term: str, text: str) -> bool:
        try:
            network = ipaddress.ip_network(text, strict=False)
        except ValueError:
            raise SpfError(f"“{term}” names no network") from None
        return self.address in network
