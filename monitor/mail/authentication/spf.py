"""Evaluation of SPF records (RFC 7208) for a sending address, as far as that is possible without a message."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from monitor.mail.authentication.resolver import Address, Resolver

#: DNS lookups that one evaluation may cause: with more, receivers return permerror (section 4.6.4).
MAX_LOOKUPS = 10
_TERM = re.compile(r"([+?~-]?)([a-z0-9]+)(?:[:](.*?))?(?:/(\d{1,2}))?(?://(\d{1,3}))?$", re.IGNORECASE)
_NETWORK = re.compile(r"([+?~-]?)(ip4|ip6):(\S+)$", re.IGNORECASE)
_MODIFIER = re.compile(r"([a-z][a-z0-9_.-]*)=(.*)$", re.IGNORECASE)


class SpfError(ValueError):
    """The record is invalid: receivers return permerror (section 2.6.7). The text says why."""


def spf_records(resolver: Resolver, domain: str) -> list[str]:
    """The SPF records of a domain; more than one is an error (section 4.5). Raises LookupFailed."""
    txt_records = (" ".join(text.split()) for text in resolver.txt_records(domain))
    return [text for text in txt_records if text.lower() == "v=spf1" or text.lower().startswith("v=spf1 ")]


def included_domains(record: str) -> list[str]:
    """The domains of a record's include mechanisms and redirect modifier, those with macros left out."""
    found = re.findall(r"(?:^|\s)(?:[+]?include:|redirect=)(\S+)", record, re.IGNORECASE)
    return [name for name in found if "%" not in name]


def with_mechanism(records: list[str], mechanism: str) -> str:
    """One record that merges `records` and has `mechanism` in front of their "all" or redirect."""
    terms = [term for record in records for term in record.split()[1:]]
    last = [term for term in terms if re.fullmatch(r"[+?~-]?all|redirect=\S+", term, re.IGNORECASE)]
    others = dict.fromkeys(term for term in terms if term not in last)
    return " ".join(["v=spf1", *others, *(word for word in mechanism.split() if word not in others), *(last[-1:])])


@dataclass(slots=True)
class Evaluation:
    """One check of one address; `lookups` counts DNS lookups. `is_certain` is False if a term needs the message."""

    resolver: Resolver
    address: Address
    is_certain: bool = True
    lookups: int = field(default=0)

    def result(self, domain: str, record: str) -> str:
        """The qualifier of the first match: "+" pass, "-" fail, "~" softfail, "?" neutral (section 2.6).

        Raises SpfError for an invalid record, LookupFailed where the DNS does not respond.
        """
        redirect = ""
        for term in record.split()[1:]:
            if modifier := _MODIFIER.match(term):
                redirect = modifier[2] if modifier[1].lower() == "redirect" else redirect
                continue
            qualifier, is_match = self._mechanism(domain, term)
            if is_match:
                return qualifier
        return self._check_include(redirect, "redirect=") if redirect and self._has_no_macro(redirect) else "?"

    def _mechanism(self, domain: str, term: str) -> tuple[str, bool]:
        if network := _NETWORK.match(term):
            return network[1] or "+", self._in_network(term, network[3])
        found = _TERM.match(term)
        known: dict[str, Callable[[str], list[Address]]] = {"a": self.resolver.addresses, "mx": self._mx_addresses}
        name = found[2].lower() if found else ""
        if not found or name not in ("all", "include", "a", "mx", "exists", "ptr"):
            raise SpfError(f"“{term}” is not an SPF mechanism")
        qualifier, target = found[1] or "+", found[3] or domain
        if name == "all":
            return qualifier, True
        if name in ("exists", "ptr") or not self._has_no_macro(target):
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
        """The result of the record of an included domain."""
        self._count(how + domain)
        records = spf_records(self.resolver, domain)
        if len(records) != 1:
            raise SpfError(f"{how}{domain} leads to {'no SPF record' if not records else 'more than one SPF record'}")
        return self.result(domain, records[0])

    def _count(self, term: str) -> None:
        self.lookups += 1
        if self.lookups > MAX_LOOKUPS:
            raise SpfError(f"it needs more than {MAX_LOOKUPS} DNS lookups (at {term})")

    def _has_no_macro(self, target: str) -> bool:
        """True for a domain without macros (section 7), which only a message can expand."""
        self.is_certain = self.is_certain and "%" not in target
        return "%" not in target

    def _mx_addresses(self, domain: str) -> list[Address]:
        hosts = [host for host in self.resolver.mx_hosts(domain) if host]
        return [address for host in hosts[:MAX_LOOKUPS] for address in self.resolver.addresses(host)]

    def _in_network(self, term: str, text: str) -> bool:
        try:
            network = ipaddress.ip_network(text, strict=False)
        except ValueError:
            raise SpfError(f"“{term}” is not an address or network") from None
        return self.address in network
