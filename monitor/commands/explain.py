"""`monitor explain PMID`: everything stored about one article, with the reasons for its verdict."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from monitor.commands._shared import (
    DEFAULT_CONFIG,
    ConfigOption,
    JsonOption,
    console,
    load_settings,
    moment,
    open_database,
    pick_topic,
    print_json,
)
from monitor.evidence.article.claims import Claim
from monitor.evidence.explain import Explanation, read_explanation
from monitor.model import Article, Verdict

PmidArgument = Annotated[str, typer.Argument(help="The article's PMID.")]
TopicOption = Annotated[str | None, typer.Option("--topic", help="The topic's key, when there are several.")]


def explain(
    pmid: PmidArgument,
    topic: TopicOption = None,
    config_file: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Fields, rules tried, words matched, relevance, trial, screening and history of one stored article."""
    settings = load_settings(config_file)
    chosen = pick_topic(settings, topic)
    with open_database(settings) as db:
        present = moment(db)
        with db.read() as tx:
            found = read_explanation(tx, chosen, pmid, present)
    if as_json:
        print_json(found)
    else:
        _print(found)


def _print(found: Explanation) -> None:
    _print_article(found.article)
    _print_verdict(found.verdict)
    _print_claims(found.claims)
    _line("Rules tried", f"{len(found.rules_tried)}; these matched:")
    for one in found.rules_tried:
        if one.words:
            _line("", f"{one.rule} · {one.field}: “{one.words}”")
    _print_trial(found)
    _print_history(found)


def _print_article(article: Article) -> None:
    console.print(article.title, style="bold", markup=False, soft_wrap=True)
    _line("Record", f"PMID {article.pmid} · {article.journal} · first public {article.first_public_on or 'unknown'}")
    indexed = article.indexing_method or ("by people" if article.status == "MEDLINE" else "not yet")
    _line("Status", f"{article.status or 'unknown'} · indexed: {indexed}")
    _line("Types", ", ".join(t.name for t in article.publication_types) or "none")
    _line("Registry", ", ".join(f"{r.number} ({r.found_in})" for r in article.registrations) or "no number")
    _line("Notices", ", ".join(f"{n.ref_type} {n.pmid}".strip() for n in article.notices) or "none")


def _print_verdict(verdict: Verdict) -> None:
    role = f" · {verdict.role}" if verdict.role else ""
    _line(
        "Design", f"{verdict.design} ({verdict.level}){role} · rank {verdict.score:.3f} · rules {verdict.rules_version}"
    )
    for reason in verdict.basis:
        _line("", f"because {reason.rule} · {reason.field}: “{reason.words}”")
    size = "not stated" if verdict.sample_size is None else f"{verdict.sample_size:,} people"
    _line("Study", f"control: {verdict.control} · blinding: {verdict.blinding or 'not stated'} · {size}")
    if verdict.statement:
        _line("Authors say", f"{verdict.statement.direction}: “{verdict.statement.sentence}”")
    bearing = verdict.relevance
    _line("Question", "relevant" if bearing.is_match else f"not relevant. {bearing.why_not}")
    for reason in bearing.basis:
        _line("", f"{reason.rule} · {reason.field}: “{reason.words}”")


def _print_claims(claims: Sequence[Claim]) -> None:
    """Each thing read of the result: what it is, how sure, by whom, and the words."""
    for number, claim in enumerate(claims):
        value = f" {claim.value}" if claim.value else ""
        words = f": “{claim.words}”" if claim.words else ""
        _line(
            "Result" if number == 0 else "",
            f"{claim.what}{value} · {claim.sure} · by {claim.by} · {claim.where}{words}",
        )


def _print_trial(found: Explanation) -> None:
    if found.trial is None:
        _line("Trial", "none")
        return
    _line("Trial", f"{found.trial.name} ({found.trial.key}) · {found.trial.status}")
    for report in found.trial.reports:
        _line("", f"PMID {report.pmid} · {report.role} · {report.why}")


def _print_history(found: Explanation) -> None:
    for one in found.screenings:
        ended = f" · withdrawn {one.withdrawn_at:%Y-%m-%d} by {one.withdrawn_by}" if one.withdrawn_at else ""
        said = one.verdict
        _line("Screened", f"{one.made_at:%Y-%m-%d} by {said.by}: {said.design}, “{said.because}”{ended}")
    for link in found.links:
        other = link.other_pmid if link.pmid == found.article.pmid else link.pmid
        link_kind = "one trial with" if link.joined else "not one trial with"
        _line("Linked", f"{link_kind} PMID {other}, according to {link.by}: “{link.because}”")
    for at, verdict in found.verdicts:
        _line("Assessed", f"{at:%Y-%m-%d}: {verdict.design} ({verdict.level}), rules {verdict.rules_version}")
    for revised in found.revisions:
        what = revised.revision
        _line("Revised", f"{revised.seen_at:%Y-%m-%d} {what.field}: {what.old[:80]!r} → {what.new[:80]!r}")
    for change in found.changes:
        _line("Reported", f"{change.at:%Y-%m-%d} {change.kind}: {change.why}")


def _line(label: str, text: str) -> None:
    console.print(f"{label:<12} {text}", markup=False, soft_wrap=True)
