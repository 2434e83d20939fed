"""What `monitor explain` prints of a registry entry, a preprint or a citing work."""

from __future__ import annotations

from monitor.commands._console import console
from monitor.model import HeldPreprint, ListedWork, RegistryEntry
from monitor.reports import outside_records
from monitor.reports.outside_explained import Explained, OutsideExplanation, Told


def show(found: OutsideExplanation) -> None:
    """Each record of it, then what readers were told."""
    for one in found.explained:
        _show_record(one)
        _show_question(one)
        for revised in one.revisions:
            what = revised.revision
            line("Revised", f"{revised.seen_at:%Y-%m-%d} {what.field}: {what.old[:80]} → {what.new[:80]}")
        for article in one.articles:
            name = f"PMID {article.pmid}" if article.pmid else f"doi:{article.doi}"
            line("Article", f"{name} · {article.why}")
    for told in found.told:
        line("Told", f"{told.change.at:%Y-%m-%d} {' '.join(_said(told))} · {_where(told)}")
    if not found.told:
        line("Told", "nothing (what a source lists when first asked, and what is not of the question, is not told)")


def line(label: str, text: str) -> None:
    """A fact under its label."""
    console.print(f"{label:<12} {text}", markup=False, soft_wrap=True)


def _show_record(one: Explained) -> None:
    facts = dict(zip(outside_records.COLUMNS, outside_records.cells(one.found), strict=True))
    console.print(facts["title"] or facts["id"], style="bold", markup=False, soft_wrap=True)
    line("Record", f"{one.found.kind} {facts['id']}" + (f" · {facts['url']}" if facts["url"] else ""))
    for seen in one.found.seen_by:
        line("From", f"{seen.source.label}, as {seen.key}, since {seen.at:%Y-%m-%d}")
    line("Status", " · ".join(filter(None, (facts["status"], facts["published_on"]))) or "not stated")
    if facts["other_numbers"]:
        line("Numbers", facts["other_numbers"])
    if facts["results"]:
        line("Results", f"{facts['results']} in the registry")


def _show_question(one: Explained) -> None:
    """Why it is, or is not, of the question."""
    record = one.found.record
    if isinstance(record, ListedWork):
        is_outside = "not judged: it cites the seed, and PubMed has no record of it"
        line("Question", "judged by its record in PubMed" if record.work.pmid else is_outside)
    elif not one.found.is_of_question:
        line("Question", f"not relevant. {one.found.why_not}")
    elif isinstance(record, RegistryEntry):
        compares = "it compares" if one.compares else "it compares nothing, and is no controlled trial"
        line("Question", f"relevant: it names the population and gives the intervention; {compares}")
    else:
        line("Question", "relevant")
    if one.is_listed:
        line("", "listed by the operator (known_trials)")
    if isinstance(record, HeldPreprint):
        line("Design", f"{record.verdict.design} ({record.verdict.level}) · rules {record.verdict.rules_version}")
        for reason in (*record.verdict.basis, *record.verdict.relevance.basis):
            line("", f"{reason.rule} · {reason.field}: “{reason.words}”")


def _said(told: Told) -> tuple[str, ...]:
    return told.change.item.sentences if told.change.item else ()


def _where(told: Told) -> str:
    each = [f"digest {one.digest} ({one.frequency}, until {one.until:%Y-%m-%d})" for one in told.digests]
    return ", ".join(each) or "in no digest"
