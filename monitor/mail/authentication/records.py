"""The SPF, DKIM and DMARC records to publish, and whether our mail can pass DMARC at all. Pure.

DMARC (RFC 7489 section 3.1) requires alignment: the domain in From must have the same organizational domain as one
that is authenticated, by SPF (RFC 7208) the envelope sender's or by DKIM (RFC 6376) the signature's. Without it large
providers refuse list mail. The sole importer of publicsuffixlist.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from email.utils import parseaddr
from functools import cache

from publicsuffixlist import PublicSuffixList

from monitor.model import DkimSettings, SmtpSettings

#: Reserved domains, in which no records can be published (RFC 2606, 6761, 6762).
_RESERVED = ("invalid", "local", "localhost", "test")
#: Mailbox providers publish the records of their domains themselves, so only their own servers can send for them.
_PROVIDERS = {
    "aol.com": ("aol.com",),
    "fastmail.com": ("fastmail.com",),
    "gmail.com": ("gmail.com", "googlemail.com", "google.com"),
    "gmx.de": ("gmx.net", "gmx.de"),
    "gmx.net": ("gmx.net", "gmx.de"),
    "googlemail.com": ("gmail.com", "googlemail.com", "google.com"),
    "hotmail.com": ("outlook.com", "office365.com"),
    "icloud.com": ("me.com", "icloud.com"),
    "live.com": ("outlook.com", "office365.com"),
    "mail.ru": ("mail.ru",),
    "me.com": ("me.com", "icloud.com"),
    "outlook.com": ("outlook.com", "office365.com"),
    "proton.me": ("proton.me", "protonmail.ch"),
    "protonmail.com": ("proton.me", "protonmail.ch"),
    "qq.com": ("qq.com",),
    "web.de": ("web.de",),
    "yahoo.com": ("yahoo.com",),
    "yandex.ru": ("yandex.ru", "yandex.com"),
}
#: Bytes of one string in a TXT record at most (RFC 1035 section 3.3.14).
_MAX_STRING = 255
#: Characters of an Ed25519 key in base64: 32 bytes.
_ED25519_LENGTH = 44


@dataclass(frozen=True, slots=True)
class Record:
    """A TXT record to publish: its full name and its text."""

    name: str
    value: str

    def line(self) -> str:
        """The record as a line of a zone file, long text as several strings, which resolvers join."""
        pieces = [self.value[start : start + _MAX_STRING] for start in range(0, len(self.value), _MAX_STRING)]
        return f"{self.name}. IN TXT " + " ".join(f'"{piece}"' for piece in pieces)


def from_domain(smtp: SmtpSettings) -> str:
    """The domain of the From address."""
    return parseaddr(smtp.sender)[1].rpartition("@")[2].lower()


def envelope_domain(smtp: SmtpSettings) -> str:
    """The domain that SPF checks, of the envelope sender: that of bounce addresses, else From's."""
    return (smtp.bounce_domain or from_domain(smtp)).lower()


def problem(smtp: SmtpSettings) -> str:
    """Why our mail cannot pass DMARC whatever is published, and which key to change; "" when it can."""
    seen = from_domain(smtp)
    owner = organizational_domain(seen)
    if not owner or any(seen == word or seen.endswith(f".{word}") for word in _RESERVED):
        return f"smtp.sender is at {seen or 'no domain'}, where no records can be published. Use a domain of your own."
    servers = _PROVIDERS.get(owner)
    if servers and organizational_domain(smtp.host.lower()) not in servers:
        return (
            f"only the provider's servers can send as @{seen}, and {smtp.host} is not one of them. "
            "Use an address of a domain of your own as smtp.sender, or the provider's server as smtp.host."
        )
    authenticated = {organizational_domain(domain) or domain: None for domain in _authenticated_domains(smtp)}
    if owner in authenticated:
        return ""
    return (
        f"smtp.sender is at {seen}, and mail is authenticated for {' and '.join(authenticated)}: they do not align. "
        f"Set smtp.bounce_domain or smtp.dkim.domain to {owner} or a domain below it, or change the sender."
    )


def _authenticated_domains(smtp: SmtpSettings) -> list[str]:
    """The domains that SPF and DKIM authenticate."""
    return [envelope_domain(smtp), *([smtp.dkim.domain] if smtp.dkim else [])]


def spf_record(smtp: SmtpSettings) -> Record:
    """The SPF record for the envelope sender's domain, if it has none yet."""
    return Record(envelope_domain(smtp), f"v=spf1 {mechanism(smtp.host)} ~all")


def dkim_record(dkim: DkimSettings, public_key: str) -> Record:
    """The DKIM record of our key (RFC 6376 section 3.6.1); `public_key` in base64."""
    return Record(f"{dkim.selector}._domainkey.{dkim.domain}", f"v=DKIM1; k={key_type(public_key)}; p={public_key}")


def key_type(public_key: str) -> str:
    """The type of a published key: one of 32 bytes is an Ed25519 key (RFC 8463), RSA keys are longer."""
    return "ed25519" if len(public_key) == _ED25519_LENGTH else "rsa"


def dmarc_record(smtp: SmtpSettings, report_to: str) -> Record:
    """The DMARC record of From's organizational domain, with reports to `report_to` if that is in the same one.

    Others receive reports only if they agree to it in their own DNS (RFC 7489 section 7.1).
    """
    owner = organizational_domain(from_domain(smtp)) or from_domain(smtp)
    is_ours = organizational_domain(report_to.rpartition("@")[2].lower()) == owner
    return Record(f"_dmarc.{owner}", "v=DMARC1; p=none" + (f"; rua=mailto:{report_to}" if is_ours else ""))


def mechanism(host: str) -> str:
    """The SPF mechanism that matches our mail server."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "a mx" if host == "localhost" else f"a:{host}"
    return "a mx" if address.is_loopback or address.is_private else f"ip{address.version}:{address}"


def is_same_sender(host: str, domain: str) -> bool:
    """True if a mail server and a domain that SPF includes belong to one provider, by their names."""
    owners = {organizational_domain(name.lower().rstrip(".")) for name in (host, domain)}
    return "" not in owners and (len(owners) == 1 or any(owners <= set(names) for names in _PROVIDERS.values()))


def organizational_domain(domain: str) -> str:
    """The organizational domain (RFC 7489 section 3.2) by the public suffix list, "" where there is none."""
    return _suffixes().privatesuffix(domain.strip(".")) or ""


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList(only_icann=True)
