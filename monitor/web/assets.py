"""What pages load beside their text: the style sheet in the operator's colours, the logo, the icon."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from monitor import resources
from monitor.model import Branding, Colours
from monitor.web.responses import respond
from monitor.web.site import site_of

_DAY = "public, max-age=86400"


def style(request: Request) -> Response:
    """The style sheet of every page, with the operator's colours and, for print, the addresses of our own pages."""
    site = site_of(request)
    css = (resources.folder("templates") / "pages" / "style.css").read_text(encoding="utf-8")
    css += _colours(site.settings.branding) + _printed_links(site.url)
    return respond(request, css, "text/css; charset=utf-8", cache="public, max-age=3600")


def logo(request: Request) -> Response:
    """The operator's logo. Raises HTTPException 404 where there is none."""
    found = site_of(request).settings.branding.logo
    if not found:
        raise HTTPException(404)
    return respond(request, found.content, found.media_type, cache=_DAY)


def icon(request: Request) -> Response:
    """The icon of the site: a disc, as in the timeline."""
    brand = site_of(request).settings.branding
    colour = brand.light.accent if brand.has_colours else "#0a6e5c"
    disc = f'<circle cx="8" cy="8" r="6" fill="{colour}"/>'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">{disc}</svg>'
    return respond(request, svg, "image/svg+xml", cache=_DAY)


def _colours(brand: Branding) -> str:
    """The operator's colours, on screens only: prints are black on white. A logo stands on its light background."""
    if not (brand.has_colours or brand.logo):
        return ""
    ground = f":root {{ --logo-ground: {brand.light.background}; }}"
    dark = f"@media (prefers-color-scheme: dark) {{ {_variables(brand.dark)} }}"
    return f"@media screen {{ {ground} {_variables(brand.light)} {dark} }}\n"


def _variables(colours: Colours) -> str:
    return f":root {{ --paper: {colours.background}; --accent: {colours.accent}; --on-accent: {colours.on_accent}; }}"


def _printed_links(url: str) -> str:
    """Links to our own pages with their whole address, as paper needs it."""
    parts = urlsplit(url)
    origin = re.sub(r"[^A-Za-z0-9.:/\[\]-]", "", f"{parts.scheme}://{parts.netloc}") if url else ""
    rule = f'main a[href^="/"]::after {{ content: " <{origin}" attr(href) ">"; font-size: .8em; font-weight: 400; }}'
    return f"@media print {{ {rule} }}\n"
