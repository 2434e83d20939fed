"""Header fields at the bounds of their lines, and what may not stand in one."""

from __future__ import annotations

import textwrap

import pytest

from monitor.delivery.header_fields import checked_address, from_value, header_bytes, header_text, token
from monitor.errors import AddressError


@pytest.mark.parametrize(("letters", "first"), [(47, 47), (48, 48), (49, 48), (60, 48)])
def test_a_subject_in_another_script_fills_its_first_line_and_no_more(letters: int, first: int) -> None:
    """With its name 75 characters, one less than RFC 2047 allows."""
    lines = header_text("é" + "a" * letters).split("\r\n ")
    assert lines[0] == f"=?utf-8?q?=C3=A9{'a' * first}?="
    assert len(f"Subject: {lines[0]}") <= 75
    assert lines[1:] == ([f"=?utf-8?q?{'a' * (letters - first)}?="] if letters > first else [])


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Plain", "Plain"),
        (" two \t words\r\nand a line ", "two words and a line"),
        ("", ""),
        ("a=?b", "=?utf-8?q?a=3D=3Fb?="),
        ("x" * 200, "x" * 200),
    ],
)
def test_a_plain_subject_is_left_as_it_is_on_one_line(text: str, written: str) -> None:
    """But for what looks encoded."""
    assert header_text(text) == written


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("n" * 52, f"{'n' * 52} <ann@example.org>"),
        ("n" * 53, f"{'n' * 53} <ann@example.org>"),
        ("n" * 54, f"{'n' * 54}\r\n <ann@example.org>"),
        ("n" * 60, f"{'n' * 60}\r\n <ann@example.org>"),
        ("n" * 61, f"=?utf-8?q?{'n' * 57}?=\r\n =?utf-8?q?nnnn?= <ann@example.org>"),
        ("a " * 40, f"{'a ' * 35}\r\n".replace(" \r\n", "\r\n") + " a a a a a <ann@example.org>"),
        ("Ann é ü Smith", "Ann =?utf-8?b?w6kgw7w=?= Smith <ann@example.org>"),
        ("Ann, é", "=?utf-8?b?QW5uLCDDqQ==?= <ann@example.org>"),
        ("=?x?= y", "=?utf-8?b?PT94Pz0=?= y <ann@example.org>"),
        ("Ann (one)", '"Ann (one)" <ann@example.org>'),
        ("", "ann@example.org"),
    ],
)
def test_a_name_in_from_is_as_plain_as_it_can_be(name: str, written: str) -> None:
    """Only words that need it are encoded, and a line ends before its 77th character."""
    sender = f'"{name}" <ann@example.org>' if name else "ann@example.org"
    assert from_value(sender) == written
    assert max(map(len, f"From: {written}".split("\r\n"))) <= 77


@pytest.mark.parametrize("letters", range(1, 12))
def test_a_name_of_many_words_fills_each_of_its_lines(letters: int) -> None:
    """As any text that is wrapped at 76 characters, with a blank before each further line."""
    field = f"From: {' '.join(['a' * letters] * 70)} <ann@example.org>"
    lines = textwrap.wrap(field, 76, subsequent_indent=" ", break_long_words=False, break_on_hyphens=False)
    assert len(lines) >= 2
    assert from_value(field.removeprefix("From: ")) == "\r\n".join(lines).removeprefix("From: ")


@pytest.mark.parametrize("text", ["", "two words", "a\r\nBcc: x", "ä", "a\t", "a\x7f", " a", "a\n"])
def test_what_is_not_one_printable_word_begins_no_header(text: str) -> None:
    """It is said what it was."""
    with pytest.raises(ValueError, match="cannot stand in a mail header") as caught:
        token(text)
    assert str(caught.value) == f"{text!r} cannot stand in a mail header"


def test_what_is_one_stands_as_it_is() -> None:
    """From the first printable character to the last."""
    assert [token(text) for text in ("!", "~", "<1@x>")] == ["!", "~", "<1@x>"]
    assert header_bytes(["A: 1", "B: 2"]) == b"A: 1\r\nB: 2\r\n"
    assert header_bytes([]) == b""


def test_an_address_that_no_mail_can_go_to_is_named() -> None:
    """As whom and as from."""
    assert checked_address("a@example.org") == "a@example.org"
    for refuse in (checked_address, from_value):
        with pytest.raises(AddressError) as caught:
            refuse("nobody")
        assert str(caught.value) == "'nobody' is not an address that mail can be sent to"
