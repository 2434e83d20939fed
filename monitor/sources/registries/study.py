"""One study of ClinicalTrials.gov's API v2 as a RegistryEntry. Contact persons are never read."""

from __future__ import annotations

import re
from datetime import date
from typing import TypeVar

import msgspec

from monitor.errors import UpstreamError
from monitor.model import (
    Control,
    ReferenceKind,
    RegistryArm,
    RegistryDate,
    RegistryEntry,
    RegistryReference,
    RegistryStatus,
    SourceName,
)
from monitor.sources.pubmed.records.registries import in_text
from monitor.sources.registries.plain_text import plain
from monitor.sources.registries.study_shape import Arm, Arms, Date, Identification, Outcomes, References, Status, Study

T = TypeVar("T")

#: Its name among the formats of registry numbers.
_REGISTRY = "ClinicalTrials.gov"
_STATUSES = {
    "NOT_YET_RECRUITING": RegistryStatus.NOT_YET_RECRUITING,
    "RECRUITING": RegistryStatus.RECRUITING,
    "ENROLLING_BY_INVITATION": RegistryStatus.RECRUITING,
    "ACTIVE_NOT_RECRUITING": RegistryStatus.ACTIVE,
    "SUSPENDED": RegistryStatus.SUSPENDED,
    "TERMINATED": RegistryStatus.TERMINATED,
    "COMPLETED": RegistryStatus.COMPLETED,
    "WITHDRAWN": RegistryStatus.WITHDRAWN,
    # set by the register itself, or of no trial: expanded access, and what is withheld until it is approved
    "UNKNOWN": RegistryStatus.UNKNOWN,
    "WITHHELD": RegistryStatus.UNKNOWN,
    "AVAILABLE": RegistryStatus.UNKNOWN,
    "NO_LONGER_AVAILABLE": RegistryStatus.UNKNOWN,
    "TEMPORARILY_NOT_AVAILABLE": RegistryStatus.UNKNOWN,
    "APPROVED_FOR_MARKETING": RegistryStatus.UNKNOWN,
}
_CONTROLS = {
    "SHAM_COMPARATOR": Control.SHAM,
    "PLACEBO_COMPARATOR": Control.PLACEBO,
    "ACTIVE_COMPARATOR": Control.ACTIVE,
    "NO_INTERVENTION": Control.NO_TREATMENT,
}
#: Arms of these types are what the intervention is compared with; an active comparator may be either.
_IS_CONTROL = frozenset({"SHAM_COMPARATOR", "PLACEBO_COMPARATOR", "NO_INTERVENTION"})
#: Results that were sent (RELEASE) stay sent when the registry returns them with questions (RESET).
_WITHDRAWN, _SENT = "UNRELEASE", "RELEASE"
#: The year behind the journal of a citation: "Lancet. 2020 Aug 1;", or at its end.
_YEAR = re.compile(r"[.)] ((?:19|20)\d\d)\b")


def read_study(raw: bytes | msgspec.Raw) -> RegistryEntry:
    """The entry of one study in JSON. Raises UpstreamError that names the field which has another shape."""
    try:
        study = msgspec.convert(without_nulls(msgspec.json.decode(raw)), Study, strict=False)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UpstreamError(f"ClinicalTrials.gov: a study has another shape: {error}") from error
    status = study.protocol_section.status_module.overall_status
    if status not in _STATUSES:
        raise UpstreamError(f"ClinicalTrials.gov: a study has an unknown overallStatus: {status[:40]}")
    return _entry(study)


