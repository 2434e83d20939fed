"""What commands print for people, and progress. Not in `_shared`: a service prints nothing and need not hold rich."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from rich.console import Console
from rich.text import Text

from monitor import log
from monitor.commands import _progress
from monitor.model.values import clean_text
from monitor.ports import Progress as ProgressCallback


class PlainConsole(Console):
    """Prints strings as they are: no markup, no emoji codes, and nothing in them that commands the terminal.

    Much of what is printed was written by strangers: titles, bounce diagnostics, replies of servers.
    """

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(stderr=stderr, highlight=False, markup=False, emoji=False)

    def print(self, *objects: Any, **options: Any) -> None:
        """As rich prints; with --quiet nothing on standard output."""
        if self.stderr or log.verbosity() is not log.Verbosity.QUIET:
            super().print(*objects, **options)

    def render_str(self, text: str, **options: Any) -> Text:
        """Text from a string, also of a table's cell."""
        return super().render_str(clean_text.clean(text), **options)


console = PlainConsole()
#: For progress and remarks, so that standard output can be piped.
errors = PlainConsole(stderr=True)


def progress_bar(*, is_quiet: bool = False, always: bool = False) -> AbstractContextManager[ProgressCallback]:
    """Progress on standard error, with rate and time left; yields the callback for long work (`_progress.on`)."""
    return _progress.on(errors, is_quiet=is_quiet, always=always)
