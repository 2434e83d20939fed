"""The operator's logo: read from its file and refused, with the reason, where mail programs would not show it."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from pathlib import Path

from monitor.errors import ConfigError
from monitor.model import Logo

#: Its Content-ID in a mail (RFC 2392).
CONTENT_ID = "logo@monitor"
#: The largest file, in bytes: every mail carries it. The most pixels in either direction.
MAX_BYTES, MAX_PIXELS = 100_000, 2_000

_PNG = b"\x89PNG\r\n\x1a\n"
#: What Pillow and its decoders raise for a picture that is cut off or damaged.
_DAMAGED = (OSError, SyntaxError, ValueError, IndexError, EOFError, struct.error, zlib.error)
_SVG = (
    "SVG, which most mail programs do not show because it can contain scripts. Save it as PNG, at twice the size at "
    "which it is to be seen."
)


def read(file: Path) -> Logo:
    """The logo in `file`. Raises ConfigError, with a sentence that follows the key, for what is not PNG or JPEG."""
    try:
        with file.open("rb") as opened:
            content = opened.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"cannot read {file}: {error.strerror}.") from error
    if b"<svg" in content[:4096].lower() or file.suffix.lower() in (".svg", ".svgz"):
        raise ConfigError(f"{file.name} is {_SVG}")
    if len(content) > MAX_BYTES:
        raise ConfigError(f"{file.name} is larger than {MAX_BYTES // 1000} kB, and every mail carries it. Shrink it.")
    return _decoded(content, file.name)


def _decoded(content: bytes, name: str) -> Logo:
    from PIL import Image, UnidentifiedImageError  # 2 MB that a service without a logo need not hold

    too_many = f"{name} has more than {MAX_PIXELS} × {MAX_PIXELS} pixels. Shrink it."
    try:
        with Image.open(BytesIO(content), formats=("PNG", "JPEG")) as image:
            width, height = image.size
            if max(width, height) > MAX_PIXELS:
                raise ConfigError(too_many)
            if image.mode == "CMYK":
                raise ConfigError(
                    f"{name} has the colours of print (CMYK), which mail programs show wrongly. Save as RGB."
                )
            image.load()
    except UnidentifiedImageError as error:
        raise ConfigError(f"{name} is not a PNG or JPEG picture. Save it as one of these.") from error
    except Image.DecompressionBombError as error:
        raise ConfigError(too_many) from error
    except _DAMAGED as error:
        raise ConfigError(f"{name} is damaged ({error}). Save it again.") from error
    return Logo(content, "image/png" if content.startswith(_PNG) else "image/jpeg", width, height)
