"""A service with an operator's look in a real Chromium; the keyboard; and what comes out of a printer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from monitor.digests import render
from monitor.digests.display.view import Site
from monitor.links import Purpose
from monitor.store import Database
from tests.support import digest_samples
from tests.support.branding import BRAND
from tests.support.looks import SCHEMES, looks, mistakes, mistakes_by_look, opened
from tests.support.site import TOPIC, RunningSite, fill_site, open_site

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.chromium

#: Whatever has the focus, as a line of text, with what shows that: an outline.
_FOCUSED = """() => {
  const one = document.activeElement, style = getComputedStyle(one);
  if (one === document.body) return null;
  return [one.tagName + ' ' + (one.name || one.getAttribute('href') || one.textContent).trim(), style.outlineStyle];
}"""
#: Everything that can be operated and is seen; of the choices of one kind the Tab key reaches the one that is chosen.
_OPERATED = """() => [...document.querySelectorAll('a[href], button, input, select, textarea, summary')]
  .filter(one => one.checkVisibility() && one.tabIndex >= 0 && !(one.type === 'radio' && !one.checked))
  .map(one => one.tagName + ' ' + (one.name || one.getAttribute('href') || one.textContent).trim())"""


#: What a print shows: the colours of text, how many buttons, how much that is folded, whether each link is written out.
_PRINTED = """() => {
  const seen = [...document.querySelectorAll('main *')].filter(one => one.checkVisibility() && !one.closest('svg'));
  const links = seen.filter(one => one.matches('a[href^="http"]') && !one.closest('footer'));
  return {
    colours: seen.filter(one => one.innerText).map(one => getComputedStyle(one).color),
    buttons: seen.filter(one => one.matches('button, .button, input')).length,
    folded: [...document.querySelectorAll('details > p, details > div')].filter(one => !one.offsetHeight).length,
    written: links.map(one => getComputedStyle(one, '::after').content.includes('href') ||
      getComputedStyle(one, '::after').content.includes(one.getAttribute('href'))),
  };
}"""


@pytest.fixture
def branded(sqlite_db: Database, tmp_path: Path) -> Iterator[RunningSite]:
    """A site with an operator's look."""
    with open_site(sqlite_db, tmp_path, change=lambda given: replace(given, branding=BRAND)) as site:
        fill_site(sqlite_db)
        yield site


def test_the_operators_look_is_accessible_and_fits(branded: RunningSite, chromium: Browser) -> None:
    """axe-core: 0 violations; overflow: 0 pixels; on pages, in a digest, in a mail with a link."""
    branded.sign_up()
    branded.send_mails()
    (mail,) = branded.mailbox.messages
    confirm = mail.message.get_body(("html",))
    assert confirm
    site = Site("London", "operator@example.org", branded.url, BRAND)
    digest = digest_samples.every_kind()
    written = render.page(digest, render.render(digest, TOPIC, site), logo=BRAND.logo)
    page = opened(chromium)
    for path in ("/topics", "/topics/ccsvi", "/topics/ccsvi/subscribe", "/privacy", "/accessibility"):
        page.goto(f"{branded.url}{path}")
        for look in looks(page):
            assert mistakes(page) == {}, (look, path)
            shown = page.evaluate("getComputedStyle(document.body).backgroundColor")
            assert shown == ("rgb(24, 16, 20)" if "dark" in look else "rgb(255, 250, 242)")
    for html in (confirm.get_content(), written):
        page.set_content(html)
        assert mistakes_by_look(page) == {}
    page.close()


def test_every_page_can_be_used_with_the_keyboard_alone(filled_site: RunningSite, chromium: Browser) -> None:
    """Tab reaches everything that can be operated, in the order of the page, and an outline shows where one is."""
    context = chromium.new_context(viewport={"width": 640, "height": 800})
    page = context.new_page()
    number = filled_site.subscribe()
    paths = ["/topics", "/privacy", "/accessibility", "/link", "/topics/ccsvi", "/topics/ccsvi/subscribe", "/digests/1"]
    paths += ["/topics/ccsvi/digests", "/topics/ccsvi/articles/30266886", "/nothing"]
    paths += [filled_site.token(purpose, number) for purpose in (Purpose.PREFERENCES, Purpose.UNSUBSCRIBE)]
    for path in paths:
        page.goto(f"{filled_site.url}{path}")
        expected = page.evaluate(_OPERATED)
        reached = []
        for _ in range(len(expected) + 5):  # regions that scroll have the focus too
            page.keyboard.press("Tab")
            if (found := page.evaluate(_FOCUSED)) is None or found in reached[
                :1
            ]:  # past the end, or at the start again
                break
            reached.append(found)
        assert [name for name, _ in reached if name in expected] == expected, path
        assert [name for name, outline in reached if outline == "none"] == [], path
        assert reached[0][0] == "A #main"
    context.close()


def test_a_print_is_black_on_white_with_its_links_written_out(
    branded: RunningSite, chromium: Browser, tmp_path: Path
) -> None:
    """The page of a topic, of a digest, and a digest as sent: no button or form; what was folded is there."""
    page = chromium.new_page()
    for path in ("/topics/ccsvi", "/digests/1", "/digests/1/as-sent", "/topics/ccsvi/subscribe"):
        page.goto(f"{branded.url}{path}")
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme, media="print")  # type: ignore[arg-type]  # one of its words
            found = page.evaluate(_PRINTED)
            assert set(found["colours"]) <= {"rgb(0, 0, 0)"}, path
            assert found["buttons"] == 0
            assert found["folded"] == 0
            assert set(found["written"]) <= {True}
            assert path != "/topics/ccsvi" or True in found["written"]
            page.screenshot(path=tmp_path / "print.png")
            picture = Image.open(tmp_path / "print.png").convert("L")
            assert picture.getpixel((2, picture.height - 2)) == 255
    page.close()
