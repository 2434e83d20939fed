"""The topic's answer from all verdicts: has controlled-trial evidence appeared? Pure; the same input, the same answer.

What changes an answer: a main result of a controlled trial that states its design, a notice on one, the first
protocol of a randomised trial while none has reported, a systematic review that includes more trials than any
before, or a person's screening. Letters, sub-studies, further protocols, registry entries and work on
association are shown and change nothing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from monitor.evidence.article.classification.rules import RULES_VERSION
from monitor.evidence.question import overdue
from monitor.evidence.question.gather import Evidence, gather, ordinal
from monitor.evidence.question.in_words import further_sentences as further
from monitor.evidence.question.in_words import preprint_lines, wording
from monitor.evidence.question.in_words.report_labels import cited, trials_pooled
from monitor.evidence.question.synthesis import Weighed
from monitor.model import (
    NOTHING_OUTSIDE,
    Answer,
    AnswerState,
    Control,
    Design,
    Direction,
    Judged,
    Outside,
    Topic,
    Trial,
    TrialLink,
)

_BLINDABLE = (Control.SHAM, Control.PLACEBO)


def answer(
    topic: Topic,
    judged: Iterable[Judged],
    links: Sequence[TrialLink] = (),
    today: date | None = None,
    outside: Outside = NOTHING_OUTSIDE,
) -> Answer:
    """The topic's state, its sentence and its trials from all that was judged.

    `today` hides registry entries of later days and tells how long ago a registered trial ended; nothing else depends
    on it. What is `outside` PubMed makes lines and registered trials, and never a change that readers must be told
    (`fingerprint`). With `topic.requires_screening` only what a person appraised counts.
    """
    everything = [j for j in judged if j.effective.topic in ("", topic.key)]
    evidence = gather(topic, everything, links, today, outside)
    state = _state(evidence)
    counted = evidence.counted or evidence.compared
    uncounted = [w for w in (*evidence.compared, *evidence.waiting, *evidence.retracted) if w not in counted]
    shown = [*(w.trial for w in counted), *(replace(w.trial, is_counted=False) for w in uncounted)]
    is_appraised = bool(counted) and all(w.trial.appraised_by for w in counted)
    return Answer(
        topic=topic.key,
        state=state,
        sentence=_sentence(topic, evidence, state),
        since=_since(evidence),
        lines=tuple(_lines(topic, evidence, today, is_appraised=is_appraised)),
        association=_association(topic, everything),
        trials=tuple(sorted(shown, key=lambda t: (t.first_public_on or date.max, t.key))),
        silent_trials=(*evidence.planned, *evidence.unreported, *evidence.registered),
        reviews=evidence.reviews,
        causes=_causes(evidence),
        basis=tuple(_reason(w) for w in counted),
        appraised=is_appraised,
        rules_version=RULES_VERSION,
        fingerprint=_fingerprint(evidence, state),
    )


def _state(evidence: Evidence) -> AnswerState:
    found = [w.trial for w in evidence.counted]
    if len(found) > 1:
        return _together(found)
    if found:
        return AnswerState.SHAM_CONTROLLED if found[0].control in _BLINDABLE else AnswerState.UNBLINDED
    if evidence.compared:
        return AnswerState.CONTROLLED
    if evidence.planned:
        return AnswerState.REGISTERED
    if evidence.has_uncontrolled:
        return AnswerState.UNCONTROLLED
    return AnswerState.REGISTERED if evidence.registered or evidence.unreported else AnswerState.NONE


def _together(trials: Sequence[Trial]) -> AnswerState:
    """Agreement is claimed when every direction is certain, disagreement when two that are certain differ.

    Both only on the same comparison: better than nothing and no better than another drug contradict nothing, and
    no better than a sham and no better than another drug do not say the same. What was compared with something that
    is not stated is compared with neither.
    """
    directions: dict[Control, set[Direction]] = {}
    for trial in trials:
        same = trial.control if trial.control in (Control.ACTIVE, Control.NOT_STATED) else Control.NONE
        directions.setdefault(same, set()).update([wording.direction(trial)] if wording.is_certain(trial) else [])
    if any(len(certain) > 1 for certain in directions.values()):
        return AnswerState.SEVERAL_DISAGREE
    are_certain = all(map(wording.is_certain, trials))
    return AnswerState.SEVERAL_AGREE if len(directions) == 1 and are_certain else AnswerState.SEVERAL_UNCERTAIN


def _sentence(topic: Topic, evidence: Evidence, state: AnswerState) -> str:
    """The headline; while no randomised trial has reported also the plans, and what reviews included."""
    parts = _headline(topic, evidence, state)
    if not evidence.counted and evidence.planned:
        parts.append(wording.protocol(evidence.planned, is_silent=not _contradictions(evidence)))
    if evidence.included and (evidence.included.included_trials or not evidence.counted):
        parts.append(wording.review(evidence.included))
    return " ".join(parts)


def _headline(topic: Topic, evidence: Evidence, state: AnswerState) -> list[str]:
    if evidence.counted:
        return [wording.randomized(t, is_first=i == 0) for i, t in enumerate(tiers(evidence.counted))]
    instead = _contradictions(evidence)
    if evidence.compared:
        return [wording.comparisons([w.trial for w in evidence.compared], instead)]
    if evidence.has_uncontrolled:
        return [wording.uncontrolled(topic.question, instead)]
    if state is AnswerState.REGISTERED and (evidence.planned or evidence.registered or not evidence.secondary):
        is_registered = bool(evidence.registered) or any(t.numbers for t in (*evidence.planned, *evidence.unreported))
        return [wording.registered(topic.question, instead, is_registered=is_registered)]
    return [wording.none_found(topic.question, instead, is_given=evidence.is_given)]


def _contradictions(evidence: Evidence) -> str:
    included = evidence.included
    reviewed = included.included_trials if included and included.included_trials else 0
    secondary = sum(max(trials_pooled(report.title) for report in trial.reports) for trial in evidence.secondary)
    return wording.contradictions(
        len(evidence.possible),
        len(evidence.retracted),
        secondary,
        reviewed,
        len(evidence.told),
        posted=sum(one.entry.has_results and not one.is_reported for one in evidence.in_registries),
        linked=sum(bool(one.linked and not one.pmids) for one in evidence.in_registries),
    )


def tiers(counted: Sequence[Weighed]) -> list[list[Trial]]:
    """Trials by kind of control, sham and placebo first; directions are told per kind, never averaged."""
    strong = [w.trial for w in counted if w.trial.control in _BLINDABLE]
    rest: dict[Control, list[Trial]] = {}
    for weighed in counted:
        if weighed.trial.control not in _BLINDABLE:
            rest.setdefault(weighed.trial.control, []).append(weighed.trial)
    return [tier for tier in (strong, *rest.values()) if tier]


def _lines(topic: Topic, evidence: Evidence, today: date | None, *, is_appraised: bool) -> list[str]:
    counted = [w.trial for w in evidence.counted or evidence.compared]
    lines = [] if is_appraised or not counted else [wording.appraisal(counted)]
    for weighed in (*evidence.retracted, *evidence.counted, *evidence.compared):
        lines += [*wording.flagged(weighed.trial), *_caveats(weighed)]
    if len(evidence.counted) > 1:
        lines += wording.quotations(counted)
    if evidence.waiting:
        lines.append(_waiting(topic, evidence.waiting))
    if evidence.counted and evidence.compared:
        lines.append(wording.not_counted([w.trial for w in evidence.compared]))
    if evidence.counted and evidence.planned:
        lines.append(wording.protocol(evidence.planned, is_silent=not evidence.possible))
    if evidence.silent:
        lines.append(wording.silent(evidence.silent))
    return [*lines, *overdue.lines(evidence.in_registries, today), *preprint_lines.lines(evidence)]


def _caveats(weighed: Weighed) -> list[str]:
    """What a reader must know of a trial's people and of its reports beside its result."""
    lines = [wording.mixed(weighed.trial, words) for words in weighed.mixed]
    if weighed.main and weighed.main.effective.stage in wording.PROVISIONAL:
        lines.append(wording.provisional(weighed.trial, weighed.main.effective.stage))
    if weighed.superseded:
        lines.append(wording.superseded(weighed.trial, [_staged(r) for r in weighed.superseded]))
    if weighed.unsure:
        lines.append(wording.perhaps_one([_staged(r) for r in weighed.unsure]))
    return lines


