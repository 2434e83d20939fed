"""Structured log lines, as text or JSON, with secrets masked."""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Iterable
from enum import Enum
from typing import TextIO

from monitor.model.values import clean_text

# structlog loads these where they are installed, for pictures of tracebacks and for greenlets: 6 MB that we never use.
# Python takes None for "there is no such module".
_UNUSED = [name for name in ("rich", "greenlet") if name not in sys.modules]
sys.modules.update(dict.fromkeys(_UNUSED))  # type: ignore[arg-type]  # its type does not know of None
import structlog  # noqa: E402
from structlog.typing import EventDict, WrappedLogger  # noqa: E402

for _name in _UNUSED:
    del sys.modules[_name]

MASK = "***"
#: Where secrets occur in text: request parameters, the password in a URL, an Authorization header.
_PLACES = (
    re.compile(r"(?i)(\b(?:api_?key|password|passwd|secret|token|secret_key)\b[\"']?\s*[=:]\s*[\"']?)[^\s&\"',;)}\]]+"),
    re.compile(r"(://[^\s/:@]*:)[^\s/@]+(?=@)"),
    re.compile(r"(?i)(\bauthorization[\"']?\s*[:=]\s*[\"']?(?:basic|bearer)?\s*)[^\s\"',]+"),
)
#: Keys whose value is always masked.
_KEYS = re.compile(r"(?i)(api_?key|passw|secret|token)")
#: Keys whose value has several lines; any other with a line end could imitate a line of its own.
_LINES = frozenset({"exception", "stack"})
_HANDLER = "monitor"


class Verbosity(Enum):
    """How much a command tells, as asked for by --quiet or --verbose."""

    QUIET = "quiet"
    NORMAL = "normal"
    VERBOSE = "verbose"


#: The level of our lines, where it is asked for on the command line and not in the configuration.
_LEVELS = {Verbosity.QUIET: "warning", Verbosity.VERBOSE: "debug"}
_asked = Verbosity.NORMAL


def tell(how: Verbosity) -> None:
    """Tell more or less from here on, in this process."""
    global _asked
    _asked = how


def verbosity() -> Verbosity:
    """How much is to be told."""
    return _asked


def get(name: str = "monitor") -> structlog.stdlib.BoundLogger:
    """A logger: `log.get().info("poll finished", search="ccsvi", found=912)`."""
    logger: structlog.stdlib.BoundLogger = structlog.get_logger(name)
    return logger


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """`text` with the given secrets masked, and whatever stands where a secret usually does."""
    for secret in secrets:
        if len(secret) >= 4:
            text = text.replace(secret, MASK)
    for place in _PLACES:
        text = place.sub(rf"\1{MASK}", text)
    return text


def setup(style: str = "text", secrets: Iterable[str] = (), stream: TextIO | None = None, level: str = "info") -> None:
    """Send every log line of this process, libraries included, in one format with secrets masked.

    `style` is "text" or "json", `stream` defaults to standard error. `level` is that of our own lines. Libraries log
    from WARNING up whatever it is: what some tell below that has people's addresses in it. --quiet and --verbose
    outrank it.
    """
    level = _LEVELS.get(_asked, level)
    masking = _Masking(tuple(secrets))
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    last: list[structlog.typing.Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        masking,
        structlog.processors.JSONRenderer(ensure_ascii=False) if style == "json" else _text_renderer(stream),
    ]
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.set_name(_HANDLER)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=last))
    root = logging.getLogger()
    root.handlers = [other for other in root.handlers if other.get_name() != _HANDLER] + [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("monitor").setLevel(level.upper())
    # It warns about every run that is skipped because the one before is still at work, which is intended.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)


def _text_renderer(stream: TextIO | None) -> structlog.dev.ConsoleRenderer:
    target = stream or sys.stderr
    return structlog.dev.ConsoleRenderer(
        colors=target.isatty() and not os.environ.get("NO_COLOR"),
        pad_event_to=0,
        exception_formatter=structlog.dev.plain_traceback,  # not what is best among the libraries that it finds
    )


class _Masking:
    """Masks secrets in every value and takes out control characters; runs last, just before a line is written."""

    def __init__(self, secrets: tuple[str, ...]) -> None:
        self.secrets = secrets

    def __call__(self, _logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
        return {clean_text.one_line(key): self._masked(key, value) for key, value in event.items()}

    def _masked(self, key: str, value: object) -> object:
        if _KEYS.search(key):
            return MASK if value else value
        if isinstance(value, bool | int | float | None):
            return value
        if isinstance(value, dict):
            return {clean_text.one_line(str(inner)): self._masked(str(inner), item) for inner, item in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self._masked("", item) for item in value]
        text = str(value)
        return redact(clean_text.clean(text) if key in _LINES else clean_text.one_line(text), self.secrets)
