"""DKIM signatures (RFC 6376). The sole importer of dkim.

Receivers offer one-click unsubscribe only where both of its header fields are signed (RFC 8058
section 4), and the library's default list has neither; so the list is here. Each header field is
listed once more than it occurs, so that adding another one breaks the signature (RFC 6376 section 5.4.2).
"""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Callable

import dkim
from dkim.crypto import UnparsableKeyError, parse_pem_private_key

from monitor.errors import ConfigError
from monitor.model import DkimSettings

#: Header fields that are signed if present; not Precedence and others that relays may change.
SIGNED_HEADERS = (
    "From",
    "To",
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
#: The algorithm rsaEncryption (1.2.840.113549.1.1.1) with no parameters, in DER.
_RSA = bytes.fromhex("300d06092a864886f70d0101010500")


def signer(settings: DkimSettings) -> Callable[[bytes], bytes]:
    """A function that prepends a DKIM-Signature to a mail (RFC 5322 bytes with CRLF), in about 10 ms (2048 bits).

    Raises ConfigError when the key is missing or unusable.
    """
    _parse_key(settings)
    key = _pem(settings)
    domain, selector = settings.domain.encode(), settings.selector.encode()

    def signed(mail: bytes) -> bytes:
        signature: bytes = dkim.sign(
            mail, selector, domain, key, canonicalize=(b"relaxed", b"relaxed"), include_headers=_headers_to_sign(mail)
        )
        return signature + mail

    return signed


def public_key(settings: DkimSettings) -> str:
    """The public key as published in the DNS: SubjectPublicKeyInfo (RFC 5280) in base64. Raises ConfigError."""
    key = _parse_key(settings)
    numbers = _der(0x30, _integer(key["modulus"]) + _integer(key["publicExponent"]))
    return base64.b64encode(_der(0x30, _RSA + _der(0x03, b"\0" + numbers))).decode()


def _parse_key(settings: DkimSettings) -> dict[str, int]:
    if not settings.key:
        raise ConfigError(f"smtp.dkim is set but there is no key to sign with. {_HOW_TO_FIX}")
    try:
        key: dict[str, int] = parse_pem_private_key(_pem(settings))
    except (UnparsableKeyError, ValueError) as error:
        raise ConfigError(f"The DKIM key is not an RSA private key in PEM. {_HOW_TO_FIX}") from error
    if key["modulus"].bit_length() < MIN_KEY_BITS:
        raise ConfigError(f"The DKIM key has fewer than {MIN_KEY_BITS} bits: receivers ignore it. {_HOW_TO_FIX}")
    return key


def _pem(settings: DkimSettings) -> bytes:
    return settings.key.replace("\r", "").encode()


def _headers_to_sign(mail: bytes) -> list[bytes]:
    """The header fields of `mail` to sign, each once more than it occurs."""
    head = mail.partition(b"\r\n\r\n")[0]
    occurs = Counter(line.partition(b":")[0].lower() for line in head.split(b"\r\n") if line[:1] not in b" \t")
    return [name for one in SIGNED_HEADERS for name in [one.lower().encode()] * (occurs[one.lower().encode()] + 1)]


def _der(tag: int, content: bytes) -> bytes:
    """One element in DER (X.690): tag, length, content."""
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def _integer(number: int) -> bytes:
    return _der(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big"))
