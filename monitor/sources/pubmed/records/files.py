"""Files of PubMed XML of any size, plain or gzip, as a stream of whole-record blocks."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from monitor.errors import RecordError

#: Bytes read at a time. A block parsed as one small document stays in the processor's cache: measured the fastest of
#: 64 kB to 2 MB, quicker than event by event, and it bounds memory.
BLOCK = 1 << 18

_FIRST = re.compile(rb"<(PubmedArticle|PubmedBookArticle|MedlineCitation|DeleteCitation)[\s>]")
_ROOT = re.compile(rb"<([A-Za-z_][\w.-]*)([^<>]*)>")
_ENCODING = re.compile(rb"""^\s*<\?xml[^>]*encoding\s*=\s*["']([\w.-]+)["']""")


def blocks(path: Path) -> Iterator[bytes]:
    """Well-formed documents that hold the records of the file in order, each record whole in one of them.

    A file that does not end as it began, or whose gzip is broken, raises RecordError after the
    records before the damage have been given out. Raises OSError when it cannot be opened.
    """
    with _opened(path) as file:
        head = _filled(file, path)
        first = _FIRST.search(head)
        if first is None or not _is_utf8(head):
            yield head + b"".join(_rest(file, path))
            return
        root = _ROOT.search(head[: first.start()])
        opening, closing = (b"<set%s>" % root[2], b"</%s" % root[1]) if root else (b"<set>", b"")
        ends = (b"</MedlineCitation>",) if first[1] == b"MedlineCitation" else _ENDS
        held = head[first.start() :]
        for more in _rest(file, path):
            end = max(held.rfind(mark) + len(mark) if mark in held else 0 for mark in ends)
            if end:
                yield opening + held[:end] + b"</set>"
            held = held[end:] + more
        yield from _last(held, opening, closing, path)


_ENDS = (b"</PubmedArticle>", b"</PubmedBookArticle>")


def _last(held: bytes, opening: bytes, closing: bytes, path: Path) -> Iterator[bytes]:
    """What is left at the end: with the end tag of the root (`closing`, none round a single record), else cut."""
    end = held.rfind(closing) if closing else len(held)
    if end >= 0:
        yield opening + held[:end] + b"</set>"
    else:
        yield held
        raise RecordError(f"{path}: the file ends in the middle; the records before that were read.")


def _rest(file: BinaryIO, path: Path) -> Iterator[bytes]:
    while block := _filled(file, path):
        yield block


def _filled(file: BinaryIO, path: Path) -> bytes:
    try:
        return file.read(BLOCK)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise RecordError(f"{path}: the file is damaged ({error}); the records before that were read.") from error


def _opened(path: Path) -> BinaryIO:
    """The file, decompressed when it begins as gzip does, whatever its name."""
    with path.open("rb") as file:
        is_gzip = file.read(2) == b"\x1f\x8b"
    return cast(BinaryIO, gzip.open(path, "rb")) if is_gzip else path.open("rb")


def _is_utf8(head: bytes) -> bool:
    declared = _ENCODING.search(head[:200])
    return head[:2] not in (b"\xff\xfe", b"\xfe\xff") and (
        declared is None or declared[1].lower() in (b"utf-8", b"utf8", b"us-ascii")
    )
