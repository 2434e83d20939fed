"""A whole installation for tests of the doors: a sandbox PubMed, a mailbox, a configuration, the real command."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from monitor.demo.mailbox import Mailbox
from monitor.sandbox import Server
from tests.support.command import Command, run

CONFIG = """\
contact_email: jane@example.org
postal_address: Example Street 1, Rome
smtp: {{host: 127.0.0.1, port: {smtp_port}, encryption: none}}
pubmed: {{base_url: "{pubmed_url}", read_timeout: 5}}
subscribers_file: people.csv
topics:
  veins:
    name: Veins in MS
    question:
      text: Does opening veins help?
      population: {{name: multiple sclerosis, words: [multiple sclerosis]}}
      intervention: {{name: vein dilation, words: [vein dilation, opening veins]}}
    seed: {{pmid: 101}}
    searches:
      - {{name: veins, query: "vein*[tiab]"}}
      - {{name: jugular, query: "jugular[tiab]"}}
      - {{name: citing, kind: citing}}
    digest: {{frequency: daily}}
"""

#: A second topic.
_MICE = """\
  mice:
    name: Veins of mice
    question:
      text: Have mice veins?
      population: {name: mice, words: [mice]}
      intervention: {name: jugular, words: [jugular]}
    searches:
      - {name: mice, query: "jugular[tiab]"}
    digest: {frequency: daily}
"""


@dataclass(frozen=True)
class World:
    """Where everything is, and the means to run `monitor` as a process of its own."""

    folder: Path
    pubmed: Server
    mailbox: Mailbox
    environ: Mapping[str, str]
    started: list[Command] = field(default_factory=list)

    def __enter__(self) -> World:
        """Ready."""
        return self

    def __exit__(self, *_raised: object) -> None:
        """No process outlives its test, not even when that failed."""
        for process in self.started:
            if process.poll() is None:
                process.kill()
                process.communicate()

    @property
    def config(self) -> Path:
        """The configuration file."""
        return self.folder / "monitor.yaml"

    @property
    def whole_environ(self) -> dict[str, str]:
        """The environment of its processes."""
        return {**os.environ, "COLUMNS": "200", **self.environ}

    def command(self, *words: str) -> list[str]:
        """`monitor WORDS -c …`, as a process is started with it."""
        return [sys.executable, "-m", "monitor", *words, "-c", str(self.config)]

    def start(self, *words: str, begin: Callable[[], object] | None = None) -> Command:
        """`monitor WORDS -c …` as a process, which calls `begin` first; its log on stderr."""
        command = Command([*words, "-c", str(self.config)], self.whole_environ, begin=begin)
        self.started.append(command)
        return command

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """`monitor WORDS -c …` to its end."""
        return run([*words, "-c", str(self.config)], self.whole_environ)


def install(folder: Path, pubmed: Server, mailbox: Mailbox, environ: Mapping[str, str] | None = None) -> World:
    """Write a configuration into `folder` that knows `pubmed` and `mailbox`."""
    text = CONFIG.format(smtp_port=mailbox.port, pubmed_url=pubmed.url)
    (folder / "monitor.yaml").write_text(text, encoding="utf-8")
    (folder / "people.csv").write_text("address\nann@example.org\nbob@example.org\n", encoding="utf-8")
    # With a key NCBI, and so the sandbox, allows ten requests a second in place of three: there is less to wait for.
    environ = {"MONITOR_SECRET_KEY": "k" * 32, "MONITOR_NCBI_API_KEY": "k" * 36, **(environ or {})}
    return World(folder, pubmed, mailbox, environ)


def add_mice(world: World, *readers: str, without: str = "") -> None:
    """Configure a second topic, about mice, and `readers` of both; `without` this text of the first topic."""
    text = world.config.read_text(encoding="utf-8").replace(without, "")
    world.config.write_text(text + _MICE, encoding="utf-8")
    people = [f"{name}@example.org,{topic}\n" for name in readers for topic in ("veins", "mice")]
    (world.folder / "people.csv").write_text("address,topic\n" + "".join(people), encoding="utf-8")


def eventually(happened: Callable[[], object], within_s: float = 90.0) -> None:
    """Wait until `happened`; fails when it does not."""
    deadline = time.monotonic() + within_s
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)
