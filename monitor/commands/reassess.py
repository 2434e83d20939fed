"""`monitor reassess`: assess all stored articles with the current question and rules; a dry run unless --apply."""

from __future__ import annotations

from typing import Annotated

import typer

from monitor.commands._console import console, progress_bar
from monitor.commands._shared import (
    DEFAULT_CONFIG,
    ConfigOption,
    JsonOption,
    TopicArgument,
    load_settings,
    moment,
    open_database,
    pick_topic,
    print_json,
)
from monitor.evidence.article.classification.rules import RULES_VERSION
from monitor.evidence.reassess import Reassessed
from monitor.evidence.reassess import reassess as reassess_topic

ApplyOption = Annotated[bool, typer.Option("--apply", help="Store the new verdicts. Without it nothing is stored.")]


def reassess(
    topic: TopicArgument = None,
    apply: ApplyOption = False,
    config_file: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Assess every stored article with the current question and rules. A dry run unless --apply.

    The next tick does the same by itself when the question or the rules have changed. No article is mailed as
    news; the next digest says once that the question was changed.
    """
    settings = load_settings(config_file)
    chosen = pick_topic(settings, topic)
    with open_database(settings) as db, progress_bar(is_quiet=as_json) as progress:
        found = reassess_topic(db, chosen, moment(db), is_dry=not apply, progress=progress)
    if as_json:
        print_json(found)
        return
    _print(found)


def _print(found: Reassessed) -> None:
    console.print(f"Rules {RULES_VERSION}: {found.looked_at:,} articles, {len(found.changed):,} verdicts differ.")
    for old, new in found.changed:
        before = f"{old.design} ({old.level})" if old else "not assessed"
        relevance = "relevant" if new.relevance.is_match else "not relevant"
        console.print(f"  PMID {new.pmid}: {before} → {new.design} ({new.level}), {relevance}", markup=False)
    if found.is_other_answer:
        console.print(f"The answer: {found.answer_before or 'none'}", markup=False, soft_wrap=True)
        console.print(f"   becomes: {found.answer_after}", markup=False, soft_wrap=True)
    else:
        console.print("The answer does not change.")
    if found.was_applied:
        console.print("Stored. No article is mailed as news; the next digest shows the answer.")
    elif found.changed:
        console.print("Nothing was stored. Store it with: monitor reassess --apply")
