"""`monitor topics` for topics that were taken out of the configuration and are still stored."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from subprocess import CompletedProcess
from zipfile import ZipFile

import pytest

from monitor import store
from monitor.model import DigestKind, Subscription, SubscriptionState
from monitor.render.placeholders import Placeholder, placeholder
from monitor.watch.search_changes import apply_searches
from tests.config import files
from tests.support import command, factories, reported
from tests.support.factories import DAY, NOW


class Place:
    """A configuration that no longer has "ccsvi", and a database that has everything of it and a reader."""

    def __init__(self, folder: Path) -> None:
        self.url = f"sqlite:///{folder}/monitor.db"
        self.config = files.written(folder, files.SMALL.replace("  ccsvi:", "  other:") + f"database_url: {self.url}\n")
        db = store.open(self.url)
        store.migrate.upgrade(db)
        reported.fill(db)
        with db.begin() as tx:
            one = replace(factories.subscription("reader@example.org"), state=SubscriptionState.ACTIVE)
            assert isinstance(one, Subscription)
            store.subscribers.add(tx, one, NOW)
            rendered = replace(factories.RENDERED, text=f"News. {placeholder(Placeholder.UNSUBSCRIBE)}")
            digest = replace(factories.digest(), kind=DigestKind.NEWS)
            store.deliveries.enqueue(tx, store.digests.add(tx, digest, rendered, NOW), NOW, factories.message_id)
        db.close()

    def start(self) -> None:
        """A service is started with the configuration."""
        db = store.open(self.url)
        with db.begin() as tx:
            apply_searches(tx, [replace(factories.topic(), key="other", searches=())], NOW + 5 * DAY)
        db.close()

    def __call__(self, *words: str) -> CompletedProcess[str]:
        """`monitor topics WORDS`."""
        return command.run(["topics", *words, "-c", str(self.config)])

    def stored(self) -> list[str]:
        """The keys of the topics that are stored."""
        db = store.open(self.url)
        with db.read() as tx:
            return store.topics.keys(tx)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """The configuration was changed, and a service started with it."""
    made = Place(tmp_path)
    made.start()
    return made


def test_a_removed_topic_is_listed_with_what_is_held_of_it(place: Place) -> None:
    """Beside those that are on and off."""
    said = place().stdout
    assert "still stored: 4 articles, 1 digests" in said
    listed = {one["topic"]: one for one in json.loads(place("--json").stdout)}
    assert (listed["other"]["is_on"], listed["other"]["is_removed"]) == (True, False)
    assert (listed["ccsvi"]["is_on"], listed["ccsvi"]["is_removed"]) == (False, True)
    assert listed["ccsvi"]["searches"] == ["citing", "words"]
    assert listed["ccsvi"]["held"]["people"] == 1


def test_nothing_is_deleted_before_a_yes_and_what_is_lost_is_told(place: Place) -> None:
    """Then it is gone, the address too."""
    asked = place("delete", "ccsvi")
    assert asked.returncode == 2
    assert "This deletes, of ccsvi: 4 articles that no other topic watches, 2 answers, 1 screenings" in asked.stdout
    assert "the choices of 1 people, and the addresses of 1 who chose nothing else" in asked.stdout
    assert "Nothing was deleted. To delete it, add --yes. To keep a copy: monitor topics archive ccsvi" in asked.stderr
    assert "ccsvi" in place.stored()
    done = place("delete", "ccsvi", "--yes")
    assert (done.returncode, "Deleted, of ccsvi:" in done.stdout) == (0, True), done.stderr
    assert "ccsvi" not in place.stored()
    held = b"".join(file.read_bytes() for file in Path(place.config.parent).glob("monitor.db*"))
    assert b"reader@example.org" not in held
    again = place("delete", "ccsvi", "--yes")
    assert (again.returncode, 'No topic "ccsvi" is stored.' in again.stderr) == (2, True)


def test_a_topic_that_is_watched_is_not_deleted(tmp_path: Path) -> None:
    """Configured, or no longer configured while the service does not know it yet."""
    place = Place(tmp_path)
    configured = place("delete", "other", "--yes")
    assert (configured.returncode, '"other" is configured. Take it out of' in configured.stderr) == (2, True)
    unknown_to_service = place("delete", "ccsvi", "--yes")
    assert unknown_to_service.returncode == 2
    assert "no service was started with it yet. Restart the service, or run `monitor tick`" in unknown_to_service.stderr
    assert "ccsvi" in place.stored()


def test_the_archive_has_everything_but_the_readers_and_then_it_is_deleted(place: Place, tmp_path: Path) -> None:
    """One file for its owner alone."""
    file = tmp_path / "ccsvi.zip"
    first = place("archive", "ccsvi", str(file))
    assert (first.returncode, "`monitor topics delete ccsvi --yes` would delete" in first.stdout) == (0, True), (
        first.stderr
    )
    assert file.stat().st_mode & 0o077 == 0
    with ZipFile(file) as archive:
        assert archive.testzip() is None
        names = set(archive.namelist())
        content = {name: archive.read(name) for name in names}
    lists = {"articles.csv", "articles.jsonl", "articles.ris", "answers.jsonl", "trials.jsonl"}
    reports = {"searches.html", "searches.docx", "evidence.csv", "evidence.docx", "changes.csv"}
    assert names == {"README.txt", *lists, *reports, "digests/1.txt", "digests/1.html"}
    assert b"A trial of veins" in content["articles.csv"]
    assert b"It is no longer configured." in content["searches.html"]
    assert b"answer changed" in content["changes.csv"]
    assert content["digests/1.txt"].endswith(b"News. #")
    assert not [name for name, text in content.items() if b"reader@example.org" in text]
    again = place("archive", "ccsvi", str(file), "--yes")
    assert (again.returncode, "exists and is not overwritten" in again.stderr) == (1, True)
    assert "ccsvi" in place.stored()
    done = place("archive", "ccsvi", str(tmp_path / "second.zip"), "--yes")
    assert (done.returncode, "ccsvi" in place.stored()) == (0, False), done.stderr


def test_an_archive_that_cannot_be_written_deletes_nothing(place: Place, tmp_path: Path) -> None:
    """A folder that is not there."""
    done = place("archive", "ccsvi", str(tmp_path / "missing" / "ccsvi.zip"), "--yes")
    assert (done.returncode, "The archive could not be written" in done.stderr) == (1, True)
    assert "ccsvi" in place.stored()
