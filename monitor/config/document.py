"""The configuration file as pydantic models, from which validation, JSON Schema and reference are made."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from monitor.config.branding.parts import BrandingPart
from monitor.config.source_document import SourcesPart
from monitor.config.topic_document import Frequency, Name, Part, TopicPart
from monitor.config.values import (
    ChannelAddress,
    ContactEmail,
    Domain,
    Email,
    HeaderName,
    Language,
    Line,
    Listen,
    Network,
    ReadInterval,
    Sender,
    Text,
    Token,
    WebAddress,
    Zone,
)

Seconds = Annotated[float, Field(gt=0, le=600, allow_inf_nan=False)]
Port = Annotated[int, Field(ge=1, le=65535)]


class DkimPart(Part):
    """DKIM signatures. The private key is the secret MONITOR_DKIM_KEY; `monitor doctor` prints what to publish."""

    domain: Domain = Field(
        description="The domain that signs: the sender's, or one above it.", examples=["example.org"]
    )
    selector: Annotated[Line, Field(pattern=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$")] = (
        Field(default="monitor", description="The name of the key: it is published at <selector>._domainkey.<domain>.")
    )


class SmtpPart(Part):
    """The mail server that takes mail from Monitor. The password is the secret MONITOR_SMTP_PASSWORD."""

    host: Line = Field(description="The host name of the mail server.", examples=["smtp.example.org"])
    port: Port | None = Field(
        default=None, description="Its port. Default: 587 for starttls, 465 for tls, 25 for none."
    )
    encryption: Literal["starttls", "tls", "none"] = Field(
        default="starttls",
        description="`starttls`: connect, then insist on TLS. `tls`: TLS from the first byte. `none`: no encryption, "
        "for a server on this machine; refuses a username.",
    )
    username: Line | None = Field(default=None, description="The login, if the server requires one.")
    sender: Sender | None = Field(
        default=None,
        description="The From address of digests. Default: contact_email.",
        examples=["Monitor <monitor@example.org>"],
    )
    timeout: Seconds = Field(default=30.0, description="Seconds to wait for a reply of the server.")
    connections: int = Field(default=2, ge=1, le=32, description="How many connections at the same time.")
    per_domain: int = Field(
        default=4,
        ge=1,
        le=32,
        description="How many mails at the same time to addresses of one domain. A domain that defers mail gets fewer.",
    )
    rate: Annotated[float, Field(gt=0, le=10_000, allow_inf_nan=False)] | None = Field(
        default=None,
        description="Mails per second to all domains together, where the server has a limit. Default: no limit.",
        examples=[10],
    )
    dkim: DkimPart | None = Field(default=None, description="Signs every mail, if the mail server does not.")
    ehlo_name: Annotated[Line, Field(pattern=r"^([A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*|\[[0-9A-Za-z.:]+\])$")] | None = Field(
        default=None,
        description="The name with which Monitor greets the mail server (EHLO): the full name of this machine in the "
        "DNS. Default: the sender's domain.",
        examples=["monitor.example.org"],
    )
    bounce_domain: Line | None = Field(
        default=None, description="The domain of bounce addresses, where it is not the sender's."
    )


class ImapPart(Part):
    """A mailbox on an IMAP server, always over TLS. The password is the secret MONITOR_IMAP_PASSWORD."""

    host: Line = Field(
        description="The host name of the IMAP server, as its certificate has it.", examples=["imap.example.org"]
    )
    username: Line = Field(description="The login.", examples=["bounces@example.org"])
    folder: Line = Field(default="INBOX", description="The folder to read. Mails stay in it.")
    port: Port | None = Field(default=None, description="Its port. Default: 993 for tls, 143 for starttls.")
    encryption: Literal["tls", "starttls"] = Field(
        default="tls",
        description="`tls`: TLS from the first byte. `starttls`: connect, then insist on TLS before logging in.",
    )


class BouncesPart(Part):
    """The mailbox for returned mail: a `maildir` or a mailbox on an `imap` server. The service reads it and suspends
    addresses that no longer work. Use it for nothing else: every mail in it is marked as seen."""

    maildir: Line | None = Field(
        default=None,
        description="A Maildir on this machine; a relative path is relative to this file's folder. Mails stay in it.",
        examples=["/var/mail/bounces"],
    )
    imap: ImapPart | None = Field(default=None, description="A mailbox on an IMAP server.")
    every: ReadInterval = Field(
        default=timedelta(minutes=5), json_schema_extra={"default": "5m"}, description="How often it is read."
    )
    feedback_sources: list[Domain] = Field(
        default=[],
        description="The domains of the feedback loops whose complaints count, when your mail server writes "
        "Authentication-Results (RFC 8601) at the head of each mail and removes those of others. A complaint that is "
        "from none of them is told to you instead. Default: every complaint about a mail of Monitor's "
        "ends the subscription that it names.",
        examples=["[fbl.example.net, yahoo.com]"],
    )


class PubMedPart(Part):
    """The connection to NCBI. An API key is the secret MONITOR_NCBI_API_KEY: 10 requests a second instead of 3."""

    base_url: WebAddress = Field(
        default="https://eutils.ncbi.nlm.nih.gov/entrez/eutils/",
        description="Where the E-utilities are. `monitor sandbox` prints the address to write here for a trial run.",
    )
    tool: Annotated[Line, Field(pattern=r"^\S+$")] = Field(
        default="monitor", description="The name that Monitor sends to NCBI; no spaces."
    )
    connect_timeout: Seconds = Field(default=10.0, description="Seconds to wait for a connection.")
    read_timeout: Seconds = Field(default=60.0, description="Seconds to wait for more of a response.")


class WebPart(Part):
    """The pages where people read, subscribe and unsubscribe."""

    public_url: WebAddress | None = Field(
        default=None, description="The address at which readers reach the pages. Links in mails begin with it."
    )
    listen: Listen = Field(default="127.0.0.1:8321", description="Where the pages are served: host:port.")
    record_ip: bool = Field(default=False, description="`true` stores the IP address with each consent.")
    trusted_proxies: list[Network] = Field(
        default=["127.0.0.1", "::1"],
        description="The addresses or networks of the proxies in front of the pages. Their `X-Forwarded-For` gives "
        "the visitor's address; that of others is ignored. All visitors by a proxy not listed here count as one.",
        examples=["[172.30.83.1]"],
    )
    operator_token: Token | None = Field(
        default=None,
        description="Opens the operator's status page at `/operator`: it is the password that the browser asks for "
        "there, with any name, or a bearer token. At least 20 characters; better kept as the secret "
        "MONITOR_OPERATOR_TOKEN. Default: no such page.",
    )
    operator_user_header: HeaderName | None = Field(
        default=None,
        description="Opens the same page without a token to whomever your proxy has logged in: the header in which it "
        "names the user. It counts only from `trusted_proxies`. The proxy must ask for a login at `/operator`, let in "
        "only those who may see the page, and remove the header from what visitors send.",
        examples=["X-Remote-User"],
    )


class ChannelPart(Part):
    """A chat room, or a program with a webhook, that gets the digests of topics (docs/channels.md). Its address is a
    secret, and better kept out of this file."""

    name: Name = Field(
        description="Names it in `monitor status` and in the log, and its secrets: for `team-room` they are "
        "MONITOR_CHANNEL_TEAM_ROOM_URL and MONITOR_CHANNEL_TEAM_ROOM_SECRET.",
        examples=["team-room"],
    )
    url: ChannelAddress | None = Field(
        default=None,
        description="Its address: https:// for a webhook, else as Apprise writes it (slack://, tgram://, matrixs://, "
        "workflows:// for Teams …), which needs `pip install monitor[chat]`. Whoever knows it can write there.",
    )
    secret: Token | None = Field(
        default=None,
        description="Signs what a webhook gets. At least 20 characters; the program that takes it has to know it too.",
    )
    topics: list[Name] = Field(
        default=[], description="The topics whose digests it gets. Default: every topic.", examples=["[ccsvi]"]
    )
    frequency: Frequency | None = Field(default=None, description="How often. Default: as each topic's digests.")
    timezone: Zone | None = Field(
        default=None, description="The time zone of its dates and of its hour. Default: that of each topic's digests."
    )
    language: Line = Field(default="en", description="The language of its dates, such as `it`.")


class OperatorPart(Part):
    """What tells you that Monitor itself has stopped. Alerts go to `operator_email`."""

    ping_url: WebAddress | None = Field(
        default=None,
        description="The address of a dead-man's switch, such as a check of healthchecks.io, which alerts you when "
        "Monitor stops calling it. Monitor calls it (GET) after each tick or round of work that went well, at most "
        "once a minute, and not while a unit of work or every search fails.",
        examples=["https://hc-ping.com/your-check"],
    )


class DocumentPart(Part):
    """The whole file."""

    contact_email: ContactEmail = Field(
        description="Your email address. It goes to NCBI with every request, so that it can warn you before blocking "
        "you.",
        examples=["jane@example.org"],
    )
    postal_address: Text = Field(
        description="Your postal address. Printed in every mail; anti-spam law in many countries asks for one.",
        examples=["Example Hospital, Example Street 1, 00100 Rome, Italy"],
    )
    smtp: SmtpPart = Field(description="The mail server.")
    bounces: BouncesPart | None = Field(default=None, description="The mailbox of returned mail, when there is one.")
    operator_email: Email | None = Field(
        default=None, description="The address for alerts when something keeps failing. Default: contact_email."
    )
    database_url: Line = Field(
        default="sqlite:///monitor.db",
        description="The database. SQLite: `sqlite:///monitor.db`; a relative path is relative to this file's "
        "folder. PostgreSQL: `postgresql://user@host/name`. A URL with a password belongs in MONITOR_DATABASE_URL.",
    )
    engine: Literal["built-in", "procrastinate"] = Field(
        default="built-in",
        description="What tells the work when to run. `built-in`: a clock in each process. `procrastinate`: jobs in "
        "PostgreSQL that any number of `monitor worker` on any number of machines carry out; needs "
        "`pip install monitor[cluster]`.",
    )
    subscribers_file: Line | None = Field(
        default=None,
        description="A CSV file with subscribers (columns: address, topic, frequency, timezone). A relative path is "
        "relative to this file's folder. Those who unsubscribe stay unsubscribed.",
    )
    operator: OperatorPart = Field(default=OperatorPart(), description="What tells you that Monitor has stopped.")
    log_format: Literal["text", "json"] = Field(default="text", description="How log lines look.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info",
        description="The lowest level that is logged. `info`: a line for each unit of work. `debug`: also for those "
        "that had nothing to do.",
    )
    language: Language = Field(
        default="en",
        description="The language of mails and pages, a tag such as `de` or `pt-BR`. Every other than `en` needs a "
        "catalogue in the folder `translations`; what it lacks is said in English. See docs/translations.md.",
    )
    translations: Line = Field(
        default="translations",
        description="The folder of catalogues: `de/LC_MESSAGES/monitor.po` in it is German. A relative path is "
        "relative to this file's folder.",
    )
    pubmed: PubMedPart = Field(default=PubMedPart(), description="The connection to NCBI.")
    sources: SourcesPart = Field(
        default=SourcesPart(),
        description="What is asked besides PubMed: citation indexes, trial registries, retractions, preprints.",
    )
    web: WebPart = Field(default=WebPart(), description="The pages.")
    branding: BrandingPart = Field(
        default=BrandingPart(), description="How mails, pages and feeds present your service."
    )
    templates: Line | None = Field(
        default=None,
        description="A folder with templates of yours, each of which replaces the shipped one of the same relative "
        "name; a relative path is relative to this file's folder. `monitor config templates` lists the names and what "
        "each may show. They are checked before anyone is mailed: see docs/branding.md.",
        examples=["templates"],
    )
    shipped_topics: list[Name] = Field(
        default=[],
        description="Topics that ship with Monitor and are off until named here. `monitor topics` lists them.",
        examples=["[renal-denervation]"],
    )
    topics: dict[Name, TopicPart] = Field(
        default={},
        description="The clinical questions. The key names the topic in commands, links and logs: lower-case letters, "
        "digits, - and _.",
    )
    channels: list[ChannelPart] = Field(
        default=[], description="Chat rooms and programs that get digests, beside people."
    )
