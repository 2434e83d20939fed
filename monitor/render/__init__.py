"""Digest → subject, text and HTML; and the mail that carries them. The sole importer of Jinja2.

`digest` renders once for all subscribers; what differs between them stays open as marked places
(`monitor.render.placeholders`) until `Letter.to` puts each subscriber's own links and dates in.
"""

from __future__ import annotations

import base64

from monitor.model import Digest, Rendered, Topic
from monitor.render import timeline_png
from monitor.render.dates import PLAIN, Dates
from monitor.render.placeholders import Place, fill
from monitor.render.subject import subject
from monitor.render.templates import fill_template
from monitor.render.view import TRIALS_SHOWN, Site, values

__all__ = [
    "MAX_HTML_BYTES",
    "PLAIN",
    "TRIALS_SHOWN",
    "Dates",
    "Place",
    "Site",
    "digest",
    "fill",
    "fits",
    "page",
]

#: Gmail cuts a mail off at about 102 kB; with headers and encoding that leaves this much HTML.
MAX_HTML_BYTES = 80_000


def digest(content: Digest, topic: Topic, site: Site) -> Rendered:
    """Subject, text and HTML of a digest, with marked places still open."""
    known = values(content, topic, site)
    line = " ".join(fill_template("digest/subject.txt", line=subject(content, topic)).split())
    return Rendered(
        subject=line,
        text=fill_template("digest/body.txt", has_places=True, subject=line, **known),
        html=fill_template("digest/body.html", has_places=True, subject=line, **known),
    )


def fits(rendered: Rendered) -> bool:
    """Is the HTML below MAX_HTML_BYTES, with room for the links that come in at delivery?"""
    return len(rendered.html.encode()) < MAX_HTML_BYTES - 3_000


def page(content: Digest, rendered: Rendered, links: dict[Place, str] | None = None, dates: Dates = PLAIN) -> str:
    """The digest's HTML to look at in a browser: places filled with `links` (else "#"), the picture inside."""
    drawn = base64.b64encode(timeline_png.draw(content.answer.trials[:TRIALS_SHOWN], content.until.date())).decode()
    html = fill(rendered.html, links or {}, dates.write, is_html=True)
    return html.replace(f"cid:{timeline_png.CONTENT_ID}", f"data:image/png;base64,{drawn}")
