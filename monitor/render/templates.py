"""The Jinja2 environments: sandboxed, undefined names are errors, HTML is always escaped.

Sandboxed, because operators may bring templates of their own and a Jinja2 template can run shell commands.
The sole importer of jinja2.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined, TemplateSyntaxError
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

from monitor.errors import ConfigError
from monitor.render.placeholders import clean, clean_keeping_placeholders
from monitor.resources import folder


def _clean_value(value: Any) -> Any:
    """Applied to every `{{ … }}`: no control character from an external source reaches a page or a mail."""
    return value if isinstance(value, Markup) or not isinstance(value, str) else clean(value)


def _clean_keeping_placeholders(value: Any) -> Any:
    """The same, keeping the placeholders that are filled in at delivery."""
    return value if isinstance(value, Markup) or not isinstance(value, str) else clean_keeping_placeholders(value)


@cache
def environment(*, is_html: bool, has_placeholders: bool = False) -> SandboxedEnvironment:
    """The environment for HTML (always escapes) or text (never escapes), with or without placeholders."""
    return SandboxedEnvironment(
        loader=FileSystemLoader(folder("templates")),
        autoescape=is_html,
        undefined=StrictUndefined,
        finalize=_clean_keeping_placeholders if has_placeholders else _clean_value,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def fill_template(name: str, *, has_placeholders: bool = False, **values: Any) -> str:
    """Render the template `name` with `values`; whether it is HTML, and so escaped, is decided by its ending.

    With `has_placeholders` every value from an external source must have been cleaned: a SUB could form a placeholder.
    """
    return (
        environment(is_html=name.endswith(".html"), has_placeholders=has_placeholders)
        .get_template(name)
        .render(**values)
    )


def check_templates(names: Iterable[str]) -> None:
    """Compile the templates `names`. Raises ConfigError with the file and line of the first syntax error."""
    for name in names:
        try:
            environment(is_html=name.endswith(".html")).get_template(name)
        except TemplateSyntaxError as error:
            raise ConfigError(f"templates/{name}, line {error.lineno}: {error.message}") from error
