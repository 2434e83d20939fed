"""`monitor status --watch`: at a terminal and in a pipe, until Ctrl-C."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.demo.mailbox import Mailbox
from monitor.sandbox import Server
from tests.support.installation import World, eventually, install
from tools.house_picture import ROOT


@pytest.fixture
def world(tmp_path: Path, sandbox: Server) -> Iterator[World]:
    """An installation after its first tick."""
    with Mailbox() as box, install(tmp_path, sandbox, box) as installed:
        assert installed.run("tick").returncode == 0
        yield installed


def test_in_a_pipe_it_repeats_plain_lines_until_ctrl_c(world: World) -> None:
    """Each time with its instant; the end is a good one, and nothing in it commands a terminal."""
    process = world.start("status", "--watch", "--every", "0.5")
    eventually(lambda: process.out.count(" UTC\nVeins in MS") >= 2)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, "")
    assert "\x1b" not in out


def test_with_json_each_is_a_line(world: World) -> None:
    """And why it could not be read, when it could not."""
    process = world.start("status", "--watch", "--every", "0.5", "--json")
    eventually(lambda: process.out.count("\n") >= 2)
    text = world.config.read_text(encoding="utf-8")
    world.config.write_text(text.replace("searches:", "serches:"), encoding="utf-8")
    eventually(lambda: "serches" in process.out)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=30)
    lines = [json.loads(line) for line in out.splitlines()]
    assert lines[0]["topics"][0]["topic"] == "veins"
    assert "unknown key" in lines[-1]["error"]
    assert process.returncode == 0


@pytest.mark.parametrize("no_color", ["", "1"])
def test_at_a_terminal_it_is_redrawn_and_fits(world: World, no_color: str) -> None:
    """A terminal of 12 lines; in colours unless they are not wanted."""
    terminal, end = pty.openpty()
    environ = {**world.whole_environ, "TERM": "xterm-256color", "LINES": "12", "COLUMNS": "80", "NO_COLOR": no_color}
    command = world.command("status", "--watch", "--every", "0.5")
    with subprocess.Popen(command, stdin=end, stdout=end, stderr=end, cwd=ROOT, env=environ) as process:  # noqa: S603  ours
        seen = b""
        while seen.count(b"\x1b[H") < 3:
            seen += os.read(terminal, 65_536)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    os.close(end)
    os.close(terminal)
    screen = seen.split(b"\x1b[H")[1].decode()
    assert len(screen.splitlines()) <= 12
    assert "Veins in MS" in screen
    assert ("\x1b[32m" in screen) is not bool(no_color)


def test_a_wrong_file_ends_it_before_it_begins(world: World) -> None:
    """As without --watch."""
    world.config.write_text("serches: 1\n", encoding="utf-8")
    assert world.run("status", "--watch").returncode == 2