def without_nulls(value: object) -> object:
    """The same JSON without what is null: the register leaves such keys out, copies of it need not."""
    if isinstance(value, dict):
        return {key: without_nulls(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [without_nulls(inner) for inner in value if inner is not None]
    return value


def _entry(study: Study) -> RegistryEntry:
    protocol = study.protocol_section
    named, status, design = protocol.identification_module, protocol.status_module, protocol.design_module
    arms = _several(protocol.arms_interventions_module.arm_groups)
    has_results = study.has_results or bool(status.results_first_post_date_struct.date)
    return RegistryEntry(
        source=SourceName.CLINICAL_TRIALS,
        number=named.nct_id,
        title=plain(named.brief_title) or plain(named.official_title) or named.nct_id,
        url=f"https://clinicaltrials.gov/study/{named.nct_id}",
        status=_STATUSES[status.overall_status],
        official_title=plain(named.official_title),
        acronym=plain(named.acronym),
        other_numbers=_other_numbers(named),
        conditions=tuple(filter(None, map(plain, _several(protocol.conditions_module.conditions)))),
        interventions=_interventions(protocol.arms_interventions_module),
        arms=tuple(_arm(arm) for arm in arms),
        is_interventional=design.study_type == "INTERVENTIONAL" if design.study_type else None,
        is_randomized=_is_randomized(design.design_info.allocation, len(arms)),
        control=next((_CONTROLS[arm.type] for arm in arms if arm.type in _CONTROLS), Control.NOT_STATED),
        blinding=design.design_info.masking_info.masking.lower(),
        why_stopped=plain(status.why_stopped),
        registered_on=_whole_day(status.study_first_post_date_struct.date),
        start=_date(status.start_date_struct),
        primary_completion=_date(status.primary_completion_date_struct),
        enrolment=design.enrollment_info.count,
        is_enrolment_actual=_is_actual(design.enrollment_info.type),
        primary_outcomes=_measures(protocol.outcomes_module),
        has_results=has_results,
        results_posted_on=_whole_day(status.results_first_post_date_struct.date),
        results_submitted_on=None if has_results else _submitted_on(study),
        delay_certified_on=_day(status.disp_first_submit_date),
        references=_references(protocol.references_module),
        updated_on=_updated_on(status),
    )


def _several(value: list[T] | T) -> list[T]:
    return value if isinstance(value, list) else [value]


def _other_numbers(named: Identification) -> tuple[str, ...]:
    """Numbers of other registries, whatever type they are filed under, and earlier numbers of this one.

    Another number of this registry that is no alias is of another study: one that this one extends or is a part of.
    """
    given = [str(named.org_study_id_info.id), *(str(one.id) for one in _several(named.secondary_id_infos))]
    elsewhere = [one.number for text in given for one in in_text(text, "registry") if one.registry != _REGISTRY]
    earlier = [one.number for text in _several(named.nct_id_aliases) for one in in_text(text, "registry")]
    return tuple(number for number in dict.fromkeys((*earlier, *elsewhere)) if number != named.nct_id)


def _interventions(arms: Arms) -> tuple[str, ...]:
    given = [(one.name, *_several(one.other_names)) for one in _several(arms.interventions)]
    return tuple(dict.fromkeys(name for names in given for name in names if name))


def _measures(outcomes: Outcomes) -> tuple[str, ...]:
    given = (plain(outcome.measure) for outcome in _several(outcomes.primary_outcomes))
    return tuple(measure for measure in given if measure)


def _arm(arm: Arm) -> RegistryArm:
    return RegistryArm("; ".join([arm.label, *_several(arm.intervention_names)]), arm.type in _IS_CONTROL)


def _is_randomized(allocation: str, arms: int) -> bool | None:
    if not allocation:
        return None
    return allocation == "RANDOMIZED" and arms != 1


def _is_actual(kind: str) -> bool | None:
    return kind == "ACTUAL" if kind else None


def _date(struct: Date | None) -> RegistryDate | None:
    return RegistryDate(struct.date, _is_actual(struct.type)) if struct and struct.date else None


def _day(written: str) -> date | None:
    return RegistryDate(written).last_day


def _whole_day(written: str) -> date | None:
    """A day that is told as that of an event: a month or a year is none."""
    found = RegistryDate(written)
    return found.last_day if found.is_exact else None


def _updated_on(status: Status) -> date | None:
    """The last update; None where its status is unknown for another reason than that nobody updates it."""
    if _STATUSES[status.overall_status] is RegistryStatus.UNKNOWN and status.overall_status != "UNKNOWN":
        return None
    return _day(status.last_update_post_date_struct.date) or _day(status.last_update_submit_date)


def _submitted_on(study: Study) -> date | None:
    """The day on which results were sent that are not public yet; None when none were, or they were taken back."""
    section = study.annotation_section
    parts = (section.unposted_annotation, section.annotation_module.unposted_annotation)
    events = sorted((event for part in parts for event in _several(part.unposted_events)), key=lambda e: e.date)
    if events and events[-1].type == _WITHDRAWN:
        return None
    sent = [event.date for event in events if event.type == _SENT]
    return _day(sent[-1] if sent else study.protocol_section.status_module.results_first_submit_date)


def _references(module: References) -> tuple[RegistryReference, ...]:
    kinds = {kind.name: kind for kind in ReferenceKind}
    return tuple(
        RegistryReference(pmid, kinds.get(one.type, ReferenceKind.BACKGROUND), _year(one.citation))
        for one in _several(module.references)
        if (pmid := str(one.pmid).strip()).isdigit()
    )


def _year(citation: str) -> int | None:
    found = _YEAR.search(citation)
    return int(found[1]) if found else None
