"""The sentences of an answer, each as one message; `wording` fills them in. Pure.

A table of whole sentences for each number, kind of control, number of people and direction would have several hundred
rows. So the trials that a sentence is about ("Two randomised sham-controlled trials (238 people)") are a complete noun
phrase with a context of its own, and so are what they report and what may contradict. Each sentence around them is
whole.
"""

from __future__ import annotations

from monitor.language.messages import ListOf, message, plural
from monitor.model import Control, Direction

_A = "answer"

# --- noun phrases ---------------------------------------------------------------------------------

#: how trials were controlled, as an adjective; several are joined by "or".
_KIND = "kind of control"
KINDS = {
    Control.SHAM: message(_KIND, "sham-controlled"),
    Control.PLACEBO: message(_KIND, "placebo-controlled"),
    Control.WAIT_LIST: message(_KIND, "wait-list"),
    Control.USUAL_CARE: message(_KIND, "usual-care-controlled"),
    Control.NO_TREATMENT: message(_KIND, "no-treatment-controlled"),
    Control.ACTIVE: message(_KIND, "actively controlled"),
    Control.HISTORICAL: message(_KIND, "historically controlled"),
}
EITHER_KIND = message(_KIND, "%(one)s or %(other)s", one=_KIND, other=_KIND)
#: stands in brackets after the trials.
_PEOPLE = "number of people"
PEOPLE = plural(_PEOPLE, "%(count)s people", "%(count)s people")
AT_LEAST = plural(_PEOPLE, "at least %(count)s people", "at least %(count)s people")

#: the beginning of a sentence, such as "%(trials)s shows no benefit."
_T = "trials of a headline"
#: by whether all of them are open, and whether the kind of their control is told.
TRIALS = {
    (False, False): plural(_T, "%(count)s randomised trial", "%(count)s randomised trials"),
    (False, True): plural(
        _T, "%(count)s randomised %(kind)s trial", "%(count)s randomised %(kind)s trials", kind=_KIND
    ),
    (True, False): plural(_T, "%(count)s open randomised trial", "%(count)s open randomised trials"),
    (True, True): plural(
        _T, "%(count)s open randomised %(kind)s trial", "%(count)s open randomised %(kind)s trials", kind=_KIND
    ),
}
#: the same within a sentence, as in "One report of two randomised trials shows no benefit."
_OF_ONE_REPORT = "trials of one report"
POOLED = {
    (False, False): plural(_OF_ONE_REPORT, "%(count)s randomised trial", "%(count)s randomised trials"),
    (False, True): plural(
        _OF_ONE_REPORT, "%(count)s randomised %(kind)s trial", "%(count)s randomised %(kind)s trials", kind=_KIND
    ),
    (True, False): plural(_OF_ONE_REPORT, "%(count)s open randomised trial", "%(count)s open randomised trials"),
    (True, True): plural(
        _OF_ONE_REPORT,
        "%(count)s open randomised %(kind)s trial",
        "%(count)s open randomised %(kind)s trials",
        kind=_KIND,
    ),
}
#: The number is always one: the sentence around it is about one report.
ONE_REPORT = message(_T, "%(count)s report of %(pooled)s", pooled=_OF_ONE_REPORT)
TRIALS_AND_PEOPLE = message(_T, "%(trials)s (%(people)s)", trials=_T, people=_PEOPLE)
_C = "comparisons of a headline"
COMPARISONS = plural(_C, "%(count)s controlled comparison", "%(count)s controlled comparisons")
COMPARISONS_AND_PEOPLE = message(_C, "%(comparisons)s (%(people)s)", comparisons=_C, people=_PEOPLE)

# --- without a trial -------------------------------------------------------------------------------

#: what is held that forbids to say that no trial exists; several are joined by semicolons.
_I = "what may contradict"
_INSTEAD = ListOf(_I, "; ")
AWAITS = plural(
    _I, "%(count)s report that may be a trial awaits a person", "%(count)s reports that may be trials await a person"
)
ARE_RETRACTED = plural(_I, "%(count)s trial has been retracted", "%(count)s trials have been retracted")
ARE_SECONDARY = plural(
    _I,
    "%(count)s trial is known by its secondary reports alone",
    "%(count)s trials are known by their secondary reports alone",
)
ARE_POSTED = plural(
    _I,
    "the results of %(count)s trial are reported in its registry",
    "the results of %(count)s trials are reported in their registries",
)
ARE_LINKED = plural(
    _I,
    "the registry of %(count)s trial links an article that is not among those found",
    "the registries of %(count)s trials link articles that are not among those found",
)
ARE_REVIEWED = message(_I, "those that a review includes are not among the articles found")
ONE_IS_TOLD = message(_I, "an article found speaks of a randomised trial that is not among those found")
SEVERAL_ARE_TOLD = message(_I, "articles found speak of randomised trials that are not among those found")
NO_STUDY = message(_A, "No treatment study of %(intervention)s in %(population)s is indexed.")
NO_TEST = message(_A, "No trial that tests %(intervention)s in %(population)s against a control is indexed.")
NO_CERTAIN_TRIAL = message(
    _A, "No trial of %(intervention)s in %(population)s is certain yet; %(instead)s.", instead=_INSTEAD
)
UNCONTROLLED = message(
    _A,
    "Only uncontrolled reports of %(intervention)s in %(population)s exist; no controlled trial has reported.",
)
UNCONTROLLED_BUT = message(
    _A,
    "Only uncontrolled reports of %(intervention)s in %(population)s are certain; %(instead)s.",
    instead=_INSTEAD,
)
REGISTERED = message(_A, "Trials of %(intervention)s in %(population)s are registered; none has reported a result.")
REGISTERED_BUT = message(
    _A, "Trials of %(intervention)s in %(population)s are registered; %(instead)s.", instead=_INSTEAD
)
PLANNED = message(_A, "Trials of %(intervention)s in %(population)s are planned; none has reported a result.")
PLANNED_BUT = message(_A, "Trials of %(intervention)s in %(population)s are planned; %(instead)s.", instead=_INSTEAD)
COMPARED = plural(
    _A,
    "%(comparisons)s, not shown to be randomised, exists; no randomised trial has reported.",
    "%(comparisons)s, not shown to be randomised, exist; no randomised trial has reported.",
    comparisons=_C,
)
COMPARED_BUT = plural(
    _A,
    "%(comparisons)s, not shown to be randomised, exists; %(instead)s.",
    "%(comparisons)s, not shown to be randomised, exist; %(instead)s.",
    comparisons=_C,
    instead=_INSTEAD,
)

