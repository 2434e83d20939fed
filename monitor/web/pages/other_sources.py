"""The page of what sources besides PubMed hold of a topic."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from monitor.reports.other_sources import read_other_sources
from monitor.watch.outside.preprints.sentences import url as preprint_url
from monitor.web.responses import page
from monitor.web.site import site_of, topic_of


def other_sources_page(request: Request) -> Response:
    """The page of what is not in PubMed."""
    site, topic = site_of(request), topic_of(request)
    with site.db.read() as tx:
        found = read_other_sources(tx, site.settings, topic, site.now())
    return page(request, "other_sources.html", topic=topic, found=found, preprint_url=preprint_url)
