"""Header fields of our mails: what may stand in them, encoded and folded (RFC 5322, 2047).

Nothing here decodes anything, and nothing that is not one printable word or an encoded word gets into a field: article
titles are untrusted input.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from email.charset import SHORTEST, Charset
from email.header import Header
from email.utils import formataddr, parseaddr
from itertools import groupby

from monitor.errors import AddressError
from monitor.model.values.email_address import is_sendable
from monitor.render.placeholders import clean

#: Characters of a line: at most 78 (RFC 5322 section 2.1.1), 76 where it has encoded words (RFC 2047 section 2).
_LINE_LENGTH, _ENCODED_LINE_LENGTH = 78, 76
#: Our own, because libraries for chat rooms change how Python encodes the one that every program shares.
_UTF_8 = Charset("utf-8")
_UTF_8.header_encoding = SHORTEST
#: A word that may stand in a display name as it is (RFC 5322 section 3.2.3), and on one line with others.
_ATOM = re.compile(r"(?!=\?)[\w!#$%&'*+/=?^`{|}~-]{1,60}", re.ASCII)


def header_text(text: str) -> str:
    """`text` as the value of Subject: one line, as it is when ASCII, else as RFC 2047 encoded words.

    These have at most 75 characters each, on lines of at most 76. Text that looks like an encoded word is encoded
    again, so that a mail program shows it literally.
    """
    line = " ".join(clean(text).split())
    return line if line.isascii() and "=?" not in line else _encoded_words(line, len("Subject: "))


def _encoded_words(line: str, first_column: int) -> str:
    """`line` as encoded words of at most 75 characters, folded; the first line begins at `first_column`."""
    return Header(line, _UTF_8, maxlinelen=75, header_name="x" * max(first_column - 2, 0)).encode(linesep="\r\n")


def _phrase(name: str) -> list[str]:
    """A display name as tokens that may stand on lines of their own.

    Only words that need it are encoded, neighbours together: many mail programs show a blank between two encoded words
    where there is none.
    """
    tokens = []
    for is_plain, words in groupby(name.split(), lambda word: bool(_ATOM.fullmatch(word))):
        run = [*words]
        tokens += run if is_plain else _encoded_words(" ".join(run), len("From: ")).split("\r\n ")
    return tokens


def _on_lines(tokens: Iterable[str], first_column: int) -> str:
    """The tokens with a blank between, on lines of at most 76 characters; the first begins at `first_column`."""
    lines, column = [[next(tokens := iter(tokens))]], first_column
    column += len(lines[0][0])
    for token in tokens:
        column += 1 + len(token)
        if column > _ENCODED_LINE_LENGTH:
            lines.append([])
            column = 1 + len(token)
        lines[-1].append(token)
    return "\r\n ".join(" ".join(line) for line in lines)


def checked_address(address: str) -> str:
    """The address; raises AddressError when mail could not be sent to it or it would break a header."""
    if not is_sendable(address):
        raise AddressError(f"{address!r} is not an address that mail can be sent to")
    return address


def from_value(sender: str) -> str:
    """The value of From, folded; a long name as atoms and encoded words, because quoted strings cannot be cut.

    Raises AddressError when no mail can come from the address.
    """
    name, address = parseaddr(sender)
    name = " ".join(clean(name).split())
    if name.isascii() and "=?" not in name and len(name) < _LINE_LENGTH - len(f"From:  <{address}>"):
        return formataddr((name, checked_address(address)))
    return _on_lines([*_phrase(name), f"<{checked_address(address)}>"], len("From: "))


def header_bytes(lines: Iterable[str]) -> bytes:
    """Header fields, each with its name, as bytes."""
    return b"".join(line.encode("ascii") + b"\r\n" for line in lines)


def token(text: str) -> str:
    """`text` if it is one printable ASCII word; raises ValueError if not, because it could start a new header."""
    if not re.fullmatch(r"[!-~]+", text):
        raise ValueError(f"{text!r} cannot stand in a mail header")
    return text
