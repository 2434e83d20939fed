"""`monitor screen --link` as an operator uses it, and what the command shares with the page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from monitor import cli, config
from monitor.errors import ConfigError, MonitorError
from monitor.links import LinkError, Links
from tests.config import files

PUBLIC = "https://monitor.example.org"


class Run:
    """Runs `monitor screen` with a configuration in a folder of the test's own."""

    def __init__(self, folder: Path, public_url: str = PUBLIC) -> None:
        web = f"web:\n  public_url: {public_url}\n" if public_url else ""
        self.config = files.written(folder, files.SMALL + f"database_url: sqlite:///{folder}/monitor.db\n{web}")

    def __call__(self, *words: str) -> str:
        """What was printed on standard output; raises what the command raised."""
        result = CliRunner().invoke(cli.app, ["screen", *words, "--config", str(self.config)])
        if isinstance(result.exception, MonitorError):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result.stdout

    def links(self) -> Links:
        """Reads links as the service does."""
        settings = config.read(self.config, {}).settings
        assert settings
        return Links(config.with_secret_key(settings)[0].secret_keys, PUBLIC)


def test_the_link_opens_the_topic_for_one_person_for_some_days(tmp_path: Path) -> None:
    """It alone is on standard output, to be copied or piped; its name is the one to be printed."""
    run = Run(tmp_path)
    printed = run("--link", "--by", " A. Reader ", "--days", "3").strip()
    key = printed.removeprefix(f"{PUBLIC}/topics/").partition("/")[0]
    token = printed.rpartition("/")[2]
    assert printed == f"{PUBLIC}/topics/{key}/screening/{token}"
    now = datetime.now(UTC)
    assert run.links().read_screening(token, key, now + timedelta(days=2))[0] == "A. Reader"
    with pytest.raises(LinkError, match="too old"):
        run.links().read_screening(token, key, now + timedelta(days=4))


def test_without_pages_there_is_no_link(tmp_path: Path) -> None:
    """And it says which key to set."""
    with pytest.raises(ConfigError, match=r"set web\.public_url"):
        Run(tmp_path, public_url="")("--link", "--by", "A. Reader")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--link", "--by", " "], "--by is empty"),
        (["--link", "--by", "A", "--withdraw"], "Give exactly one of"),
        (["7", "--by", "A", "--join", "8", "--split", "8"], "Give exactly one of"),
        (["7", "--by", "A", "--join", "8"], "--because is empty"),
        (["--by", "A", "--withdraw"], "Name the article"),
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path: Path, words: list[str], sentence: str) -> None:
    """Before anything is opened."""
    with pytest.raises(ConfigError, match=sentence):
        Run(tmp_path)(*words)
