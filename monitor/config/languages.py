"""The catalogues of the languages that a configuration names; a wrong one is refused with its file and line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from monitor.config import yaml_lines
from monitor.config.document import DocumentPart
from monitor.config.problems import Problem, Where, dotted
from monitor.config.yaml_lines import Document
from monitor.model import Catalogue

#: The language that Monitor itself speaks.
_OWN = "en"


def read(folder: Path, validated: DocumentPart, document: Document, problems: list[Problem]) -> dict[str, Catalogue]:
    """The catalogue of each language that the configuration names; mistakes are appended to `problems`."""
    found: dict[str, Catalogue] = {}
    for where, language in _named(validated):
        if language not in found:
            found[language], texts = _read(folder / validated.translations, language)
            problems.extend(Problem(document.line(where), dotted(where), text) for text in texts)
    return found


def _named(validated: DocumentPart) -> Iterator[tuple[Where, str]]:
    """Where a language other than English is named, and which."""
    topics = ((("topics", key, "language"), topic.language) for key, topic in validated.topics.items())
    for where, language in [(("language",), validated.language), *topics]:
        if language and language != _OWN:
            yield where, language


def _read(folder: Path, language: str) -> tuple[Catalogue, list[str]]:
    from monitor.language import reading  # slow to import: only for whoever has a catalogue

    path = reading.path_of(folder, language)
    try:
        catalogue, mistakes = reading.read(path, language)
    except OSError as error:
        hint = f"Write {_OWN}, or make the catalogue: `monitor translations extract` prints what to translate."
        return Catalogue(language), [f"{path} cannot be read ({error.strerror}). {hint}"]
    return catalogue, [f"{path}, line {mistake.line}: {mistake.text}" for mistake in mistakes]


def folder_of(path: Path) -> Path:
    """The folder of catalogues of the configuration at `path`, which may have mistakes elsewhere."""
    try:
        values = yaml_lines.read(path.read_text(encoding="utf-8-sig")).values
    except (OSError, UnicodeDecodeError):
        values = None
    named = values.get("translations") if isinstance(values, dict) else None
    return path.resolve().parent / (named if isinstance(named, str) else "translations")
