"""The files of a configuration: have they changed, and are they quiet again?"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

#: What the file system tells of a file, None where there is none. The inode and the time of its last change of any kind
#: tell a file that another one of the same size and date was moved to.
Mark = tuple[int, int, int, int] | None


class WatchedFiles:
    """Files that are looked at every few seconds. They count as changed once two looks have found them the same.

    So a file that is being written, or replaced together with others, is read when it is whole.
    """

    def __init__(self, paths: Iterable[Path]) -> None:
        self._taken: dict[Path, Mark] = {}
        self.watch(paths)
        self._seen = self._taken

    def watch(self, paths: Iterable[Path]) -> None:
        """From now on look at `paths`; those that were not looked at before are taken as they are."""
        self._taken = {path: self._taken[path] if path in self._taken else _mark(path) for path in paths}

    def have_changed(self) -> bool:
        """Do they differ from how they were taken, and have they been quiet since the look before?"""
        before, self._seen = self._seen, self._marks()
        return self._seen != self._taken and self._seen == before

    def take(self) -> None:
        """Remember them as they are now: they are about to be read."""
        self._taken = self._marks()

    def _marks(self) -> dict[Path, Mark]:
        return {path: _mark(path) for path in self._taken}


def _mark(path: Path) -> Mark:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
