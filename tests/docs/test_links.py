"""Every link of the documents leads somewhere, and every document can be reached."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs import pages
from tools.house_picture import ROOT

_ELSEWHERE = ("https://", "http://", "mailto:")


@pytest.mark.parametrize("document", [*pages.DOCUMENTS, pages.CHANGELOG], ids=pages.name)
def test_every_link_leads_to_a_file_and_a_heading_that_exist(document: Path) -> None:
    """Relative to the document, as GitHub follows it."""
    broken = []
    for link in pages.links(document):
        path, _, anchor = link.partition("#")
        if link.startswith(_ELSEWHERE):
            continue
        target = (document.parent / path).resolve() if path else document
        if not target.exists() or (anchor and anchor not in pages.anchors(target)):
            broken.append(link)
    assert not broken


def test_every_page_is_named_on_the_way_in() -> None:
    """Nobody has to know the name of a file of `docs` to find it."""
    linked = {link.partition("#")[0] for link in pages.links(ROOT / "docs" / "index.md")}
    assert {path.name for path in ROOT.glob("docs/*.md")} - {"index.md"} <= linked


def test_a_heading_has_the_anchor_that_github_gives_it() -> None:
    """Marks go, hyphens stay, spaces become hyphens."""
    assert "from-sqlite-to-postgresql-and-back" in pages.anchors(ROOT / "docs" / "operations.md")
    assert "topicstopicsearches" in pages.anchors(ROOT / "docs" / "configuration.md")
