"""Run every test and write the 20 slowest into CONTRIBUTING.md: `make slowest`.

Seconds are wall-clock time with the other workers busy: set-up, the test itself and clean-up. What a
fixture makes once for many tests is counted at the test that came first.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "CONTRIBUTING.md"
BEGIN, END = "<!-- slowest tests: written by `make slowest` -->\n", "<!-- end of slowest tests -->\n"
COUNT = 20


def main() -> int:
    """Run the tests with the options given and write the table; the exit code is pytest's."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        options = [f"--junit-xml={report}", *sys.argv[1:]]
        ended = subprocess.run([sys.executable, "-m", "pytest", *options], cwd=ROOT, check=False)
        before, rest = DOCUMENT.read_text("utf-8").split(BEGIN)
        table = _table(ElementTree.parse(report).getroot())  # noqa: S314  pytest wrote it a moment ago
        DOCUMENT.write_text(f"{before}{BEGIN}{table}{END}{rest.split(END)[1]}", "utf-8")
    return ended.returncode


def _table(report: ElementTree.Element) -> str:
    """The slowest tests of a JUnit report, as a table in Markdown below the kind of machine."""
    tests = sorted(report.iter("testcase"), key=lambda test: -float(test.get("time", "0")))
    rows = "".join(_row(test) for test in tests[:COUNT])
    machine = f"{platform.system()} on {os.cpu_count()} cores, Python {platform.python_version()}"
    return f"\n{machine}; {len(tests)} tests.\n\n| seconds | file | test |\n|---:|---|---|\n{rows}\n"


def _row(test: ElementTree.Element) -> str:
    """One test: its seconds, its file and its name."""
    file = test.get("classname", "").replace(".", "/")
    name = test.get("name", "").replace("|", "\\|")
    return f"| {float(test.get('time', '0')):.1f} | `{file}.py` | `{name}` |\n"


if __name__ == "__main__":
    sys.exit(main())
