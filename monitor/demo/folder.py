"""The demo's folder: an earlier demo's files are deleted, and no others."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from monitor.errors import ConfigError

#: The file that lists the files the demo has written into its folder, one path per line.
LIST = ".written-by-monitor-demo"


class Folder:
    """A folder that records which of its files the demo wrote.

    A path is put on the list before its file is written, so that a broken run is cleared too.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._listed: set[str] = set()

    def start_clean(self) -> None:
        """Delete what an earlier demo wrote here. Raises ConfigError when the folder cannot be used."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._delete_listed()
            (self.path / LIST).write_text("", "utf-8")
        except OSError as error:
            raise ConfigError(
                f"The demo cannot write to {self.path}: {error.strerror}. Choose another folder with --folder."
            ) from error

    def claim(self, name: str) -> Path:
        """The path of `name` below the folder, recorded as the demo's; its parent folders are created.

        Raises ConfigError when a file of this name is there that no demo wrote.
        """
        path = self.path / PurePosixPath(name)
        if name not in self._listed:
            if path.exists():
                raise ConfigError(
                    f"{path} exists already and was not written by a demo. "
                    "Move it away, or choose another folder with --folder."
                )
            with (self.path / LIST).open("a", encoding="utf-8") as listing:
                listing.write(f"{name}\n")
            self._listed.add(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def write(self, name: str, content: str | bytes) -> Path:
        """Write one file; returns its path."""
        path = self.claim(name)
        path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        return path

    def _delete_listed(self) -> None:
        listing = self.path / LIST
        if not listing.exists():
            return
        paths = [self.path / PurePosixPath(line) for line in listing.read_text("utf-8").splitlines() if line]
        ours = [path for path in paths if path.resolve().is_relative_to(self.path.resolve())]
        for path in ours:
            path.unlink(missing_ok=True)
        for parent in sorted({parent for path in ours for parent in self._parents(path)}, reverse=True):
            if parent.is_dir() and not any(parent.iterdir()):
                parent.rmdir()

    def _parents(self, path: Path) -> list[Path]:
        """The folders between `path` and this folder, without this folder itself."""
        return [parent for parent in path.parents if parent != self.path and parent.is_relative_to(self.path)]
