"""The quickstart's third step, as it is typed, in a folder of its own: from no file to a service that has mailed."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

from monitor.demo.mailbox import Mailbox
from monitor.sandbox import Server
from tests.docs import pages
from tests.docs.test_commands import typed
from tests.support.installation import eventually
from tools.house_picture import ROOT

READER = "reader@example.org"


def step(number: int) -> str:
    """The block of one step of the quickstart."""
    text = pages.read(ROOT / "docs" / "quickstart.md")
    begin = text[: text.index(f"\n## {number}. ")].count("\n")
    return next(block.text for block in pages.blocks(ROOT / "docs" / "quickstart.md") if block.line > begin)


def test_the_third_step_ends_with_a_service_that_has_mailed_the_present_state(tmp_path: Path, sandbox: Server) -> None:
    """Options stand for what a person answers; the mail server here asks for no password. Ctrl-C ends it well."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MONITOR")}
    environ = {**kept, "PYTHONPATH": str(ROOT)}
    with Mailbox() as mailbox:
        own = ("--topic", "own", "--name", "Veins", "--question", "Do veins matter?", "--population", "sclerosis")
        smtp = ("--smtp-host", "127.0.0.1", "--smtp-port", str(mailbox.port), "--smtp-encryption", "none")
        me = ("--email", "jane@example.org", "--postal-address", "Street 1, Rome", "--subscriber", READER)
        answers = (*me, *smtp, *own, "--intervention", "vein, veins", "--pubmed-url", sandbox.url)
        first, last = (shlex.split(line) for line in typed(step(3)))
        monitor = (sys.executable, "-m", "monitor")
        subprocess.run([*monitor, *first, *answers], cwd=tmp_path, env=environ, check=True)  # noqa: S603  ourselves
        with subprocess.Popen([*monitor, *last], cwd=tmp_path, env=environ) as service:  # noqa: S603  ourselves
            eventually(lambda: mailbox.to(READER))
            service.send_signal(signal.SIGINT)
        assert service.returncode == 0
    assert (first, last) == (["init"], ["run"])
