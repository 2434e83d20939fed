"""DKIM signatures (RFC 6376, RFC 8463), made with OpenSSL. The sole importer of cryptography.

Receivers offer one-click unsubscribe only where both of its header fields are signed (RFC 8058 section 4). Each header
field is listed once more than it occurs, so that adding another one breaks the signature (RFC 6376 section 5.4.2); so
is Reply-To, which our mail does not have: whoever adds one on the way would get our subscribers' answers.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from monitor.errors import ConfigError
from monitor.model import DkimSettings

#: Header fields that are signed if present, and never to be added later; not Precedence and others that relays change.
SIGNED_HEADERS = (
    "From",
    "Reply-To",
    "To",
    "Cc",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "List-ID",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "List-Help",
    "List-Archive",
    "Auto-Submitted",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
)
#: Receivers ignore signatures by shorter keys (RFC 8301 section 3.2).
MIN_KEY_BITS = 1024

_HOW_TO_FIX = (
    "Make one with: openssl genrsa -out dkim.pem 2048, and set MONITOR_DKIM_KEY_FILE to it; "
    "`monitor doctor` then prints the record to publish."
)
_Key = RSAPrivateKey | Ed25519PrivateKey


def signer(settings: DkimSettings) -> Callable[[bytes], bytes]:
    """A function that prepends a DKIM-Signature to a mail (RFC 5322 bytes with CRLF), in about 1 ms (RSA, 2048 bits).

    Raises ConfigError when the key is missing or unusable.
    """
    key = _parse_key(settings)
    kind = "rsa" if isinstance(key, RSAPrivateKey) else "ed25519"
    start = f"v=1; a={kind}-sha256; c=relaxed/relaxed;\r\n d={settings.domain}; s={settings.selector};"

    def signed(mail: bytes) -> bytes:
        head, _, body = mail.partition(b"\r\n\r\n")
        names, to_sign = _fields_to_sign(head + b"\r\n")
        body_hash = base64.b64encode(hashlib.sha256(_relaxed_body(body)).digest()).decode()
        field = f"DKIM-Signature: {start}\r\n h={_folded(names, ':')};\r\n bh={body_hash};\r\n b=".encode()
        signature = base64.b64encode(_sign(key, to_sign + _relaxed_field(field))).decode()
        lines = [signature[at : at + 72] for at in range(0, len(signature), 72)]
        return field + "\r\n ".join(lines).encode() + b"\r\n" + mail

    return signed


def public_key(settings: DkimSettings) -> str:
    """The public key as published in the DNS, in base64. Raises ConfigError.

    Of an RSA key its SubjectPublicKeyInfo (RFC 5280), of an Ed25519 key its 32 bytes (RFC 8463 section 4.2).
    """
    public = _parse_key(settings).public_key()
    if isinstance(public, Ed25519PublicKey):
        raw = public.public_bytes_raw()
    else:
        raw = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(raw).decode()


def _parse_key(settings: DkimSettings) -> _Key:
    if not settings.key:
        raise ConfigError(f"smtp.dkim is set but there is no key to sign with. {_HOW_TO_FIX}")
    try:
        key = load_pem_private_key(settings.key.replace("\r", "").encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ConfigError(
            f"The DKIM key is not an RSA private key in PEM, nor an Ed25519 one. {_HOW_TO_FIX}"
        ) from error
    if not isinstance(key, _Key):
        raise ConfigError(f"The DKIM key is not an RSA private key in PEM, nor an Ed25519 one. {_HOW_TO_FIX}")
    if isinstance(key, RSAPrivateKey) and key.key_size < MIN_KEY_BITS:
        raise ConfigError(f"The DKIM key has fewer than {MIN_KEY_BITS} bits: receivers ignore it. {_HOW_TO_FIX}")
    return key


def _sign(key: _Key, content: bytes) -> bytes:
    """RSA signs the content's SHA-256; Ed25519 signs that hash as if it were the content (RFC 8463 section 3)."""
    if isinstance(key, RSAPrivateKey):
        return key.sign(content, padding.PKCS1v15(), SHA256())
    return key.sign(hashlib.sha256(content).digest())


# --- canonical forms, "relaxed" (RFC 6376 section 3.4) ----------------------------------------------------

_FIELD = re.compile(rb"([^\s:]+)[ \t]*:[^\r]*\r\n(?:[ \t][^\r]*\r\n)*")


def _fields_to_sign(head: bytes) -> tuple[list[str], bytes]:
    """The names for the h= tag, each once more than it occurs, and those fields in that order, canonical.

    Of several fields of a name the last is signed first (RFC 6376 section 5.4.2).
    """
    found: dict[bytes, list[bytes]] = {}
    for field in _FIELD.finditer(head):
        found.setdefault(field[1].lower(), []).append(field[0])
    names, fields = [], []
    for name in SIGNED_HEADERS:
        there = found.get(name.lower().encode(), [])
        names += [name.lower()] * (len(there) + 1)
        fields += [_relaxed_field(field) + b"\r\n" for field in reversed(there)]
    return names, b"".join(fields)


def _relaxed_field(field: bytes) -> bytes:
    """One header field on one line: its name in lower case, no blanks around its value, single ones inside."""
    name, _, value = field.partition(b":")
    return name.strip().lower() + b":" + b" ".join(value.split())


def _relaxed_body(body: bytes) -> bytes:
    """Single blanks inside lines, none at their ends, no empty lines at the end.

    Halving runs of blanks until none is left is ten times as fast as a regular expression.
    """
    relaxed = body.replace(b"\t", b" ")
    while b"  " in relaxed:
        relaxed = relaxed.replace(b"  ", b" ")
    relaxed = relaxed.replace(b" \r\n", b"\r\n").rstrip(b"\r\n")
    return relaxed + b"\r\n" if relaxed else b""


def _folded(words: list[str], between: str) -> str:
    """The words on lines of at most 76 characters."""
    lines = [""]
    for number, word in enumerate(words):
        piece = word + (between if number + 1 < len(words) else "")
        if len(lines[-1]) + len(piece) > 72:
            lines.append("")
        lines[-1] += piece
    return "\r\n ".join(lines)
