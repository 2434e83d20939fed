"""The JSON API is what its OpenAPI document says, whatever a program sends."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.web.api.endpoints import OPERATIONS
from tests.support.site import RunningSite, fill_site

CONFIG = Path(__file__).with_name("schemathesis.toml")


def _tried(site: RunningSite, document: str, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """The output of schemathesis; its exit code is 0 when it found nothing wrong."""
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG), "--no-color", "run"]
    base = ["--url", f"{site.url}/api/v1"]
    return subprocess.run(  # noqa: S603  # arguments of our own
        [*command, document, *base, *options], cwd=folder, capture_output=True, text=True, timeout=300, check=False
    )


def test_no_request_finds_the_api_other_than_its_document(api: RunningSite, tmp_path: Path) -> None:
    """Hundreds of requests, right ones and wrong ones: each response is as the document says."""
    for name in ("answers", "changes", "digests"):
        assert api.http.get(f"/api/v1/topics/ccsvi/{name}").json()[name], "there is something to try"
    tried = _tried(api, f"{api.url}/api/v1/openapi.json", tmp_path)
    assert tried.returncode == 0, tried.stdout + tried.stderr
    assert f"{len(OPERATIONS)} selected / {len(OPERATIONS)} total" in tried.stdout
    assert "No issues found" in tried.stdout


@pytest.mark.parametrize(
    ("lie", "found"),
    [
        ("a field", '1 is not of type "string"'),
        ("a header", "Response header does not conform to the schema"),
        ("a response", "Undocumented status code"),
    ],
)
def test_a_document_that_is_wrong_is_found_out(site: RunningSite, tmp_path: Path, lie: str, found: str) -> None:
    """The trial of the API can fail."""
    fill_site(site.db)
    document = site.http.get("/api/v1/openapi.json").json()
    if lie == "a field":
        document["components"]["schemas"]["Digest"]["properties"]["id"] = {"type": "string"}
    elif lie == "a header":
        document["components"]["headers"]["ETag"]["schema"] = {"type": "integer"}
    else:
        del document["paths"]["/topics/{topic}/changes"]["get"]["responses"]["422"]
    written = tmp_path / "openapi.json"
    written.write_text(json.dumps(document), encoding="utf-8")
    tried = _tried(site, str(written), tmp_path, "--phases", "examples,coverage")
    assert tried.returncode == 1, tried.stdout + tried.stderr
    assert found in tried.stdout
