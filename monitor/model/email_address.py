"""Email addresses: which can be written to, how one is kept, and which two are one person's.

The forms, the subscribers file, the command line and the configuration all ask `checked`; what it returns is what
mail is addressed to (`is_sendable`).
"""

from __future__ import annotations

import re
from contextlib import suppress

import email_validator
from email_validator import EmailNotValidError, validate_email

# A hospital may mail within .local, a test to .test: whether a name exists is the mail server's business.
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()

#: RFC 5321 allows 254 characters; far beyond that nobody made a slip of the pen.
_FAR_TOO_LONG = 1_000
_SENDABLE = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9.-]{1,253}")


def checked(text: str) -> str:
    """The address as mail is sent to it: without blanks around it, its domain in lower case and as an IDNA A-label.

    Raises ValueError saying what is wrong, to be put behind the address: "is not an email address. …".
    """
    text = text.strip()
    if len(text) > _FAR_TOO_LONG:
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
    """Whether mail can be sent to an address as it is kept: ASCII, one "@", nothing that could end it or a header."""
    return bool(_SENDABLE.fullmatch(address))


def key(text: str) -> str:
    """The spelling under which one mailbox is one person: no blanks around it, lower case, the domain as an A-label."""
    if not text.isascii():
        with suppress(ValueError):  # of what is no address, nobody's, any spelling will do
            text = checked(text)
    return text.strip().lower()


def without_subaddress(text: str) -> str:
    """The address without what its owner put behind a "+": `jane+monitor@` and `jane@` are one person's."""
    local, at, domain = key(text).rpartition("@")
    return (local.partition("+")[0] or local) + at + domain


def canonical_mailbox(text: str) -> str:
    """The mailbox behind an address, for limits only: providers put `a.b+anything@` where they put `ab@`.

    Two mailboxes may be taken for one; a person is never known by this.
    """
    local, at, domain = without_subaddress(text).rpartition("@")
    return local.replace(".", "") + at + domain
