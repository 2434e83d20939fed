"""The command that measures how returned mail is read, on a small folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import returned_mails

COMMAND = Path(__file__).resolve().parents[2] / "evaluation" / "bounces" / "measure.py"
MAILS = {
    "gone.eml": (returned_mails.postfix, "hard"),
    "full.eml": (returned_mails.full, "soft"),
    "some.eml": (returned_mails.exim, "bounce"),
    "spam.eml": (returned_mails.complaint, "complaint"),
    "away.eml": (returned_mails.out_of_office, "none"),
    "disputed.eml": (returned_mails.spam_refused, "hard"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one mail a file."""
    for name, (shape, _) in MAILS.items():
        (tmp_path / name).write_bytes(shape("bounces+1-a@example.org", "<1.1@x>"))
    return tmp_path


def measured(folder: Path, expected: str, *options: str) -> subprocess.CompletedProcess[str]:
    """The command on the folder."""
    words = [sys.executable, str(COMMAND), str(folder), str(folder / expected), *options]
    environ = {**os.environ, "PYTHONPATH": str(COMMAND.parents[2])}
    return subprocess.run(words, capture_output=True, text=True, check=False, env=environ)  # noqa: S603  our own command


@pytest.mark.parametrize("form", ["csv", "json"])
def test_figures_beside_flufl(folder: Path, form: str) -> None:
    """Known, rightly classed, false alarms; what is read otherwise is named."""
    rows = {name: kind for name, (_, kind) in MAILS.items()}
    text = json.dumps(rows) if form == "json" else "file,kind\n" + "".join(f"{a},{b}\n" for a, b in rows.items())
    (folder / f"expected.{form}").write_text(text, encoding="utf-8")
    done = measured(folder, f"expected.{form}", "--errors")
    assert done.returncode == 0, done.stderr
    assert "| bounces known as such | 4 of 4 (100.0 %) |" in done.stdout
    assert "| classed hard or soft rightly | 2 of 3 (66.7 %) |" in done.stdout
    assert "| complaints known as such | 1 of 1 (100.0 %) | 0 of 1 (0.0 %) |" in done.stdout
    assert "(false alarms) | 0 of 1 (0.0 %)" in done.stdout
    assert "disputed.eml: expected hard, read as soft" in done.stdout
    figures = json.loads(measured(folder, f"expected.{form}", "--json").stdout)
    assert figures["Monitor"]["rightly_classed"] == 2


@pytest.mark.parametrize("text", ["file,kind\nabsent.eml,hard\n", "file,kind\ngone.eml,dead\n"])
def test_a_list_that_does_not_fit_is_said(folder: Path, text: str) -> None:
    """A file that is not there, a kind that is none."""
    (folder / "expected.csv").write_text(text, encoding="utf-8")
    done = measured(folder, "expected.csv")
    assert done.returncode == 1
    assert "absent.eml" in done.stderr or "dead: no such kind" in done.stderr
