"""`monitor init`: from a few answers to the first digest, and what it says when an answer is wrong."""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from monitor import config, resources
from monitor.config import starter
from monitor.config.starter import Answers, OwnTopic
from monitor.demo.mailbox import Mailbox
from monitor.sandbox import Server
from tests.support.command import run

ROOT = Path(__file__).parents[2]
ENVIRON = {**os.environ, "COLUMNS": "200", "MONITOR_SECRET_KEY": "k" * 32}
ME = ("--email", "jane@example.org", "--postal-address", "Street 1, Rome: Italy")


def told(mailbox: Mailbox, pubmed: Server) -> tuple[str, ...]:
    """The options that name both servers."""
    smtp = ("--smtp-host", "127.0.0.1", "--smtp-port", str(mailbox.port), "--smtp-encryption", "none")
    return (*ME, *smtp, "--pubmed-url", pubmed.url)


def test_two_commands_lead_to_the_first_digest(tmp_path: Path, sandbox: Server) -> None:
    """Nothing is edited: the answers are the configuration."""
    file = str(tmp_path / "monitor.yaml")
    with Mailbox(tmp_path / "mail") as mailbox:
        own = ("--topic", "own", "--name", "Veins in MS", "--question", "Do veins matter in MS?")
        words = ("--population", "multiple sclerosis", "--intervention", "venous, vein, jugular")
        options = (*told(mailbox, sandbox), *own, *words, "--subscriber", "reader@example.org")
        done = run(["init", "-c", file, *options], ENVIRON)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "articles" in done.stdout
        assert run(["tick", "-c", file], ENVIRON).returncode == 0
    mails = [path.read_text() for path in (tmp_path / "mail").rglob("*.eml")]
    assert any("reader@example.org" in mail and "Veins in MS" in mail for mail in mails)


def test_a_question_of_ones_own_is_searched_by_its_words(tmp_path: Path, sandbox: Server) -> None:
    """What it is about and what is tested become the search; what PubMed finds is said at once."""
    own = ("--topic", "own", "--name", "Veins & MS", "--question", "Do veins matter?", "--population", "sclerosis, MS")
    with Mailbox(tmp_path / "mail") as mailbox:
        options = (*told(mailbox, sandbox), *own, "--intervention", "angioplasty, stent*", "--doi", "10.1000/x")
        done = run(["init", "-c", str(tmp_path / "a.yaml"), *options], ENVIRON)
    assert "veins-ms/main: " in done.stdout
    (topic,) = config.load(tmp_path / "a.yaml", {}).topics
    assert topic.key == "veins-ms"
    assert topic.searches[0].query == "(angioplasty[tiab] OR stent*[tiab]) AND (sclerosis[tiab] OR MS[tiab])"
    assert topic.seed is not None
    assert [search.name for search in topic.searches] == ["main", "citing"]


def test_what_it_wrote_is_what_the_other_commands_read(tmp_path: Path) -> None:
    """Nobody types `-c`: neither beside the file that ships, nor where a variable names another."""
    shutil.copytree(resources.folder("config"), tmp_path / "config")
    monitor = (sys.executable, "-m", "monitor")
    options = [*ME, "--smtp-host", "localhost", "--topic", "renal-denervation", "--no-try"]
    environ = {name: value for name, value in ENVIRON.items() if name != "MONITOR_CONFIG"} | {"PYTHONPATH": str(ROOT)}
    for named in ({}, {"MONITOR_CONFIG": str(tmp_path / "named.yaml")}):
        written = named.get("MONITOR_CONFIG", "monitor.yaml")
        for words in (("init", *options), ("check",)):
            done = subprocess.run(  # noqa: S603  ourselves
                [*monitor, *words], cwd=tmp_path, env=environ | named, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stderr
            assert written in done.stdout
        assert "renal-denervation" in done.stdout


def test_the_begin_of_a_word_is_no_name_for_readers(tmp_path: Path) -> None:
    """Where a whole word is among them it is the name; else the word stays as typed, and the file asks for a name."""
    file = tmp_path / "monitor.yaml"
    own = ("--topic", "own", "--name", "Flu", "--question", "Does it help?", "--population", "elder*")
    options = [*ME, "--smtp-host", "localhost", *own, "--intervention", "vaccin*, vaccination", "--no-try"]
    assert run(["init", "-c", str(file), *options], ENVIRON).returncode == 0
    (topic,) = config.load(file, {}).topics
    question = topic.question
    assert (question.intervention_name, question.population_name) == ("vaccination", "elder*")
    assert "write a whole word.\n        name: elder*" in file.read_text()


def test_what_is_missing_is_named_at_once(tmp_path: Path) -> None:
    """A script gets one sentence with every option, and no file."""
    done = run(["init", "-c", str(tmp_path / "monitor.yaml"), "--topic", "own"], ENVIRON)
    assert done.returncode == 2
    for option in ("--email", "--postal-address", "--smtp-host", "--name", "--population", "--intervention"):
        assert option in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--topic", "ccsvy"), 'there is no topic "ccsvy"'),
        (("--topic", "ccsvi", "--smtp-encryption", "ssl"), '"ssl" is none of starttls, tls, none'),
        (("--topic", "ccsvi", "--subscriber", "not an address"), "not an address"),
        (("--topic", "ccsvi", "--database", "mysql://x"), "database_url"),
    ],
)
def test_a_wrong_answer_writes_nothing(tmp_path: Path, options: Sequence[str], words: str) -> None:
    """It is told in a sentence; the folder stays as it was."""
    host = () if "--smtp-host" in options else ("--smtp-host", "localhost")
    done = run(["init", "-c", str(tmp_path / "monitor.yaml"), *ME, *host, *options], ENVIRON)
    assert done.returncode == 2
    assert words in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_stays(tmp_path: Path) -> None:
    """Only --force writes over it."""
    file = tmp_path / "monitor.yaml"
    file.write_text("mine")
    options = [*ME, "--smtp-host", "localhost", "--topic", "ccsvi", "--no-try"]
    assert run(["init", "-c", str(file), *options], ENVIRON).returncode == 2
    assert file.read_text() == "mine"
    assert run(["init", "-c", str(file), *options, "--force"], ENVIRON).returncode == 0
    assert file.read_text() != "mine"


