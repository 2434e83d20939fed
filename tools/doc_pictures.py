"""Take the pictures of mails and pages in docs/pictures, in a Chromium, of what `monitor demo` writes.

    python tools/doc_pictures.py            all of them, in a minute or two
    python tools/doc_pictures.py digest     those whose name begins so

`tools/house_picture.py` draws the remaining one, house.svg.
"""

from __future__ import annotations

import io
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from monitor import log, store, web
from monitor.demo import mailboxes
from monitor.demo.folder import Folder
from monitor.demo.replay import TOPIC, links_of, replay, settings_of
from monitor.export import as_html
from monitor.model import Frequency, Settings
from monitor.ports import Sources
from monitor.reports.searches import search_report
from monitor.service import tick
from monitor.sources.pubmed import Client
from monitor.store import Database
from monitor.strategy import page
from monitor.watch.seed.context import refresh_due
from tests.support import strategies
from tools.house_picture import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PICTURES = ROOT / "docs" / "pictures"
#: The replay ends yesterday: the pages would call an older search not current.
UNTIL = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=1)
#: The digest that is shown: its answer has changed, and it has an article of each kind.
DIGEST = "third sham-controlled trial reported"
#: What the numbers of the explained digest stand beside: the first element with these words, or a picture.
MARKED = (
    "The answer has changed",
    "Three randomised sham-controlled trials",
    "Until now:",
    "Stated by the authors",
    "img",
    "Safety and efficacy of venoplasty",
    "randomized trial (stated in the text)",
    "“At 48 weeks",
    "New, found by the search",
    "Judged by",
)
_MARK = """words => {
  document.body.style.paddingLeft = "44px";
  words.forEach((text, number) => {
    const kinds = text === "img" ? "img" : "p, span, h1, h2, h3, a, blockquote, strong";
    const all = [...document.querySelectorAll(kinds)];
    const found = text === "img" ? all : all.filter(one => one.textContent.trim().startsWith(text));
    const place = found[0].getBoundingClientRect();
    const mark = document.createElement("b");
    mark.textContent = number + 1;
    mark.style.cssText = "position:absolute;left:8px;width:26px;height:26px;border-radius:13px;background:#b3261e;" +
      "color:#fff;font:bold 15px/26px sans-serif;text-align:center;top:" + (place.top + window.scrollY) + "px";
    document.body.append(mark);
  });
}"""


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: what it shows (a document, the screening page, or a path of the site), and how.

    `height` cuts it (pixels); `element` is the CSS selector of where it begins, and `until` of where it ends, where
    that depends on what is there (`height` is 0 then); `marks` are numbered on it.
    """

    shows: str
    width: int
    scheme: str
    height: int
    element: str = ""
    until: str = ""
    marks: tuple[str, ...] = field(default=())


SHOTS: Mapping[str, Shot] = {
    "digest-360-light": Shot("mail", 360, "light", 1700),
    "digest-360-dark": Shot("mail", 360, "dark", 1700),
    "digest-640-light": Shot("mail", 640, "light", 1500),
    "digest-640-dark": Shot("mail", 640, "dark", 1500),
    "digest-explained": Shot("mail", 640, "light", 1136, marks=MARKED),
    "page-640-light": Shot(f"/topics/{TOPIC}", 640, "light", 1545),
    "topic-page-360-light": Shot(f"/topics/{TOPIC}", 360, "light", 800),
    "topic-page-640-dark": Shot(f"/topics/{TOPIC}", 640, "dark", 800),
    "seed-card-360-light": Shot(f"/topics/{TOPIC}", 360, "light", 0, element="#seed", until="#seed ~ h2"),
    "seed-card-640-dark": Shot(f"/topics/{TOPIC}", 640, "dark", 0, element="#seed", until="#seed ~ h2"),
    "screening-640-light": Shot("desk", 640, "light", 900),
    "backtest-640-light": Shot("backtest", 640, "light", 1000),
    "flow-640-light": Shot("flow", 640, "light", 0, element="img"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """What there is to take pictures of: the addresses of the site and of its screening page, documents of HTML."""

    site: str
    desk: str
    documents: Mapping[str, str]


@contextmanager
def demo() -> Iterator[Shown]:
    """The replay, in a folder that is deleted at the end, and its site while the block lasts."""
    home = Path(tempfile.mkdtemp(prefix="doc-pictures-"))
    site = f"http://127.0.0.1:{_free_port()}"
    log.setup(stream=io.StringIO())  # its lines are about years long past
    try:
        replay(Folder(home), tick.poll_and_mail, until=UNTIL.date(), site=site)
        settings = settings_of(Folder(home), site)
        links = links_of(settings)
        with closing(store.open(settings.database_url)) as db, web.serving(settings, links, db):
            _ask_for_context(settings, db)
            desk = links.screening_url(TOPIC, "Maria Rossi", UNTIL, datetime.now(UTC) + timedelta(days=1))
            with db.read() as tx:
                report = search_report(tx, TOPIC, settings.topics[0], settings.pubmed.base_url, UNTIL)
            yield Shown(site, desk, {"mail": _digest(home), "flow": as_html.text(report), "backtest": _backtest()})
    finally:
        shutil.rmtree(home)


def _ask_for_context(settings: Settings, db: Database) -> None:
    """What PubMed links to the seed, for which the replay does not ask."""
    with strategies.pubmed_of(TOPIC) as server:
        asked = replace(settings.pubmed, base_url=server.url)
        with closing(Client(asked, sleep=lambda _: None)) as pubmed:
            refresh_due(settings.topics, Sources(pubmed, pubmed, pubmed), db, UNTIL)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def _digest(home: Path) -> str:
    """The HTML of the digest as it came into the mailbox of who is told at once."""
    letters = (mailboxes.read(path.read_bytes(), path.name) for path in (home / "mail").glob("at-once@*/*.eml"))
    return next(letter.html for letter in letters if letter.subject.endswith(DIGEST))


def _backtest() -> str:
    """The page that `monitor backtest` writes, with the example of docs/a-topic-you-trust.md."""
    known = ("24975855", "10.1001/jamaneurol.2017.3825", "NCT01864941")
    done = strategies.replayed(strategies.topic(TOPIC), TOPIC, "2012-04-01", "2020-01-31", Frequency.WEEKLY, known)
    return page.write(done)


def take(browser: Browser, name: str, shot: Shot, shown: Shown) -> None:
    """Write one picture."""
    context = browser.new_context(viewport={"width": shot.width, "height": 800}, color_scheme=shot.scheme)  # type: ignore[arg-type]  # one of its words
    tab = context.new_page()
    if shot.shows in shown.documents:
        tab.set_content(shown.documents[shot.shows])
    else:
        tab.goto(shown.desk if shot.shows == "desk" else shown.site + shot.shows)
    if shot.marks:
        tab.evaluate(_MARK, list(shot.marks))
    _cut(tab, shot, PICTURES / f"{name}.png")
    context.close()
    _shrink(PICTURES / f"{name}.png")


def _cut(tab: Page, shot: Shot, file: Path) -> None:
    if not shot.height and not shot.until:
        tab.locator(shot.element).first.screenshot(path=file)
        return
    begin = _top(tab, shot.element) - 16 if shot.element else 0
    height = shot.height or _top(tab, shot.until) - begin - 16
    area = {"x": 0, "y": begin, "width": shot.width, "height": height}
    tab.screenshot(path=file, full_page=True, clip=area)  # type: ignore[arg-type]  # a TypedDict of these keys


def _shrink(file: Path) -> None:
    """A page has few colours: 256 of them look the same in a third of the bytes."""
    with Image.open(file) as picture:
        few = picture.convert("RGB").quantize(256, dither=Image.Dither.NONE)
    few.save(file, optimize=True)


def _top(tab: Page, element: str) -> float:
    """How far below the top of the page the first such element begins, in pixels."""
    box = tab.locator(element).first.bounding_box()
    return box["y"] if box else 0


def main(prefixes: list[str]) -> None:
    """Take the pictures whose names begin with one of the words given, or all."""
    from playwright.sync_api import sync_playwright  # only developers have it

    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    wanted = {name: shot for name, shot in SHOTS.items() if name.startswith(tuple(prefixes) or "")}
    with demo() as shown, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for name, shot in wanted.items():
            take(browser, name, shot, shown)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
