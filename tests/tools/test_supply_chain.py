"""What we ship beside our own code: known flaws, licences, a bill of materials."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tools import advisories, licence_notices
from tools.house_picture import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def advisory(name: str = "jinja2", *events: dict[str, str], **fields: Any) -> dict[str, Any]:
    """An advisory in the OSV format."""
    ranges = [{"type": "ECOSYSTEM", "events": [*events]}] if events else []
    affected = {"package": {"ecosystem": "PyPI", "name": name}, "ranges": ranges, **fields.pop("affected", {})}
    return {"id": "PYSEC-1", "aliases": ["CVE-2099-1"], "summary": "A flaw", "affected": [affected], **fields}


@pytest.mark.parametrize(
    ("version", "events", "applies"),
    [
        ("1.0", [{"introduced": "0"}], True),
        ("1.0", [{"introduced": "0"}, {"fixed": "1.0"}], False),
        ("1.0", [{"introduced": "0"}, {"fixed": "1.0.1"}], True),
        ("1.0", [{"introduced": "0"}, {"last_affected": "1.0"}], True),
        ("1.1", [{"introduced": "0"}, {"last_affected": "1.0"}], False),
        ("2.5", [{"introduced": "0"}, {"fixed": "1.9"}, {"introduced": "2.0"}, {"fixed": "2.6"}], True),
        ("1.9", [{"introduced": "2.0"}, {"fixed": "2.6"}, {"introduced": "0"}, {"fixed": "1.9"}], False),
        ("10.0", [{"introduced": "9.0"}, {"fixed": "9.5"}], False),
    ],
)
def test_an_advisory_applies_within_its_ranges(version: str, events: list[dict[str, str]], applies: bool) -> None:
    """In the order of versions, not of text."""
    used = [advisories.Used("jinja2", Version(version), "requirements.lock")]
    assert bool([*advisories.applying(used, [advisory("Jinja2", *events)])]) is applies


def test_an_advisory_may_list_versions() -> None:
    """Other spellings of one version are that version; other packages and ecosystems are not meant."""
    used = [advisories.Used("jinja2", Version("1.0"), "requirements.lock")]
    listing = advisory(affected={"versions": ["0.9", "1.0.0", "very old"]})
    (told,) = advisories.applying(used, [listing])
    assert told == "requirements.lock: jinja2 1.0: PYSEC-1 CVE-2099-1: A flaw (no fixed version)"
    foreign = advisory(affected={"versions": ["1.0"], "package": {"ecosystem": "npm", "name": "jinja2"}})
    assert not [*advisories.applying(used, [foreign, advisory("mako", {"introduced": "0"})])]


def test_advisories_come_from_files_folders_and_archives(tmp_path: Path) -> None:
    """As the public collections hand them out; a withdrawn one is none."""
    gone = advisory("jinja2", {"introduced": "0"}, withdrawn="2026-01-01T00:00:00Z")
    (tmp_path / "vulns").mkdir()
    (tmp_path / "vulns" / "one.yaml").write_text(yaml.safe_dump(advisory("a", {"introduced": "0"})))
    (tmp_path / "vulns" / "two.json").write_text(json.dumps([advisory("b", {"introduced": "0"}), gone]))
    (tmp_path / "vulns" / "three.json").write_text(json.dumps({"vulns": [advisory("c", {"introduced": "0"})]}))
    with zipfile.ZipFile(tmp_path / "vulns" / "all.zip", "w") as packed:
        packed.writestr("four.json", json.dumps(advisory("d", {"introduced": "0"})))
    found = {one["affected"][0]["package"]["name"] for one in advisories.advisories(tmp_path)}
    assert found == {"a", "b", "c", "d"}


def test_the_command_says_what_applies_and_fails(tmp_path: Path) -> None:
    """Exit 1 for the version that is locked and for the lowest that is allowed, 0 for neither, 2 without a file."""
    floor = next(one for one in advisories.floors(PROJECT) if one.name == "lxml")
    file = tmp_path / "one.json"
    file.write_text(json.dumps(advisory("lxml", {"introduced": "0"}, {"last_affected": str(floor.version)})))
    done = run("advisories.py", str(file))
    assert (done.returncode, f"pyproject.toml (lowest version allowed): lxml {floor.version}" in done.stdout) == (
        1,
        True,
    )
    file.write_text(json.dumps(advisory("lxml", {"introduced": "0"}, {"fixed": "1.0"})))
    assert run("advisories.py", str(file)).returncode == 0
    assert run("advisories.py", str(tmp_path / "none.json")).returncode == 2


def run(tool: str, *words: str) -> subprocess.CompletedProcess[str]:
    """`python tools/TOOL WORDS`."""
    command = [sys.executable, str(ROOT / "tools" / tool), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603


#: The first version without the flaw.
KNOWN = {
    "click": ("8.3.3", "CVE-2026-7246"),
    "dnspython": ("2.6.1", "CVE-2023-29483"),
    "h11": ("0.16", "CVE-2025-43859"),
    "idna": ("3.15", "CVE-2026-45409"),
    "jinja2": ("3.1.6", "CVE-2025-27516"),
    "lxml": ("6.1.0", "CVE-2026-41066"),
    "mako": ("1.3.12", "CVE-2026-44307"),
    "pillow": ("12.3.0", "CVE-2026-55379"),
    "pygments": ("2.20.0", "CVE-2026-4539"),
    "starlette": ("1.3.1", "CVE-2026-54283"),
}


@pytest.mark.parametrize("name", KNOWN)
def test_no_version_with_a_known_flaw_is_allowed(name: str) -> None:
    """Neither locked nor by the floor that whoever installs the wheel gets, also of what only others of ours use."""
    fixed = Version(KNOWN[name][0])
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    used = [one for one in (*advisories.locked(lock), *advisories.floors(PROJECT)) if one.name == name]
    assert len(used) >= 2
    assert all(one.version >= fixed for one in used), KNOWN[name][1]


def test_the_notices_name_every_package_that_asks_for_it() -> None:
    """LGPL and MPL: licence, source, and the whole text."""
    text = licence_notices.notices()
    for name, words in (
        ("psycopg", "GNU LESSER GENERAL PUBLIC LICENSE"),
        ("publicsuffixlist", "Mozilla Public License"),
    ):
        (part,) = [part for part in text.split("=" * 80) if part.strip().startswith(f"{name} ")]
        assert "\nLicence: " in part
        assert "\nSource: http" in part
        assert words in part
    assert "not stated" not in text.split("=" * 80)[1]


def test_the_bill_of_materials_lists_what_is_locked(tmp_path: Path) -> None:
    """CycloneDX, with a hash for each; `make sbom` writes the same."""
    file = tmp_path / "sbom.json"
    (line,) = [one.strip() for one in (ROOT / "Makefile").read_text().splitlines() if "cyclonedx_py" in one]
    words = line.replace("$(BIN)/python", sys.executable).replace("$(SBOM)", str(file)).split()
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603
    assert done.returncode == 0, done.stderr
    bill = json.loads(file.read_text(encoding="utf-8"))
    assert (bill["bomFormat"], bill["metadata"]["component"]["name"]) == ("CycloneDX", "monitor")
    listed = {(canonicalize_name(one["name"]), one["version"]) for one in bill["components"]}
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert listed == {(one.name, str(one.version)) for one in advisories.locked(lock)}
    assert all(one.get("hashes") or one.get("externalReferences") for one in bill["components"])
    assert not [
        one
        for one in PROJECT["project"]["dependencies"]
        if canonicalize_name(Requirement(one).name) not in dict(listed)
    ]