def test_a_wrong_answer_with_force_keeps_the_files_that_are_there(tmp_path: Path) -> None:
    """Neither the configuration nor the list of people is lost to a mistyped address."""
    file, people = tmp_path / "monitor.yaml", tmp_path / "monitor-subscribers.csv"
    file.write_text("mine")
    people.write_text("my people")
    options = [*ME, "--smtp-host", "localhost", "--topic", "ccsvi", "--no-try", "--force"]
    assert run(["init", "-c", str(file), *options, "--subscriber", "not an address"], ENVIRON).returncode == 2
    assert (file.read_text(), people.read_text()) == ("mine", "my people")


def test_what_does_not_work_yet_is_said_and_the_file_is_there(tmp_path: Path) -> None:
    """No mail server and no PubMed on these ports."""
    file = tmp_path / "monitor.yaml"
    dead = ("--smtp-host", "127.0.0.1", "--smtp-port", "1", "--smtp-encryption", "none", "--pubmed-url")
    done = run(["init", "-c", str(file), *ME, *dead, "http://127.0.0.1:1/", "--topic", "ccsvi"], ENVIRON)
    assert done.returncode == 1
    assert "Not yet: pubmed, smtp." in done.stdout
    assert file.exists()


def test_at_a_terminal_it_asks_and_a_dead_mail_server_is_asked_for_again(tmp_path: Path, sandbox: Server) -> None:
    """Each answer is tried at once."""
    file = tmp_path / "monitor.yaml"
    with Mailbox(tmp_path / "mail") as mailbox:
        master, slave = pty.openpty()
        port = ("--smtp-port", str(mailbox.port))
        command = [sys.executable, "-m", "monitor", "init", "-c", str(file), *port, "--pubmed-url", sandbox.url]
        answers = ["jane@example.org", "Street 1", "127.0.0.1", "tls", "", "n", "renal-denervation", ""]
        with subprocess.Popen(command, stdin=slave, stdout=subprocess.PIPE, env=ENVIRON, text=True) as process:  # noqa: S603  ourselves
            os.write(master, "\n".join(answers).encode())
            shown, _ = process.communicate(timeout=60)
    os.close(master)
    os.close(slave)
    assert "Answer again?" in shown
    assert process.returncode == 1  # the mail server speaks no TLS
    assert config.load(file, {}).topics[0].key == "renal-denervation"


def test_answers_with_every_sign_of_yaml_are_written_as_they_are() -> None:
    """Colons, hashes, quotes and other scripts."""
    own = OwnTopic('A "name": #1', "Is it – really?", ("é: x", "{y}"), ("[z]", "*"))
    text = starter.configuration(Answers("j@e.org", "Street: 1 # x", {"host": "h"}, own=own))
    assert "name: 'A \"name\": #1'" in text
    assert "postal_address: 'Street: 1 # x'" in text