# --- what trials report ----------------------------------------------------------------------------

ONE = {
    Direction.NO_DIFFERENCE: message(_A, "%(trials)s shows no benefit.", trials=_T),
    Direction.BENEFIT: message(_A, "%(trials)s reports benefit.", trials=_T),
    Direction.HARM: message(_A, "%(trials)s reports harm.", trials=_T),
    Direction.MIXED: message(_A, "%(trials)s reports benefit on some outcomes and not on others.", trials=_T),
    Direction.NONINFERIOR: message(_A, "%(trials)s reports that the treatment is not inferior to another.", trials=_T),
}
BOTH = {
    Direction.NO_DIFFERENCE: message(_A, "%(trials)s: neither shows benefit.", trials=_T),
    Direction.BENEFIT: message(_A, "%(trials)s: both report benefit.", trials=_T),
    Direction.HARM: message(_A, "%(trials)s: both report harm.", trials=_T),
    Direction.MIXED: message(_A, "%(trials)s: both report benefit on some outcomes and not on others.", trials=_T),
    Direction.NONINFERIOR: message(
        _A, "%(trials)s: both report that the treatment is not inferior to another.", trials=_T
    ),
}
ALL = {
    Direction.NO_DIFFERENCE: message(_A, "%(trials)s: none shows benefit.", trials=_T),
    Direction.BENEFIT: message(_A, "%(trials)s: all report benefit.", trials=_T),
    Direction.HARM: message(_A, "%(trials)s: all report harm.", trials=_T),
    Direction.MIXED: message(_A, "%(trials)s: all report benefit on some outcomes and not on others.", trials=_T),
    Direction.NONINFERIOR: message(
        _A, "%(trials)s: all report that the treatment is not inferior to another.", trials=_T
    ),
}
#: some of the trials, as in "Three randomised trials disagree: two show no benefit, one reports benefit."
_R = "results counted"
COUNTED = {
    Direction.NO_DIFFERENCE: plural(_R, "%(count)s shows no benefit", "%(count)s show no benefit"),
    Direction.BENEFIT: plural(_R, "%(count)s reports benefit", "%(count)s report benefit"),
    Direction.HARM: plural(_R, "%(count)s reports harm", "%(count)s report harm"),
    Direction.MIXED: plural(
        _R,
        "%(count)s reports benefit on some outcomes and not on others",
        "%(count)s report benefit on some outcomes and not on others",
    ),
    Direction.NONINFERIOR: plural(
        _R,
        "%(count)s reports that the treatment is not inferior to another",
        "%(count)s report that the treatment is not inferior to another",
    ),
}
_U = "trials of uncertain direction"
REST = plural(
    _U,
    "%(count)s has reported, and the direction of its result is not certain",
    "%(count)s have reported (%(names)s), and the direction of their results is not certain",
)
REST_QUOTED = message(_U, "%(count)s has reported. Its authors conclude: “%(sentence)s”")
_RESULTS = ListOf(_R)
DISAGREE = message(_A, "%(trials)s disagree: %(results)s.", trials=_T, results=_RESULTS)
DISAGREE_BESIDE = message(_A, "%(trials)s disagree: %(results)s; %(rest)s.", trials=_T, results=_RESULTS, rest=_U)
AGREE_BESIDE = message(_A, "%(trials)s: %(results)s; %(rest)s.", trials=_T, results=_RESULTS, rest=_U)
UNCERTAIN = plural(
    _A,
    "%(trials)s has reported, and the direction of its result is not certain.",
    "%(trials)s have reported (%(names)s), and the direction of their results is not certain.",
    trials=_T,
)
QUOTED = message(_A, "%(trials)s has reported. Its authors conclude: “%(sentence)s”.", trials=_T)
