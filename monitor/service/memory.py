"""Memory that was freed, given back to the operating system."""

from __future__ import annotations

from contextlib import suppress


def give_back() -> None:
    """Give back what this process has freed, after work that needed much; nothing where the C library cannot.

    Units of work run on some twenty threads, and glibc keeps for each what it has freed: see malloc_trim(3).
    """
    with suppress(ImportError, AttributeError):  # Python without libffi; musl, macOS
        from ctypes import CDLL  # imported here: 1 MB until there is something to give back

        CDLL(None).malloc_trim(0)