def _staged(earlier: Judged) -> str:
    """An earlier report with the kind it calls itself."""
    stage = earlier.effective.stage
    staged = further.STAGED.get(stage, further.REPORT)
    return staged(report=cited(earlier.article))


def _waiting(topic: Topic, waiting: Sequence[Weighed]) -> str:
    named = [cited(w.main.article) for w in waiting if w.main]
    if topic.requires_screening:
        return further.AWAITS_A_PERSON(reports=named)
    if all(w.main and w.main.effective.stage == "preprint" for w in waiting):
        return further.IS_PREPRINT(reports=named)
    return further.ALLOCATION_NOT_STATED(reports=named)


def _association(topic: Topic, judged: list[Judged]) -> str:
    """The latest meta-analysis of association in its authors' words; never mixed with treatment."""
    words = set(re.findall(r"\w{5,}|[A-Z]{3,}", topic.question.intervention_name))
    found = [
        j
        for j in judged
        if j.effective.design is Design.META_ANALYSIS_ASSOCIATION
        and j.effective.relevance.population
        and not j.article.is_retracted
        and any(word.lower() in j.article.title.lower() for word in words)
    ]
    if not found:
        return ""
    latest = max(found, key=lambda j: ordinal(j.article.first_public_on))
    said = latest.effective.statement
    if not said:
        return further.ASSOCIATION_SILENT(report=cited(latest.article))
    return further.ASSOCIATION(report=cited(latest.article), sentence=said.sentence)


