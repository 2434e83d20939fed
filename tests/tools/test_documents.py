"""What the documents say holds: named files, modules and commands exist, and the example configuration is valid."""

import re
from functools import reduce
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

from monitor import config
from monitor.cli import WORDS
from tools.house_picture import ROOT

DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("evaluation/*.md"), *ROOT.glob("monitor/**/*.md")]
)
_FOLDERS = "monitor|tests|docs|templates|tools|benchmarks|evaluation|config"
_PATH = re.compile(rf"(?<![\w./])(?:{_FOLDERS})/[\w./-]*[\w/]")
_LINK = re.compile(r"\]\((?!https?://|mailto:|#)([^)#]+)(?:#[\w-]+)?\)")
_PACKAGES = [path.parent.name for path in (ROOT / "monitor").glob("*/__init__.py")]
_DOTTED = re.compile(rf"(?<![\w./-])(?:{'|'.join(_PACKAGES)})(?:\.[a-z_]+)+(?![\w/(])")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_that_a_document_names_exists(document: Path) -> None:
    """Paths in code spans start at the root; links start at the document."""
    text = document.read_text("utf-8")
    spans = " ".join(re.findall(r"`([^`\n]+)`", text))
    missing = [path for path in _PATH.findall(spans) if not (ROOT / path).exists()]
    missing += [link for link in _LINK.findall(text) if not (document.parent / link).exists()]
    assert not missing


def test_every_module_and_function_that_the_architecture_names_exists() -> None:
    """`watch.poll.poll_due` is the function `poll_due` in `monitor/watch/poll.py`."""
    names = _DOTTED.findall((ROOT / "docs" / "architecture.md").read_text("utf-8"))
    assert len(names) > 20
    missing = [name for name in names if not _exists(f"monitor.{name}")]
    assert not missing


def test_the_readme_names_every_command() -> None:
    """Its table has a row for each word of the command line."""
    readme = (ROOT / "README.md").read_text("utf-8")
    assert set(re.findall(r"^\| `monitor ([\w-]+)", readme, re.MULTILINE)) == set(WORDS)


def test_the_configuration_in_the_readme_is_valid(tmp_path: Path) -> None:
    """As it stands there, with nothing filled in."""
    file = tmp_path / "monitor.yaml"
    file.write_text((ROOT / "README.md").read_text("utf-8").split("```yaml\n")[1].split("```")[0], "utf-8")
    reading = config.read(file, {})
    assert (reading.problems, [topic.key for topic in reading.settings.topics]) == ((), ["vitamin-d"])


def _exists(name: str) -> bool:
    """Is it a module, or something in one?"""
    parent, _, last = name.rpartition(".")
    return find_spec(name) is not None if _is_package(parent) else hasattr(import_module(parent), last)


def _is_package(name: str) -> bool:
    return reduce(Path.joinpath, name.split("."), ROOT).is_dir()
