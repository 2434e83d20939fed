"""The picture of the packages is drawn from the imports, and the committed one is up to date."""

from pathlib import Path

import pytest

from tools.house_picture import PICTURE, ROOT, draw, floors, imports, reduced


def test_the_committed_picture_is_what_the_command_draws() -> None:
    """An import that changes the picture calls for `python tools/house_picture.py`."""
    assert draw(ROOT / "monitor") == PICTURE.read_text("utf-8"), "run: python tools/house_picture.py"


def test_every_package_is_described_on_the_page_with_the_picture() -> None:
    """A new package gets its line in the table."""
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    missing = [room for room in imports(ROOT / "monitor") if f"`{room}`" not in page]
    assert not missing


def _package(folder: Path, files: dict[str, str]) -> Path:
    for name, source in files.items():
        file = folder / "pack" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source, "utf-8")
    return folder / "pack"


def test_imports_of_modules_and_packages_are_found_wherever_they_stand(tmp_path: Path) -> None:
    """In any spelling, in a function, from a nested module; imports of other libraries and of itself do not count."""
    package = _package(
        tmp_path,
        {
            "__init__.py": "",
            "top.py": "def work():\n    from pack import middle\n",
            "middle/__init__.py": "",
            "middle/deep/part.py": "import os\nimport pack.words\nfrom pack.middle import deep\n",
            "words.py": "",
        },
    )
    assert imports(package) == {"top": {"middle"}, "middle": {"words"}, "words": set()}


def test_an_import_that_others_imply_is_not_drawn_and_every_arrow_points_down() -> None:
    """`top` stands above all that it imports, and its import of `words` follows from that of `middle`."""
    found = {"top": {"middle", "words"}, "middle": {"words"}, "words": set(), "alone": set()}
    assert floors(found) == {"top": 2, "middle": 1, "words": 0, "alone": 0}
    assert reduced(found) == [("middle", "words"), ("top", "middle")]


def test_packages_that_import_each_other_are_named() -> None:
    """There is no floor for them."""
    with pytest.raises(ValueError, match="these import each other: one, two"):
        floors({"one": {"two"}, "two": {"one", "words"}, "words": set()})
