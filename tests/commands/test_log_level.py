"""How much is logged is configured."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.demo.mailbox import Mailbox
from monitor.sandbox import Server
from tests.support.installation import install


@pytest.mark.parametrize(("level", "is_told"), [("info", True), ("warning", False)])
def test_a_tick_logs_what_the_configuration_asks_for(
    tmp_path: Path, sandbox: Server, level: str, is_told: bool
) -> None:
    """A line for each unit of work is information; its summary is printed all the same."""
    with Mailbox() as box, install(tmp_path, sandbox, box) as world:
        world.config.write_text(f"log_level: {level}\n" + world.config.read_text("utf-8"), "utf-8")
        done = world.run("tick")
    assert ("baseline taken" in done.stderr) is is_told
    assert "3 searches asked" in done.stdout
