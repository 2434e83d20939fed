"""The Jinja2 environments: sandboxed, undefined names are errors, HTML is always escaped.

Sandboxed, because operators may bring templates of their own and a Jinja2 template can run shell commands.
Only modules of this package import jinja2, and this one where it is needed: 2 MB until a first mail or page is made.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from traceback import extract_tb
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from monitor.errors import ConfigError
from monitor.language import speech
from monitor.language.messages import MARKUP
from monitor.language.stored import answer_text, change_text, stored
from monitor.language.terms import term
from monitor.model import NO_BRANDING, Branding, OwnTemplate
from monitor.render import frequencies
from monitor.render.dates import written_day, written_instant
from monitor.render.placeholders import clean, clean_keeping_placeholders
from monitor.render.text import title_language
from monitor.resources import folder

if TYPE_CHECKING:
    from jinja2.sandbox import SandboxedEnvironment

#: Before the name of a shipped template: how a template of the operator's extends the one that it replaces.
SHIPPED = "shipped"
#: The folders of templates that operators may replace: mails and pages, not the demo and the reports.
REPLACEABLE = ("_base", "confirm", "digest", "link", "pages")
#: What a template can raise while it is rendered, besides Jinja2's own errors: Python's from its expressions.
_WRONG = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


def _clean_value(value: Any) -> Any:
    """Applied to every `{{ … }}`: no control character from an external source reaches a page or a mail."""
    return value if isinstance(value, Markup) or not isinstance(value, str) else clean(value)


def _clean_keeping_placeholders(value: Any) -> Any:
    """The same, keeping the placeholders that are filled in at delivery."""
    return value if isinstance(value, Markup) or not isinstance(value, str) else clean_keeping_placeholders(value)


def shipped_names() -> tuple[str, ...]:
    """The names of the shipped templates that an operator's may replace."""
    root = folder("templates")
    files = (file for place in REPLACEABLE for file in sorted((root / place).iterdir()))
    return tuple(file.relative_to(root).as_posix() for file in files if file.suffix in (".html", ".txt"))


@lru_cache(maxsize=16)
def environment(
    own: tuple[OwnTemplate, ...] = (), *, is_html: bool, has_placeholders: bool = False
) -> SandboxedEnvironment:
    """The environment for HTML (always escapes) or text (never escapes), with or without placeholders.

    The operator's `own` templates come before the shipped ones of the same name.
    """
    from jinja2 import ChoiceLoader, FileSystemLoader, FunctionLoader, PrefixLoader, StrictUndefined
    from jinja2.sandbox import SandboxedEnvironment

    shipped = FileSystemLoader(folder("templates"))
    clean_value = _clean_keeping_placeholders if has_placeholders else _clean_value
    made = SandboxedEnvironment(
        loader=ChoiceLoader([FunctionLoader(_source_of(own)), shipped, PrefixLoader({SHIPPED: shipped})]),
        autoescape=is_html,
        undefined=StrictUndefined,
        finalize=clean_value,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.globals.update(_messages(clean_value, is_html=is_html))
    made.globals.update(_WORDS)
    return made


def _messages(clean_value: Callable[[Any], Any], *, is_html: bool) -> dict[str, Any]:
    """The functions with which a template says its fixed sentences; values are cleaned, and in HTML escaped."""

    def said(english: tuple[str, ...], translated: str, values: dict[str, Any]) -> str:
        text = _safe(english, translated) if is_html else translated
        return text % {name: clean_value(value) for name, value in values.items()} if values else text

    def gettext(text: str, **values: Any) -> str:
        return said((text,), speech.current().find(text), values)

    def pgettext(context: str, text: str, **values: Any) -> str:
        return said((text,), speech.current().find(text, context), values)

    def ngettext(one: str, many: str, number: int, /, **values: Any) -> str:
        found = speech.current().find_plural(one, many, number)
        return said((one, many), found, {"number": speech.decimal(number), **values})

    return {"_": gettext, "gettext": gettext, "pgettext": pgettext, "ngettext": ngettext}


@lru_cache(maxsize=4096)
def _safe(english: tuple[str, ...], translated: str) -> Markup:
    """A message as HTML: of a translation only the markup that the English message has, the rest is text."""
    if translated in english:
        return Markup(translated)  # noqa: S704  our own message
    known = set(MARKUP.findall("".join(english)))
    pieces = re.split(f"({MARKUP.pattern})", translated)
    return Markup("".join(piece if piece in known else escape(piece) for piece in pieces))  # noqa: S704  escaped here


def lang_attribute(language: str = "en") -> Markup:
    """The attribute ` lang="en"` of text that is in another language than what surrounds it, else nothing.

    Titles and quotations are in the language of their record: PubMed's are English, whatever language is spoken here.
    Nothing for "", a language that is not known.
    """
    if language in ("", speech.language()):
        return Markup("")
    direction = speech.text_direction(language)
    is_other_way = direction != speech.text_direction(speech.language())
    if is_other_way:
        return Markup(' lang="{}" dir="{}"').format(language, direction)
    return Markup(' lang="{}"').format(language)


#: What templates say besides their own sentences.
_WORDS = {
    "answer_text": answer_text,
    "change_text": change_text,
    "frequency_name": frequencies.name,
    "lang": lang_attribute,
    "listed": speech.listed,
    "number": speech.decimal,
    "stored": stored,
    "term": term,
    "title_language": title_language,
    "written_day": written_day,
    "written_instant": written_instant,
}


def _source_of(own: tuple[OwnTemplate, ...]) -> Callable[[str], tuple[str, str, Callable[[], bool]] | None]:
    """The text and file of an operator's template, by its name; the text is the one that was checked."""
    by_name = {template.name: template for template in own}

    def source(name: str) -> tuple[str, str, Callable[[], bool]] | None:
        found = by_name.get(name)
        return (found.text, str(found.file), lambda: True) if found else None

    return source


def fill_template(name: str, brand: Branding = NO_BRANDING, *, has_placeholders: bool = False, **values: Any) -> str:
    """Render the template `name` with `values`; whether it is HTML, and so escaped, is decided by its ending.

    Every template also knows the `brand`, and its templates replace the shipped ones. With `has_placeholders` every
    value from an external source must have been cleaned: a SUB could form a placeholder.
    """
    language = speech.language()
    return (
        environment(brand.templates, is_html=name.endswith(".html"), has_placeholders=has_placeholders)
        .get_template(name)
        .render(brand=brand, language=language, direction=speech.text_direction(language), **values)
    )


@contextmanager
def refusing(brand: Branding) -> Iterator[None]:
    """While templates of the operator's are tried: whatever goes wrong in one of them is a mistake in it.

    Raises ConfigError with its name and line.
    """
    from jinja2 import TemplateError

    try:
        yield
    except (TemplateError, *_WRONG) as error:
        files = {str(template.file): template.name for template in brand.templates}
        frames = [(files.get(frame.filename), frame.lineno) for frame in extract_tb(error.__traceback__)]
        name, line = next(((name, line) for name, line in reversed(frames) if name), (", ".join(files.values()), 1))
        raise ConfigError(f"{name}, line {line}: {str(error).rstrip('.')}.") from error


def check_templates(names: Iterable[str]) -> None:
    """Compile the templates `names`. Raises ConfigError with the file and line of the first syntax error."""
    from jinja2 import TemplateSyntaxError

    for name in names:
        try:
            environment(is_html=name.endswith(".html")).get_template(name)
        except TemplateSyntaxError as error:
            raise ConfigError(f"templates/{name}, line {error.lineno}: {error.message}") from error
