"""Verdict, Trial and Answer: what one article shows, which reports are of one trial, and the state of the topic."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from monitor.model.article import Article


class Design(StrEnum):
    """Our classification of an article's study design."""

    RANDOMIZED = "randomized trial"
    CONTROLLED = "controlled, not randomized"
    SINGLE_ARM = "single-arm intervention"
    CASE_CONTROL = "case-control study"
    COHORT = "cohort study"
    CROSS_SECTIONAL = "cross-sectional study"
    DIAGNOSTIC = "diagnostic study"
    OBSERVATIONAL = "observational study"
    SYSTEMATIC_REVIEW = "systematic review"
    META_ANALYSIS_TREATMENT = "meta-analysis of treatment"
    META_ANALYSIS_ASSOCIATION = "meta-analysis of association"
    REVIEW = "review"
    PROTOCOL = "protocol"
    SECONDARY_ANALYSIS = "secondary analysis of a trial"
    COMMENT = "comment"
    LETTER = "letter"
    EDITORIAL = "editorial"
    NEWS = "news"
    ERRATUM = "erratum"
    RETRACTION_NOTICE = "retraction notice"
    CONCERN_NOTICE = "expression of concern notice"
    GUIDELINE = "guideline"
    CASE_REPORT = "case report"
    ANIMAL = "animal or in vitro"
    QUALITATIVE = "qualitative"
    MODELLING = "modelling"
    EXPERIMENT = "experiment, no treatment"
    UNCLEAR = "unclear"


class Level(StrEnum):
    """How certain the design is: indexed by NLM, stated in the text, or only possible."""

    INDEXED = "indexed"
    STATED = "stated in the text"
    POSSIBLE = "possible"


class Role(StrEnum):
    """What one report is to its trial."""

    MAIN_RESULT = "main result"
    PROTOCOL = "protocol"
    SECONDARY_ANALYSIS = "secondary analysis"
    EXTENSION = "extension"
    ERRATUM = "erratum"
    COMMENT = "comment on"
    RETRACTED = "retracted"


class Control(StrEnum):
    """What the comparison group received."""

    SHAM = "sham"
    PLACEBO = "placebo"
    ACTIVE = "active"
    WAIT_LIST = "wait list"
    USUAL_CARE = "usual care"
    NO_TREATMENT = "no treatment"
    HISTORICAL = "historical"
    NONE = "none"
    NOT_STATED = "not stated"


class Direction(StrEnum):
    """What the authors themselves report, experimental against comparing arm; never inferred from numbers.

    NOT_STATED where it is not certain: then the authors' sentence is quoted. NONINFERIOR is to an active comparator.
    """

    BENEFIT = "benefit"
    NO_DIFFERENCE = "no difference"
    HARM = "harm"
    MIXED = "mixed"
    NONINFERIOR = "noninferior"
    NOT_STATED = "not stated"


@dataclass(frozen=True, slots=True)
class Basis:
    """One reason for a verdict: the rule that matched, the field, and the matched words."""

    rule: str
    field: str
    words: str


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence quoted from a record, with the direction it states."""

    direction: Direction
    sentence: str
    field: str


@dataclass(frozen=True, slots=True)
class Relevance:
    """Whether the article tests the topic's intervention in its population, and why."""

    is_match: bool
    intervention: bool
    population: bool
    basis: tuple[Basis, ...] = ()
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Design, role, and relevance of one article for one topic, with the basis.

    `score` in [0, 1] ranks how likely the article is the main report of a randomized trial.
    `by` is "rules" or the name of the person who screened; `because` is that person's reason.
    `included_trials` is the number of trials that a systematic review states to include.
    `primary` is the outcome it names as primary, in its words; `stage` what kind of report its title
    calls it: "interim", "follow-up", "secondary", or "".
    """

    pmid: str
    topic: str
    design: Design
    level: Level
    rules_version: str
    role: Role | None = None
    score: float = 0.0
    basis: tuple[Basis, ...] = ()
    control: Control = Control.NOT_STATED
    blinding: str = ""
    sample_size: int | None = None
    statement: Statement | None = None
    relevance: Relevance = Relevance(False, False, False)
    included_trials: int | None = None
    primary: str = ""
    stage: str = ""
    by: str = "rules"
    because: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """An Article with the Verdict of the rules and, if a person has screened it, the Screening that outranks it."""

    article: Article
    verdict: Verdict
    screening: Verdict | None = None

    @property
    def effective(self) -> Verdict:
        """The Screening if there is one, else the Verdict of the rules."""
        return self.screening or self.verdict


@dataclass(frozen=True, slots=True)
class TrialLink:
    """A person's decision that two reports are of one trial (`joined`) or not."""

    pmid: str
    other_pmid: str
    joined: bool
    by: str
    because: str


