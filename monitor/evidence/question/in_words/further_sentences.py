"""The sentences that stand beside a headline, each as one message; `wording` fills them in. Pure."""

from __future__ import annotations

from monitor.language.messages import ListOf, message, plural

_A, _KIND, _PEOPLE = "answer", "kind of control", "number of people"

NOT_APPRAISED = message(_A, "Stated by the authors, not yet appraised by a person.")
APPRAISED = message(
    _A,
    "%(count)s of %(all)s trials appraised by a person (%(persons)s); the others as stated by the authors.",
    all="number",
)
NOT_COUNTED = plural(
    _A,
    "%(count)s further comparison was controlled but not randomised; it is listed and not counted.",
    "%(count)s further comparisons were controlled but not randomised; they are listed and not counted.",
)
NOT_COUNTED_WITH_PEOPLE = plural(
    _A,
    "%(count)s further comparison was controlled but not randomised (%(people)s); it is listed and not counted.",
    "%(count)s further comparisons were controlled but not randomised (%(people)s); they are listed and not counted.",
    people=_PEOPLE,
)
QUOTATION = message(_A, "The authors of %(trial)s conclude: “%(sentence)s”.")

# --- plans and reviews -----------------------------------------------------------------------------

PROTOCOL = plural(
    _A,
    "The protocol of a randomised trial is published.",
    "Protocols of %(count)s randomised trials are published.",
)
PROTOCOL_OF_KIND = plural(
    _A,
    "The protocol of a randomised %(kind)s trial is published.",
    "Protocols of %(count)s randomised %(kind)s trials are published.",
    kind=_KIND,
)
NO_RESULT_YET = plural(
    _A,
    "The protocol of a randomised trial is published; no result yet.",
    "Protocols of %(count)s randomised trials are published; no result yet.",
)
NO_RESULT_YET_OF_KIND = plural(
    _A,
    "The protocol of a randomised %(kind)s trial is published; no result yet.",
    "Protocols of %(count)s randomised %(kind)s trials are published; no result yet.",
    kind=_KIND,
)
REVIEW_EMPTY = message(_A, "A systematic review found no eligible randomised trial.")
REVIEW_OF_YEAR_EMPTY = message(_A, "A systematic review (%(year)s) found no eligible randomised trial.")
REVIEW = plural(
    _A,
    "A systematic review includes %(count)s randomised trial.",
    "A systematic review includes %(count)s randomised trials.",
)
REVIEW_OF_YEAR = plural(
    _A,
    "A systematic review (%(year)s) includes %(count)s randomised trial.",
    "A systematic review (%(year)s) includes %(count)s randomised trials.",
)
SILENT_TRIAL = message("registered trial", "%(trial)s (%(status)s)", status="status of a trial")
SILENT = plural(
    _A,
    "%(count)s registered trial has no result in PubMed: %(trials)s.",
    "%(count)s registered trials have no result in PubMed: %(trials)s.",
    trials=ListOf("registered trial"),
)

# --- what a reader must know of one trial ------------------------------------------------------------

FLAGGED = {
    "retracted": message(_A, "%(trial)s (%(key)s) is retracted and no longer counts."),
    "expression of concern": message(_A, "An expression of concern has been published about %(trial)s (%(key)s)."),
    "corrected": message(_A, "%(trial)s (%(key)s) has been corrected by an erratum."),
}
MIXED = message(_A, "Not all participants of %(trial)s have the condition: “%(sentence)s”.")
PROVISIONAL = {
    "interim": message(_A, "What is known of %(trial)s is from an interim report, not from its final report."),
    "abstract": message(
        _A, "What is known of %(trial)s is from the abstract of a congress, not from its final report."
    ),
    "thesis": message(_A, "What is known of %(trial)s is from a thesis, not from its final report."),
}
REPORT = message("report of a trial", "%(report)s")
_REPORTS = ListOf("report of a trial", "; ")
#: a report with the kind that it calls itself.
STAGED = {
    "interim": message("report of a trial", "%(report)s (interim)"),
    "follow-up": message("report of a trial", "%(report)s (follow-up)"),
    "secondary": message("report of a trial", "%(report)s (secondary)"),
    "abstract": message("report of a trial", "%(report)s (abstract)"),
    "thesis": message("report of a trial", "%(report)s (thesis)"),
    "preprint": message("report of a trial", "%(report)s (preprint)"),
}
SUPERSEDED = message(
    _A, "%(trial)s replaces what was reported earlier of the same trial: %(reports)s.", reports=_REPORTS
)
PERHAPS_ONE = message(_A, "Reports that may be of one trial, counted once: %(reports)s.", reports=_REPORTS)
AWAITS_A_PERSON = message(_A, "Not counted yet (until a person has appraised it): %(reports)s.", reports=_REPORTS)
IS_PREPRINT = message(_A, "Not counted yet (a preprint that no journal has reviewed): %(reports)s.", reports=_REPORTS)
ALLOCATION_NOT_STATED = message(
    _A, "Not counted yet (its text does not state how people were allocated): %(reports)s.", reports=_REPORTS
)
ASSOCIATION = message(_A, "Latest meta-analysis (%(report)s): “%(sentence)s”")
ASSOCIATION_SILENT = message(_A, "Latest meta-analysis (%(report)s) states no conclusion in its abstract.")
REASON = message(
    "reason for the answer", "PMID %(pmid)s: %(design)s (%(level)s): %(words)s", design="design", level="level"
)
REASON_APPRAISED = message(
    "reason for the answer",
    "PMID %(pmid)s: %(design)s (%(level)s, appraised by %(person)s): %(words)s",
    design="design",
    level="level",
)
