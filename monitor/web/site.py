"""The site: what every page needs of the rest, and where its pages are."""

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

#: PubMed counts in eight digits; there is room for a hundred times as many.
LONGEST_PMID = 10

#: PostgreSQL's integers end here, and SQLite's later.
HIGHEST_NUMBER = 2**31 - 1


def utc_now() -> datetime:
    """The present instant."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Site:
    """Settings and database of the running service; it mails nothing. `now` tells the time; tests set it."""

    settings: Settings
    db: Database
    now: Callable[[], datetime] = utc_now

    @property
    def url(self) -> str:
        """Where the pages are for the world, without a slash at the end."""
        return self.settings.web.public_url.rstrip("/")

    @property
    def base(self) -> str:
        """The path before every page's own, "" when the site has a host to itself."""
        return urlsplit(self.url).path


def site_of(request: Request) -> Site:
    """The site that was asked."""
    site: Site = request.app.state.site
    return site


def topic_of(request: Request) -> Topic:
    """The topic named in the path; 404 when there is none of that name."""
    try:
        return site_of(request).settings.topic(request.path_params["topic"])
    except KeyError:
        raise HTTPException(404) from None


def pmid_of(request: Request) -> str:
    """The PMID in the path; 404 for what cannot be one, before a database sees it."""
    pmid: str = request.path_params["pmid"]
    if not (pmid.isascii() and pmid.isdigit() and len(pmid) <= LONGEST_PMID):
        raise HTTPException(404)
    return pmid


def number_of(request: Request) -> int:
    """The number of a digest in the path; 404 for what no database could count to."""
    number: int = request.path_params["digest"]
    if number > HIGHEST_NUMBER:
        raise HTTPException(404)
    return number


def links_of(request: Request) -> Links:
    """The signer of the site's links."""
    links: Links = request.app.state.links
    return links
