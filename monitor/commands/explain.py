"""`monitor explain ID`: everything stored about one article, registry entry, preprint or citing work, with reasons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from monitor.commands import _explain_outside
from monitor.commands._console import console
from monitor.commands._explain_outside import line
from monitor.commands._shared import (
    DEFAULT_CONFIG,
    ConfigOption,
    JsonOption,
    load_settings,
    moment,
    open_database,
    pick_topic,
    print_json,
)
from monitor.evidence.article.classification.claims import Claim
from monitor.evidence.explain import Explanation, read_explanation
from monitor.model import Article, Verdict
from monitor.render import citation_sources
from monitor.reports.outside_explained import read_outside

IdArgument = Annotated[
    str,
    typer.Argument(
        metavar="ID",
        help="An article's PMID; or a registry number, a preprint's id (PPR…) or DOI, or the DOI of a citing work.",
    ),
]
TopicOption = Annotated[str | None, typer.Option("--topic", help="The topic's key, when there are several.")]


def explain(
    id: IdArgument,
    topic: TopicOption = None,
    config_file: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Where one article, registry entry, preprint or citing work comes from, how it is judged and why, its history."""
    settings = load_settings(config_file)
    chosen = pick_topic(settings, topic)
    with open_database(settings) as db:
        present = moment(db)
        with db.read() as tx:
            is_pmid = id.isdecimal()
            found = read_explanation(tx, chosen, id, present) if is_pmid else read_outside(tx, chosen, id)
    if as_json:
        print_json(found)
    elif isinstance(found, Explanation):
        _print(found)
    else:
        _explain_outside.show(found)


def _print(found: Explanation) -> None:
    _print_article(found.article)
    _print_verdict(found.verdict)
    _print_claims(found.claims)
    line("Rules tried", f"{len(found.rules_tried)}; these matched:")
    for one in found.rules_tried:
        if one.words:
            line("", f"{one.rule} · {one.field}: “{one.words}”")
    _print_trial(found)
    _print_others(found)
    _print_history(found)


def _print_article(article: Article) -> None:
    console.print(article.title, style="bold", markup=False, soft_wrap=True)
    line("Record", f"PMID {article.pmid} · {article.journal} · first public {article.first_public_on or 'unknown'}")
    indexed = article.indexing_method or ("by people" if article.status == "MEDLINE" else "not yet")
    line("Status", f"{article.status or 'unknown'} · indexed: {indexed}")
    line("Types", ", ".join(t.name for t in article.publication_types) or "none")
    line("Registry", ", ".join(f"{r.number} ({r.found_in})" for r in article.registrations) or "no number")
    line("Notices", ", ".join(f"{n.ref_type} {n.pmid}".strip() for n in article.notices) or "none")


def _print_verdict(verdict: Verdict) -> None:
    role = f" · {verdict.role}" if verdict.role else ""
    line(
        "Design", f"{verdict.design} ({verdict.level}){role} · rank {verdict.score:.3f} · rules {verdict.rules_version}"
    )
    for reason in verdict.basis:
        line("", f"because {reason.rule} · {reason.field}: “{reason.words}”")
    size = "not stated" if verdict.sample_size is None else f"{verdict.sample_size:,} people"
    line("Study", f"control: {verdict.control} · blinding: {verdict.blinding or 'not stated'} · {size}")
    if verdict.statement:
        line("Authors say", f"{verdict.statement.direction}: “{verdict.statement.sentence}”")
    bearing = verdict.relevance
    line("Question", "relevant" if bearing.is_match else f"not relevant. {bearing.why_not}")
    for reason in bearing.basis:
        line("", f"{reason.rule} · {reason.field}: “{reason.words}”")


def _print_claims(claims: Sequence[Claim]) -> None:
    """Each thing read of the result: what it is, how sure, by whom, and the words."""
    for number, claim in enumerate(claims):
        value = f" {claim.value}" if claim.value else ""
        words = f": “{claim.words}”" if claim.words else ""
        line(
            "Result" if number == 0 else "",
            f"{claim.what}{value} · {claim.sure} · by {claim.by} · {claim.where}{words}",
        )


def _print_trial(found: Explanation) -> None:
    if found.trial is None:
        line("Trial", "none")
        return
    line("Trial", f"{found.trial.name} ({found.trial.key}) · {found.trial.status}")
    for report in found.trial.reports:
        line("", f"PMID {report.pmid} · {report.role} · {report.why}")


def _print_others(found: Explanation) -> None:
    """Who lists it as citing the seed, and the notices about it, with since when each was seen and its own dates."""
    for source, at in found.cites:
        line("Cites seed", f"according to {citation_sources.in_words(source)}, since {at:%Y-%m-%d}")
    for at, notice in found.notices:
        dates = ", ".join(f"{day} ({who})" for who, day in notice.dates) or str(notice.on or "no date")
        name = f"doi:{notice.doi}" if notice.doi else notice.key
        reason = f" · {notice.reason}" if notice.reason else ""
        line("Notice", f"{notice.nature} {name} · {notice.told_by}, seen {at:%Y-%m-%d} · dated {dates}{reason}")


def _print_history(found: Explanation) -> None:
    for one in found.screenings:
        ended = f" · withdrawn {one.withdrawn_at:%Y-%m-%d} by {one.withdrawn_by}" if one.withdrawn_at else ""
        said = one.verdict
        line("Screened", f"{one.made_at:%Y-%m-%d} by {said.by}: {said.design}, “{said.because}”{ended}")
    for link in found.links:
        other = link.other_pmid if link.pmid == found.article.pmid else link.pmid
        link_kind = "one trial with" if link.joined else "not one trial with"
        line("Linked", f"{link_kind} PMID {other}, according to {link.by}: “{link.because}”")
    for at, verdict in found.verdicts:
        line("Assessed", f"{at:%Y-%m-%d}: {verdict.design} ({verdict.level}), rules {verdict.rules_version}")
    for revised in found.revisions:
        what = revised.revision
        line("Revised", f"{revised.seen_at:%Y-%m-%d} {what.field}: {what.old[:80]!r} → {what.new[:80]!r}")
    for change in found.changes:
        line("Reported", f"{change.at:%Y-%m-%d} {change.kind}: {change.why}")
