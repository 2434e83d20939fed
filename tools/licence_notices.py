"""Print the licence notices of every installed package, the copyleft ones first; the container image holds them.

    python tools/licence_notices.py > NOTICES.txt

For each: name, version, licence, where its source is, and the licence texts that it was installed with. LGPL-3.0 and
MPL-2.0 (psycopg, publicsuffixlist) ask for this of whoever passes them on; LGPL-3.0 also for the text of the GPL, which
Debian keeps in every base image.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path

GPL = Path("/usr/share/common-licenses/GPL-3")
_COPYLEFT = re.compile(r"\b(?:L?GPL|MPL|Mozilla Public|Lesser General)", re.IGNORECASE)
_TEXTS = re.compile(r"(?:LICEN[CS]E|COPYING|NOTICE|COPYRIGHT|AUTHORS)[^/]*$", re.IGNORECASE)


def licence(package: Distribution) -> str:
    """The licence as the package names it: an SPDX expression, its classifiers, or its own words."""
    about = package.metadata
    classified = [one.rpartition(" :: ")[2] for one in about.get_all("Classifier") or () if one.startswith("License")]
    words = " ".join((about.get("License") or "").split())
    return about.get("License-Expression") or "; ".join(classified) or words[:80] or "not stated"


def source(package: Distribution) -> str:
    """Where the package says that its source is."""
    named = dict(one.split(", ", 1) for one in package.metadata.get_all("Project-URL") or () if ", " in one)
    by_name = {name.casefold(): url for name, url in named.items()}
    wanted = [by_name.get(name) for name in ("source", "source code", "code", "repository", "github", "homepage")]
    return next(filter(None, (*wanted, package.metadata.get("Home-page"), *named.values())), "not stated")


def texts(package: Distribution) -> Iterator[str]:
    """The licence texts among the package's files."""
    for file in package.files or ():
        path = Path(str(package.locate_file(file)))
        if ".dist-info/" in str(file) and _TEXTS.search(str(file)) and path.is_file():
            yield path.read_text(encoding="utf-8", errors="replace").strip()


def notice(package: Distribution) -> str:
    """Everything about one package."""
    head = f"{package.metadata['Name']} {package.version}\nLicence: {licence(package)}\nSource: {source(package)}"
    return "\n\n".join([head, *texts(package)])


def notices() -> str:
    """All of them, those with conditions on passing them on before the others, by name."""
    named = {package.metadata["Name"].casefold(): package for package in distributions()}
    listed = sorted(
        named.values(), key=lambda one: (not _COPYLEFT.search(licence(one)), one.metadata["Name"].casefold())
    )
    parts = ["Monitor is distributed under the MIT licence together with these packages, unchanged."]
    parts += [notice(package) for package in listed]
    if GPL.is_file() and any("LGPL" in licence(one) for one in listed):
        parts.append(f"The GNU General Public License, version 3\n\n{GPL.read_text(encoding='utf-8').strip()}")
    return f"\n\n{'=' * 80}\n\n".join(parts)


if __name__ == "__main__":
    print(notices())
