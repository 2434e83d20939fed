"""`monitor tune TOPIC --against QUERY`: compare a topic's query with another one; what each of its terms brings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from monitor.commands._console import console, progress_bar
from monitor.commands._past import DEFAULT_CACHE, CacheOption, FreshOption, KnownOption, kept_answers, pick
from monitor.commands._shared import DEFAULT_CONFIG, ConfigOption, JsonOption, TopicArgument, load_settings, print_json
from monitor.config import query_lint
from monitor.errors import ConfigError
from monitor.strategy import known as known_trials
from monitor.strategy.tune import Extent, Share, Strategy, Tuning, query_of
from monitor.strategy.tune import tune as run

AgainstOption = Annotated[
    str,
    typer.Option("--against", metavar="QUERY", help="The other query, in PubMed's syntax; @FILE reads it from a file."),
]
MonthsOption = Annotated[int, typer.Option("--months", min=0, help="Months of new articles to count, by Create date.")]
TitlesOption = Annotated[int, typer.Option("--titles", min=0, help="Titles to list of what only one query finds.")]
ReadOption = Annotated[
    int, typer.Option("--read", min=0, help="Newest articles of each query to judge, for the number needed to read.")
]


def tune(
    topic: TopicArgument = None,
    against: AgainstOption = "",
    known: KnownOption = None,
    months: MonthsOption = 24,
    titles: TitlesOption = 5,
    read: ReadOption = 200,
    cache: CacheOption = DEFAULT_CACHE,
    fresh: FreshOption = False,
    config_file: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Peer review of a search strategy: what each query finds alone, known trials, load, and what each term brings.

    Without --against only the topic's own query is examined. Several searches of a topic count as one query joined by
    OR; searches by links are left out.
    """
    settings = load_settings(config_file)
    chosen = pick(settings, topic)
    if not query_of(chosen):
        raise ConfigError(f"{chosen.key} has no query to tune: all its searches go by links.")
    trials = known_trials.read_file(known) if known else []
    kept = kept_answers(settings, cache, is_fresh=fresh, is_current=True)
    with progress_bar() as progress:
        done = run(chosen, _query(against), trials, Extent(months, titles, read), kept, progress)
    if as_json:
        print_json(done)
    else:
        _print(done)


def _query(text: str) -> str:
    """The other query; raises ConfigError when PubMed would certainly read it otherwise, so that NOT means nothing."""
    query = " ".join((_read(Path(text[1:])) if text.startswith("@") else text).split())
    if wrong := [finding.text for finding in query_lint.examine(query) if finding.is_error]:
        raise ConfigError(f"The other query cannot be compared: {' '.join(wrong)}")
    return query


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"Cannot read {file}: {error}. Write --against @FILE, or the query itself.") from error


def _print(done: Tuning) -> None:
    _print_strategy("A", f"the query of {done.topic}", done.a)
    if done.b:
        _print_strategy("B", "the other query", done.b)
    if done.only_a and done.only_b:
        console.print(f"\nIn both: {done.both:,}.")
        _print_share("Only A", done.only_a)
        _print_share("Only B", done.only_b)
    _print_known(done)
    _print_terms(done)
    console.print(f"\nPubMed was asked {done.requests} times.")


def _print_terms(done: Tuning) -> None:
    console.print("\nArticles that one term of A alone brings:", style="bold")
    for term in sorted(done.terms, key=lambda one: -one.alone):
        if term.alone:
            trials = f"; known trials: {', '.join(term.known)}" if term.known else ""
            what = " kept out" if term.keeps_out else ""
            console.print(f"{term.alone:>7,}{what}  {term.text} ({term.search}){trials}", soft_wrap=True)
    if idle := [f"{term.text} ({term.search})" for term in done.terms if not term.alone]:
        console.print(f"Nothing that no other term brings ({len(idle)}): {', '.join(idle)}", soft_wrap=True)


def _print_strategy(letter: str, what: str, one: Strategy) -> None:
    console.print(f"\n{letter}: {what}: {one.count:,} articles, {one.per_month:.1f} new ones a month.", style="bold")
    reading = one.reading
    of = f"the newest {reading.read} of {reading.count:,}" if reading.read < reading.count else f"all {reading.count:,}"
    needed = f"one in {reading.number_needed:g}" if reading.number_needed else "none"
    console.print(f"   {len(reading.reports)} trial reports in {of} articles ({needed}), by the rules of Monitor.")
    for remark in one.remarks:
        console.print(f"   - {remark}", soft_wrap=True)


def _print_share(label: str, share: Share) -> None:
    console.print(f"{label}: {share.count:,}.", style="bold")
    for title in share.first:
        console.print(f"   {title.pmid}  {title.title}", soft_wrap=True)


def _print_known(done: Tuning) -> None:
    if not done.known:
        return
    console.print("\nKnown trials:", style="bold")
    for one in done.known:
        if not one.records:
            found = "no record in PubMed"
        elif one.by_b is None:
            found = "found" if one.by_a else "missed"
        else:
            found = {(True, True): "both", (True, False): "A only", (False, True): "B only"}.get(
                (one.by_a, one.by_b), "missed by both"
            )
        console.print(f"   {found:<20} {one.trial} {one.name}".rstrip(), soft_wrap=True)
