"""Email addresses: validation, normalization, and the spellings that belong to one person or one mailbox.

Forms, subscribers file, command line and configuration all validate with `checked`; mail is sent to what it returns.
The sole importer of email_validator.
"""

from __future__ import annotations

import re
from contextlib import suppress

import email_validator
from email_validator import EmailNotValidError, validate_email

# Special-use domains are allowed: a hospital may use .local internally, tests use .test.
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()

#: Characters. RFC 5321 section 4.5.3.1.3 limits an address to 254; up to here the message says what is wrong with it.
_MAX_INPUT = 1_000
_SENDABLE = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9.-]{1,253}")


def checked(text: str) -> str:
    """The normal form of an address: no surrounding spaces, its domain in lower case with IDNs as A-labels (RFC 5890).

    Raises ValueError with what is wrong, as a text to follow the address: "is not an email address. …".
    """
    text = text.strip()
    if len(text) > _MAX_INPUT:
        raise ValueError("is not an email address. It is too long.")
    local, _, domain = text.rpartition("@")
    if domain and local.isprintable() and not local.isascii() and "@" not in local:
        letters = " ".join(dict.fromkeys(letter for letter in local if not letter.isascii()))
        raise ValueError(f"has letters before the @ that most mail servers cannot take: {letters[:20]}.")
    try:
        found = validate_email(
            text, allow_smtputf8=False, check_deliverability=False, globally_deliverable=False, strict=True
        )
    except EmailNotValidError as error:
        raise ValueError(f"is not an email address. {error}") from error
    if not found.ascii_email or not is_sendable(found.ascii_email):
        raise ValueError("is not an email address.")
    return found.ascii_email


def is_sendable(address: str) -> bool:
    """True for an ASCII address with one "@" and no character that could end it or a header field."""
    return bool(_SENDABLE.fullmatch(address))


def key(text: str) -> str:
    """The form in which addresses are compared: lower case, no surrounding spaces, IDNs as A-labels."""
    if not text.isascii():
        with suppress(ValueError):  # what is not an address is compared as it is
            text = checked(text)
    return text.strip().lower()


def without_subaddress(text: str) -> str:
    """The comparison form of an address without its subaddress (RFC 5233): `jane+monitor@` becomes `jane@`."""
    local, at, domain = key(text).rpartition("@")
    return (local.partition("+")[0] or local) + at + domain


def canonical_mailbox(text: str) -> str:
    """The mailbox of an address for rate limits only: some providers deliver `a.b+anything@` to `ab@`.

    At other providers these are different mailboxes, so it must not identify a person.
    """
    local, at, domain = without_subaddress(text).rpartition("@")
    return local.replace(".", "") + at + domain
