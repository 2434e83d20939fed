"""The command line as a person and a script meet it."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.cli import WORDS, Endings, load
from monitor.demo.mailbox import Mailbox
from monitor.errors import ConfigError, UpstreamError
from monitor.sandbox import Corpus, Server
from monitor.sandbox.faults import Fault
from tests.support import command
from tests.support.installation import World, install
from tests.support.sandbox import CORPUS_XML


@pytest.fixture(scope="module")
def ticked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """An installation after its first tick, shared by tests that only read."""
    with Server(Corpus.from_xml(CORPUS_XML), datetime(2016, 1, 1, tzinfo=UTC)) as server, Mailbox() as box:
        world = install(tmp_path_factory.mktemp("ticked"), server, box)
        assert world.run("tick").returncode == 0
        yield world


def monitor(*words: str) -> subprocess.CompletedProcess[str]:
    """`monitor WORDS` as a process."""
    return command.run(words)


def monitor_from_the_start(*words: str) -> subprocess.CompletedProcess[str]:
    """`python -m monitor WORDS`, with all that Python does before."""
    return subprocess.run([sys.executable, "-m", "monitor", *words], capture_output=True, text=True, timeout=60)  # noqa: S603


def test_help_names_every_word_and_imports_none() -> None:
    """Quick to start, and complete."""
    shown = monitor_from_the_start("--help").stdout
    heavy = ("sqlalchemy", "lxml", "pydantic", "apscheduler", "Bio", "structlog")
    code = f"import sys, monitor.cli; print([name for name in {heavy} if name in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)  # noqa: S603
    assert all(f" {word} " in shown for word in WORDS)
    assert loaded.stdout == "[]\n"


@pytest.mark.parametrize("word", WORDS)
def test_every_word_has_a_command_that_explains_itself(word: str) -> None:
    """Its module loads, and its help is more than its name."""
    assert len(load(word).help) > 15


def test_version() -> None:
    """One line for a bug report."""
    assert monitor_from_the_start("--version").stdout.startswith("monitor ")


def test_a_mistyped_word_gets_a_suggestion_and_exit_code_2() -> None:
    """A usage error has an exit code of its own."""
    done = monitor_from_the_start("stauts")
    assert done.returncode == 2
    assert "status" in done.stderr


def test_a_mistake_in_the_configuration_is_exit_code_2(tmp_path: Path) -> None:
    """With the sentence, and no traceback."""
    path = tmp_path / "monitor.yaml"
    path.write_text("contact_email: nope\n", encoding="utf-8")
    done = monitor("check", "-c", str(path))
    assert done.returncode == 2
    assert done.stderr.startswith(f"{path} has 4 problems:\n")
    assert "Traceback" not in done.stderr


def test_check_says_what_is_good_and_online_what_pubmed_makes_of_it(world: World) -> None:
    """Counts, PubMed's translation, its warnings; exit 1 when PubMed cannot be reached."""
    good = world.run("check")
    online = json.loads(world.run("check", "--online", "--json").stdout)
    world.pubmed.faults.add(Fault.BAD_KEY)
    failed = world.run("check", "--online")
    assert good.returncode == 0
    assert "2 people" in good.stdout
    assert [one["count"] > 0 for one in online["searches"]] == [True, True]
    assert online["searches"][1]["translation"] == '"jugular"[Title/Abstract]'
    assert failed.returncode == 1


def test_check_with_json_lists_every_problem(tmp_path: Path) -> None:
    """For an editor or a pipeline: line, path and sentence."""
    path = tmp_path / "monitor.yaml"
    path.write_text("contact_email: nope\n", encoding="utf-8")
    done = monitor("check", "--json", "-c", str(path))
    assert done.returncode == 2
    assert {"line": 1, "path": "smtp"}.items() <= json.loads(done.stdout)["problems"][2].items()


def test_poll_asks_now_and_sends_nothing(world: World) -> None:
    """One search by name, due or not; an unknown one is reported with a list of those there are."""
    first, again = world.run("poll", "veins", "jugular"), world.run("poll", "veins", "jugular", "--json")
    unknown = world.run("poll", "veins", "nope")
    assert "baseline" in first.stdout
    assert [(one["search"], one["new"]) for one in json.loads(again.stdout)] == [("jugular", 0)]
    assert world.mailbox.messages == []
    assert unknown.returncode == 2
    assert "veins jugular" in unknown.stderr


def test_status_before_the_first_tick_says_what_makes_the_database(world: World) -> None:
    """A command that reads creates no database."""
    before = world.run("status")
    assert before.returncode == 1
    assert "monitor tick" in before.stderr
    assert not (world.folder / "monitor.db").exists()


def test_status_tells_how_current_the_picture_is(ticked: World) -> None:
    """Current, exit 0, and the outbox."""
    after, as_json = ticked.run("status"), json.loads(ticked.run("status", "--json").stdout)
    assert after.returncode == 0
    assert "2 sent" in after.stdout
    assert {one["freshness"]["state"] for one in as_json["topics"][0]["searches"]} == {"current"}


def test_sending_is_held_back_and_let_go(ticked: World) -> None:
    """Pausing twice changes nothing; status shows it; resuming says how many mails go out."""
    assert "Sending is paused; 0 mails wait." in ticked.run("deliver", "pause").stdout
    assert "Sending is paused since" in ticked.run("deliver", "pause").stdout
    assert "Sending has been paused since" in ticked.run("status").stdout
    assert "Sending is resumed" in ticked.run("deliver", "resume").stdout
    assert "paused" not in ticked.run("status").stdout


