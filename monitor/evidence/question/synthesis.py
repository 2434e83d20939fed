"""One group of reports → one Trial, and whether it may count in the answer."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from monitor.evidence.question.in_words.report_labels import signed
from monitor.evidence.question.trial_grouping import Group
from monitor.language.messages import message
from monitor.model import (
    Article,
    Control,
    Design,
    Direction,
    Judged,
    KnownTrial,
    Level,
    NoticeKind,
    Role,
    Trial,
    TrialReport,
)

_MAIN = frozenset({Design.RANDOMIZED, Design.CONTROLLED})
_ROLES = {
    Design.PROTOCOL: Role.PROTOCOL,
    Design.SECONDARY_ANALYSIS: Role.SECONDARY_ANALYSIS,
    Design.ERRATUM: Role.ERRATUM,
    Design.RANDOMIZED: Role.MAIN_RESULT,
    Design.CONTROLLED: Role.MAIN_RESULT,
}
#: Which kind of report speaks for a trial: a final one before a further look, an interim one, a thesis, an abstract.
_RANKS = {"": 0, "follow-up": 1, "secondary": 2, "interim": 3, "thesis": 4, "abstract": 5, "preprint": 6}
_FLAGS = (
    (NoticeKind.RETRACTION, "retracted"),
    (NoticeKind.CONCERN, "expression of concern"),
    (NoticeKind.ERRATUM, "corrected"),
)
_NOTED = message("status in a registry", "%(status)s (noted by the operator)", status="status of a trial")
_FIRST = message("why one trial", "first report seen")


@dataclass(frozen=True, slots=True)
class Weighed:
    """A Trial with its main report. `is_stated`: the report's own words (or a person) say what it is.

    `superseded` are earlier main results; `unsure` are all its main results where one of them may be
    of another trial.
    """

    trial: Trial
    main: Judged | None
    is_stated: bool
    superseded: tuple[Judged, ...] = ()
    unsure: tuple[Judged, ...] = ()

    @property
    def is_retracted(self) -> bool:
        """True when the main result is retracted: it is shown and does not count."""
        return "retracted" in self.trial.flags

    @property
    def has_result(self) -> bool:
        """True when a main result stands."""
        return self.main is not None and not self.is_retracted

    @property
    def mixed(self) -> tuple[str, ...]:
        """The words of the main report that tell of participants without the condition; () when there are none."""
        basis = self.main.effective.relevance.basis if self.main else ()
        return tuple(reason.words for reason in basis if reason.rule == "question.mixed")


def weigh(group: Group) -> Weighed:
    """The Trial that a group of reports is, with its flags; its final main result speaks for it."""
    mains = [r for r in group.reports if r.effective.design in _MAIN]
    main = spokesman(mains)
    lead = main or group.reports[0]
    verdict = lead.effective
    numbers = group.numbers
    flags = _flags(main, group) if main else ()
    unsure = tuple(mains) if any(r.article.pmid in group.unsure for r in mains) else ()
    rivals = [r for r in unsure if main and _rank(r) == _rank(main) and not r.article.is_retracted]
    trial = Trial(
        key=numbers[0] if numbers else f"pmid:{group.reports[0].article.pmid}",
        name=_name(group, lead.article),
        numbers=numbers,
        randomized=_is_randomized(lead),
        control=verdict.control,
        blinding=verdict.blinding,
        sample_size=verdict.sample_size,
        statement=verdict.statement if main and not _contradict(rivals) else None,
        primary=verdict.primary if main else "",
        level=verdict.level,
        status="retracted" if "retracted" in flags else "reported" if main else _unreported(group),
        first_public_on=lead.article.first_public_on,
        print_date=str(lead.article.print_date),
        reports=tuple(_report(r, group) for r in [*group.reports, *group.attached]),
        flags=flags,
        appraised_by=lead.screening.by if lead.screening else "",
        speaker=lead.article.pmid,
    )
    return Weighed(
        trial,
        main,
        main is not None and _is_stated(main),
        superseded=tuple(r for r in mains if main and r is not main and r not in rivals and _age(r) <= _age(main)),
        unsure=unsure,
    )


def _rank(report: Judged) -> int:
    return _RANKS[report.effective.stage]


def _contradict(rivals: Sequence[Judged]) -> bool:
    """Whether reports alike that may be of two trials state two directions: neither may then stand for both."""
    said = {r.effective.statement.direction for r in rivals if r.effective.statement}
    return len(said - {Direction.NOT_STATED}) > 1


def spokesman(mains: Sequence[Judged]) -> Judged | None:
    """The main result that speaks for a trial: final before provisional, and of final ones the first complete one.

    `mains` are in order of age. A final report that is retracted takes its provisional ones with it. A later final
    report speaks where it is of more people, or alone names a primary outcome.
    """
    if not mains:
        return None
    best = min(map(_rank, mains))
    finals = [r for r in mains if _rank(r) == best]
    standing = [r for r in finals if not r.article.is_retracted] or finals
    lead = standing[0]
    for later in standing[1:]:
        lead = later if _is_fuller(lead, later) else lead
    return lead


def _is_fuller(lead: Judged, later: Judged) -> bool:
    before, after = lead.effective, later.effective
    if after.sample_size is None or before.sample_size is None:
        return after.sample_size is before.sample_size and bool(after.primary) and not before.primary
    names_it = bool(after.primary) and not before.primary
    return after.sample_size > before.sample_size or (names_it and after.sample_size == before.sample_size)


def _age(judged: Judged) -> date:
    return judged.article.first_public_on or date.max


def _is_stated(main: Judged) -> bool:
    """The report's own words allocate or compare, or a person said so.

    A publication type alone does not; nor does a preprint, which has not been reviewed.
    """
    if main.screening is not None:
        return True
    if main.effective.stage == "preprint":
        return False
    return main.verdict.level is not Level.POSSIBLE and any(
        b.field in ("title", "abstract") for b in main.verdict.basis
    )


def _is_randomized(lead: Judged) -> bool | None:
    if lead.effective.design is Design.CONTROLLED:
        return None
    if lead.effective.design is Design.RANDOMIZED:
        return True
    return any(b.rule.startswith("random.") for b in lead.effective.basis) or None


def _unreported(group: Group) -> str:
    designs = {r.effective.design for r in group.reports}
    return "protocol only" if Design.PROTOCOL in designs else "secondary report only"


def _flags(main: Judged, group: Group) -> tuple[str, ...]:
    """What notices say of the main report, by its own links or by the records of the notices."""
    pmid = main.article.pmid
    said = {n.kind for n in main.article.notices if n.about_this}
    if main.article.is_retracted:
        said.add(NoticeKind.RETRACTION)
    for judged in group.attached:
        said |= {n.kind for n in judged.article.notices if not n.about_this and n.pmid == pmid}
    return tuple(flag for kind, flag in _FLAGS if kind in said)


def _report(judged: Judged, group: Group) -> TrialReport:
    article, verdict = judged.article, judged.effective
    role = Role.RETRACTED if article.is_retracted else verdict.role or _ROLES.get(verdict.design, Role.COMMENT)
    return TrialReport(
        pmid=article.pmid,
        role=role,
        title=article.title,
        journal=article.journal_abbreviation or article.journal,
        first_public_on=article.first_public_on,
        print_date=str(article.print_date),
        doi=article.doi,
        why=group.why.get(article.pmid, _FIRST()),
    )


def _name(group: Group, lead: Article) -> str:
    """First author and year of the lead report: what a clinician calls a trial that has no name."""
    return signed(lead) or (group.numbers[0] if group.numbers else f"PMID {lead.pmid}")


def silent(known: Iterable[KnownTrial], numbers: Container[str], today: date | None) -> list[Trial]:
    """Trials an operator knows from a registry that no report names; `numbers` are those of all reports held."""
    found = []
    for trial in known:
        is_future = today is not None and trial.registered_on is not None and trial.registered_on > today
        if trial.number not in numbers and not is_future:
            found.append(_silent(trial))
    return found


def _silent(known: KnownTrial) -> Trial:
    return Trial(
        key=known.number,
        name=known.name or known.number,
        numbers=(known.number,),
        control=Control.NOT_STATED,
        sample_size=0 if known.status == "withdrawn" else known.sample_size,
        status=known.status,
        first_public_on=known.registered_on,
        note=known.note,
        registry=_NOTED(status=known.status),
    )
