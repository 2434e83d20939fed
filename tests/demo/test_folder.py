"""The demo's folder: a second run starts clean and deletes only what a demo wrote."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.demo.folder import LIST, Folder
from monitor.errors import ConfigError


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder in which a demo has run."""
    folder = Folder(tmp_path / "demo")
    folder.start_clean()
    folder.write("index.html", "<p>first")
    folder.write("mail/weekly@demo.example/0001.eml", b"Subject: one\n\n")
    return tmp_path / "demo"


def test_a_second_run_clears_what_the_first_one_wrote(home: Path) -> None:
    """Old pages and mails are gone, and so are folders that held nothing else."""
    Folder(home).start_clean()
    assert [path.name for path in home.iterdir()] == [LIST]


def test_a_second_run_leaves_what_a_person_put_there(home: Path) -> None:
    """A note beside the mails stays, and its folder with it."""
    note = home / "mail" / "weekly@demo.example" / "my-notes.txt"
    note.write_text("keep me", "utf-8")
    Folder(home).start_clean()
    assert note.read_text("utf-8") == "keep me"
    assert not (home / "index.html").exists()
    assert not (note.parent / "0001.eml").exists()


def test_a_file_that_is_not_ours_is_never_overwritten(tmp_path: Path) -> None:
    """An index.html that somebody else wrote stops the demo with a message."""
    (tmp_path / "index.html").write_text("mine", "utf-8")
    folder = Folder(tmp_path)
    folder.start_clean()
    with pytest.raises(ConfigError, match="was not written by a demo"):
        folder.write("index.html", "ours")
    assert (tmp_path / "index.html").read_text("utf-8") == "mine"


def test_a_run_that_broke_off_is_cleared_too(tmp_path: Path) -> None:
    """A file is listed before it is written, so that no crash leaves one behind for good."""
    broken = Folder(tmp_path)
    broken.start_clean()
    broken.claim("monitor.db").write_bytes(b"half")
    again = Folder(tmp_path)
    again.start_clean()
    assert not (tmp_path / "monitor.db").exists()
    again.write("monitor.db", b"whole")


def test_a_list_that_was_tampered_with_reaches_nothing_outside(tmp_path: Path) -> None:
    """A path that leads out of the folder is not deleted."""
    outside = tmp_path / "outside.txt"
    outside.write_text("safe", "utf-8")
    home = tmp_path / "demo"
    home.mkdir()
    (home / LIST).write_text(f"../outside.txt\n{outside}\n", "utf-8")
    Folder(home).start_clean()
    assert outside.read_text("utf-8") == "safe"


def test_a_folder_that_cannot_be_written_is_said_plainly(tmp_path: Path) -> None:
    """A file where the folder should be gives a message, not a traceback."""
    (tmp_path / "demo").write_text("a file", "utf-8")
    with pytest.raises(ConfigError, match="--folder"):
        Folder(tmp_path / "demo").start_clean()
