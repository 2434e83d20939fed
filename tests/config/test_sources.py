"""Which sources besides PubMed are asked, and that a trial run never asks the real ones."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from monitor import config
from monitor.errors import ConfigError
from monitor.model import SourceName, SourceSettings
from tests.config.files import SMALL, written

KEYS = {"MONITOR_SECRET_KEY": "x" * 32}
SANDBOX = "pubmed: {base_url: 'http://127.0.0.1:9/'}\n"


def _sources(folder: Path, text: str = "", **environ: str) -> dict[SourceName, SourceSettings]:
    return dict(config.load(written(folder, SMALL + text), {**KEYS, **environ}).sources)


def test_by_default_those_are_on_that_need_no_key_and_no_file(tmp_path: Path) -> None:
    """Each with its public address, a rhythm of its own, and the operator's address to be reached at."""
    found = _sources(tmp_path)
    off = {SourceName.OPENALEX, SourceName.ICTRP, SourceName.RETRACTION_WATCH}
    assert found.keys() == set(SourceName) - off
    assert {one.contact for one in found.values()} == {"jane@example.org"}
    assert all(one.location.startswith("https://") for one in found.values())
    assert found[SourceName.ICITE].every == timedelta(weeks=1)


def test_openalex_is_on_with_a_key_which_is_shown_nowhere(tmp_path: Path) -> None:
    """Keyless cursor paging is refused, so without a key it could only fail."""
    settings = config.load(written(tmp_path, SMALL), {**KEYS, "MONITOR_OPENALEX_API_KEY": "geheim"})
    assert settings.sources[SourceName.OPENALEX].key == "geheim"
    assert "geheim" in settings.secrets
    assert "geheim" not in repr(settings)


def test_a_token_for_opencitations_may_come_from_a_file(tmp_path: Path) -> None:
    """As any other secret may."""
    (tmp_path / "token").write_text("a-token\n", encoding="utf-8")
    found = _sources(tmp_path, MONITOR_OPENCITATIONS_TOKEN_FILE=str(tmp_path / "token"))
    assert found[SourceName.OPENCITATIONS].key == "a-token"


def test_a_source_can_be_switched_off_or_asked_more_often_elsewhere(tmp_path: Path) -> None:
    """Each by itself."""
    text = "sources: {icite: {enabled: false}, crossref: {every: 12h, base_url: 'http://127.0.0.1:9/crossref'}}\n"
    found = _sources(tmp_path, text)
    assert SourceName.ICITE not in found
    assert found[SourceName.CROSSREF].every == timedelta(hours=12)
    assert found[SourceName.CROSSREF].location == "http://127.0.0.1:9/crossref"


def test_a_list_is_read_when_its_file_or_url_is_named(tmp_path: Path) -> None:
    """A relative path is relative to the configuration."""
    text = "sources: {retraction_watch: {file: retractions.csv}, ictrp: {url: 'https://example.org/ictrp.xml'}}\n"
    found = _sources(tmp_path, text)
    assert found[SourceName.RETRACTION_WATCH].location == str(tmp_path / "retractions.csv")
    assert found[SourceName.ICTRP].location == "https://example.org/ictrp.xml"


def test_a_trial_run_asks_only_sources_that_are_given_an_address(tmp_path: Path) -> None:
    """Else today's registries would be mixed with a pretended past."""
    assert _sources(tmp_path, SANDBOX) == {}
    text = SANDBOX + "sources: {crossref: {base_url: 'http://127.0.0.1:9/crossref'}}\n"
    assert list(_sources(tmp_path, text)) == [SourceName.CROSSREF]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("sources: {openalex: {enabled: true}}\n", r"line 15 .*sources.openalex.enabled: OpenAlex needs a key"),
        ("sources: {ictrp: {enabled: true}}\n", "sources.ictrp.enabled: there is no list to read"),
        (SANDBOX + "sources: {crossref: {enabled: true}}\n", "sources.crossref.enabled: pubmed.base_url is not NCBI's"),
        ("sources: {ictrp: {file: a, url: 'https://b.org'}}\n", "sources.ictrp.url: set together with file"),
        ("sources: {crosref: {enabled: true}}\n", 'sources.crosref: unknown key. Did you mean "crossref"'),
        ("sources: {crossref: {every: 1s}}\n", "sources.crossref.every"),
        ("sources: {crossref: {base_url: crossref.org}}\n", "sources.crossref.base_url"),
    ],
)
def test_what_cannot_work_is_a_mistake(tmp_path: Path, text: str, told: str) -> None:
    """With its place and what to write."""
    with pytest.raises(ConfigError, match=told):
        _sources(tmp_path, text)
