"""Column types: instants in UTC, enumerations, text without unstorable characters, whole values as JSON.

The classes are SQLAlchemy types; the functions at the end make the columns of the tables.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import BigInteger, Boolean, Column, DateTime, Dialect, ForeignKey, Integer, Text, TypeDecorator, text

#: PostgreSQL's text type rejects NUL, and UTF-8 cannot encode an unpaired surrogate. XML 1.0 allows
#: neither (section 2.2), so no PubMed record contains them; other text may.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def clean(value: str) -> str:
    """`value` with every character that a database cannot store replaced by U+FFFD, the replacement character."""
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
    """`value` (a frozen dataclass, a tuple, …) as JSON text that both databases can store; see `clean`."""
    try:
        raw = msgspec.json.encode(value)
    except UnicodeEncodeError:  # an unpaired surrogate
        raw = b"\\u0000"
    if b"\\u0000" in raw:
        raw = msgspec.json.encode(_clean_all(msgspec.to_builtins(value)))
    return raw.decode()


#: Decoded values cached for each column, a few kilobytes each.
_DECODED = 512


class CleanText(TypeDecorator[str]):
    """Text, cleaned when it is written (see `clean`)."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002  SQLAlchemy's signature
        """Clean the text."""
        return value if value is None else clean(value)


class Instant(TypeDecorator[datetime]):
    """An aware datetime, stored in UTC. A naive one is rejected with ValueError, since it names no instant."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC. SQLite stores it as text of fixed width, so that it sorts by time."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone; the store needs an aware datetime")
        in_utc = value.astimezone(UTC)
        return in_utc.replace(tzinfo=None) if dialect.name == "sqlite" else in_utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Back to an aware datetime in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


class EnumText(TypeDecorator[Any]):
    """A member of a StrEnum, stored as its value."""

    impl = Text
    cache_ok = True

    def __init__(self, members: type[StrEnum]) -> None:
        super().__init__()
        self.members = members

    def process_bind_param(self, value: StrEnum | None, dialect: Dialect) -> str | None:  # noqa: ARG002  SQLAlchemy's signature
        """The member's value; raises ValueError for a text that is not a member."""
        return None if value is None else self.members(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:  # noqa: ARG002  SQLAlchemy's signature
        """The member."""
        return None if value is None else self.members(value)


class Json(TypeDecorator[Any]):
    """A whole value (`kind`: one of our frozen dataclasses, tuple[str, ...]) as JSON text.

    A field added to `kind` later needs a default, so that older rows can be read. Decoded values are cached (the
    articles behind an answer are read often); they are frozen, so callers may share them.
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


#: 64 bits on PostgreSQL. On SQLite every INTEGER has 64 bits, and only that type allows AUTOINCREMENT.
BigId = BigInteger().with_variant(Integer, "sqlite")


def serial() -> Column[int]:
    """The autoincremented primary key `id`."""
    return Column("id", BigId, primary_key=True, autoincrement=True)


def string(name: str, **options: Any) -> Column[str]:
    """Text, "" by default."""
    return Column(name, CleanText, nullable=False, default="", **options)


def pmid(name: str = "pmid", **options: Any) -> Column[str]:
    """A PMID."""
    return Column(name, CleanText, nullable=False, **options)


def number(name: str) -> Column[int]:
    """A whole number, 0 by default."""
    return Column(name, Integer, nullable=False, default=0)


def flag(name: str) -> Column[bool]:
    """A boolean, false by default."""
    return Column(name, Boolean, nullable=False, default=False)


def instant(name: str) -> Column[Any]:
    """An instant, NOT NULL."""
    return Column(name, Instant, nullable=False)


def maybe_instant(name: str) -> Column[Any]:
    """An instant, NULL while there is none."""
    return Column(name, Instant)


def lease_token() -> Column[str | None]:
    """The fencing token of the row's lease, NULL while it is not leased: see `store.leases`."""
    return Column("lease_token", CleanText)


def enum(name: str, members: type[StrEnum], *, nullable: bool = False) -> Column[Any]:
    """A member of `members`, stored as its value."""
    return Column(name, EnumText(members), nullable=nullable)


def record(name: str, kind: Any) -> Column[Any]:
    """A whole value of `kind` as JSON."""
    return Column(name, Json(kind), nullable=False)


def ref(name: str, target: str, *, nullable: bool = True) -> Column[Any]:
    """A foreign key to the column `target` ("table.id")."""
    return Column(name, BigId, ForeignKey(target), nullable=nullable)


def partial_where(condition: str) -> dict[str, Any]:
    """The options of a partial index.

    PostgreSQL's condition is the same and stands in the migration, which makes the index. An option of its dialect
    would load that for every reader of the schema, 2 MB.
    """
    return {"sqlite_where": text(condition)}


def partial_where_flags(*flags: str) -> dict[str, Any]:
    """As `partial_where`, for rows in which all these flags are true.

    The condition is written as each dialect writes it in queries, PostgreSQL's without "= 1"; otherwise the planner
    would not use the index.
    """
    return partial_where(" AND ".join(f"{name} = 1" for name in flags))
