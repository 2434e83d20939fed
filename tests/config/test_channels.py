"""The channels of the configuration: their addresses are secrets, and every mistake has its line and a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor import config, log
from monitor.errors import ConfigError
from monitor.model import Frequency
from tests.config.files import SMALL, written

URL, SECRET = "https://hooks.example.org/in/7f3a9c", "f00dfeedf00dfeedf00dfeed"
CHANNEL = "channels:\n  - name: team-room\n    frequency: daily\n    timezone: Europe/Rome\n    topics: [ccsvi]\n"
VARIABLES = {"MONITOR_CHANNEL_TEAM_ROOM_URL": URL, "MONITOR_CHANNEL_TEAM_ROOM_SECRET": SECRET}


def test_its_secrets_come_from_variables_files_or_a_folder(tmp_path: Path) -> None:
    """As all others do; the files are watched for changes."""
    (tmp_path / "hook").write_text(f"{URL}\n", encoding="utf-8")
    folder = tmp_path / "secrets"
    folder.mkdir()
    (folder / "channel_team_room_secret").write_text(f"{SECRET}\n", encoding="utf-8")
    environ = {"MONITOR_CHANNEL_TEAM_ROOM_URL_FILE": str(tmp_path / "hook"), "MONITOR_SECRETS": str(folder)}
    path = written(tmp_path, SMALL + CHANNEL)
    settings = config.load(path, environ)
    (channel,) = settings.channels
    assert (channel.name, channel.url, channel.secret, channel.kind) == ("team-room", URL, SECRET, "webhook")
    assert (channel.topics, channel.frequency, channel.timezone) == (("ccsvi",), Frequency.DAILY, "Europe/Rome")
    watched = config.files(path, environ, settings)
    assert {tmp_path / "hook", folder / "channel_team_room_secret"} <= set(watched)


def test_by_default_it_gets_every_topic_as_its_readers_do(tmp_path: Path) -> None:
    """A name and an address are enough."""
    (channel,) = config.load(written(tmp_path, SMALL + "channels: [{name: team-room}]\n"), VARIABLES).channels
    assert (channel.topics, channel.frequency, channel.timezone, channel.language) == (("ccsvi",), None, "", "en")


def test_its_address_and_secret_are_shown_nowhere(tmp_path: Path) -> None:
    """Neither where settings are printed nor where a line of the log or a report would have them."""
    settings = config.load(written(tmp_path, SMALL + CHANNEL), VARIABLES)
    assert URL not in repr(settings)
    assert SECRET not in repr(settings)
    assert log.redact(f"POST {URL} {SECRET}", settings.secrets) == "POST *** ***".replace("***", log.MASK)


@pytest.mark.parametrize(
    ("block", "environ", "told"),
    [
        (CHANNEL, {}, r"url: missing. Set MONITOR_CHANNEL_TEAM_ROOM_URL"),
        (CHANNEL, {"MONITOR_CHANNEL_TEAM_ROOM_URL": URL}, r"secret: missing.*signed"),
        (CHANNEL, VARIABLES | {"MONITOR_CHANNEL_TEAM_ROOM_SECRET": "short"}, r"secret: not 20 or more"),
        (CHANNEL, VARIABLES | {"MONITOR_CHANNEL_TEAM_ROOM_URL": "http://hooks.example.org/in/7f3a9c"}, "without TLS"),
        (CHANNEL, VARIABLES | {"MONITOR_CHANNEL_TEAM_ROOM_URL": "https://me:7f3a9c@hooks.example.org/"}, "a login"),
        (CHANNEL, VARIABLES | {"MONITOR_CHANNEL_TEAM_ROOM_URL": "https://:0/7f3a9c"}, "not a web address"),
        (CHANNEL, VARIABLES | {"MONITOR_CHANNEL_TEAMROOM_URL": "x://7f3a9c"}, "belongs to no channel"),
        (CHANNEL.replace("ccsvi", "ccsvj"), VARIABLES, r'ccsvj is not a topic here.*"ccsvi"'),
        (CHANNEL + "    language: klingon\n", VARIABLES, "klingon is not an available language"),
        (CHANNEL + "    url: 7f3a9c without a scheme\n", VARIABLES, "not an address"),
        (CHANNEL + "  - name: team_room\n", VARIABLES, "the name of another channel"),
        (CHANNEL + "    evry: daily\n", VARIABLES, "unknown key"),
    ],
)
def test_a_mistake_is_named_without_its_secret(tmp_path: Path, block: str, environ: dict[str, str], told: str) -> None:
    """With what to write instead."""
    with pytest.raises(ConfigError, match=told) as refused:
        config.load(written(tmp_path, SMALL + block), environ)
    assert "7f3a9c" not in str(refused.value)
