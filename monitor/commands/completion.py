"""`monitor completion SHELL`: the script by which a shell completes commands, options and values."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer
from typer.completion import get_completion_script  # type: ignore[attr-defined]  # it only imports it

#: The variable in which the script asks for completions (`monitor.cli.COMPLETE`, which lies above).
VARIABLE = "_MONITOR_COMPLETE"


class Shell(StrEnum):
    """The shells that completion is made for."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


ShellArgument = Annotated[Shell, typer.Argument(help="The shell that you type in.")]


def completion(shell: ShellArgument) -> None:
    """Print the script by which the shell completes `monitor`: its commands, options and their values.

    \b
    bash:  monitor completion bash > ~/.local/share/bash-completion/completions/monitor
    zsh:   monitor completion zsh > a file called _monitor in a folder of $fpath
    fish:  monitor completion fish > ~/.config/fish/completions/monitor.fish
    """
    typer.echo(get_completion_script(prog_name="monitor", complete_var=VARIABLE, shell=shell))
