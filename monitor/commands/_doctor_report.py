"""What `monitor doctor` found: one finding a test, and how it is shown in a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import dataclass

from monitor.commands._shared import console
from monitor.errors import MonitorError
from monitor.model import Settings

#: What is to be copied as it is, such as a record for the DNS, begins with this and is never broken into lines.
VERBATIM = " " * 4
_MARKS = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "failed": ("✗", "red"), "skipped": ("-", "none")}
_INDENT = " " * 15


class Doubt(MonitorError):
    """Something that works now but will not for long, or works worse than it could; `hint` outranks the test's own."""

    def __init__(self, text: str, hint: str = "") -> None:
        super().__init__(text)
        self.hint = hint


class Skipped(MonitorError):
    """Something that was not tested, because nobody wanted it; the text says what stands in its place."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one test: `state` is "ok", "warning", "failed" or "skipped"; `hint` says what to do."""

    id: str
    state: str
    text: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Test:
    """One self-check. `look` returns what it saw, or raises MonitorError (Doubt for a warning)."""

    id: str
    look: Callable[[Settings], str]
    hint: str

    def run(self, settings: Settings) -> Finding:
        """What came of it."""
        try:
            return Finding(self.id, "ok", self.look(settings))
        except Doubt as doubt:
            return Finding(self.id, "warning", str(doubt), doubt.hint or self.hint)
        except Skipped as skipped:
            return Finding(self.id, "skipped", str(skipped))
        except MonitorError as error:
            return Finding(self.id, "failed", str(error), self.hint)


def show(finding: Finding) -> None:
    """Print a finding: its text beside its id, wrapped to the terminal, and the hint below."""
    mark, style = _MARKS[finding.state]
    text = "\n".join(_lines(finding.text)).removeprefix(_INDENT)
    console.print(f"{mark} {finding.id:<12} {text}", style=style, markup=False, soft_wrap=True)
    for line in _lines(finding.hint):
        console.print(line, markup=False, soft_wrap=True)


def _lines(text: str) -> list[str]:
    """The lines of a text, indented and broken where the terminal ends; not inside of words, which may be addresses."""
    width = max(len(_INDENT) + 40, console.width)
    lines: list[str] = []
    for line in text.splitlines():
        if line.startswith(VERBATIM):  # beside the text if it fits there, else as far to the left as can be
            lines.append(line if len(_INDENT + line) > width else f"{_INDENT}{line[2:]}")
        else:
            lines += textwrap.wrap(
                line,
                width,
                initial_indent=_INDENT,
                subsequent_indent=_INDENT,
                break_long_words=False,
                break_on_hyphens=False,
            )
    return lines
