"""Where the database is, also when the file has mistakes: `monitor status --health` must find it."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor import config
from monitor.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "environ", "url"),
    [
        ("topics: [\n", {}, "sqlite:///{folder}/monitor.db"),
        ("topics: [\ndatabase_url: 'sqlite:///data/a.db'  # ours\n", {}, "sqlite:///{folder}/data/a.db"),
        ("database_url: postgresql://me@host/name\nsearches: 1\n", {}, "postgresql://me@host/name"),
        ("no yaml: at: all", {"MONITOR_DATABASE_URL": "postgresql://me@host/name"}, "postgresql://me@host/name"),
        ("topics: [\n", {"MONITOR_DATA": "/data"}, "sqlite:////data/monitor.db"),
        ("topics:\n  database_url: sqlite:///no.db\n", {}, "sqlite:///{folder}/monitor.db"),
    ],
)
def test_it_is_found_in_a_wrong_file(tmp_path: Path, text: str, environ: dict[str, str], url: str) -> None:
    """As a right one would name it."""
    file = tmp_path / "monitor.yaml"
    file.write_text(text, encoding="utf-8")
    assert config.database_url(file, environ) == url.format(folder=tmp_path.resolve())


def test_it_is_not_known_without_a_file(tmp_path: Path) -> None:
    """The message names the file."""
    with pytest.raises(ConfigError, match="Cannot read"):
        config.database_url(tmp_path / "monitor.yaml", {})
