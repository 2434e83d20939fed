"""`monitor sandbox`: serve PubMed records and what other sources hold from files, as their services do."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from datetime import UTC
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from monitor.commands._console import console, errors, progress_bar
from monitor.commands._shared import instant, now
from monitor.demo import outside
from monitor.demo.corpus import LITERATURES, build
from monitor.demo.mailbox import Mailbox
from monitor.errors import ConfigError
from monitor.sandbox import Corpus, Logged, Server, services

CorpusOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--corpus",
        exists=True,
        dir_okay=False,
        help="PubmedArticleSet XML, plain or .gz; may be repeated. Default: the literature on the topics that ship.",
    ),
]
FactsOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--facts",
        exists=True,
        dir_okay=False,
        help="What registries, citation indexes, preprint servers and Crossref hold, as JSON lines (see "
        "monitor/sandbox/README.md); may be repeated. Default, without --corpus: that on the topics that ship.",
    ),
]
AtOption = Annotated[str, typer.Option("--at", metavar="INSTANT", help="The date and time PubMed is at. Default: now.")]
PortOption = Annotated[int, typer.Option("--port", help="The port to listen on; 0 takes a free one.")]
MailboxOption = Annotated[
    Path | None, typer.Option("--mailbox", file_okay=False, help="Also run a mail server that writes .eml files here.")
]
QuietOption = Annotated[bool, typer.Option("--quiet", help="Do not print requests.")]


def sandbox(
    corpus: CorpusOption = None,
    facts: FactsOption = None,
    at: AtOption = "",
    port: PortOption = 0,
    mailbox: MailboxOption = None,
    quiet: QuietOption = False,
) -> None:
    """Serve PubMed records from files as NCBI's E-utilities on 127.0.0.1, and other sources too, until interrupted.

    To try a configuration without asking anybody, put the printed addresses into the YAML; or, with --mailbox, type the
    printed commands.
    """
    moment = instant(at) if at else now()
    records, held = load(corpus or []), load_facts(facts or [], is_shipped=not corpus)
    with ExitStack() as stack:
        try:
            server = stack.enter_context(Server(records, moment, port, held))
            box = stack.enter_context(Mailbox(mailbox)) if mailbox else None
        except OSError as problem:
            raise ConfigError(f"The sandbox cannot listen on port {port}: {problem.strerror}.") from problem
        if not quiet:
            server.on_request = show  # set before the address is printed: a client may call at once
        console.print(welcome(server, box), soft_wrap=True)
        # wakes every second so that Ctrl-C is noticed at once on every platform
        while not threading.Event().wait(1.0):
            pass


def load(files: list[Path]) -> Corpus:
    """The corpus in `files`, or the one that ships; says how far it is while it is indexed. Raises ConfigError."""
    sources: list[Path] | list[bytes] = files or [build(topic) for topic in LITERATURES]
    with progress_bar(always=True) as progress:
        try:
            records = Corpus.from_xml(*sources, progress=progress)
        except (OSError, EOFError, ValueError) as problem:
            raise ConfigError(f"{problem}. The sandbox needs XML as EFetch or NLM's update files have it.") from problem
        progress(len(records.records), len(records.records), "records indexed")
        records.build()
    for reason in records.unreadable:
        errors.print(f"Skipped: {reason}", markup=False, soft_wrap=True)
    if not records.records:
        raise ConfigError(
            f"{files[0]}: no PubmedArticle in it. The sandbox needs XML as EFetch or NLM's update files have it."
        )
    return records


def load_facts(files: list[Path], *, is_shipped: bool) -> services.Corpus:
    """What the other services hold, by `files`, else what ships if `is_shipped`. Raises ConfigError."""
    if not files:
        return outside.facts(*LITERATURES) if is_shipped else services.Corpus()
    try:
        return services.Corpus.from_files(*files)
    except (OSError, ValueError, KeyError, TypeError) as problem:
        names = ", ".join(map(str, files))
        raise ConfigError(
            f"{names}: a line is not a fact as monitor/sandbox/README.md shows them: {problem}."
        ) from problem


def welcome(server: Server, box: Mailbox | None) -> Text:
    """How to use the running sandbox; without a frame, so that it can be copied."""
    total, public = len(server.corpus.records), len(server.corpus.at(server.at).states)
    text = Text("PubMed sandbox: ")
    text.append(f"{total:,} records, {public:,} of them public on {server.at.astimezone(UTC):%d %B %Y, %H:%M} UTC.\n\n")
    text.append("For the configuration:\n\n")
    text.append(f"pubmed:\n  base_url: {server.url}\n", style="bold")
    text.append(_sources(server), style="bold")
    if box:
        text.append(f"smtp:\n  host: {box.host}\n  port: {box.port}\n  encryption: none\n", style="bold")
        text.append(f"\nMail is written below {box.folder}. To a first digest there, in another terminal:\n\n")
        text.append(f"{_first_commands(server, box)}\n", style="bold")
    text.append(f"\nTo try it: curl -g '{server.url}esearch.fcgi?db=pubmed&term=all[sb]'\nCtrl-C stops.")
    return text


def _sources(server: Server) -> str:
    """The block `sources` of the configuration; "" when the sandbox has no facts of other services."""
    if server.services == services.Corpus():
        return ""
    lists = ("ictrp", "retraction_watch")
    places = (
        f"  {name}:\n    {'url' if name in lists else 'base_url'}: {server.base_of(name)}\n" for name in services.BASES
    )
    return "sources:\n" + "".join(places)


def _first_commands(server: Server, box: Mailbox) -> str:
    """What to type for a configuration that uses both servers, and for its first digest."""
    return (
        "monitor init -c trial.yaml --database sqlite:///trial.db --topic ccsvi \\\n"
        f"  --smtp-host {box.host} --smtp-port {box.port} --smtp-encryption none \\\n"
        "  --email you@example.org --postal-address 'Street 1, Town' \\\n"
        f"  --subscriber you@example.org --pubmed-url {server.url}\n"
        "monitor tick -c trial.yaml"
    )


def show(logged: Logged) -> None:
    """Print one request in a line."""
    request = logged.request
    params = " ".join(
        f"{key}={_short(value)}" for key, value in request.params if key not in ("tool", "email", "api_key")
    )
    console.print(f"{logged.status} {request.endpoint}{request.path} {params}", markup=False, soft_wrap=True)


def _short(value: str) -> str:
    return value if len(value) <= 120 else f"{value[:117]}…"
