"""Settings: the operator's configuration, read from YAML and the environment by `monitor.config`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from monitor.model.branding import NO_BRANDING, Branding
from monitor.model.catalogue import Catalogue
from monitor.model.outside.source_name import SourceName
from monitor.model.outside.works import SourceSettings
from monitor.model.topic import Frequency, Topic


class Encryption(StrEnum):
    """The encryption of a connection to a mail server. NONE is for SMTP only, without a password."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


class Engine(StrEnum):
    """What tells the units of work when to run: a clock in each process, or jobs in PostgreSQL for many processes."""

    BUILT_IN = "built-in"
    PROCRASTINATE = "procrastinate"


@dataclass(frozen=True, slots=True)
class Queue:
    """How many jobs of one unit of work wait, are under way, and have failed within the last day."""

    unit: str
    waiting: int
    running: int
    failed: int


@dataclass(frozen=True, slots=True)
class PubMedSettings:
    """The connection to NCBI. Timeouts in seconds; `api_key` is a secret and never logged."""

    contact_email: str
    tool: str = "monitor"
    base_url: str = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils/"
    api_key: str = field(default="", repr=False)
    connect_timeout: float = 10.0
    read_timeout: float = 60.0


@dataclass(frozen=True, slots=True)
class DkimSettings:
    """The DKIM signature (RFC 6376). `key` is an RSA private key in PEM, a secret; "" if it is not set."""

    domain: str
    selector: str
    key: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """The outgoing mail server and the sender. `sender` may be "Name <a@b>"; `timeout` in seconds.

    At most `per_domain` messages are sent to one recipient domain at the same time, and at most `rate` messages per
    second to all domains together (0: no limit). `ehlo_name` replaces the sender's domain as our name ("").
    """

    host: str
    sender: str
    port: int = 587
    encryption: Encryption = Encryption.STARTTLS
    username: str = ""
    password: str = field(default="", repr=False)
    timeout: float = 30.0
    connections: int = 2
    bounce_domain: str = ""
    per_domain: int = 4
    rate: float = 0.0
    dkim: DkimSettings | None = None
    ehlo_name: str = ""


@dataclass(frozen=True, slots=True)
class ImapSettings:
    """A mailbox on an IMAP server; always over TLS. `password` is a secret."""

    host: str
    username: str
    password: str = field(default="", repr=False)
    folder: str = "INBOX"
    port: int = 993
    encryption: Encryption = Encryption.TLS

    def __str__(self) -> str:
        return f"{self.username} at {self.host}, folder {self.folder}"


@dataclass(frozen=True, slots=True)
class BounceSettings:
    """The mailbox of returned mail, a Maildir or on an IMAP server, and the interval at which it is read."""

    mailbox: Path | ImapSettings
    every: timedelta = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class WebSettings:
    """The pages. `public_url` is their URL for subscribers, "" when there are no public pages.

    `trusted_proxies` are the addresses and networks of proxies whose X-Forwarded-For is trusted. `operator_token` is
    a secret that opens the operator's status page; so does a user named by a trusted proxy in `operator_user_header`.
    With neither, both "", there is no such page.
    """

    public_url: str = ""
    listen: str = "127.0.0.1:8321"
    record_ip: bool = False
    trusted_proxies: tuple[str, ...] = ("127.0.0.1", "::1")
    operator_token: str = field(default="", repr=False)
    operator_user_header: str = ""


@dataclass(frozen=True, slots=True)
class ChannelSettings:
    """A chat room or a program that gets the digests of `topics`. `url` and `secret`, which signs, are secrets.

    `frequency` is None, and `timezone` is "", where they are those of each topic's digests.
    """

    name: str
    topics: tuple[str, ...]
    url: str = field(repr=False)
    secret: str = field(default="", repr=False)
    frequency: Frequency | None = None
    timezone: str = ""
    language: str = "en"

    @property
    def is_webhook(self) -> bool:
        """Does it take our signed JSON? Any other kind of address is one of Apprise."""
        return self.url.startswith(("https://", "http://"))

    @property
    def kind(self) -> str:
        """Of which kind it is: "webhook", or the scheme of its address, such as "slack"."""
        return "webhook" if self.is_webhook else self.url.partition("://")[0].lower()


@dataclass(frozen=True, slots=True)
class Settings:
    """The whole configuration. The first of `secret_keys` signs links; the others still verify them.

    `feedback_sources` are the domains whose complaints count, empty for any; `unreadable_mail` is the folder in which
    returned mail that cannot be read is kept for the operator, `bug_reports` that of the reports of Monitor's bugs.
    `log_level` is one of debug, info, warning, error; `ping_url` is the dead-man's switch, a secret because whoever
    knows it can ping in our place, "" for none. `actor` is who configured it, as far as the environment tells.
    `language` is that of mails and pages, where a topic has no other; `catalogues` are the translations by language.
    `sources` are those besides PubMed that are on.
    """

    path: Path
    pubmed: PubMedSettings
    smtp: SmtpSettings
    topics: tuple[Topic, ...]
    database_url: str = field(repr=False)
    postal_address: str
    operator_email: str
    web: WebSettings = WebSettings()
    bounces: BounceSettings | None = None
    imap_password: str = field(default="", repr=False)
    secret_keys: tuple[str, ...] = field(default=(), repr=False)
    subscribers_file: Path | None = None
    log_format: str = "text"
    log_level: str = "info"
    ping_url: str = field(default="", repr=False)
    feedback_sources: tuple[str, ...] = ()
    unreadable_mail: Path = Path("unreadable-mail")
    bug_reports: Path = Path("bug-reports")
    engine: Engine = Engine.BUILT_IN
    actor: str = ""
    branding: Branding = field(default=NO_BRANDING, repr=False)
    channels: tuple[ChannelSettings, ...] = ()
    language: str = "en"
    catalogues: Mapping[str, Catalogue] = field(default_factory=dict, repr=False, compare=False)
    sources: Mapping[SourceName, SourceSettings] = field(default_factory=dict, hash=False)

    def catalogue(self, topic: str = "") -> Catalogue:
        """The translations for the mails and pages of a topic; for "", or one that is not configured, the service's."""
        language = next((one.language for one in self.topics if one.key == topic), "") or self.language
        return self.catalogues.get(language) or Catalogue(language)

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every secret of them, to be masked wherever text leaves the process."""
        dkim_key = self.smtp.dkim.key if self.smtp.dkim else ""
        found = (self.smtp.password, self.imap_password, dkim_key, self.pubmed.api_key, *self.secret_keys)
        found += (self.web.operator_token, self.ping_url)
        found += tuple(secret for channel in self.channels for secret in (channel.url, channel.secret))
        found += tuple(source.key for source in self.sources.values())
        return tuple(secret for secret in found if secret)

    def topic(self, key: str) -> Topic:
        """The topic called `key`; raises KeyError."""
        return {topic.key: topic for topic in self.topics}[key]
