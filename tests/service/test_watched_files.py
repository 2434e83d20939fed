"""When the files of a configuration count as changed: once they are quiet again."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from monitor.config import files
from monitor.service.reload.files import WatchedFiles


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A configuration file."""
    path = tmp_path / "monitor.yaml"
    path.write_text("before", encoding="utf-8")
    return path


def looks(watched: WatchedFiles, count: int) -> list[bool]:
    """What so many looks in a row find."""
    return [watched.have_changed() for _ in range(count)]


def test_a_changed_file_is_found_at_the_second_look_until_it_is_taken(file: Path) -> None:
    """And not again afterwards."""
    watched = WatchedFiles([file])
    assert looks(watched, 2) == [False, False]
    file.write_text("after", encoding="utf-8")
    assert looks(watched, 3) == [False, True, True]
    watched.take()
    assert looks(watched, 3) == [False, False, False]


def test_a_file_that_is_being_written_is_left_until_it_rests(file: Path) -> None:
    """However long it takes."""
    watched = WatchedFiles([file])
    for number in range(1, 5):
        file.write_text("x" * number, encoding="utf-8")
        assert not watched.have_changed()
    assert watched.have_changed()


def test_what_is_changed_while_it_is_read_is_another_change(file: Path) -> None:
    """It is noted how the file was before it is opened."""
    watched = WatchedFiles([file])
    watched.take()
    file.write_text("written meanwhile", encoding="utf-8")
    assert looks(watched, 2) == [False, True]


def test_a_file_of_the_same_size_and_date_that_takes_its_place_is_another(file: Path) -> None:
    """As `cp -p` and `mv` leave it."""
    watched = WatchedFiles([file])
    other = file.with_name("other")
    shutil.copy2(file, other)
    other.write_text("better", encoding="utf-8")
    os.utime(other, ns=(file.stat().st_atime_ns, file.stat().st_mtime_ns))
    other.rename(file)
    assert looks(watched, 2) == [False, True]


def test_a_link_that_points_elsewhere_is_a_change(file: Path) -> None:
    """Kubernetes exchanges a mounted configuration that way."""
    second = file.with_name("second")
    second.write_text("second", encoding="utf-8")
    link = file.with_name("link")
    link.symlink_to(file)
    watched = WatchedFiles([link])
    other = file.with_name("new-link")
    other.symlink_to(second)
    other.rename(link)
    assert looks(watched, 2) == [False, True]


def test_a_file_that_goes_and_comes_is_a_change(file: Path) -> None:
    """Also one that was named before it existed."""
    missing = file.with_name("people.csv")
    watched = WatchedFiles([file, missing])
    missing.write_text("address", encoding="utf-8")
    assert looks(watched, 2) == [False, True]
    watched.take()
    file.unlink()
    assert looks(watched, 2) == [False, True]


def test_a_file_that_is_named_later_is_watched_from_then_on(file: Path) -> None:
    """That it is new to us is no change of it; what was changed before stays changed."""
    people = file.with_name("people.csv")
    people.write_text("address", encoding="utf-8")
    watched = WatchedFiles([file])
    file.write_text("after", encoding="utf-8")
    watched.watch([file, people])
    assert looks(watched, 2) == [False, True]
    watched.take()
    people.write_text("address\nann@example.org", encoding="utf-8")
    assert looks(watched, 2) == [False, True]


def test_secrets_in_files_are_files_of_the_configuration(tmp_path: Path) -> None:
    """Each by its variable or in the folder that containers mount."""
    environ = {"MONITOR_SMTP_PASSWORD_FILE": "/etc/password", "MONITOR_SECRETS": "/run/secrets"}
    found = files(tmp_path / "monitor.yaml", environ)
    assert {tmp_path / "monitor.yaml", Path("/etc/password"), Path("/run/secrets/dkim_key")} <= set(found)
