"""The checked document and the secrets → the frozen values of `monitor.model`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from monitor.config.channels import build_channels
from monitor.config.document import BouncesPart, DocumentPart, SmtpPart, WebPart
from monitor.config.secrets import Secrets
from monitor.config.source_document import build_sources
from monitor.config.topic_document import DigestPart, QuestionPart, SearchPart, SeedPart, TermsPart, TopicPart
from monitor.model import (
    NO_BRANDING,
    BounceSettings,
    Branding,
    Catalogue,
    DigestPlan,
    DkimSettings,
    Encryption,
    Engine,
    Frequency,
    ImapSettings,
    KnownTrial,
    PubMedSettings,
    Question,
    Search,
    SearchKind,
    Seed,
    Settings,
    SmtpSettings,
    SourceName,
    SourceSettings,
    Terms,
    Topic,
    WebSettings,
)

PORTS = {Encryption.STARTTLS: 587, Encryption.TLS: 465, Encryption.NONE: 25}
IMAP_PORTS = {Encryption.STARTTLS: 143, Encryption.TLS: 993}


def build_settings(
    path: Path,
    document: DocumentPart,
    secrets: Secrets,
    shipped_topics: tuple[Topic, ...] = (),
    branding: Branding = NO_BRANDING,
    catalogues: Mapping[str, Catalogue] | None = None,
) -> Settings:
    """The Settings from the document at `path`, with the `shipped_topics` that it switches on, and its `branding`.

    Relative paths in the document are relative to its folder.
    """
    folder = path.resolve().parent
    data = Path(secrets.data_folder or folder)
    keys = [*document.topics, *(topic.key for topic in shipped_topics)]
    return Settings(
        path=path,
        pubmed=PubMedSettings(
            contact_email=document.contact_email, api_key=secrets.ncbi_api_key, **document.pubmed.model_dump()
        ),
        smtp=_smtp(document.smtp, document.contact_email, secrets),
        topics=tuple(build_topic(key, topic) for key, topic in document.topics.items()) + shipped_topics,
        database_url=absolute_url(secrets.database_url or document.database_url, data),
        postal_address=document.postal_address,
        operator_email=document.operator_email or document.contact_email,
        web=_web(document.web, secrets.operator_token),
        bounces=_bounces(document.bounces, folder, secrets.imap_password) if document.bounces else None,
        feedback_sources=tuple(document.bounces.feedback_sources) if document.bounces else (),
        unreadable_mail=data / "unreadable-mail",
        bug_reports=data / "bug-reports",
        imap_password=secrets.imap_password,
        actor=secrets.actor,
        secret_keys=secrets.secret_keys,
        subscribers_file=folder / document.subscribers_file if document.subscribers_file else None,
        log_format=document.log_format,
        engine=Engine(document.engine),
        log_level=document.log_level,
        ping_url=document.operator.ping_url or "",
        language=document.language,
        catalogues=catalogues or {},
        branding=branding,
        channels=build_channels(document, secrets.channels, keys),
        sources=_sources(document, secrets, folder),
    )


def _sources(document: DocumentPart, secrets: Secrets, folder: Path) -> dict[SourceName, SourceSettings]:
    pubmed_url, contact = document.pubmed.base_url, document.contact_email
    return build_sources(document.sources, pubmed_url, contact, secrets.source_keys, folder)


def build_topic(key: str, part: TopicPart) -> Topic:
    """The Topic `key`, without searches that are not enabled."""
    return Topic(
        key=key,
        name=part.name,
        question=_question(part.question),
        searches=tuple(_search(key, search, part) for search in part.searches if search.enabled),
        seed=_seed(part.seed) if part.seed else None,
        digest=_digest(part.digest),
        known_trials=tuple(
            KnownTrial(t.number, t.name or "", t.status, t.registered_on, t.sample_size, t.note or "")
            for t in part.known_trials
        ),
        requires_screening=part.answer.requires_screening,
        language=part.language or "",
        registry_query=part.registry_query or "",
        preprints_query=" ".join((part.preprints_query or "").split()),
    )


def _smtp(part: SmtpPart, contact_email: str, secrets: Secrets) -> SmtpSettings:
    encryption = Encryption(part.encryption)
    return SmtpSettings(
        host=part.host,
        sender=part.sender or contact_email,
        port=part.port or PORTS[encryption],
        encryption=encryption,
        username=part.username or "",
        password=secrets.smtp_password,
        timeout=part.timeout,
        connections=part.connections,
        bounce_domain=part.bounce_domain or "",
        per_domain=part.per_domain,
        rate=part.rate or 0.0,
        ehlo_name=part.ehlo_name or "",
        dkim=DkimSettings(part.dkim.domain, part.dkim.selector, secrets.dkim_key) if part.dkim else None,
    )


def _bounces(part: BouncesPart, folder: Path, password: str) -> BounceSettings | None:
    """The mailbox; None when the block has only settings for what comes through a pipe."""
    if part.imap is None:
        return BounceSettings(folder / part.maildir, part.every) if part.maildir else None
    encryption = Encryption(part.imap.encryption)
    mailbox = ImapSettings(
        host=part.imap.host,
        username=part.imap.username,
        password=password,
        folder=part.imap.folder,
        port=part.imap.port or IMAP_PORTS[encryption],
        encryption=encryption,
    )
    return BounceSettings(mailbox, part.every)


def _web(part: WebPart, operator_token: str) -> WebSettings:
    url = (part.public_url or "").rstrip("/")
    token = operator_token or part.operator_token or ""
    header = part.operator_user_header or ""
    return WebSettings(url, part.listen, part.record_ip, tuple(part.trusted_proxies), token, header)


def absolute_url(url: str, folder: Path) -> str:
    """`url` with a relative SQLite path made relative to `folder`, whatever the working directory."""
    prefix, slashes, file = url.partition(":///")
    if not prefix.startswith("sqlite") or not slashes or file == ":memory:":
        return url
    return f"{prefix}:///{(folder / file).resolve()}"


def _question(part: QuestionPart) -> Question:
    return Question(
        text=part.text,
        population_name=part.population.name,
        intervention_name=part.intervention.name,
        population=_terms(part.population),
        intervention=_terms(part.intervention),
        comparator=_terms(part.comparator),
        exclude=_terms(part.exclude),
    )


def _terms(part: TermsPart) -> Terms:
    return Terms(tuple(part.words), tuple(part.mesh))


def _search(topic: str, part: SearchPart, topic_part: TopicPart) -> Search:
    query = " ".join((part.query or "").split())
    return Search(topic, part.name, SearchKind(part.kind), part.every or topic_part.every, query)


def _seed(part: SeedPart) -> Seed:
    return Seed(part.doi or "", part.pmid or "", part.citation or "", part.claim or "")


def _digest(part: DigestPart) -> DigestPlan:
    return DigestPlan(Frequency(part.frequency), part.weekday, part.monthday, part.at, part.timezone, part.quiet_every)
