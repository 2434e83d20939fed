"""The configuration file and the environment → Settings, or every mistake in them at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from monitor.config import channels, cross_checks, languages, messages, secrets, shipped, source_document, yaml_lines
from monitor.config.branding import read as branded
from monitor.config.build import absolute_url, build_settings, build_topic
from monitor.config.document import DocumentPart
from monitor.config.problems import Problem, dotted, report
from monitor.config.shipped import shipped_topics
from monitor.config.topic_document import TopicPart
from monitor.config.yaml_lines import Document
from monitor.errors import ConfigError
from monitor.model import Settings, Topic

#: Finds the URL also in a file that is not valid YAML.
_DATABASE_URL = re.compile(r"""^database_url:\s*["']?([^\s"'#]+)""", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class ConfigResult:
    """The result of reading a configuration: `settings` is None exactly when there are `problems`."""

    path: Path
    settings: Settings | None
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()

    def explanation(self) -> str:
        """All problems, one per line, for the operator."""
        return report(str(self.path), self.problems)


def load(path: Path | str, environ: Mapping[str, str]) -> Settings:
    """The Settings from the file at `path`; raises ConfigError listing every problem with its line."""
    reading = read(path, environ)
    if reading.settings is None:
        raise ConfigError(reading.explanation())
    return reading.settings


def read(path: Path | str, environ: Mapping[str, str]) -> ConfigResult:
    """Like `load`, but with the warnings, and raising ConfigError only when the file cannot be read."""
    path = Path(path)
    problems: list[Problem] = []
    warnings: list[Problem] = []
    document = yaml_lines.read(_file_text(path))
    problems.extend(document.problems)
    environment = secrets.read(environ, problems, warnings)
    if environment.database_url and (text := cross_checks.database_problem(environment.database_url)):
        problems.append(Problem(0, "MONITOR_DATABASE_URL", text))
    validated = _validated(document, problems, warnings)
    if validated:
        database_url = environment.database_url or validated.database_url
        if text := cross_checks.engine_problem(validated.engine, database_url):
            problems.append(Problem(document.line(("engine",)), "engine", text))
        on = tuple(shipped_topics()[key] for key in validated.shipped_topics if key in shipped_topics())
        topics = [*validated.topics, *(topic.key for topic in on)]
        problems.extend(channels.problems(validated, document, environment.channels, topics))
        of_sources = source_document.problems(validated.sources, validated.pubmed.base_url, environment.source_keys)
        problems.extend(Problem(document.line(where), dotted(where), text) for where, text in of_sources)
    branding = branded.read(document, path.resolve().parent, problems)
    catalogues = languages.read(path.resolve().parent, validated, document, problems) if validated else {}
    if validated is None or problems:
        return ConfigResult(path, None, tuple(problems), tuple(warnings))
    settings = build_settings(path, validated, environment, on, branding, catalogues)
    return ConfigResult(path, settings, (), tuple(warnings))


def database_url(path: Path | str, environ: Mapping[str, str]) -> str:
    """Where the database is, also when the file at `path` has mistakes; raises ConfigError when it cannot be read."""
    path = Path(path)
    environment = secrets.read(environ, [], [])
    written = _DATABASE_URL.search(_file_text(path))
    url = written[1] if written else DocumentPart.model_fields["database_url"].default
    return absolute_url(environment.database_url or url, Path(environment.data_folder or path.resolve().parent))


def load_topics(path: Path | str) -> tuple[Topic, ...]:
    """Only the topics of the file at `path`; raises ConfigError for mistakes in them, not for others."""
    path = Path(path)
    problems: list[Problem] = []
    document = yaml_lines.read(_file_text(path))
    problems.extend(document.problems)
    _validated(document, problems, [])
    ours = ("topics", "shipped_topics")
    problems = [p for p in problems if not p.path or p.path.split(".")[0].split("[")[0] in ours]
    if problems:
        raise ConfigError(report(str(path), problems))
    values = document.values if isinstance(document.values, dict) else {}
    topics, switched_on = values.get("topics"), values.get("shipped_topics")
    own = tuple(
        build_topic(key, TopicPart.model_validate(block))
        for key, block in (topics.items() if isinstance(topics, dict) else ())
    )
    return own + tuple(shipped_topics()[str(key)] for key in (switched_on if isinstance(switched_on, list) else ()))


def _file_text(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        hint = "Name another with --config FILE (or MONITOR_CONFIG); `monitor config example` prints one to start from."
        raise ConfigError(f"Cannot read {path}: {error.strerror}. {hint}") from error
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        problem = Problem(line, "", "not UTF-8 text. Save the file as UTF-8.")
        raise ConfigError(report(str(path), [problem])) from error


def _validated(document: Document, problems: list[Problem], warnings: list[Problem]) -> DocumentPart | None:
    """The validated document, None when it is invalid; mistakes are appended to `problems`."""
    if document.values is None and document.problems:
        return None
    if not isinstance(document.values, dict):
        text = "must be keys and values, such as contact_email: jane@example.org"
        problems.append(Problem(1, "", text if document.values else f"empty. It {text}"))
        return None
    cross_checks.check(document, problems, warnings)
    validated = None
    try:
        validated = DocumentPart.model_validate(document.values)
    except ValidationError as error:
        reported = {problem.path for problem in problems}
        problems.extend(p for p in messages.problems(error, document) if p.path not in reported)
    problems.extend(shipped.problems(document, document.values))
    return validated
