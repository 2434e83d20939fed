"""Compare our dependencies with security advisories in local files; exit 1 when one applies.

    python tools/advisories.py ADVISORIES…          files or folders; also `make advisories FROM=ADVISORIES`

ADVISORIES are in the OSV format (https://ossf.github.io/osv-schema/): .json (one advisory, or a list), .yaml, or a .zip
of them, such as the exports of osv.dev and the folder `vulns` of PyPA's advisory database. Two things are compared:
every version in requirements.lock, and the lowest version that pyproject.toml allows of each dependency, which is what
somebody may have who installs the wheel. Nothing is asked of the network.
"""

from __future__ import annotations

import json
import sys
import tomllib
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Used:
    """A version that is used, or may be, and the file that says so."""

    name: str
    version: Version
    place: str


def locked(text: str) -> Iterator[Used]:
    """The versions of a lock file in pip's format."""
    for line in text.splitlines():
        if "==" in line and line[0].isalnum():
            name, _, version = line.partition("==")
            yield Used(canonicalize_name(name), Version(version.split(";")[0].strip(" \\")), "requirements.lock")


def floors(project: Mapping[str, Any]) -> Iterator[Used]:
    """The lowest version that each dependency allows; nothing where there is no floor."""
    for written in project["project"]["dependencies"]:
        wanted = Requirement(written)
        lowest = [Version(one.version) for one in wanted.specifier if one.operator in (">=", "==", "~=")]
        if lowest:
            yield Used(canonicalize_name(wanted.name), max(lowest), "pyproject.toml (lowest version allowed)")


def advisories(path: Path) -> Iterator[dict[str, Any]]:
    """The advisories in a file, a folder or a zip of files; withdrawn ones are left out."""
    found = (one for name, text in _documents(path) for one in _parsed(name, text))
    return (one for one in found if isinstance(one, dict) and one.get("affected") and not one.get("withdrawn"))


def _documents(path: Path) -> Iterator[tuple[str, bytes]]:
    if path.is_dir():
        for file in sorted(path.rglob("*")):
            if file.suffix in (".json", ".yaml", ".yml", ".zip"):
                yield from _documents(file)
    elif path.suffix == ".zip":
        with zipfile.ZipFile(path) as packed:
            yield from ((name, packed.read(name)) for name in packed.namelist() if name.endswith((".json", ".yaml")))
    else:
        yield path.name, path.read_bytes()


def _parsed(name: str, text: bytes) -> list[Any]:
    value = json.loads(text) if name.endswith(".json") else yaml.safe_load(text)
    if isinstance(value, dict) and "vulns" in value:  # an answer of osv.dev
        value = value["vulns"]
    return value if isinstance(value, list) else [value]


def applying(used: Iterable[Used], known: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """A sentence for each version that an advisory applies to."""
    by_name: dict[str, list[Used]] = {}
    for one in used:
        by_name.setdefault(one.name, []).append(one)
    for advisory in known:
        for affected in advisory["affected"]:
            package = affected.get("package", {})
            if package.get("ecosystem") == "PyPI":
                for one in by_name.get(canonicalize_name(package.get("name", "")), ()):
                    if is_affected(one.version, affected):
                        yield f"{one.place}: {one.name} {one.version}: {_named(advisory)}{_fixed(affected)}"


def is_affected(version: Version, affected: Mapping[str, Any]) -> bool:
    """Whether the version is listed, or lies in one of the ranges (OSV schema, "Evaluation")."""
    if str(version) in affected.get("versions", ()) or version in _versions(affected.get("versions", ())):
        return True
    return any(_in_range(version, one["events"]) for one in _ranges(affected))


def _ranges(affected: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [one for one in affected.get("ranges", ()) if one.get("type") in ("ECOSYSTEM", "SEMVER")]


def _in_range(version: Version, events: Iterable[Mapping[str, str]]) -> bool:
    inside = False
    placed = [(Version(at if at != "0" else "0.dev0"), what) for event in events for what, at in event.items()]
    for at, what in sorted(placed, key=lambda event: event[0]):
        if what == "introduced" and version >= at:
            inside = True
        elif (what == "fixed" and version >= at) or (what == "last_affected" and version > at):
            inside = False
    return inside


def _versions(written: Iterable[str]) -> set[Version]:
    found = set()
    for text in written:
        try:
            found.add(Version(text))
        except InvalidVersion:  # of before PEP 440; no version of ours is spelled like it
            continue
    return found


def _named(advisory: Mapping[str, Any]) -> str:
    names = [advisory.get("id", "?"), *(one for one in advisory.get("aliases", ()) if one.startswith("CVE-"))]
    summary = advisory.get("summary") or advisory.get("details", "").partition("\n")[0][:100]
    return f"{' '.join(dict.fromkeys(names))}: {summary}".rstrip(": ")


def _fixed(affected: Mapping[str, Any]) -> str:
    fixed = [event["fixed"] for one in _ranges(affected) for event in one["events"] if "fixed" in event]
    return f" (fixed in {', '.join(fixed)})" if fixed else " (no fixed version)"


def main(words: list[str]) -> int:
    """The exit code: 0 nothing applies, 1 something does, 2 misuse."""
    missing = [word for word in words if not Path(word).exists()]
    if not words or missing:
        print(f"There is no {missing[0]}." if missing else __doc__, file=sys.stderr)
        return 2
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    used = [*locked((ROOT / "requirements.lock").read_text(encoding="utf-8")), *floors(project)]
    known = [one for word in words for one in advisories(Path(word))]
    found = sorted(set(applying(used, known)))
    print("\n".join([*found, f"{len(used)} versions compared with {len(known)} advisories: {len(found)} apply."]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
