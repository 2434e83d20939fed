"""An installation moves to PostgreSQL and back and then ends its topic; no reader is mailed anything twice."""

from __future__ import annotations

import json
from pathlib import Path
from zipfile import ZipFile

from monitor.demo.mailbox import Mailbox
from monitor.sandbox import Server
from monitor.store import Database
from tests.support.databases import url_of
from tests.support.installation import World, install


def test_a_topic_lives_on_two_databases_and_is_archived_from_the_third(
    tmp_path: Path, sandbox: Server, postgresql_db: Database
) -> None:
    """By the real commands, as the documentation says, with a new key put in front of the old one on the way."""
    back = f"sqlite:///{tmp_path}/back.db"
    with Mailbox(tmp_path / "mail") as mailbox, install(tmp_path, sandbox, mailbox) as first:
        assert first.run("tick").returncode == 0
        mails = len(mailbox.messages)
        assert mails >= 2  # a welcome for each reader
        _done(first, "db", "copy", url_of(postgresql_db))
        keys = {"MONITOR_SECRET_KEY": f"{'n' * 32},{'k' * 32}"}
        second = World(
            tmp_path, sandbox, mailbox, {**first.environ, **keys, "MONITOR_DATABASE_URL": url_of(postgresql_db)}
        )
        _done(second, "tick")
        _done(second, "db", "copy", back)
        third = World(tmp_path, sandbox, mailbox, {**second.environ, "MONITOR_DATABASE_URL": back})
        _done(third, "tick")
        assert _answer(third) == _answer(first)
        assert len(mailbox.messages) == mails
        third.config.write_text(third.config.read_text().replace("\n  veins:\n", "\n  vessels:\n"))
        _done(third, "tick")
        _done(third, "topics", "archive", "veins", str(tmp_path / "veins.zip"), "--yes")
        listed = json.loads(third.run("topics", "--json").stdout)
        assert [one["topic"] for one in listed if one["is_removed"] or one["is_on"]] == ["vessels"]
        with ZipFile(tmp_path / "veins.zip") as archive:
            assert archive.read("answers.jsonl")
            assert b"removed" not in archive.read("articles.csv")
        _done(third, "tick")
        _done(third, "db", "check")


def _done(world: World, *words: str) -> None:
    ended = world.run(*words)
    assert ended.returncode == 0, ended.stderr


def _answer(world: World) -> str:
    """The history of the topic's answer, with its dates."""
    return world.run("export", "veins", "-f", "answers").stdout
