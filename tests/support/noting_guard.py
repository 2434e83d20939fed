"""A guard of units of work that goes on when a part fails by a bug, and notes which."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from monitor.errors import ConflictError

T = TypeVar("T")


class NotingGuard:
    """A `ports.Guard` that takes ZeroDivisionError for a bug; anything else is raised."""

    def __init__(self) -> None:
        self.failed: list[tuple[str, type[Exception]]] = []

    def attempt(
        self,
        part: str,
        work: Callable[[], T],
        otherwise: Callable[[str], T],
        *,
        lets_through: type[Exception] = ConflictError,
    ) -> T:
        """What `work` returns, or what is to follow when it fails."""
        try:
            return work()
        except ZeroDivisionError:
            self.failed.append((part, lets_through))
            return otherwise("a bug")

    def is_resting(self, _part: str) -> bool:
        """Never."""
        return False
