"""The command line: `monitor WORD`. Each word is a module of `monitor.commands`, loaded only when it is used.

Exit codes: 0 done, 1 something failed in the world, 2 usage or configuration, 3 a bug, 75 try again later (EX_TEMPFAIL
of sysexits.h, which mail servers understand), 130 interrupted.
"""

from __future__ import annotations

import gc
import importlib
import os
import platform
import sys
import traceback
from dataclasses import dataclass
from types import TracebackType
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from monitor import __version__
from monitor.errors import ConfigError, MonitorError, TryAgainError
from monitor.model.values.clean_text import clean

#: The variable in which a shell asks for completions: typer's name for a program called monitor.
COMPLETE = "_MONITOR_COMPLETE"
FAILED, MISUSED, BUG, TRY_AGAIN, INTERRUPTED = 1, 2, 3, 75, 130

_WATCH, _READ, _MAIL, _MAINTAIN, _TRY = "Watch", "Read and assess", "Mail", "Maintain", "Try"


@dataclass(frozen=True, slots=True)
class Word:
    """One command: what it does, and its panel in `monitor --help`."""

    panel: str
    summary: str


WORDS = {
    "init": Word(_WATCH, "Write a first configuration; tries each answer at once."),
    "run": Word(_WATCH, "Watch and mail until stopped."),
    "worker": Word(_WATCH, "Carry out jobs until stopped: for several machines with one database."),
    "tick": Word(_WATCH, "Do once whatever is due, then exit: for cron and timers."),
    "poll": Word(_WATCH, "Poll PubMed now, whether due or not."),
    "reload": Word(_WATCH, "Have the running services take a changed configuration, and wait for what they say."),
    "status": Word(_WATCH, "How current each search is, the answer, and what waits to be sent."),
    "check": Word(_WATCH, "Check the configuration; with --online also each query in PubMed."),
    "doctor": Word(_WATCH, "Check everything Monitor depends on: PubMed, mail server, DNS, database."),
    "explain": Word(_READ, "Everything stored about one article, with the reasons for its verdict."),
    "screen": Word(_READ, "Record a person's verdict on an article; it outranks the rules."),
    "assess": Word(_READ, "Assess the records in a file, without a database."),
    "reassess": Word(_READ, "Assess all stored articles with the current rules."),
    "export": Word(_READ, "Write articles, trials, answers, or the reports for a review, to a file."),
    "preview": Word(_MAIL, "Write the next digest to a file without sending it."),
    "send-test": Word(_MAIL, "Send the present digest to one mailbox."),
    "deliver": Word(_MAIL, "Pause and resume sending."),
    "subscribers": Word(_MAIL, "List, add, import, export, suspend and erase subscribers."),
    "bounces": Word(_MAIL, "Read returned mail and suspend addresses that no longer work."),
    "db": Word(_MAINTAIN, "Upgrade, check, back up and copy the database."),
    "topics": Word(_MAINTAIN, "List topics: shipped, configured, removed; archive and delete removed ones."),
    "config": Word(_MAINTAIN, "Print an example, the schema or the reference; say what a changed file would do."),
    "translations": Word(_MAINTAIN, "Write the messages of mails and pages for translators; check catalogues."),
    "completion": Word(_MAINTAIN, "Print the script that completes commands in bash, zsh or fish."),
    "backtest": Word(_TRY, "What subscribers would have received had Monitor watched a topic in the past."),
    "tune": Word(_TRY, "Compare a topic's query with another one, and say what each term brings."),
    "demo": Word(_TRY, "Replay the literature from 2009 to today, on this machine only."),
    "sandbox": Word(_TRY, "Serve PubMed records from a file as E-utilities on this machine."),
}


class LazyGroup(TyperGroup):
    """Lists every command; imports its module only to run it."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002  typer's name; its type is not public
        """Every command, in the order of the help."""
        return list(WORDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command called `cmd_name`, None when there is none."""
        if cmd_name not in WORDS:
            return None
        if ctx.meta.get("monitor.listing"):
            return _stub(cmd_name)
        return load(cmd_name)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """As typer does it, but without importing anything to suggest a command for a mistyped one."""
        if args and args[0] not in WORDS:
            ctx.meta["monitor.listing"] = True
            self.commands = {word: _stub(word) for word in WORDS}
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: Any, incomplete: str) -> Any:
        """What a shell may complete, without importing the commands."""
        ctx.meta["monitor.listing"] = True
        return super().shell_complete(ctx, incomplete)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """The list of commands, without importing them."""
        ctx.meta["monitor.listing"] = True
        super().format_help(ctx, formatter)


