"""The trials of an answer as a digest's templates see them: facts, the quoted sentence, and the report that says it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from monitor.language.speech import gettext as _
from monitor.language.speech import later, ngettext
from monitor.language.terms import term
from monitor.model import Role, Trial, TrialReport
from monitor.render import urls
from monitor.render.dates import day, printed_date
from monitor.render.drawing import timeline_png
from monitor.render.text import clip
from monitor.render.urls import Link

#: How many further reports of a trial are linked.
_OTHERS = 6
_SPEAKING = (Role.MAIN_RESULT, Role.RETRACTED)
_ROLES = {
    Role.MAIN_RESULT: later("further result"),
    Role.PROTOCOL: later("protocol"),
    Role.SECONDARY_ANALYSIS: later("secondary analysis"),
    Role.EXTENSION: later("follow-up"),
    Role.ERRATUM: later("correction"),
    Role.COMMENT: later("comment"),
    Role.RETRACTED: later("retracted report"),
}


@dataclass(frozen=True, slots=True)
class TrialView:
    """One trial in the evidence panel.

    `url`, `source` and the first of `links` are of the report that `quote` is taken from; `others` are its further
    reports by their role, `more_others` counts those not linked.
    """

    number: int
    name: str
    url: str
    facts: str
    source: str
    quote: str
    flags: tuple[str, ...]
    links: tuple[Link, ...]
    others: tuple[Link, ...] = ()
    more_others: int = 0


def trial_view(number: int, trial: Trial) -> TrialView:
    """The trial as the panel shows it, under its number."""
    report = speaking_report(trial)
    others = [other for other in trial.reports if other is not report]
    links = [Link("PubMed", urls.pubmed(report.pmid)), Link("DOI", urls.doi(report.doi))] if report else []
    return TrialView(
        number=number,
        name=clip(trial.name, 160),
        url=urls.report(report.pmid, report.doi) if report else "",
        facts=_facts(trial),
        source=_source(report) if report else "",
        quote=clip(trial.statement.sentence, 320) if trial.statement else "",
        flags=tuple(clip(term("status of a trial", flag), 40) for flag in trial.flags[:3]),
        links=(*(link for link in links if link.url), *urls.registration_links(trial.numbers[:2])),
        others=tuple(_other(other) for other in others[:_OTHERS]),
        more_others=max(0, len(others) - _OTHERS),
    )


def speaking_report(trial: Trial) -> TrialReport | None:
    """The report whose sentence is quoted; in answers that do not name it, the first result, else the first report."""
    named = (report for report in trial.reports if report.pmid == trial.speaker)
    results = (report for report in trial.reports if report.role in _SPEAKING)
    return next(named, None) or next(results, None) or next(iter(trial.reports), None)


def silent_view(trial: Trial) -> dict[str, Any]:
    """A trial without a result, with its registration."""
    number = trial.numbers[0] if trial.numbers else trial.key
    return {
        "name": clip(trial.name or number, 140),
        "status": clip(term("status of a trial", trial.status), 40),
        "link": Link(clip(number, 40), urls.registry(number)) if trial.numbers else None,
        "note": clip(trial.note, 160).rstrip("."),
    }


def _facts(trial: Trial) -> str:
    facts = [day(trial.first_public_on) or _("date unknown")]
    if trial.print_date:
        facts[0] = _("%(day)s (print %(printed)s)", day=facts[0], printed=printed_date(clip(trial.print_date, 40)))
    if trial.sample_size:
        facts.append(ngettext("%(number)s person", "%(number)s people", trial.sample_size))
    facts += [timeline_png.control_in_words(trial), clip(trial.blinding, 60), timeline_png.direction_in_words(trial)]
    if len(trial.reports) > 1:
        facts.append(ngettext("%(number)s report", "%(number)s reports", len(trial.reports)))
    if trial.appraised_by:
        facts.append(_("appraised by %(person)s", person=clip(trial.appraised_by, 60)))
    return " · ".join(fact for fact in facts if fact)


def _source(report: TrialReport) -> str:
    """ "Title · Journal" of the report that speaks, so that it is seen which paper the link opens."""
    return " · ".join(part for part in (clip(report.title, 200), clip(report.journal, 90)) if part)


def _other(report: TrialReport) -> Link:
    """A further report by its role and year; without a URL where neither PubMed nor a DOI leads to it."""
    year = f" {report.first_public_on.year}" if report.first_public_on else ""
    return Link(f"{_(_ROLES[report.role])}{year}", urls.report(report.pmid, report.doi))
