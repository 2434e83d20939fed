"""What the documents say to type can be typed, and every command is named somewhere."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer

from monitor.cli import WORDS, load
from tests.docs import pages
from tests.docs.pages import Block

#: The parser's exception for what cannot be typed; typer carries a click of its own.
UsageError: Any = typer.BadParameter.__base__
_SHELL = ("", "sh", "bash", "console")
#: A command in a line: perhaps behind a path or `exec monitor`, up to a comment, a pipe or a redirection.
_COMMAND = re.compile(r"(?:^|[\s|/])monitor ((?!monitor )[^#|>&;]*)")
#: What a block says of a command, behind several spaces or in brackets.
_EXPLANATION = re.compile(r"\s{3,}.*|\s\[.*")
#: An option that stands for itself, as in "`--join PMID`"; `--corpus` of `monitor` and not of `pytest`.
_OPTION = re.compile(r"^(--[a-z][a-z-]+)\b")
#: Options of other programs, each named with its program beside it.
_OF_OTHERS = {"--dbname", "--engine", "--only"}


def typed(text: str) -> list[str]:
    """The commands in lines of shell, without the word `monitor`."""
    lines = text.replace("\\\n", " ").splitlines()
    return [_EXPLANATION.sub("", found).strip() for line in lines for found in _COMMAND.findall(line)]


BLOCKS = [one for page in pages.DOCUMENTS for one in pages.blocks(page) if one.language in _SHELL and typed(one.text)]
SPANS = sorted({span for page in pages.DOCUMENTS for span in pages.spans(page) if span.startswith("monitor ")})


def parse(line: str) -> None:
    """Take a command line apart as typer does, without running it. Raises UsageError."""
    word, *words = shlex.split(line)
    if word not in WORDS:
        raise UsageError(f"no command {word}")
    _parse(load(word), words)


def _parse(command: Any, words: list[str]) -> None:
    """The options and the number of words of `command`; then the same of its subcommand."""
    context = command.context_class(command, info_name=command.name)
    _, rest, _ = command.make_parser(context).parse_args(words)
    if not hasattr(command, "commands"):
        if rest:
            raise UsageError(f"too many words: {rest}")
    elif rest:
        if rest[0] not in command.commands:
            raise UsageError(f"no subcommand {rest[0]}")
        _parse(command.commands[rest[0]], rest[1:])


def options() -> set[str]:
    """Every option of every command."""
    found = {"--help", "--version"}
    waiting = [load(word) for word in WORDS]
    while waiting:
        command = waiting.pop()
        waiting += getattr(command, "commands", {}).values()
        found |= {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
    return found


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_every_command_of_a_block_can_be_typed(block: Block) -> None:
    """The parser of the command line takes it: words, options, what follows them."""
    for line in typed(block.text):
        parse(line)


@pytest.mark.parametrize("span", SPANS)
def test_every_command_in_a_sentence_can_be_typed(span: str) -> None:
    """A sentence may end where a value would follow (`monitor tick --at`), or leave words out (`monitor db …`)."""
    line = typed(span)[0].removesuffix("…").strip()
    try:
        parse(line)
    except UsageError as error:
        if not line.endswith(getattr(error, "option_name", None) or "\0"):
            raise


@pytest.mark.parametrize("page", pages.DOCUMENTS, ids=pages.name)
def test_every_option_that_stands_alone_belongs_to_a_command(page: Path) -> None:
    """`--withdraw` in the text is an option of some command of ours."""
    alone = {found[1] for span in pages.spans(page) if (found := _OPTION.match(span))}
    assert alone - _OF_OTHERS <= options()


def test_every_command_is_named_somewhere() -> None:
    """Also each second word: in a block or in a sentence of some page."""
    named = {" ".join(line.split()[:2]) for one in BLOCKS for line in typed(one.text)}
    named |= {" ".join(span.split()[1:3]) for span in SPANS}
    wanted = {f"{word} {sub}" for word in WORDS for sub in getattr(load(word), "commands", {})}
    assert {one.split()[0] for one in named} == set(WORDS)
    assert wanted <= named


@pytest.mark.parametrize("wrong", ["statsu", "db chek", "poll --acept X", "status now", "deliver pause now", "init -x"])
def test_a_wrong_command_is_noticed(wrong: str) -> None:
    """Otherwise the tests above would prove nothing."""
    with pytest.raises(UsageError):
        parse(wrong)
