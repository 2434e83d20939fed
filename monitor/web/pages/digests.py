"""Digests that were sent: the page about one, with the articles that the mail only counted, and the mail itself."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from monitor import store
from monitor.digests import render
from monitor.digests.display.outside import of_section
from monitor.digests.display.view import HEADINGS
from monitor.language.speech import gettext as _
from monitor.language.speech import language, speak
from monitor.model import Digest, DigestKind, Rendered, Topic
from monitor.render import urls
from monitor.render.dates import Dates
from monitor.render.placeholders import Placeholder, fill
from monitor.render.text import title_markup
from monitor.web.responses import AS_SENT_POLICY, PRIVATE, PUBLIC, page, respond
from monitor.web.site import digest_of, site_of

#: The content of a digest never changes once it is sent (RFC 8246).
IMMUTABLE = "public, max-age=86400, immutable"


def digest_page(request: Request) -> Response:
    """One digest: its answer and its articles, with those that the mail only counted."""
    site = site_of(request)
    digest, rendered, topic = _sent(request)
    with site.db.read() as tx:
        left_out = [pmid for _key, pmids in digest.left_out_pmids for pmid in pmids]
        articles = store.articles.known(tx, left_out)
    sections = [
        (
            key,
            _(name),
            [item for item in digest.items if item.section == key],
            dict(digest.left_out_pmids).get(key, ()),
            of_section(digest.outside, key),
        )
        for key, name in HEADINGS.items()
    ]
    return page(
        request,
        "digest.html",
        cache=_cache(digest, PUBLIC),
        topic=topic,
        digest=digest,
        digest_name=request.path_params["digest"],
        subject=rendered.subject,
        sections=[section for section in sections if section[2] or section[3] or section[4]],
        articles=articles,
        pubmed_url=urls.pubmed,
        title_markup=title_markup,
    )


def as_sent_page(request: Request) -> Response:
    """The HTML of the mail, without any subscriber's own links."""
    digest, rendered, topic = _sent(request)
    logo = site_of(request).settings.branding.logo
    html = render.page(digest, rendered, _public_links(request), _dates(topic), logo)
    response = respond(request, html, "text/html; charset=utf-8", cache=_cache(digest, IMMUTABLE))
    response.headers["Content-Security-Policy"] = AS_SENT_POLICY
    return response


def as_sent_text(request: Request) -> Response:
    """The text of the mail, without any subscriber's own links."""
    digest, rendered, topic = _sent(request)
    text = fill(rendered.text, _public_links(request), _dates(topic).write, is_html=False)
    return respond(request, text, "text/plain; charset=utf-8", cache=_cache(digest, IMMUTABLE))


def _public_links(request: Request) -> dict[Placeholder, str]:
    """Public pages in place of a subscriber's own: the form that requests a preferences link, and the digest's page."""
    url = site_of(request).url
    link_form, digest_page = f"{url}/link", f"{url}/digests/{request.path_params['digest']}"
    return {Placeholder.UNSUBSCRIBE: link_form, Placeholder.PREFERENCES: link_form, Placeholder.DIGEST: digest_page}


def _cache(digest: Digest, usual: str) -> str:
    """A welcome digest is for one reader: kept in no cache and listed by no search engine."""
    return PRIVATE if digest.kind is DigestKind.WELCOME else usual


def _dates(topic: Topic) -> Dates:
    """Dates in the topic's language and time zone."""
    return Dates(language(), topic.digest.timezone)


def _sent(request: Request) -> tuple[Digest, Rendered, Topic]:
    """The digest in the path and its topic. Raises HTTPException 404 when either does not exist (any more).

    The language of the topic is spoken from here.
    """
    digest, rendered = digest_of(request)
    settings = site_of(request).settings
    speak(settings.catalogue(digest.topic))
    try:
        return digest, rendered, settings.topic(digest.topic)
    except KeyError:
        raise HTTPException(404) from None
