"""A page in a browser as different people see it: at two widths, light and dark, and what is wrong with it there."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

WIDTHS, SCHEMES = (360, 640), ("light", "dark")

_IS_LOADED = "typeof axe === 'object'"
_RUN = "axe.run({resultTypes: ['violations']})"
_WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def opened(chromium: Browser, **more: Any) -> Page:
    """An empty page into which axe-core can be brought although the pages' own policy allows no script."""
    return chromium.new_page(bypass_csp=True, viewport={"width": WIDTHS[0], "height": 800}, **more)


def looks(page: Page) -> Iterator[str]:
    """Show what is loaded at each width, light and dark, and say how ("360 dark")."""
    for width, scheme in product(WIDTHS, SCHEMES):
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of its words
        yield f"{width} {scheme}"


def mistakes(page: Page) -> dict[str, Any]:
    """What axe-core objects to, and by how many pixels the page is wider than the screen."""
    from axe_playwright_python.sync_playwright import Axe  # ships axe-core itself

    if not page.evaluate(_IS_LOADED):  # half a megabyte of script
        page.evaluate(Axe().axe_script)
    found = {each["id"]: [node["html"] for node in each["nodes"]] for each in page.evaluate(_RUN)["violations"]}
    wider = page.evaluate(_WIDER)
    return found | ({"wider": wider} if wider else {})


def mistakes_by_look(page: Page) -> dict[str, dict[str, Any]]:
    """The mistakes of what is loaded, by look; empty where there is none."""
    return {look: found for look in looks(page) if (found := mistakes(page))}
