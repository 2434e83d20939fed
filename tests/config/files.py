"""Configuration files for tests: a small valid one, and the shipped one filled in."""

from __future__ import annotations

from pathlib import Path

from monitor import resources

SMALL = """\
contact_email: jane@example.org
postal_address: Example Street 1, Rome
smtp:
  host: mail.example.org
topics:
  ccsvi:
    name: CCSVI in MS
    question:
      text: Does it help?
      population: {name: multiple sclerosis, words: [multiple sclerosis]}
      intervention: {name: venous angioplasty, words: [venoplasty]}
    searches:
      - name: ccsvi
        query: CCSVI[tiab]
"""


def written(folder: Path, text: str) -> Path:
    """`text` as a configuration file in `folder`."""
    path = folder / "monitor.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def shipped() -> str:
    """The shipped configuration with its three places filled in."""
    text = (resources.folder("config") / "monitor.yaml").read_text(encoding="utf-8")
    for empty, filled in (
        ("\ncontact_email:\n", "\ncontact_email: jane@example.org\n"),
        ("\npostal_address:\n", "\npostal_address: Example Street 1, Rome\n"),
        ("\n  host:\n", "\n  host: mail.example.org\n"),
    ):
        assert empty in text
        text = text.replace(empty, filled)
    return text
