"""Columns of our own: instants in UTC, words of an enumeration, clean text, whole values as JSON.

The classes are the types; the functions at the end make the columns that `tables` and `mail_tables` are written with.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import BigInteger, Boolean, Column, DateTime, Dialect, ForeignKey, Integer, Text, TypeDecorator, text

#: PostgreSQL's text cannot hold NUL and UTF-8 cannot hold half a surrogate pair. XML 1.0 allows
#: neither, so a PubMed record never has them; text from elsewhere may.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def clean(value: str) -> str:
    """`value` with every character that no database can hold replaced by U+FFFD, the replacement character."""
    return value if value.isascii() and "\x00" not in value else _UNSTORABLE.sub("\ufffd", value)


def _clean_all(value: Any) -> Any:
    """`clean` on every string inside lists and dictionaries."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list | tuple):
        return [_clean_all(item) for item in value]
    if isinstance(value, dict):
        return {clean(key): _clean_all(item) for key, item in value.items()}
    return value


def to_json(value: object) -> str:
    """`value` (a frozen dataclass, a tuple, …) as JSON text that any database can hold."""
    try:
        raw = msgspec.json.encode(value)
    except UnicodeEncodeError:  # half a surrogate pair
        raw = b"\\u0000"
    if b"\\u0000" in raw:
        raw = msgspec.json.encode(_clean_all(msgspec.to_builtins(value)))
    return raw.decode()


#: Decoded values kept for each column, a few kilobytes each.
_DECODED = 512


class Words(TypeDecorator[str]):
    """Text, cleaned on its way in (see `clean`)."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002  SQLAlchemy's signature
        """Clean the text."""
        return value if value is None else clean(value)


class Instant(TypeDecorator[datetime]):
    """An aware datetime, kept in UTC. A naive one is refused: nobody can say which instant it means."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC; SQLite keeps it as text of fixed width, so that order as text is order in time."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone; the store keeps instants, pass an aware datetime")
        in_utc = value.astimezone(UTC)
        return in_utc.replace(tzinfo=None) if dialect.name == "sqlite" else in_utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Back to an aware datetime in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


class Word(TypeDecorator[Any]):
    """One member of a StrEnum, kept as its value."""

    impl = Text
    cache_ok = True

    def __init__(self, words: type[StrEnum]) -> None:
        super().__init__()
        self.words = words

    def process_bind_param(self, value: StrEnum | None, dialect: Dialect) -> str | None:  # noqa: ARG002  SQLAlchemy's signature
        """The member's value; a text that is no member is refused with ValueError."""
        return None if value is None else self.words(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:  # noqa: ARG002  SQLAlchemy's signature
        """The member."""
        return None if value is None else self.words(value)


class Json(TypeDecorator[Any]):
    """A whole value (`kind`: one of our frozen dataclasses, tuple[str, ...]) as JSON text.

    Fields added later need a default: rows written before then still read. What is read again and again (the articles
    that bear on an answer) is decoded once: the values are frozen, so readers may share them.
    """

    impl = Text
    cache_ok = True

    def __init__(self, kind: Any) -> None:
        super().__init__()
        self.kind = kind
        self._decode = lru_cache(maxsize=_DECODED)(msgspec.json.Decoder(kind).decode)

    def process_bind_param(self, value: object, dialect: Dialect) -> str | None:  # noqa: ARG002  SQLAlchemy's signature
        """To JSON text."""
        return None if value is None else to_json(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002  SQLAlchemy's signature
        """Back to a `kind`."""
        return None if value is None else self._decode(value)


#: 64 bits on PostgreSQL; on SQLite every integer is, and only INTEGER may number rows by itself.
BigId = BigInteger().with_variant(Integer, "sqlite")


def serial() -> Column[int]:
    """The column `id`: rows are numbered as they are added."""
    return Column("id", BigId, primary_key=True, autoincrement=True)


def words(name: str, **options: Any) -> Column[str]:
    """Text, "" by default."""
    return Column(name, Words, nullable=False, default="", **options)


def pmid(name: str = "pmid", **options: Any) -> Column[str]:
    """A PMID."""
    return Column(name, Words, nullable=False, **options)


def number(name: str) -> Column[int]:
    """A whole number, 0 by default."""
    return Column(name, Integer, nullable=False, default=0)


def flag(name: str) -> Column[bool]:
    """Yes or no; no by default."""
    return Column(name, Boolean, nullable=False, default=False)


def instant(name: str) -> Column[Any]:
    """An instant that is always known."""
    return Column(name, Instant, nullable=False)


def maybe_instant(name: str) -> Column[Any]:
    """An instant, or NULL while it has not come."""
    return Column(name, Instant)


def lease_token() -> Column[str | None]:
    """The token of whoever holds the row, NULL while nobody does: see `store.leases`."""
    return Column("lease_token", Words)


def word(name: str, words: type[StrEnum], *, nullable: bool = False) -> Column[Any]:
    """A member of `words`."""
    return Column(name, Word(words), nullable=nullable)


def record(name: str, kind: Any) -> Column[Any]:
    """A whole value of `kind`."""
    return Column(name, Json(kind), nullable=False)


def ref(name: str, target: str, *, nullable: bool = True) -> Column[Any]:
    """The id of a row of another table."""
    return Column(name, BigId, ForeignKey(target), nullable=nullable)


def only_where(condition: str) -> dict[str, Any]:
    """The options that make an index partial on both databases."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


def only_when(*flags: str) -> dict[str, Any]:
    """As `only_where`, for rows with all these flags: said as each database's queries say it, else it is not used."""
    return {
        "sqlite_where": text(" AND ".join(f"{name} = 1" for name in flags)),
        "postgresql_where": text(" AND ".join(flags)),
    }
