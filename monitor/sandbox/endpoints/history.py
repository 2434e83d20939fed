"""The history server: results stored by WebEnv and query_key."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256


class HistoryError(LookupError):
    """A WebEnv or query_key that is unknown or expired; the message is NCBI's."""


@dataclass(slots=True)
class History:
    """All live environments. Adding to one makes a new WebEnv, which has the older results too."""

    _kept: dict[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)
    _made: int = 0

    def add(self, pmids: list[str], webenv: str = "") -> tuple[str, int]:
        """Store `pmids`; returns (WebEnv, query_key). An unknown `webenv` starts a new one, as at NCBI."""
        results = (*self._kept.get(webenv, ()), tuple(pmids))
        self._made += 1
        name = f"MCID_{sha256(str(self._made).encode()).hexdigest()[:24]}"
        self._kept[name] = results
        return name, len(results)

    def get(self, webenv: str, query_key: str) -> tuple[str, ...]:
        """The PMIDs kept under `webenv` and `query_key`; raises HistoryError."""
        results = self._kept.get(webenv, ())
        number = int(query_key) if query_key.isdigit() else 0
        if not 1 <= number <= len(results):
            raise HistoryError(f"Unable to obtain query #{query_key or 1}")
        return results[number - 1]

    def expire(self) -> None:
        """Delete everything, as NCBI does after some hours without use."""
        self._kept.clear()