def _since(evidence: Evidence) -> date | None:
    """When the headline became true: the first day of the newest trial it counts."""
    days = [w.trial.first_public_on for w in evidence.counted or evidence.compared if w.trial.first_public_on]
    if days:
        return max(days)
    first = evidence.first_uncontrolled
    return first.article.first_public_on if first else None


def _causes(evidence: Evidence) -> tuple[str, ...]:
    """The newest reports that the answer rests on."""
    mains = [w.main.article for w in (evidence.counted or evidence.compared) if w.main]
    if not mains:
        return (evidence.first_uncontrolled.article.pmid,) if evidence.first_uncontrolled else ()
    newest = max(ordinal(a.first_public_on) for a in mains)
    return tuple(a.pmid for a in mains if ordinal(a.first_public_on) == newest)


def _reason(weighed: Weighed) -> str:
    assert weighed.main is not None  # noqa: S101 - counted trials have a main result by construction
    verdict = weighed.main.effective
    words = "; ".join(f"“{b.words}” ({b.field}, {b.rule})" for b in verdict.basis) or verdict.because
    facts = {"pmid": verdict.pmid, "design": verdict.design, "level": verdict.level, "words": words}
    if weighed.trial.appraised_by:
        return further.REASON_APPRAISED(**facts, person=weighed.trial.appraised_by)
    return further.REASON(**facts)


def _fingerprint(evidence: Evidence, state: AnswerState) -> str:
    """A digest of what readers must be told; equal for answers that differ only in what is merely shown."""
    parts = [str(state) if state is not AnswerState.REGISTERED or evidence.planned else str(AnswerState.NONE)]
    for weighed in sorted(evidence.counted or evidence.compared, key=lambda w: w.trial.key):
        parts.append("|".join(_facts(weighed.trial)))
    parts += [f"retracted {w.trial.key}" for w in sorted(evidence.retracted, key=lambda w: w.trial.key)]
    if not evidence.counted:
        parts.append(f"planned {bool(evidence.planned)}")
        parts += [f"possible {len(evidence.possible)}"] if evidence.possible else []
        parts += [f"told {min(len(evidence.told), 2)}"] if evidence.told else []
    parts.append(f"included {evidence.included.included_trials if evidence.included else None}")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _facts(trial: Trial) -> list[str]:
    said = str(wording.direction(trial)) if wording.is_certain(trial) else wording.quoted(trial)
    return [
        trial.key,
        str(trial.randomized),
        trial.control,
        said,
        str(trial.sample_size),
        *trial.flags,
        trial.appraised_by,
    ]
