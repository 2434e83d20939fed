"""--quiet, --verbose and NO_COLOR, with any command; and what shells complete."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.cli import WORDS
from monitor.sandbox.faults import Fault
from tests.support.command import run
from tests.support.installation import World, eventually
from tools.house_picture import ROOT


@pytest.mark.parametrize("words", [("tick", "--quiet"), ("--quiet", "tick")])
def test_quiet_prints_nothing_where_all_is_well(world: World, words: tuple[str, ...]) -> None:
    """As cron likes it; JSON that was asked for is printed."""
    done = world.run(*words)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert world.run("status", "--quiet").stdout == ""
    assert world.run("status", "--quiet", "--json").stdout.startswith("{")


def test_quiet_still_says_what_goes_wrong(world: World) -> None:
    """A search that fails is told on standard error, and by the exit code."""
    world.pubmed.faults.add(Fault.BAD_KEY)
    done = world.run("tick", "--quiet")
    assert (done.returncode, done.stdout) == (1, "")
    assert "poll failed" in done.stderr


def test_verbose_logs_in_detail(world: World) -> None:
    """As `log_level: debug` does in the configuration."""
    assert "debug" not in world.run("tick").stderr
    process = world.start("--verbose", "run")
    eventually(lambda: "looked at" in process.log)


def test_both_at_once_are_refused(world: World) -> None:
    """Wherever they stand."""
    assert world.run("--quiet", "status", "--verbose").returncode == 2


@pytest.mark.parametrize("word", list(WORDS))
def test_every_command_takes_both(word: str) -> None:
    """Also those with subcommands."""
    told = run([word, "--help"]).stdout
    assert "--quiet" in told
    assert "--verbose" in told


@pytest.mark.parametrize("no_color", ["", "1"])
def test_no_color_is_respected_by_the_log_too(world: World, no_color: str) -> None:
    """At a terminal; in a pipe there are no colours anyway."""
    terminal, end = pty.openpty()
    environ = {**world.whole_environ, "TERM": "xterm-256color", "NO_COLOR": no_color}
    with subprocess.Popen(world.command("tick"), stdin=end, stdout=end, stderr=end, cwd=ROOT, env=environ) as process:  # noqa: S603  ours
        os.close(end)
        seen = b""
        try:
            while part := os.read(terminal, 65_536):
                seen += part
        except OSError:  # the other end is closed
            pass
        assert process.wait(60) == 0
    os.close(terminal)
    assert b"poll finished" in seen or b"baseline taken" in seen
    assert (b"\x1b[3" in seen) is not bool(no_color)


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("monitor rel", "reload"),
        ("monitor status --wat", "--watch"),
        ("monitor export --format bi", "bibtex"),
        ("monitor export oth", "other-sources"),
    ],
)
def test_bash_completes_words_options_and_values(tmp_path: Path, typed: str, offered: str) -> None:
    """A real bash with the printed script, and a program called monitor."""
    program = tmp_path / "monitor"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m monitor "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    words = typed.split()
    script = run(["completion", "bash"]).stdout + (
        f"COMP_WORDS=({typed})\nCOMP_CWORD={len(words) - 1}\n_monitor_completion {program}\necho ${{COMPREPLY[@]}}\n"
    )
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, cwd=ROOT, check=False)  # noqa: S603, S607
    assert done.stdout.split() == [offered], done.stderr


@pytest.mark.parametrize(
    ("shell", "part"), [("zsh", "compdef _monitor_completion monitor"), ("fish", "complete --command monitor")]
)
def test_scripts_for_other_shells(shell: str, part: str) -> None:
    """In the language of the shell."""
    assert part in run(["completion", shell]).stdout
    assert run(["completion", "csh"]).returncode == 2
