"""A digest as subject, text and HTML. Rendered once for all subscribers.

Links and dates differ between subscribers: here they are placeholders (`monitor.render.placeholders`),
which `monitor.delivery.personalize` fills for each subscriber.
"""

from __future__ import annotations

import base64

from monitor.digests.display.subject import subject
from monitor.digests.display.view import TRIALS_SHOWN, Site, values
from monitor.language.speech import language
from monitor.model import Digest, Logo, Rendered, Topic
from monitor.render.dates import ENGLISH, Dates
from monitor.render.drawing import timeline_png
from monitor.render.drawing.logo import CONTENT_ID
from monitor.render.placeholders import Placeholder, fill
from monitor.render.templates import fill_template

#: Gmail clips a message at about 102 kB; with headers and encoding that leaves this much HTML.
MAX_HTML_BYTES = 80_000


def render(content: Digest, topic: Topic, site: Site) -> Rendered:
    """Subject, text and HTML of a digest in the language that is spoken, with placeholders for what differs between
    subscribers.
    """
    template_values = values(content, topic, site)
    brand = site.branding
    subject_line = " ".join(fill_template("digest/subject.txt", brand, line=subject(content, topic)).split())
    template_values["subject"] = subject_line
    return Rendered(
        subject=subject_line,
        text=fill_template("digest/body.txt", brand, has_placeholders=True, **template_values),
        html=fill_template("digest/body.html", brand, has_placeholders=True, **template_values),
        language=language(),
    )


def fits(rendered: Rendered) -> bool:
    """Is the HTML below MAX_HTML_BYTES, less 3,000 bytes for the links that are filled in at delivery?"""
    return len(rendered.html.encode()) < MAX_HTML_BYTES - 3_000


def page(
    content: Digest,
    rendered: Rendered,
    links: dict[Placeholder, str] | None = None,
    dates: Dates = ENGLISH,
    logo: Logo | None = None,
) -> str:
    """The digest's HTML for a browser: placeholders filled from `links` (else "#"), the pictures as data URLs."""
    picture = timeline_png.draw(content.answer.trials[:TRIALS_SHOWN], content.until.date())
    html = fill(rendered.html, links or {}, dates.write, is_html=True)
    html = html.replace(f"cid:{timeline_png.CONTENT_ID}", _data_url("image/png", picture))
    return html.replace(f"cid:{CONTENT_ID}", _data_url(logo.media_type, logo.content)) if logo else html


def _data_url(media_type: str, content: bytes) -> str:
    return f"data:{media_type};base64,{base64.b64encode(content).decode()}"
