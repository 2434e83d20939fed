"""The template environment: sandboxed, strict, and escaping always on for HTML whatever a file is called.

Why sandboxed: a plain Jinja2 template can run a shell command; an operator may bring templates.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined, TemplateSyntaxError
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

from monitor.errors import ConfigError
from monitor.render.placeholders import clean, clean_between
from monitor.resources import folder


def _tidy(value: Any) -> Any:
    """What every `{{ … }}` passes through: no control character of a stranger's text reaches a page or a mail."""
    return value if isinstance(value, Markup) or not isinstance(value, str) else clean(value)


def _tidy_between(value: Any) -> Any:
    """The same where places stay open until delivery."""
    return value if isinstance(value, Markup) or not isinstance(value, str) else clean_between(value)


@cache
def environment(*, is_html: bool, has_places: bool = False) -> SandboxedEnvironment:
    """The environment for HTML (always escaping) or for plain text (never escaping), with or without open places."""
    return SandboxedEnvironment(
        loader=FileSystemLoader(folder("templates")),
        autoescape=is_html,
        undefined=StrictUndefined,
        finalize=_tidy_between if has_places else _tidy,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def fill_template(name: str, *, has_places: bool = False, **values: Any) -> str:
    """The template `name` with `values`; escaping is decided here, by its ending, and nowhere else.

    With `has_places` every value that holds a stranger's text must have been cleaned: its marks would open places.
    """
    return environment(is_html=name.endswith(".html"), has_places=has_places).get_template(name).render(**values)


def check_templates(names: Iterable[str]) -> None:
    """Compile every one of `names`; raises ConfigError naming the file and line of the first that cannot be."""
    for name in names:
        try:
            environment(is_html=name.endswith(".html")).get_template(name)
        except TemplateSyntaxError as error:
            raise ConfigError(f"templates/{name}, line {error.lineno}: {error.message}") from error