@dataclass(frozen=True, slots=True)
class TrialReport:
    """One article about a trial and its role; `why` is the reason for which it was assigned to the trial."""

    pmid: str
    role: Role
    title: str
    journal: str = ""
    first_public_on: date | None = None
    print_date: str = ""
    doi: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Trial:
    """A study that assigns people to interventions; one Trial, many Articles.

    `key` is the registry number where there is one, else "pmid:" + its first report.
    `primary` is the outcome its report names as primary.
    `status`: "reported", "protocol only", or the registry's status of a trial without a report.
    `flags` holds "retracted", "expression of concern", "corrected" as they apply. `speaker` is the PMID of the report
    that `statement` quotes and the other facts are of; `is_counted`: the answer's headline rests on it. `registry` is
    its status there and who says so, as "terminated (ClinicalTrials.gov)", "" where no registry was read.
    """

    key: str
    name: str
    numbers: tuple[str, ...] = ()
    randomized: bool | None = None
    control: Control = Control.NOT_STATED
    blinding: str = ""
    sample_size: int | None = None
    statement: Statement | None = None
    primary: str = ""
    level: Level = Level.POSSIBLE
    status: str = "reported"
    first_public_on: date | None = None
    print_date: str = ""
    reports: tuple[TrialReport, ...] = ()
    flags: tuple[str, ...] = ()
    appraised_by: str = ""
    note: str = ""
    speaker: str = ""
    is_counted: bool = True
    registry: str = ""


class AnswerState(StrEnum):
    """The topic's state: whether controlled-trial evidence has appeared, in increasing order of strength."""

    NONE = "none found"
    UNCONTROLLED = "only uncontrolled reports"
    REGISTERED = "registered, no result"
    CONTROLLED = "controlled, not randomized"
    UNBLINDED = "randomized, not sham- or placebo-controlled"
    SHAM_CONTROLLED = "sham- or placebo-controlled"
    SEVERAL_UNCERTAIN = "several trials, direction not certain"
    SEVERAL_AGREE = "several trials, agreeing"
    SEVERAL_DISAGREE = "several trials, disagreeing"


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """A systematic review or guideline about the question; `included_trials` as in Verdict."""

    pmid: str
    title: str
    first_public_on: date | None
    design: Design
    included_trials: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The topic's state from all verdicts, with its trials, in sentences for readers.

    `sentence` is the one at the top of the digest; `lines` are further sentences (protocols,
    reviews, trials of the other direction, corrections); `association` is the separate line about
    association, never mixed with treatment. `since` is the electronic first date of the evidence
    that put the topic in this state, or the day on which something else did: a retraction, a person,
    another question. `causes` are the PMIDs that made this answer differ from the one before.
    `fingerprint` changes exactly when the change must be reported to readers.
    """

    topic: str
    state: AnswerState
    sentence: str
    since: date | None = None
    lines: tuple[str, ...] = ()
    association: str = ""
    trials: tuple[Trial, ...] = ()
    silent_trials: tuple[Trial, ...] = ()
    reviews: tuple[ReviewLine, ...] = ()
    causes: tuple[str, ...] = ()
    basis: tuple[str, ...] = ()
    appraised: bool = False
    rules_version: str = ""
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class AnswerRecord:
    """One row of the append-only history of answers. `previous` is the state before, None at the baseline."""

    answer: Answer
    at: datetime
    id: int = 0
    poll_id: int | None = None
    previous: AnswerState | None = None
    is_baseline: bool = field(default=False)
