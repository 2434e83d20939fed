"""The site: what every endpoint needs of the service, and what it reads from the path of a request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request

from monitor.links import Links
from monitor.model import Settings, Topic
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


def digest_id_of(request: Request) -> int:
    """The id of a digest in the path. Raises HTTPException 404 for one that no database column can hold."""
    digest_id: int = request.path_params["digest"]
    if digest_id > MAX_INTEGER:
        raise HTTPException(404)
    return digest_id


def links_of(request: Request) -> Links:
    """The signer of the site's links."""
    links: Links = request.app.state.links
    return links
