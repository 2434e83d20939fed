"""Trials of which no answer listed a result before, as the phrase of a subject line. Pure but for the language."""

from __future__ import annotations

from monitor.digests.display.trial_comparison import Difference, counted
from monitor.language.speech import gettext as _
from monitor.language.speech import later, later_plural, ngettext, pgettext
from monitor.model import Control, Trial
from monitor.render.text import ordinal

#: Several new trials: whether one is randomised, and whether others counted before.
_NEWCOMERS = {
    (True, True): later_plural(
        "%(number)s more controlled trial reported", "%(number)s more controlled trials reported"
    ),
    (True, False): later_plural("%(number)s controlled trial reported", "%(number)s controlled trials reported"),
    (False, True): later_plural(
        "%(number)s more controlled comparison reported", "%(number)s more controlled comparisons reported"
    ),
    (False, False): later_plural(
        "%(number)s controlled comparison reported", "%(number)s controlled comparisons reported"
    ),
}
#: One new trial, by its control (None: not said) and whether it is randomised. The rank is "first", "another" …:
#: whole phrases for each rank and kind would be 240 messages.
_ONE_MORE = {
    (Control.SHAM, True): later("%(rank)s sham-controlled trial reported"),
    (Control.PLACEBO, True): later("%(rank)s placebo-controlled trial reported"),
    (Control.ACTIVE, True): later("%(rank)s randomised active-controlled trial reported"),
    (Control.WAIT_LIST, True): later("%(rank)s randomised wait-list-controlled trial reported"),
    (Control.USUAL_CARE, True): later("%(rank)s randomised usual-care-controlled trial reported"),
    (Control.NO_TREATMENT, True): later("%(rank)s randomised no-treatment-controlled trial reported"),
    (Control.HISTORICAL, True): later("%(rank)s randomised historical-controlled trial reported"),
    (None, True): later("%(rank)s randomised trial reported"),
    (Control.SHAM, False): later("%(rank)s sham-controlled comparison reported"),
    (Control.PLACEBO, False): later("%(rank)s placebo-controlled comparison reported"),
    (Control.ACTIVE, False): later("%(rank)s active-controlled comparison reported"),
    (Control.WAIT_LIST, False): later("%(rank)s wait-list-controlled comparison reported"),
    (Control.USUAL_CARE, False): later("%(rank)s usual-care-controlled comparison reported"),
    (Control.NO_TREATMENT, False): later("%(rank)s no-treatment-controlled comparison reported"),
    (Control.HISTORICAL, False): later("%(rank)s historical-controlled comparison reported"),
    (None, False): later("%(rank)s controlled comparison reported"),
}


def newcomers(found: Difference) -> str:
    """Trials of which no answer listed a result before."""
    new = [trial for trial in found.gained if is_new(found, trial)]
    if len(new) == 1:
        return _reported(new[0], found)
    forms = _NEWCOMERS[any(trial.randomized for trial in new), bool(found.kept)]
    return ngettext(*forms, len(new)) if new else ""


def is_new(found: Difference, trial: Trial) -> bool:
    """Is the trial itself news? One that a person found among older reports, and screened in, is not."""
    return found.was(trial) is None and (found.has_arrived(trial) or not found.is_judged(trial))


def _reported(trial: Trial, found: Difference) -> str:
    """ "third sham-controlled trial reported": with its rank among those called so.

    Without a rank ("another sham-controlled trial") where one called so was listed that does not count: whether this
    one is the first is then a matter of opinion.
    """
    listed = [*found.after.trials, *(old for old in found.before.trials if found.becomes(old) is None)]
    called_so = [other for other in listed if _is_called_like(other, trial)]
    standing = [other for other in counted(found.after) if other in called_so]
    is_ranked = len(standing) == len(called_so)
    rank = ordinal(len(standing)) if is_ranked else pgettext("rank of a trial", "another")
    control = None if trial.control in (Control.NONE, Control.NOT_STATED) else trial.control
    return _(_ONE_MORE[control, bool(trial.randomized)], rank=rank)


def _is_called_like(other: Trial, trial: Trial) -> bool:
    """Do the words for the kind of `trial` hold of `other` too? A sham-controlled trial is a randomised trial too."""
    is_control_named = trial.control not in (Control.NONE, Control.NOT_STATED)
    is_control_same = other.control is trial.control or not is_control_named
    return is_control_same and (bool(other.randomized) or not trial.randomized)
