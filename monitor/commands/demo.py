"""`monitor demo`: the literature from 2009 to today, replayed through the real service on this machine."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.panel import Panel
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from monitor import log, store
from monitor.commands._console import console
from monitor.commands._shared import now
from monitor.demo.folder import Folder
from monitor.demo.replay import START, links_of, replay, settings_of
from monitor.demo.serve import Pages
from monitor.demo.story import Step, Story
from monitor.errors import ConfigError
from monitor.model import ArchivedDigest
from monitor.service import tick

FolderOption = Annotated[
    Path, typer.Option("--folder", file_okay=False, help="The folder for everything that the demo writes.")
]
JsonOption = Annotated[
    Path | None,
    typer.Option(
        "--json", metavar="FILE", dir_okay=False, help="Also write the history of the answer to this file, as JSON."
    ),
]
ServeOption = Annotated[bool, typer.Option("--serve", help="Keep the page and the mailboxes open until Ctrl-C.")]
UntilOption = Annotated[
    datetime | None, typer.Option("--until", formats=["%Y-%m-%d"], help="The last day of the replay. Default: today.")
]
PortOption = Annotated[int, typer.Option("--port", help="The port for --serve; 0 takes a free one.")]
SitePortOption = Annotated[
    int,
    typer.Option("--site-port", help="The port of the pages that the links in mails lead to; 0 takes a free one."),
]


def demo(
    folder: FolderOption = Path("demo"),
    json_file: JsonOption = None,
    serve: ServeOption = False,
    port: PortOption = 8322,
    site_port: SitePortOption = 8323,
    until: UntilOption = None,
) -> None:
    """Replay the CCSVI literature from 2009 to today: a loopback PubMed, SQLite, SMTP and mailboxes.

    With --serve the links in the mails work: to the digests, to preferences, to unsubscribe.
    """
    kept = Folder(folder)
    kept.start_clean()
    kept.claim("index.html")  # raises now, not after the replay, when a foreign file is in the way
    if json_file:
        _write_json(json_file, {})
    site = _site(site_port, is_served=serve)
    story = _replay(kept, (until or now()).date(), site)
    if json_file:
        _write_json(json_file, story.as_json())
    console.print(_result(story, folder, json_file))
    if serve:
        _serve(kept, port, site)


def _site(port: int, *, is_served: bool) -> str:
    """The URL of the pages. Raises ConfigError now, not after the replay, when they are to be served and cannot."""
    if not is_served:
        return f"http://127.0.0.1:{port or 8323}"
    try:
        with socket.create_server(("127.0.0.1", port)) as free:
            return f"http://127.0.0.1:{free.getsockname()[1]}"
    except OSError as error:
        hint = "Choose another with --site-port, or 0 for a free one."
        raise ConfigError(f"The demo cannot listen on port {port}: {error.strerror}. {hint}") from error


def _replay(folder: Folder, until: date, site: str) -> Story:
    with folder.claim("monitor.log").open("w", encoding="utf-8") as stream, _screen() as screen:
        log.setup(stream=stream)
        try:
            return replay(folder, tick.poll_and_mail, until=until, viewer=screen, site=site)
        finally:
            log.setup()


def _write_json(file: Path, value: dict[str, Any]) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", "utf-8")
    except OSError as error:
        raise ConfigError(f"Cannot write {file}: {error.strerror}. Name another file with --json.") from error


class Screen:
    """Prints the progress of the replay: a bar, each change of the answer, the number of digests."""

    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._task = bar.add_task(f"{START.year}", total=None, digests=0)
        self._digests = 0

    def moment_done(self, number: int, total: int, at: datetime) -> None:
        """Advance the bar."""
        self._bar.update(self._task, completed=number, total=total, description=f"{at:%b %Y}", digests=self._digests)

    def answered(self, step: Step) -> None:
        """Print the change of the answer and what caused it."""
        console.print(change_lines(step))

    def composed(self, digest: ArchivedDigest) -> None:
        """Count the digest; print its subject when it announces a new answer."""
        self._digests += 1
        if digest.answer_changed:
            line = Text(f"            ✉ {digest.frequency.replace('_', ' ')}: ", style="dim")
            console.print(line.append(digest.subject, style="none"))


@contextmanager
def _screen() -> Iterator[Screen]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[digests]} digests"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        yield Screen(bar)


def change_lines(step: Step) -> Text:
    """ "27 Jun 2014  controlled, not randomized → sham-controlled", the sentence, and the articles that caused it."""
    answer = step.record.answer
    text = Text(f"{step.on:%d %b %Y}  ", style="bold")
    if step.before:
        is_same = step.before.state is answer.state
        text.append("still " if is_same else f"{step.before.state} → ", style="dim")
    text.append(f"{answer.state}\n", style="bold green")
    text.append(f"             {answer.sentence}")
    for cause in step.causes:
        trial = f" [trial {cause.trial.key}]" if cause.trial else ""
        text.append(f"\n             because of: {cause.article.title} {cause.article.journal}{trial}", style="dim")
    return text


def _result(story: Story, folder: Path, json_file: Path | None) -> Panel:
    counts = story.counts
    text = Text()
    text.append(
        f"{counts.articles} articles, {len(story.steps) - 1} changes of the answer, {counts.digests} digests, "
        f"{counts.deliveries} mails delivered by SMTP, in {story.took_s:.0f} seconds.\n\n"
    )
    text.append(f"Open       {folder / 'index.html'}\n", style="bold")
    text.append(f"Digests    {folder / 'digests'}\n")
    for address, _ in story.mailboxes:
        text.append(f"Mailbox    {folder / 'mail' / address}\n")
    text.append(f"Database   {folder / 'monitor.db'}\n")
    if json_file:
        text.append(f"History    {json_file}\n")
    return Panel(text, title="The demo is done", expand=False)


def _serve(folder: Folder, port: int, site: str) -> None:
    """The demo's own page and mailboxes on `port`, the pages that its mails link to at `site`."""
    from monitor import web  # imported here: no other command waits for its libraries

    settings = settings_of(folder, site)
    with closing(store.open(settings.database_url)) as db, web.serving(settings, links_of(settings), db):
        try:
            with Pages(folder.path, port) as pages:
                console.print(f"The page and the mailboxes are at {pages.url}  Ctrl-C stops.", style="bold")
                console.print(f"The links in the mails lead to {site}.")
                # wakes every second so that Ctrl-C is noticed at once on every platform
                while not threading.Event().wait(1.0):
                    pass
        except OSError as error:
            hint = "Choose another with --port, or 0 for a free one."
            raise ConfigError(f"The demo cannot listen on port {port}: {error.strerror}. {hint}") from error
