"""All messages of mails and pages as a template for translators (.pot), and what a catalogue has of them.

Babel finds the messages in templates and in calls such as `gettext("…")`. Those that are declared as values
(`monitor.language.messages`) are taken from the modules that declare them.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.pofile import write_po

from monitor.language import messages as declared_messages
from monitor.language.reading import Mistake, parse, read
from monitor.resources import folder

_KEYWORDS = {**DEFAULT_KEYWORDS, "later": None, "later_plural": (1, 2)}
#: A module without any of these has no call to find: to split all modules into tokens takes a hundred times as long.
_CALL = re.compile(rf"\b(?:{'|'.join(_KEYWORDS)})\(")
_COMMENT = ["Translators:"]
_JINJA = "jinja2.ext:babel_extract"
_JINJA_OPTIONS = {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}
#: What is hard to see from the messages of a context; docs/translations.md says it at length.
_NOTES = {
    "answer": "A sentence of the answer. %(trials)s and the like are complete phrases, translated on their own.",
    "trials of a headline": "The subject of sentences such as “%(trials)s shows no benefit.”",
    "comparisons of a headline": "The subject of “%(comparisons)s, not shown to be randomised, exist; …”",
    "kind of control": "An adjective before “trial”, or whatever your language has in its place.",
    "number of people": "Stands in brackets after the trials.",
    "results counted": "As in “… disagree: two show no benefit, one reports benefit.”",
    "trials of uncertain direction": "As in “…: two show no benefit; one has reported, and …”",
    "number that begins a sentence": "Write digits where the word would depend on what is counted.",
    "number": "Write digits where the word would depend on what is counted.",
    "rank of a trial": "%(rank)s in “%(rank)s sham-controlled trial reported”. Write digits where gender would matter.",
}


def template() -> Catalog:
    """Every message, with where it is and what a translator should know."""
    found = Catalog(project="Monitor", charset="utf-8", fuzzy=False)
    for name, text in _sources():
        if _CALL.search(text):
            _add_calls(found, name, text, "python", {})
        if "from monitor.language.messages import" in text:
            import_module(".".join(Path(name).with_suffix("").parts))
    for path in sorted(folder("templates").rglob("*.*")):
        name = path.relative_to(folder("templates")).as_posix()
        if path.suffix in (".html", ".txt"):
            _add_calls(found, f"templates/{name}", path.read_text(encoding="utf-8"), _JINJA, _JINJA_OPTIONS)
    for one in declared_messages.everything():
        note = [_NOTES[one.context]] if one.context in _NOTES else []
        found.add(one.forms if one.many else one.text, context=one.context, auto_comments=note)
    return found


def written(catalog: Catalog) -> bytes:
    """The catalogue as a file."""
    file = BytesIO()
    write_po(file, catalog, width=100, sort_output=True, include_lineno=False)
    return file.getvalue()


def _sources() -> Iterator[tuple[str, str]]:
    """Our own modules: name ("monitor/web/app.py") and text."""
    package = Path(__file__).parents[1]
    for path in sorted(package.rglob("*.py")):
        yield path.relative_to(package.parent).as_posix(), path.read_text(encoding="utf-8")


def _add_calls(found: Catalog, name: str, text: str, method: str, options: dict[str, str]) -> None:
    file = BytesIO(text.encode())
    for line, message, comments, context in extract(method, file, _KEYWORDS, _COMMENT, options):
        if message and (isinstance(message, str) or all(message)):
            found.add(message, locations=[(name, line)], auto_comments=comments, context=context)


# --- what a catalogue has of them --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Coverage:
    """A catalogue compared with all messages: English texts that it lacks, marks as fuzzy or has for nothing.

    `mistakes` are why it is refused; `total` is how many messages there are.
    """

    total: int
    missing: tuple[str, ...]
    fuzzy: tuple[str, ...]
    unused: tuple[str, ...]
    mistakes: tuple[Mistake, ...]


def coverage(path: Path, language: str) -> Coverage:
    """What the catalogue in a file has of all messages. Raises OSError."""
    every = {_key(message): message for message in template() if message.id}
    _, mistakes = read(path, language)
    raw = path.read_bytes().removeprefix(BOM_UTF8)
    try:
        held = {_key(message): message for message in parse(raw) if message.id}
    except (ValueError, LookupError, TypeError):  # said in `mistakes`
        held = {}
    translated = {key for key, message in held.items() if _has_translation(message)}
    return Coverage(
        len(every),
        missing=_texts(key for key in every if key not in translated and not _is_fuzzy(held.get(key))),
        fuzzy=_texts(key for key in every if _is_fuzzy(held.get(key))),
        unused=_texts(key for key in held if key not in every),
        mistakes=tuple(mistakes),
    )


def _key(message: Message) -> tuple[str, str]:
    text = message.id if isinstance(message.id, str) else message.id[0]
    return message.context or "", text


def _texts(keys: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    return tuple(f"{text} [{context}]" if context else re.sub(r"\s+", " ", text) for context, text in keys)


def _is_fuzzy(message: Message | None) -> bool:
    return message is not None and message.fuzzy


def _has_translation(message: Message) -> bool:
    forms = message.string if isinstance(message.string, list | tuple) else (message.string,)
    return any(forms) and not message.fuzzy
