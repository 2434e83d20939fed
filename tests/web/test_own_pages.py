"""Page templates of an operator's are tried before a visitor meets them: what breaks a page is told with its line."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.demo.mailbox import Mailbox
from monitor.errors import ConfigError
from monitor.model import Branding, Catalogue, Settings
from monitor.render.templates import shipped_names
from monitor.resources import folder
from monitor.sandbox import Server
from monitor.web import own_pages
from tests.support.branding import own
from tests.support.installation import install
from tests.support.mail_servers import Mailbox as MailServer
from tests.support.settings import settings

#: Is seen only when the page is made.
WRONG = "{{ 1 // 0 }}"
PAGES = tuple(name for name in shipped_names() if name.startswith("pages/"))
#: What pages are built on, and what is shown only for a topic with a seed.
PARTS = ("pages/base.html", "pages/macros.html", "pages/seed.html", "pages/timeline.svg.html", "pages/trial.html")


def with_pages(texts: dict[str, str]) -> Settings:
    """Settings with page templates of the operator's, by name."""
    brand = Branding(templates=tuple(own(name, text) for name, text in texts.items()))
    return replace(settings(MailServer().settings()), branding=brand)


def shipped(name: str) -> str:
    """A template as it ships."""
    return (folder("templates") / name).read_text("utf-8")


def broken(name: str) -> str:
    """It, wrong in the first block in which it says something."""
    text, count = re.subn(r"({% block \w+ -?%})", rf"\1{WRONG}", shipped(name), count=1)
    return text if count else WRONG + text


def test_the_shipped_pages_break_none() -> None:
    """As copies of the operator's."""
    own_pages.check(with_pages({name: shipped(name) for name in PAGES}))


def test_each_page_that_breaks_is_named() -> None:
    """Also those that are seen only after a click: confirmed, links ended, unsubscribed."""
    pages = [name for name in PAGES if name not in PARTS]
    with pytest.raises(ConfigError) as caught:
        own_pages.check(with_pages({name: broken(name) for name in pages}))
    told = [line.strip() for line in str(caught.value).splitlines()[1:]]
    assert {line.partition(", line ")[0] for line in told} == set(pages)
    assert all("division" in line and "by zero" in line for line in told)


def test_what_breaks_every_page_is_told_once() -> None:
    """A mistake in what all of them are built on."""
    with pytest.raises(ConfigError) as caught:
        own_pages.check(with_pages({"pages/base.html": WRONG + shipped("pages/base.html")}))
    assert len(str(caught.value).splitlines()) == 2
    assert "pages/base.html, line " in str(caught.value)


def test_pages_are_tried_in_the_language_that_they_will_speak() -> None:
    """A sentence of the operator's own whose translation names another value."""
    begin = "{% block content %}"
    page = shipped("pages/index.html").replace(begin, begin + '{{ _("Hello %(name)s", name=1) }}')
    german = Catalogue("de", {("", "Hello %(name)s"): ("Hallo %(nam)s",)})
    wanted = replace(with_pages({"pages/index.html": page}), language="de", catalogues={"de": german})
    with pytest.raises(ConfigError, match=r"pages/index\.html, line \d+: 'nam'"):
        own_pages.check(wanted)


def test_doctor_says_it(tmp_path: Path, sandbox: Server) -> None:
    """As a failed check of the templates."""
    with Mailbox() as box, install(tmp_path, sandbox, box) as world:
        (world.folder / "mine" / "pages").mkdir(parents=True)
        (world.folder / "mine" / "pages" / "privacy.html").write_text(broken("pages/privacy.html"), encoding="utf-8")
        with world.config.open("a", encoding="utf-8") as file:
            file.write("templates: mine\n")
        done = world.run("doctor", "--no-dns", "--json")
    (found,) = [one for one in json.loads(done.stdout) if one["id"] == "templates"]
    assert (found["state"], done.returncode) == ("failed", 1)
    assert "pages/privacy.html, line " in found["text"]
