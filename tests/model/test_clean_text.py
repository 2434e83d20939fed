"""What strangers' text loses on its way in, and what it keeps."""

from __future__ import annotations

import json
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model.values.clean_text import clean, escaped_json, one_line

FORBIDDEN_BY_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b]never ended, user unknown", "never ended, user unknown"),
        ("\x1bPq#0\x1b\\a", "a"),
        ("\x1bc\x1b(Ba", "a"),
        ("\x9b31ma", "31ma"),
        ("a\x00b\x07c\x08d", "abcd"),
        ("user\u202egpj.exe\u2069", "usergpj.exe"),
        ("a\ufffe\uffff\ud800\ufeffb", "ab"),
        ("one\r\ntwo\rthree\x0bfour\u2028five", "one\ntwo three four five"),
        ("soft\xadhyphen", "softhyphen"),
        ("naïve 中文 مرحبا עברית 👩‍⚕️ m²\tx", "naïve 中文 مرحبا עברית 👩‍⚕️ m²\tx"),
    ],
)
def test_commands_go_and_words_stay(written: str, kept: str) -> None:
    """Whole sequences, not their first character; joiners that scripts and emoji need stay."""
    assert clean(written) == kept


@given(st.text(st.characters(codec=None) | st.sampled_from("\x1b[]\x07\x9b\u202e\n\r")))
def test_nothing_that_is_left_commands_anything(text: str) -> None:
    """And cleaning what is clean changes nothing."""
    left = clean(text)
    assert not FORBIDDEN_BY_XML.search(left)
    assert not {c for c in left if unicodedata.category(c) == "Cc"} - {"\t", "\n"}
    assert clean(left) == left
    assert one_line(text) == " ".join(left.split())


@given(st.text())
def test_json_keeps_everything_and_shows_nothing(text: str) -> None:
    """Scripts get what is stored; the terminal gets an escape."""
    shown = escaped_json(json.dumps({"a": text}, ensure_ascii=False))
    assert json.loads(shown) == {"a": text}
    assert not re.search("[\x7f-\x9f\u202a-\u202e\ufffe]", shown)
