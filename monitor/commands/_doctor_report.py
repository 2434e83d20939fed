"""What `monitor doctor` found: one finding for each check, and how it is printed."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import dataclass

from monitor.commands._console import console
from monitor.errors import MonitorError
from monitor.model import Settings

#: A line to be copied as it is, such as a DNS record, begins with this and is never wrapped.
VERBATIM = " " * 4
_MARKS = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "failed": ("✗", "red"), "skipped": ("-", "none")}
_INDENT = " " * 15


class CheckWarning(MonitorError):
    """Something that works, but not well or not for long; `hint` replaces the hint of the check."""

    def __init__(self, text: str, hint: str = "") -> None:
        super().__init__(text)
        self.hint = hint


class Skipped(MonitorError):
    """A check that was switched off; the text says what is printed instead."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one check: `state` is "ok", "warning", "failed" or "skipped"; `hint` says what to do."""

    id: str
    state: str
    text: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Test:
    """One check. `check` returns what it found, or raises MonitorError (CheckWarning for a warning)."""

    id: str
    check: Callable[[Settings], str]
    hint: str

    def run(self, settings: Settings) -> Finding:
        """Run the check; its outcome, whatever it raises of MonitorError."""
        try:
            return Finding(self.id, "ok", self.check(settings))
        except CheckWarning as warning:
            return Finding(self.id, "warning", str(warning), warning.hint or self.hint)
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
    """The lines of a text, indented and wrapped to the terminal; never within a word, which may be an address."""
    width = max(len(_INDENT) + 40, console.width)
    lines: list[str] = []
    for line in text.splitlines():
        if line.startswith(VERBATIM):  # indented like the text if it fits, else at the left edge
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
