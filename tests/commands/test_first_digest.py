"""From a clone to the first digest in a mailbox, as the README has it: the steps are counted."""

from __future__ import annotations

import gzip
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from monitor.demo import corpus
from tests.support import shared_data as beside_the_checkout
from tests.support.installation import eventually

ROOT = Path(__file__).parents[2]
LEFT_OUT = shutil.ignore_patterns(".*", "demo-*", "__pycache__", "pictures", "evaluation", "benchmarks", "tests")
READER = "reader@example.org"
#: NLM's update file of 7 June 2021: the begin of it is enough.
REAL, BEGIN = "eutils/bulk/pubmed21n1298.xml.gz", 20_000_000


@dataclass
class Transcript:
    """What a person types in the folder of a clone. `typed` are the commands, each one a process."""

    clone: Path
    typed: list[str] = field(default_factory=list)

    @property
    def environ(self) -> dict[str, str]:
        """That of somebody who has never heard of Monitor."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("MONITOR", "PYTHON"))}
        return {**kept, "COLUMNS": "200"}

    def run(self, *words: str, kept_from_the_network: tuple[str, ...] = ()) -> str:
        """A command to its end, which must be a good one; what it printed."""
        self.typed.append(" ".join(words))
        command = [*words, *kept_from_the_network]
        done = subprocess.run(  # noqa: S603  ours
            command, cwd=self.clone, env=self.environ, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @contextmanager
    def in_another_terminal(self, *words: str) -> Iterator[Path]:
        """A command that runs until the block ends; the file that it prints to."""
        self.typed.append(" ".join(words))
        printed = self.clone.parent / "printed"
        with printed.open("w") as file:
            process = subprocess.Popen(words, cwd=self.clone, env=self.environ, stdout=file, stderr=file)  # noqa: S603  ours
        try:
            yield printed
        finally:
            process.terminate()
            process.wait(10)


@pytest.fixture
def transcript(tmp_path: Path) -> Transcript:
    """A clone, where `make install` finds the packages that the tests run with."""
    clone = tmp_path / "clone"
    shutil.copytree(ROOT, clone, ignore=LEFT_OUT)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", clone / ".venv"], check=True)  # noqa: S603  ours
    (site,) = (clone / ".venv").glob("lib/python*/site-packages")
    (site / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return Transcript(clone)


@pytest.fixture(params=["real records", "the records of the demo"])
def records(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, tuple[str, ...]]:
    """A file for the sandbox, and the options that name a topic of which it has articles."""
    path = tmp_path / "records.xml"
    if request.param == "the records of the demo":
        path.write_bytes(corpus.build())
        return path, ("--topic", "ccsvi")
    with gzip.open(beside_the_checkout.shared_data(REAL)) as file:
        begin = file.read(BEGIN)
    last = b"</PubmedArticle>"
    path.write_bytes(begin[: begin.rindex(last)] + last + b"</PubmedArticleSet>")
    own = ("--topic", "own", "--name", "COVID-19", "--question", "Does a vaccine help?")
    return path, (*own, "--population", "COVID-19, SARS-CoV-2", "--intervention", "vaccine, vaccination, treatment")


def test_a_clone_has_mailed_its_first_digest_after_four_commands_and_no_edit(
    transcript: Transcript, records: tuple[Path, tuple[str, ...]]
) -> None:
    """make install, monitor sandbox in a terminal of its own, monitor init, monitor tick."""
    file, topic = records
    monitor, mail = ".venv/bin/monitor", transcript.clone / "mail"
    transcript.run("make", "install", kept_from_the_network=("PIP_INSTALL=true",))
    with transcript.in_another_terminal(monitor, "sandbox", "--corpus", str(file), "--mailbox", str(mail)) as printed:
        eventually(lambda: "Ctrl-C stops" in printed.read_text())
        told = dict(re.findall(r"(base_url|port): (\S+)", printed.read_text()))
        me = ("--email", "jane@example.org", "--postal-address", "Street 1, Rome: Italy", "--subscriber", READER)
        smtp = ("--smtp-host", "127.0.0.1", "--smtp-port", told["port"], "--smtp-encryption", "none")
        transcript.run(monitor, "init", *me, *smtp, "--pubmed-url", told["base_url"], *topic)
        written = (transcript.clone / "monitor.yaml").read_bytes()
        transcript.run(monitor, "tick", "-c", "monitor.yaml")  # as `monitor init` says
    assert len(transcript.typed) <= 4
    assert (transcript.clone / "monitor.yaml").read_bytes() == written
    (digest,) = [message_from_bytes(one.read_bytes(), policy=policy.default) for one in (mail / READER).iterdir()]
    for part in ("plain", "html"):
        body = digest.get_body([part])
        assert body
        assert re.search(r"[1-9]\d* articles found and read so far", " ".join(body.get_content().split()))
