"""The expressions that the reader of results looks for: data with ids, read once from `result.toml`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from monitor.evidence.article.guarded import Guarded, guarded

PATH = Path(__file__).parents[2] / "result.toml"
#: Where an expression takes in words that several share: "%bad%".
_WORDS = re.compile(r"%([a-z]+)%")


@cache
def _patterns() -> dict[str, Guarded]:
    raw = tomllib.loads(PATH.read_text(encoding="utf-8"))
    words: dict[str, str] = raw["words"]
    words = {name: _filled(text, words) for name, text in words.items()}
    texts = {name: _filled(text, words) for name, text in raw["patterns"].items()}
    return guarded({name: re.compile(text) for name, text in texts.items()}, raw["needs"])


def _filled(text: str, words: Mapping[str, str]) -> str:
    return _WORDS.sub(lambda match: words[match[1]], text)


@cache
def pattern(name: str) -> re.Pattern[str]:
    """One expression by its id."""
    return _patterns()[name].regex


def find(name: str, text: str) -> re.Match[str] | None:
    """The first match of an expression in a lower-case text; a dear one is only tried where it may match."""
    return _patterns()[name].search(text)


@cache
def family(prefix: str) -> dict[str, Guarded]:
    """The expressions whose id starts with `prefix` and a full stop, by the rest of it, in the order of the file."""
    start = f"{prefix}."
    return {name.removeprefix(start): one for name, one in _patterns().items() if name.startswith(start)}
