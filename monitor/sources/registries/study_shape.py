"""The shape of one study in ClinicalTrials.gov's API v2 (https://clinicaltrials.gov/data-api/api, version 2.0.5).

What is absent has no key. A list of one is sometimes an object, and a number a text or a text of digits a number, in
copies of the register that were converted.
"""

from __future__ import annotations

import msgspec


class Part(msgspec.Struct, rename="camel", frozen=True):
    """A part of a study; keys that are not named here are not read."""


class Id(Part, frozen=True):
    """A number, with what it is of."""

    id: str | int = ""


class Identification(Part, frozen=True):
    """What the study is called, here and elsewhere."""

    nct_id: str
    brief_title: str = ""
    official_title: str = ""
    acronym: str = ""
    nct_id_aliases: list[str] | str = []
    org_study_id_info: Id = Id()
    secondary_id_infos: list[Id] | Id = []


class Date(Part, frozen=True):
    """A date, and whether it has come ("ACTUAL") or is planned."""

    date: str = ""
    type: str = ""


class Status(Part, frozen=True):
    """How it stands, with its dates."""

    overall_status: str
    why_stopped: str = ""
    start_date_struct: Date | None = None
    primary_completion_date_struct: Date | None = None
    study_first_post_date_struct: Date = Date()
    results_first_submit_date: str = ""
    results_first_post_date_struct: Date = Date()
    disp_first_submit_date: str = ""
    last_update_submit_date: str = ""
    last_update_post_date_struct: Date = Date()


class Masking(Part, frozen=True):
    """Who does not know the allocation."""

    masking: str = ""


class DesignInfo(Part, frozen=True):
    """How people are allocated."""

    allocation: str = ""
    masking_info: Masking = Masking()


class Enrollment(Part, frozen=True):
    """How many people, and whether they are counted or planned."""

    count: int | None = None
    type: str = ""


class Design(Part, frozen=True):
    """What kind of study it is."""

    study_type: str = ""
    design_info: DesignInfo = DesignInfo()
    enrollment_info: Enrollment = Enrollment()


class Conditions(Part, frozen=True):
    """Whom it is about."""

    conditions: list[str] | str = []


class Arm(Part, frozen=True):
    """One group."""

    label: str = ""
    type: str = ""
    intervention_names: list[str] | str = []


class Intervention(Part, frozen=True):
    """One thing that is done, under all its names."""

    name: str = ""
    other_names: list[str] | str = []


class Arms(Part, frozen=True):
    """Groups and interventions."""

    arm_groups: list[Arm] | Arm = []
    interventions: list[Intervention] | Intervention = []


class Outcome(Part, frozen=True):
    """One outcome."""

    measure: str = ""


class Outcomes(Part, frozen=True):
    """What is measured."""

    primary_outcomes: list[Outcome] | Outcome = []


class Reference(Part, frozen=True):
    """An article, and who says that it belongs to the study."""

    pmid: str | int = ""
    type: str = ""
    citation: str = ""


class References(Part, frozen=True):
    """The articles."""

    references: list[Reference] | Reference = []


class Protocol(Part, frozen=True):
    """Everything that is registered."""

    identification_module: Identification
    status_module: Status
    design_module: Design = Design()
    conditions_module: Conditions = Conditions()
    arms_interventions_module: Arms = Arms()
    outcomes_module: Outcomes = Outcomes()
    references_module: References = References()


class Event(Part, frozen=True):
    """Results that were sent, returned or taken back."""

    type: str = ""
    date: str = ""


class Unposted(Part, frozen=True):
    """What became of results that are not public."""

    unposted_events: list[Event] | Event = []


class Annotation(Part, frozen=True):
    """Remarks of the register."""

    unposted_annotation: Unposted = Unposted()


class Annotations(Annotation, frozen=True):
    """The same, at either of the two places at which records have them."""

    annotation_module: Annotation = Annotation()


class Study(Part, frozen=True):
    """One study."""

    protocol_section: Protocol
    annotation_section: Annotations = Annotations()
    has_results: bool = False
