"""One line per unit of work, and no secret in any of them."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import log


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Where the lines go during a test."""
    yield io.StringIO()
    root = logging.getLogger()
    root.handlers = [handler for handler in root.handlers if handler.get_name() != "monitor"]


def test_a_unit_of_work_is_one_line_of_text(stream: io.StringIO) -> None:
    """What was done, and its figures, for a person."""
    log.setup("text", stream=stream)
    log.get().info("poll finished", search="ccsvi", found=912, new=2, took_s=4.1)
    (line,) = stream.getvalue().splitlines()
    assert "poll finished" in line
    assert all(fact in line for fact in ("search=ccsvi", "found=912", "new=2", "took_s=4.1"))


def test_a_unit_of_work_is_one_object_of_json(stream: io.StringIO) -> None:
    """The same for a machine, numbers as numbers."""
    log.setup("json", stream=stream)
    log.get().info("poll finished", search="ccsvi", found=912, new=None)
    line = json.loads(stream.getvalue())
    assert (line["event"], line["search"], line["found"], line["new"]) == ("poll finished", "ccsvi", 912, None)
    assert line["timestamp"].endswith("Z")


@pytest.mark.parametrize(("level", "told"), [("debug", "diwe"), ("info", "iwe"), ("warning", "we"), ("error", "e")])
def test_only_lines_of_the_configured_level_and_above_are_written(stream: io.StringIO, level: str, told: str) -> None:
    """Of Monitor's own; a library's remarks may hold addresses and stay out at any level."""
    log.setup("json", stream=stream, level=level)
    for word in ("debug", "info", "warning", "error"):
        getattr(log.get(), word)(word)
    logging.getLogger("sqlalchemy.engine").info("SELECT 'reader@example.org'")
    lines = [json.loads(line)["event"] for line in stream.getvalue().splitlines()]
    assert "".join(line[0] for line in lines) == told


@pytest.mark.parametrize("style", ["text", "json"])
@pytest.mark.parametrize(
    "facts",
    [
        {"url": "https://x/?db=pubmed&api_key=S3CRET99&term=a"},
        {"error": "HTTP 500 for api_key=S3CRET99"},
        {"api_key": "S3CRET99"},
        {"smtp_password": "S3CRET99"},
        {"database": "postgresql://monitor:S3CRET99@db/monitor"},
        {"headers": {"Authorization": "Basic S3CRET99"}},
        {"request": ["a", {"password": "S3CRET99"}]},
        {"anything": "the key is S3CRET99, alas"},
        {"error": ValueError("login failed for S3CRET99")},
    ],
)
def test_a_secret_never_reaches_a_line(stream: io.StringIO, style: str, facts: dict[str, object]) -> None:
    """Whatever it is called and wherever it hides; what stands around it stays."""
    log.setup(style, secrets=["S3CRET99"], stream=stream)
    log.get().info("poll failed", **facts)
    assert "poll failed" in stream.getvalue()
    assert "S3CRET99" not in stream.getvalue()


def test_a_traceback_is_masked_too(stream: io.StringIO) -> None:
    """The library that raised may have put the URL in its message."""
    log.setup("json", secrets=["S3CRET99"], stream=stream)
    try:
        raise ValueError("bad URL https://x/?api_key=S3CRET99")
    except ValueError:
        log.get().exception("tick failed")
    assert "bad URL" in stream.getvalue()
    assert "S3CRET99" not in stream.getvalue()


def test_libraries_speak_through_the_same_format_from_warning_up(stream: io.StringIO) -> None:
    """Their chatter is left out, their warnings are masked like ours."""
    log.setup("json", stream=stream)
    logging.getLogger("apscheduler").info("Scheduler started")
    logging.getLogger("urllib3").warning("retrying %s", "https://x/?api_key=S3CRET99")
    (line,) = stream.getvalue().splitlines()
    assert json.loads(line)["event"] == "retrying https://x/?api_key=***"


@given(
    st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="&\"',;)}]@/"), min_size=1)
)
def test_whatever_the_key_looks_like_it_is_masked_in_a_url(key: str) -> None:
    """Keys are text like any other."""
    assert log.redact(f"https://x/?api_key={key}&db=pubmed") == "https://x/?api_key=***&db=pubmed"


@pytest.mark.parametrize("style", ["text", "json"])
def test_a_stranger_s_text_is_one_line_without_commands(stream: io.StringIO, style: str) -> None:
    """A server's reply can neither repaint the terminal that shows the log nor imitate another line of it."""
    log.setup(style, stream=stream)
    log.get().warning(
        "mail refused", reply="550 \x1b[2J\x9b1m\u202eno\n2026-11-29 [info] all is well", **{"k\x1b[2J": "v"}
    )
    (line,) = stream.getvalue().splitlines()
    assert "550 1mno 2026-11-29 [info] all is well" in line
    assert not {"\x1b", "\x9b", "\u202e"} & set(line)


def test_a_traceback_keeps_its_lines_and_loses_its_commands(stream: io.StringIO) -> None:
    """It holds whatever the library put into its message."""
    log.setup("text", stream=stream)
    try:
        raise ValueError("bad \x1b[2J\x07reply")
    except ValueError:
        log.get().exception("tick failed")
    assert "bad reply" in stream.getvalue()
    assert len(stream.getvalue().splitlines()) > 3
    assert "\x1b" not in stream.getvalue()
