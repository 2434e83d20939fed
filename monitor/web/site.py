"""The site: what every endpoint needs of the service, and what it reads from the path of a request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request

from monitor import store
from monitor.links import LinkError, Links, Purpose
from monitor.model import Digest, DigestKind, Rendered, Settings, Topic
from monitor.store import Database

#: PMIDs have eight digits today; two more leave room for a hundred times as many.
MAX_PMID_DIGITS = 10

#: The largest `integer` of PostgreSQL; SQLite's are larger.
MAX_INTEGER = 2**31 - 1


def utc_now() -> datetime:
    """The current instant in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Site:
    """Settings, database and clock (`now`, which tests set) of the running service. It sends no mail."""

    settings: Settings
    db: Database
    now: Callable[[], datetime] = utc_now

    @property
    def url(self) -> str:
        """The public URL, without a slash at the end."""
        return self.settings.web.public_url.rstrip("/")

    @property
    def base(self) -> str:
        """The path of the public URL, which precedes that of every page; "" when the site has a host to itself."""
        return urlsplit(self.url).path


def site_of(request: Request) -> Site:
    """The site that the request is for."""
    site: Site = request.app.state.site
    return site


def topic_of(request: Request) -> Topic:
    """The topic named in the path. Raises HTTPException 404 when there is none of that name."""
    try:
        return site_of(request).settings.topic(request.path_params["topic"])
    except KeyError:
        raise HTTPException(404) from None


def pmid_of(request: Request) -> str:
    """The PMID in the path. Raises HTTPException 404 for what cannot be one, before it reaches the database."""
    pmid: str = request.path_params["pmid"]
    if not (pmid.isascii() and pmid.isdigit() and len(pmid) <= MAX_PMID_DIGITS):
        raise HTTPException(404)
    return pmid


def digest_of(request: Request) -> tuple[Digest, Rendered]:
    """The digest in the path: its number or, for a welcome digest, the token from the mail.

    Raises HTTPException 404 when there is none. A welcome digest's number opens nothing, because the numbers would tell
    when somebody subscribed.
    """
    name: str = request.path_params["digest"]
    is_number = name.isascii() and name.isdigit()
    try:
        digest_id = _small_integer(name) if is_number else links_of(request).read(Purpose.DIGEST, name)
        with site_of(request).db.read() as tx:
            digest, rendered = store.digests.get(tx, digest_id)
    except (KeyError, LinkError):
        raise HTTPException(404) from None
    if is_number and digest.kind is DigestKind.WELCOME:
        raise HTTPException(404)
    return digest, rendered


def _small_integer(digits: str) -> int:
    """The number, at most MAX_INTEGER; raises KeyError. Python itself refuses to read thousands of digits."""
    if len(digits) > len(str(MAX_INTEGER)) or int(digits) > MAX_INTEGER:
        raise KeyError(digits)
    return int(digits)


def links_of(request: Request) -> Links:
    """The signer of the site's links."""
    links: Links = request.app.state.links
    return links
