"""Digests as they were sent: the page about one, with what it left out, and the mail itself as HTML and text."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from monitor import store
from monitor.digests import render
from monitor.model import Digest, Rendered, Topic
from monitor.render import urls
from monitor.render.dates import Dates
from monitor.render.placeholders import Place, fill
from monitor.render.text import title_markup
from monitor.web.responses import MAIL_POLICY, answer, page
from monitor.web.site import Site, number_of, site_of

#: What a digest holds never changes once it was sent.
FOREVER = "public, max-age=86400, immutable"

SECTIONS = {
    "trials": "Controlled trials of the question",
    "notices": "Retractions and corrections",
    "reviews": "Systematic reviews and guidelines",
    "citing": "New citations of the seed",
    "new": "Other new articles",
    "revised": "Revised records",
    "gone": "No longer listed",
}


def digest_page(request: Request) -> Response:
    """One digest: its answer, what it told, and by name what it only counted."""
    site = site_of(request)
    digest, rendered, topic = _found(request)
    with site.db.read() as tx:
        left_out = [pmid for _, pmids in digest.left_out_pmids for pmid in pmids]
        articles = store.articles.known(tx, left_out)
    sections = [
        (key, name, [item for item in digest.items if item.section == key], dict(digest.left_out_pmids).get(key, ()))
        for key, name in SECTIONS.items()
    ]
    return page(
        request,
        "digest.html",
        topic=topic,
        digest=digest,
        subject=rendered.subject,
        sections=[section for section in sections if section[2] or section[3]],
        articles=articles,
        title_markup=title_markup,
    )


def as_sent_page(request: Request) -> Response:
    """The HTML of the mail, without anybody's own links."""
    digest, rendered, topic = _found(request)
    html = render.page(digest, rendered, _places(site_of(request), digest), _dates(topic))
    shown = answer(request, html, "text/html; charset=utf-8", cache=FOREVER)
    shown.headers["Content-Security-Policy"] = MAIL_POLICY
    return shown


def as_sent_text(request: Request) -> Response:
    """The text of the mail, without anybody's own links."""
    digest, rendered, topic = _found(request)
    text = fill(rendered.text, _places(site_of(request), digest), _dates(topic).write, is_html=False)
    return answer(request, text, "text/plain; charset=utf-8", cache=FOREVER)


def _places(site: Site, digest: Digest) -> dict[Place, str]:
    """Where a stranger who reads the archive can go instead of to a subscriber's own pages."""
    asks = f"{site.url}/link"
    page_of_digest = urls.digest_page(site.url, digest.id)
    return {Place.UNSUBSCRIBE: asks, Place.PREFERENCES: asks, Place.DIGEST: page_of_digest}


def _dates(topic: Topic) -> Dates:
    """A stranger reads English dates on the topic's clock."""
    return Dates(zone=topic.digest.timezone)


def _found(request: Request) -> tuple[Digest, Rendered, Topic]:
    """The digest the path names and its topic; 404 when there is none, or its topic is no longer watched."""
    site = site_of(request)
    try:
        with site.db.read() as tx:
            digest, rendered = store.digests.get(tx, number_of(request))
        return digest, rendered, site.settings.topic(digest.topic)
    except KeyError:
        raise HTTPException(404) from None
