"""Checks that involve several keys. They read unvalidated values, so they run beside other mistakes."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from ipaddress import ip_address
from urllib.parse import urlsplit

from monitor.config import query_lint
from monitor.config.messages import MISPLACED
from monitor.config.problems import Problem, Where, dotted, shown
from monitor.config.yaml_lines import Document, Value

#: The supported databases.
SCHEMES = ("sqlite", "postgresql")

_LOST_QUOTES = (
    "YAML takes the quotation marks away, and PubMed would search the words apart. "
    "If you mean the phrase, put it with its marks after `query: >-`, on a line of its own and indented further."
)


def check(document: Document, problems: list[Problem], warnings: list[Problem]) -> None:
    """Append mistakes in `document` to `problems`, and what is only suspicious to `warnings`."""
    top = _block(document.values)
    problems.extend(_smtp(document, _block(top.get("smtp"))))
    problems.extend(_bounces(document, top.get("bounces")))
    problems.extend(_database(document, top.get("database_url")))
    warnings.extend(_web(document, _block(top.get("web"))))
    for key, topic in _block(top.get("topics")).items():
        where: Where = ("topics", key)
        problems.extend(_seed(document, where, _block(topic)))
        problems.extend(_searches(document, where, _block(topic)))
        for is_error, problem in _queries(document, where, _block(topic)):
            (problems if is_error else warnings).append(problem)


def database_problem(url: str) -> str:
    """What is wrong with a database URL, "" when nothing is; without the URL, which may contain a password."""
    try:
        scheme = urlsplit(url).scheme.partition("+")[0]
    except ValueError:
        scheme = ""
    if scheme == "postgres":
        return "starts with postgres://. Write postgresql:// instead."
    if scheme not in SCHEMES:
        return "not a database URL. Write sqlite:///monitor.db or postgresql://user@host/name."
    if scheme == "sqlite" and not url.partition(":///")[2]:
        return "names no file. Write sqlite:///monitor.db (three slashes, then the file)."
    return ""


def engine_problem(engine: str, database_url: str) -> str:
    """Why this engine cannot be used with this database on this machine, "" when it can."""
    if engine == "built-in":
        return ""
    if not urlsplit(database_url).scheme.startswith("postgresql"):
        return f"{engine} needs PostgreSQL, and the database is SQLite. Write engine: built-in, or set database_url."
    if find_spec(engine) is None:
        return f"{engine} is not installed. Run: pip install 'monitor[cluster]'. Or write engine: built-in."
    return ""


def _block(value: Value) -> dict[str, Value]:
    return value if isinstance(value, dict) else {}


def _text(value: Value) -> str:
    return value.strip() if isinstance(value, str) else ""


def _at(document: Document, where: Where, text: str) -> Problem:
    return Problem(document.line(where), dotted(where), text)


def _smtp(document: Document, smtp: dict[str, Value]) -> Iterator[Problem]:
    if _text(smtp.get("encryption")) == "none" and _text(smtp.get("username")):
        yield _at(document, ("smtp", "encryption"), "none would send the password in clear. Write starttls or tls.")


def _bounces(document: Document, value: Value) -> Iterator[Problem]:
    bounces, where = _block(value), ("bounces",)
    imap = _block(bounces.get("imap"))
    is_for_a_pipe = bool(bounces.get("feedback_sources")) and not (bounces.get("maildir") or imap)
    if isinstance(value, dict) and bool(bounces.get("maildir")) is bool(bounces.get("imap")) and not is_for_a_pipe:
        which = "has a maildir and an imap. Keep" if imap else "names no mailbox. Write"
        yield _at(document, where, f"{which} one of the two: maildir: a path, or imap: with host and username.")
    if _text(imap.get("encryption")) == "none":
        text = "none would send the password in clear. Write tls or starttls."
        yield _at(document, (*where, "imap", "encryption"), text)


def _web(document: Document, web: dict[str, Value]) -> Iterator[Problem]:
    """Warn of http: mail programs offer one-click unsubscribe (RFC 8058) for https URLs only."""
    try:
        url = urlsplit(_text(web.get("public_url")))
        is_unencrypted = url.scheme == "http" and not _is_loopback(url.hostname or "")
    except ValueError:  # reported by the check of the key itself
        return
    if is_unencrypted:
        text = (
            "http without TLS: mail programs show no unsubscribe button, and links in mails can be intercepted. "
            "Put a server with TLS in front of the pages. Write https://"
        )
        yield _at(document, ("web", "public_url"), text + f"{url.netloc}{url.path}.")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _database(document: Document, url: Value) -> Iterator[Problem]:
    where: Where = ("database_url",)
    if not isinstance(url, str):
        return
    if text := database_problem(url.strip()):
        yield _at(document, where, text)
    elif "@" in url and ":" in url.partition("://")[2].rpartition("@")[0]:
        yield _at(document, where, MISPLACED.format("MONITOR_DATABASE_URL"))


def _seed(document: Document, where: Where, topic: dict[str, Value]) -> Iterator[Problem]:
    if "seed" in topic:
        seed = _block(topic["seed"])
        if not _text(seed.get("doi")) and not _text(seed.get("pmid")):
            yield _at(document, (*where, "seed"), "needs a doi or a pmid. Write one, or delete the whole seed.")


def _searches(document: Document, where: Where, topic: dict[str, Value]) -> Iterator[Problem]:
    names: set[str] = set()
    for place, search in _listed(where, topic):
        kind = _text(search.get("kind")) or "query"
        name = _text(search.get("name"))
        if name and name in names:
            yield _at(
                document, (*place, "name"), f"{shown(name)} is the name of an earlier search too. Give each its own."
            )
        names.add(name)
        if kind == "query" and not _text(search.get("query")) and not isinstance(search.get("query"), (list, dict)):
            yield _at(document, (*place, "query"), "empty. Paste the query exactly as you would type it in PubMed.")
        if kind in ("citing", "similar") and _text(search.get("query")):
            yield _at(document, (*place, "query"), f"a search of kind {kind} has no query. Delete it, or the kind.")
        if kind in ("citing", "similar") and "seed" not in topic:
            yield _at(document, (*place, "kind"), f"{kind} needs a seed. Add seed: with a doi or a pmid to the topic.")


def _listed(where: Where, topic: dict[str, Value]) -> Iterator[tuple[Where, dict[str, Value]]]:
    searches = topic.get("searches")
    for index, search in enumerate(searches if isinstance(searches, list) else []):
        if isinstance(search, dict):
            yield (*where, "searches", index), search


def _queries(document: Document, where: Where, topic: dict[str, Value]) -> Iterator[tuple[bool, Problem]]:
    for place, search in _listed(where, topic):
        text = _text(search.get("query"))
        for finding in query_lint.examine(text) if text else []:
            yield finding.is_error, _at(document, (*place, "query"), finding.text)
        if (*place, "query") in document.quoted and query_lint.is_bare_phrase(text):
            yield False, _at(document, (*place, "query"), _LOST_QUOTES)
