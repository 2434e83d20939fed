"""Every configuration in the documents loads; every key, variable and metric that they name exists."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from PIL import Image

from monitor import config
from monitor.config.channels import variable
from monitor.config.reference import docs_text
from monitor.config.secrets import OTHER_VARIABLES, SECRETS
from tests.config.files import SMALL, written
from tests.docs import pages
from tests.docs.pages import Block
from tests.support import pseudo_language
from tools.house_picture import ROOT

BLOCKS = [one for page in pages.DOCUMENTS for one in pages.blocks(page) if one.language in ("yaml", "yml")]
#: For developers, where `bounces.collect` is a module; and what templates are given, which is written alike.
_OF_OTHER_THINGS = {"docs/architecture.md", "CONTRIBUTING.md", "docs/templates.md"}
_ROW = re.compile(r"^\| `([a-z_]+)` \|", re.MULTILINE)
_PATH = re.compile(r"^(?!.*\.example\.)([a-z_]+(?:\.[a-z_]+)+)(?::.*)?$")
_KEY = re.compile(r"^([a-z_]+):(?: .*)?$")
_VARIABLE = re.compile(r"\bMONITOR_[A-Z_]+")
_METRIC = re.compile(r"\bmonitor_[a-z_]+\b")


def keys() -> dict[str, set[str]]:
    """The keys of each block of the reference by the block's own name; of the top level by ""."""
    found: dict[str, set[str]] = {}
    for part in docs_text().split("\n## ")[1:]:
        heading = part.partition("\n")[0].strip("`")
        name = "" if heading == "The top level" else re.sub(r"\[\]|\.<topic>", "", heading).rpartition(".")[2]
        found.setdefault(name, set()).update(_ROW.findall(part))
    for same, as_in in (("intervention", "population"), ("exclude", "comparator")):
        found[same] = found[as_in]
    return found


def merged(base: Any, over: Any) -> Any:
    """`over` laid over `base`, block by block."""
    if not isinstance(base, dict) or not isinstance(over, dict):
        return over
    return {**base, **{key: merged(base.get(key), value) for key, value in over.items()}}


def whole(text: str) -> str:
    """A whole configuration: `text` itself, or a fragment (of the file, or of a topic) in a small one."""
    values = yaml.safe_load(text)
    if "contact_email" in values:
        return text
    is_of_topic = set(values) <= keys()["topics"]
    return str(yaml.safe_dump(merged(yaml.safe_load(SMALL), {"topics": {"ccsvi": values}} if is_of_topic else values)))


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_every_configuration_loads(block: Block, tmp_path: Path) -> None:
    """As it stands there, beside the files and secrets that it needs, without a problem and without a warning."""
    values = yaml.safe_load(block.text)
    (tmp_path / "templates").mkdir()
    Image.new("RGB", (8, 8)).save(tmp_path / "logo.png")
    addresses = {
        f"MONITOR_{variable(one['name'])}_URL": "https://hooks.example.org/1" for one in values.get("channels", ())
    }
    signing = {f"MONITOR_{variable(one['name'])}_SECRET": "s" * 32 for one in values.get("channels", ())}
    if language := values.get("language"):
        pseudo_language.write(tmp_path / "translations", language)
    reading = config.read(written(tmp_path, whole(block.text)), addresses | signing)
    assert (reading.problems, reading.warnings) == ((), ())


@pytest.mark.parametrize("page", pages.DOCUMENTS, ids=pages.name)
def test_every_key_that_a_page_names_exists(page: Path) -> None:
    """`smtp.rate` is a key of the block `smtp`, `every:` one of some block."""
    known = keys()
    strange = []
    for span in pages.spans(page) if pages.name(page) not in _OF_OTHER_THINGS else ():
        if (path := _PATH.match(span)) and path[1].split(".")[0] in known:
            *blocks, key = path[1].split(".")
            strange += [span] if key not in known.get(blocks[-1], ()) else []
        elif (word := _KEY.match(span)) and not any(word[1] in of_block for of_block in known.values()):
            strange.append(span)
    assert strange == []


@pytest.mark.parametrize("page", pages.DOCUMENTS, ids=pages.name)
def test_every_variable_that_a_page_names_exists(page: Path) -> None:
    """In the reference, or with _FILE behind it; and those of the tests."""
    known = {*SECRETS, *OTHER_VARIABLES, *(f"{name}_FILE" for name in SECRETS), "MONITOR_TEST_WRITE"}
    named = {name for name in _VARIABLE.findall(pages.read(page)) if not name.startswith("MONITOR_CHANNEL_")}
    assert named <= known


def test_every_metric_that_a_page_names_exists() -> None:
    """In the table of monitoring.md, which another test compares with `/metrics`."""
    table = set(re.findall(r"^\| `(monitor_[a-z_]+)`", pages.read(ROOT / "docs" / "monitoring.md"), re.MULTILINE))
    named = {name for page in pages.DOCUMENTS for span in pages.spans(page) for name in _METRIC.findall(span)}
    assert len(table) > 15
    assert named <= table


def test_a_wrong_block_is_noticed(tmp_path: Path) -> None:
    """A fragment of a topic, or of the file, with a key that does not exist."""
    for text in ("searches: [{name: a, qery: x}]", "smtp: {prot: 25}", "anything: 1"):
        assert config.read(written(tmp_path, whole(text)), {}).problems
