"""Files of PubMed XML of any size, also gzipped, as a stream of blocks of whole records."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from monitor.errors import RecordError

#: Bytes read at a time, which bounds memory. Parsing blocks as small documents was measured to be faster than
#: event-based parsing, and this size the fastest of 64 kB to 2 MB (it fits the processor's cache).
BLOCK = 1 << 18

_FIRST = re.compile(rb"<(PubmedArticle|PubmedBookArticle|MedlineCitation|DeleteCitation)[\s>]")
_ROOT = re.compile(rb"<([A-Za-z_][\w.-]*)([^<>]*)>")
_ENCODING = re.compile(rb"""^\s*<\?xml[^>]*encoding\s*=\s*["']([\w.-]+)["']""")


def blocks(path: Path) -> Iterator[tuple[int, bytes]]:
    """Small well-formed documents with the file's records in order, each record whole.

    Before each stands the number of the line of the file on which the document's first line is. Raises OSError when
    the file cannot be opened; RecordError when it is truncated or its gzip data is damaged, after yielding the
    records before the damage.
    """
    with _opened(path) as file:
        head = _filled(file, path)
        first = _FIRST.search(head)
        if first is None or not _is_utf8(head):
            yield 1, head + b"".join(_rest(file, path))
            return
        root = _ROOT.search(head[: first.start()])
        opening, closing = (b"<set%s>" % root[2], b"</%s" % root[1]) if root else (b"<set>", b"")
        ends = (b"</MedlineCitation>",) if first[1] == b"MedlineCitation" else _ENDS
        line = 1 + head.count(b"\n", 0, first.start()) - opening.count(b"\n")
        pending = head[first.start() :]
        for more in _rest(file, path):
            if end := _end_of_records(pending, ends):
                yield line, opening + pending[:end] + b"</set>"
                line += pending.count(b"\n", 0, end)
            pending = pending[end:] + more
        yield from ((line, last) for last in _last(pending, opening, closing, path))


_ENDS = (b"</PubmedArticle>", b"</PubmedBookArticle>")


def _end_of_records(pending: bytes, ends: tuple[bytes, ...]) -> int:
    """Where the last whole record ends; 0 if there is none. Each end tag is looked for only behind those before it."""
    end = 0
    for end_tag in ends:
        if (at := pending.rfind(end_tag, end)) >= 0:
            end = at + len(end_tag)
    return end


def _last(pending: bytes, opening: bytes, closing: bytes, path: Path) -> Iterator[bytes]:
    """The last block. Raises RecordError when the root's end tag (`closing`, b"" for a single record) is missing."""
    end = pending.rfind(closing) if closing else len(pending)
    if end >= 0:
        yield opening + pending[:end] + b"</set>"
    else:
        yield pending
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
    """The file opened for reading, decompressed if it starts with gzip's magic number, whatever its name."""
    with path.open("rb") as file:
        is_gzip = file.read(2) == b"\x1f\x8b"
    return cast(BinaryIO, gzip.open(path, "rb")) if is_gzip else path.open("rb")


def _is_utf8(head: bytes) -> bool:
    declared = _ENCODING.search(head[:200])
    return head[:2] not in (b"\xff\xfe", b"\xfe\xff") and (
        declared is None or declared[1].lower() in (b"utf-8", b"utf8", b"us-ascii")
    )