def test_health_is_for_a_service_not_for_ticks(ticked: World) -> None:
    """A health check of a container whose service never started fails."""
    done = ticked.run("status", "--health")
    assert done.returncode == 1
    assert "monitor run" in done.stderr


def test_doctor_names_each_test_and_a_hint_where_one_fails(ticked: World) -> None:
    """Stable ids for scripts; the sandbox is not the real PubMed, and says so."""
    found = {one["id"]: one for one in json.loads(ticked.run("doctor", "--no-dns", "--json").stdout)}
    assert list(found) == [
        "config",
        "subscribers",
        "key",
        "disk",
        "database",
        "clock",
        "time-zones",
        "templates",
        "pubmed",
        "sources",
        "rate",
        "sender",
        "spf",
        "dkim",
        "dmarc",
        "mx",
        "smtp",
        "bounces",
        "channels",
    ]
    assert found["pubmed"]["state"] == "warning"
    unasked = {"spf", "dmarc", "mx"}
    assert {found[one]["state"] for one in unasked} == {"skipped"}
    assert {one["state"] for id_, one in found.items() if id_ not in {"pubmed", *unasked}} == {"ok"}


def test_doctor_and_check_remark_on_what_works_worse_than_it_could(ticked: World) -> None:
    """Pages over plain http, and bounce addresses whose mail nobody reads; both are only warnings."""
    text = ticked.config.read_text(encoding="utf-8").replace("smtp: {", "smtp: {bounce_domain: bounces.example.org, ")
    ticked.config.write_text(f"web: {{public_url: 'http://monitor.example.org'}}\n{text}", encoding="utf-8")
    done = ticked.run("doctor", "--no-dns", "--json")
    found = {one["id"]: one for one in json.loads(done.stdout)}
    assert done.returncode == 0
    assert [found[one]["state"] for one in ("config", "bounces")] == ["warning", "warning"]
    assert "web.public_url" in found["config"]["text"]
    assert "bounces.example.org" in found["bounces"]["text"]
    assert "monitor bounces" in found["bounces"]["hint"]
    checked = ticked.run("check")
    assert (checked.returncode, "warning: line 1  web.public_url" in checked.stdout) == (0, True)


def test_doctor_fails_where_the_mail_server_does_not_answer(world: World) -> None:
    """Exit 1, and what to compare."""
    text = world.config.read_text(encoding="utf-8").replace(f"port: {world.mailbox.port}", "port: 9")
    world.config.write_text(text, encoding="utf-8")
    done = world.run("doctor", "--no-dns")
    assert done.returncode == 1
    assert "✗ smtp" in done.stdout


@pytest.mark.parametrize(
    ("form", "part"),
    [
        ("csv", "pmid,title,authors"),
        ("ris", "TY  - JOUR"),
        ("nbib", "PMID- 101"),
        ("jsonl", '{"article":{"pmid":"101"'),
        ("answers", '{"answer":{"topic":"veins"'),
        ("trials", '{"trial":"'),
    ],
)
def test_export_writes_a_topic_in_each_format(ticked: World, form: str, part: str) -> None:
    """To standard output, for a pipe."""
    assert part in ticked.run("export", "-f", form).stdout


def test_export_to_a_file_counts_what_it_wrote(ticked: World) -> None:
    """The header of a CSV file is not counted as an article."""
    file = ticked.folder / "out.csv"
    done = ticked.run("export", "-o", str(file))
    rows = list(csv.DictReader(file.open(encoding="utf-8", newline="")))
    assert f"{len(rows)} entries" in done.stderr
    assert len(rows) > 5


def test_tick_fails_when_pubmed_does_and_cron_hears_of_it(world: World) -> None:
    """Exit 1; the failure is recorded and logged."""
    world.pubmed.faults.add(Fault.BAD_KEY)
    done = world.run("tick")
    assert done.returncode == 1
    assert "poll failed" in done.stderr


def test_an_instant_that_is_none_is_exit_code_2(world: World) -> None:
    """With an example of one."""
    done = world.run("tick", "--at", "yesterday")
    assert done.returncode == 2
    assert "2026-11-23T07:00Z" in done.stderr


@pytest.mark.parametrize(
    ("ending", "code", "told"),
    [
        (ConfigError("two problems"), 2, "two problems"),
        (UpstreamError("PubMed is away"), 1, "PubMed is away"),
        (KeyboardInterrupt(), 130, "Interrupted."),
        (RuntimeError("https://x/?api_key=S3CRET99"), 3, "RuntimeError: https://x/?api_key=***"),
    ],
)
def test_what_ends_a_command_decides_its_exit_code(
    ending: BaseException, code: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A message for what a person can correct; for a bug, a report to paste, with secrets masked."""
    with pytest.raises(SystemExit) as left, Endings():
        raise ending
    shown = capsys.readouterr().err
    assert left.value.code == code
    assert told in shown
    assert "S3CRET99" not in shown
    assert ("----8<----" in shown) == (code == 3)


@pytest.mark.parametrize(
    ("word", "file"),
    [("example", "config/monitor.yaml"), ("schema", "config/monitor.schema.json"), ("docs", "docs/configuration.md")],
)
def test_the_configuration_can_be_printed_to_start_from(word: str, file: str) -> None:
    """Example, schema and reference are the committed files."""
    assert monitor("config", word).stdout == (Path(__file__).parents[2] / file).read_text(encoding="utf-8")


def test_explain_tells_what_was_read_of_the_result_and_how_sure(ticked: World) -> None:
    """Each thing with its words, where they stand, and by whom; registry numbers too."""
    shown = ticked.run("explain", "102").stdout
    assert "control sham · stated · by rules · abstract: “sham”" in shown
    assert "registry NCT09990102 · stated · by rules · databank" in shown
