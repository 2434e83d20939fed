"""Every picture of the documents is made by a command, and shown."""

from __future__ import annotations

import pytest
from PIL import Image

from tests.docs import pages
from tools.doc_pictures import PICTURES, SHOTS, Shot
from tools.house_picture import PICTURE


def test_every_picture_is_made_by_a_command() -> None:
    """`tools/house_picture.py` draws one, `tools/doc_pictures.py` takes the others."""
    assert {path.name for path in PICTURES.iterdir()} == {PICTURE.name, *(f"{name}.png" for name in SHOTS)}


def test_every_picture_is_shown() -> None:
    """On some page; a link that leads to none is found by the test of links."""
    shown = {link.rpartition("/")[2] for page in pages.DOCUMENTS for link in pages.links(page)}
    assert {path.name for path in PICTURES.iterdir()} <= shown


@pytest.mark.parametrize(("name", "shot"), SHOTS.items(), ids=SHOTS)
def test_a_picture_is_as_wide_and_as_high_as_its_command_takes_it(name: str, shot: Shot) -> None:
    """One taken by hand would differ."""
    with Image.open(PICTURES / f"{name}.png") as picture:
        assert picture.size == (shot.width, shot.height) if shot.height else picture.width <= shot.width
