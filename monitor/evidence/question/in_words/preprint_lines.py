"""What the answer says of preprints: lines beside the headline, which rests on none of them. Pure."""

from __future__ import annotations

from monitor.evidence.question.gather import Evidence, ordinal
from monitor.evidence.question.in_words import sentences as said
from monitor.evidence.question.in_words.report_labels import cited
from monitor.evidence.question.trial_grouping import group, single_number
from monitor.language.messages import message
from monitor.model import HeldPreprint, Judged

_A, _NAMED = "answer", "preprint in a sentence"

_REPORTS = message(_A, "A preprint, not peer-reviewed, reports a randomised trial: %(preprint)s.", preprint=_NAMED)
_SAYS = message(
    _A,
    "A preprint, not peer-reviewed, reports a randomised trial: %(preprint)s. Its authors write: “%(sentence)s”.",
    preprint=_NAMED,
)
_WITHDRAWN = message(
    _A, "A preprint that reported a randomised trial has been withdrawn: %(preprint)s.", preprint=_NAMED
)
_PUBLISHED = message(
    _A,
    "A preprint of a randomised trial is now an article that is not counted here: %(preprint)s.",
    preprint=_NAMED,
)
_REPORT = message(_NAMED, "%(report)s")
_ON_SERVER = message(_NAMED, "%(report)s (%(server)s)")
_WITH_PEOPLE = message(_NAMED, "%(report)s, %(people)s", people="number of people")
_ON_SERVER_WITH_PEOPLE = message(_NAMED, "%(report)s (%(server)s), %(people)s", people="number of people")


def lines(evidence: Evidence) -> list[str]:
    """A line for each trial of the question that preprints report, oldest first; none where its article speaks for it.

    The newest of several preprints of one trial, on two servers, speaks for it; withdrawn ones are all told.
    """
    held = sorted(evidence.outside.preprints, key=lambda one: (ordinal(one.preprint.posted_on), one.preprint.id))
    standing = {one.preprint.id: one for one in held if not one.preprint.is_withdrawn and not _is_told(one, evidence)}
    trials = group(Judged(one.preprint.as_article(), one.verdict) for one in standing.values())
    newest = {trial.reports[-1].article.pmid for trial in trials}
    return [line_of(one) for one in held if one.preprint.is_withdrawn or one.preprint.id in newest]


def _is_told(held: HeldPreprint, evidence: Evidence) -> bool:
    """Do the reports of a trial that the answer names tell of it: its own record in PubMed, its article, its number?"""
    preprint = held.preprint
    trials = [w.trial for w in (*evidence.counted, *evidence.compared, *evidence.waiting, *evidence.retracted)]
    pmids = {report.pmid for trial in trials for report in trial.reports}
    ours = {preprint.pmid, preprint.article.pmid if preprint.article else ""} - {""}
    number = single_number(preprint.as_article())
    return not ours.isdisjoint(pmids) or any(number in trial.numbers for trial in trials if number)


def line_of(held: HeldPreprint) -> str:
    """What the answer says of one preprint that is held."""
    preprint, said_by_authors = held.preprint, held.verdict.statement
    named = _named(held)
    if preprint.is_withdrawn:
        return _WITHDRAWN(preprint=named)
    if preprint.article:
        return _PUBLISHED(preprint=named)
    if said_by_authors is None:
        return _REPORTS(preprint=named)
    return _SAYS(preprint=named, sentence=said_by_authors.sentence.rstrip("."))


def _named(held: HeldPreprint) -> str:
    """First author, year and server, and how many people it states."""
    report, server = cited(held.preprint.as_article()), held.preprint.server
    size = held.verdict.sample_size
    if not size:
        return _ON_SERVER(report=report, server=server) if server else _REPORT(report=report)
    people = said.PEOPLE(size, count=f"{size:,}")
    if not server:
        return _WITH_PEOPLE(report=report, people=people)
    return _ON_SERVER_WITH_PEOPLE(report=report, server=server, people=people)