def load(word: str) -> Any:
    """The command for `word`: its module's `app` if it has subcommands, else its function."""
    module = importlib.import_module(f"monitor.commands.{word.replace('-', '_')}")
    if not gc.isenabled():  # as `__main__` begins
        gc.freeze()
        gc.enable()
    app = getattr(module, "app", None)
    if app is None:
        app = typer.Typer(add_completion=False, rich_markup_mode=None)
        app.command(word)(getattr(module, word.replace("-", "_")))
    command: Any = typer.main.get_command(app)
    command.name = word
    for each in [command, *getattr(command, "commands", {}).values()]:
        _add_common_options(each)
    return command


def _add_common_options(command: Any) -> None:
    """Give a command the options that all have, so that they may stand behind its name as well as before it."""
    common: Any = typer.Typer(add_completion=False)
    common.command()(_common)
    taken = {name for parameter in command.params for name in parameter.opts}
    for option in typer.main.get_command(common).params:
        if option.name != "help" and taken.isdisjoint(option.opts):
            command.params.append(option)


def _stub(word: str) -> TyperCommand:
    about = WORDS[word]
    return TyperCommand(word, help=about.summary, short_help=about.summary, rich_help_panel=about.panel)


app = typer.Typer(
    cls=LazyGroup,
    add_completion=False,
    no_args_is_help=True,
    help="Watches PubMed for a clinical question and mails what changed, the answer first.",
    pretty_exceptions_enable=False,
)


def _print_version(is_wanted: bool) -> None:
    if is_wanted:
        typer.echo(f"monitor {__version__}")
        raise typer.Exit


def _tell_less(ctx: typer.Context, is_wanted: bool) -> None:
    _tell(ctx, "quiet" if is_wanted else "")


def _tell_more(ctx: typer.Context, is_wanted: bool) -> None:
    _tell(ctx, "verbose" if is_wanted else "")


def _tell(ctx: typer.Context, how: str) -> None:
    """Tell so much until the command ends."""
    if not how or ctx.resilient_parsing:
        return
    from monitor import log

    if log.verbosity() not in (log.Verbosity.NORMAL, wanted := log.Verbosity(how)):
        raise ConfigError("Write --quiet or --verbose, not both.")
    log.tell(wanted)
    ctx.call_on_close(lambda: log.tell(log.Verbosity.NORMAL))


_Quiet = Annotated[
    bool,
    typer.Option(
        "--quiet",
        callback=_tell_less,
        is_eager=True,
        expose_value=False,
        help="Print only what was asked for as JSON or a file, warnings and errors.",
    ),
]
_Verbose = Annotated[
    bool,
    typer.Option(
        "--verbose",
        callback=_tell_more,
        is_eager=True,
        expose_value=False,
        help="Log in detail, and tell of long work every ten seconds.",
    ),
]


def _common(quiet: _Quiet = False, verbose: _Verbose = False) -> None:
    """The options that every command has."""


@app.callback()
def _root(
    version: bool = typer.Option(False, "--version", callback=_print_version, is_eager=True, help="Print the version."),
    quiet: _Quiet = False,
    verbose: _Verbose = False,
) -> None:
    """The options before the command."""


class Endings:
    """Turns the exception that ends a command into a message on standard error and an exit code."""

    def __enter__(self) -> None:
        """Do nothing."""

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _where: TracebackType | None
    ) -> None:
        if error is None or isinstance(error, SystemExit):
            return
        if isinstance(error, KeyboardInterrupt):
            _leave("Interrupted.", INTERRUPTED)
        if isinstance(error, TryAgainError):
            _leave(str(error), TRY_AGAIN)
        if isinstance(error, MonitorError):
            _leave(str(error), MISUSED if isinstance(error, ConfigError) else FAILED)
        _leave(_bug_report(error), BUG)


def _leave(text: str, code: int) -> None:
    typer.echo(clean(text), err=True)
    raise SystemExit(code) from None


def _bug_report(error: BaseException) -> str:
    """A report to paste into an issue: versions, the command line and the traceback, with secrets masked."""
    from monitor.log import redact
    from monitor.service.alerting.bug_reports import number

    trace = "".join(traceback.format_exception(error))
    body = (
        f"bug {number(error)} · monitor {__version__} · Python {platform.python_version()} · {platform.platform()}\n"
        f"$ monitor {' '.join(sys.argv[1:])}\n\n{trace}"
    )
    return (
        "This is a bug in Monitor, not your mistake. No unfinished work was stored.\n"
        "Please report it with the lines between the marks; check them for private data first.\n"
        f"\n----8<----\n{redact(body)}----8<----"
    )


def main() -> None:
    """Entry point of the `monitor` command."""
    if COMPLETE in os.environ:
        from typer.completion import completion_init  # type: ignore[attr-defined]  # it only imports it

        completion_init()
    with Endings():
        app(prog_name="monitor")
