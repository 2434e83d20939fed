"""The operator edits the configuration of a service that has readers: what the next ticks do and mail."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from monitor import config, store
from monitor.demo.mailbox import Mailbox
from monitor.model import Change, ChangeKind, Digest
from monitor.sandbox import Server
from tests.support.installation import World, install


@pytest.fixture
def world(tmp_path: Path, sandbox: Server) -> Iterator[World]:
    """An installation whose readers were welcomed yesterday."""
    with Mailbox() as box, install(tmp_path, sandbox, box) as installed:
        assert tick(installed, 1) == []
        yield installed


def tick(world: World, day: int) -> list[str]:
    """One tick at noon of a day of January 2016; the topics whose articles were judged again."""
    done = json.loads(world.run("tick", "--json", "--at", f"2016-01-{day:02}T12:00Z").stdout)
    assert done["failures"] == []
    return list(done["reassessed"])


def edit(world: World, before: str, after: str) -> None:
    """Change the configuration."""
    text = world.config.read_text(encoding="utf-8")
    assert before in text
    world.config.write_text(text.replace(before, after), encoding="utf-8")


def stored(world: World) -> tuple[list[Change], list[Digest]]:
    """Every change, and every digest, oldest first."""
    with closing(store.open(config.load(world.config, dict(world.environ)).database_url)) as db, db.read() as tx:
        changes = store.changes.recent(tx, "veins", 100)[::-1]
        digests = [store.digests.get(tx, one.id)[0] for one in store.digests.archive(tx, "veins", 100)[::-1]]
    return changes, digests


def test_a_changed_question_is_mailed_as_one_change_and_no_article_as_news(world: World) -> None:
    """All articles are judged again at the next tick, before anything is polled."""
    edit(world, "words: [vein dilation, opening veins]", "words: [gene therapy]")
    assert tick(world, 2) == ["veins"]
    assert tick(world, 3) == []
    changes, (_, digest, *_) = stored(world)
    (change,) = changes
    assert change.kind is ChangeKind.QUESTION_CHANGED
    assert change.why.startswith("The question was changed on 2 January 2016, and all 9 articles on record were judged")
    assert "The answer was: “One randomised" in change.why
    assert (digest.change_ids, digest.items, digest.answer_changed) == ((change.id,), (), False)


def test_a_changed_query_is_mailed_as_one_change_with_numbers_that_add_up(world: World) -> None:
    """The digest counts what is on record, which is never less than its trials report."""
    edit(world, 'query: "vein*[tiab]"', 'query: "jugular[tiab]"')
    assert tick(world, 2) == []
    tick(world, 3)
    changes, (welcome, digest, *_) = stored(world)
    (change,) = changes
    assert change.why.startswith("The search “veins” was changed on 2 January 2016: ")
    assert (change.kind, digest.items) == (ChangeKind.SEARCH_CHANGED, ())
    before, after = welcome.search_reports[0].count, digest.search_reports[0].count
    assert (before, after) == (8, 8 - 7 + 1)
    assert "7 articles no longer match it and 1 more does. What was found before stays on record." in change.why
    assert digest.article_count == welcome.article_count == 9
    assert json.loads(world.run("status", "--json").stdout)["topics"][0]["articles"] < 9
