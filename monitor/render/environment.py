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
from monitor.render.places import clean
from monitor.resources import folder


def _tidy(value: Any) -> Any:
    """What every `{{ … }}` passes through: no control character of a stranger's text reaches a mail."""
    return value if isinstance(value, Markup) or not isinstance(value, str) else clean(value)


@cache
def environment(*, is_html: bool) -> SandboxedEnvironment:
    """The environment for HTML (always escaping) or for plain text (never escaping)."""
    return SandboxedEnvironment(
        loader=FileSystemLoader(folder("templates")),
        autoescape=is_html,
        undefined=StrictUndefined,
        finalize=_tidy,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def fill_template(name: str, **values: Any) -> str:
    """The template `name` with `values`; escaping is decided here, by its ending, and nowhere else."""
    return environment(is_html=name.endswith(".html")).get_template(name).render(**values)


def check_templates(names: Iterable[str]) -> None:
    """Compile every one of `names`; raises ConfigError naming the file and line of the first that cannot be."""
    for name in names:
        try:
            environment(is_html=name.endswith(".html")).get_template(name)
        except TemplateSyntaxError as error:
            raise ConfigError(f"templates/{name}, line {error.lineno}: {error.message}") from error
