"""Returned mail that only a person can deal with: kept in the database until the operator has been told."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor import store
from monitor.bounces.process import Outcome, Processed
from monitor.language.messages import plural
from monitor.language.speech import gettext, later, ngettext, quoted
from monitor.store import Tx

#: What is told about each such outcome, and what to do.
HEADINGS = {
    Outcome.UNREADABLE: later(
        "Mails that could not be read. Look at the files named here; Monitor ignores these mails:"
    ),
    Outcome.UNMATCHED_WISH: later(
        "Somebody wants no more mail, and no subscription is named. Find it with `monitor subscribers list`, and "
        "answer:"
    ),
    Outcome.UNPROVED_HARD: later(
        "Reports that a mailbox is gone that name a mail of ours by its Message-ID alone. They may be made up, so "
        "nothing was counted; `monitor subscribers suspend` stops mail to it. Set `smtp.bounce_domain`, and bounces "
        "prove themselves:"
    ),
    Outcome.UNPROVED_COMPLAINT: later(
        "Complaints that come from none of `bounces.feedback_sources`. Nothing was ended; `monitor subscribers "
        "suspend` does it:"
    ),
}
#: Of how many such mails the details are kept, and how often the operator is told at most.
MAX_DETAILS, PAUSE = 20, timedelta(days=1)
#: Details name people: they are forgotten after this, when the next is noted.
FORGOTTEN_AFTER = timedelta(days=30)
#: Characters of one detail.
MAX_DETAIL = 400

_STATE = "bounces/attention"
_NEED_A_PERSON = plural(
    "headline of an alert", "%(count)s returned mail needs a person", "%(count)s returned mails need a person"
)


@dataclass(frozen=True, slots=True)
class Matter:
    """One such mail. `number` counts all that there ever were."""

    number: int
    outcome: Outcome
    at: str
    detail: str


def note(tx: Tx, done: Processed, now: datetime) -> None:
    """Keep one such mail until the operator is told."""
    before = _read(tx)
    number = before[-1].number + 1 if before else 1
    recent = [one for one in before if one.at >= f"{now - FORGOTTEN_AFTER:%Y-%m-%d %H:%M}"]
    words = " ".join(part for part in (done.address, done.detail) if part)[:MAX_DETAIL]
    kept = [*recent, Matter(number, done.outcome, f"{now:%Y-%m-%d %H:%M}", words)][-MAX_DETAILS:]
    rows = [(one.number, one.outcome, one.at, one.detail) for one in kept]
    store.meta.put(tx, _STATE, json.dumps(rows), now)


def untold(tx: Tx, told: str, now: datetime) -> tuple[str, str, str]:
    """(what will have been told, a headline, a text), the last two "" when there is nothing to tell now.

    The headline is English, the text in the language that is spoken.

    `told` is what this returned the last time, "" for never.
    """
    number, at = json.loads(told) if told else (0, None)
    new = [one for one in _read(tx) if one.number > number]
    if not new or (at and timedelta() <= now - datetime.fromisoformat(at) < PAUSE):
        return told, "", ""
    count = new[-1].number - number
    headline = _NEED_A_PERSON(count, count=f"{count:,}")
    return json.dumps([new[-1].number, now.isoformat()]), headline, _text(new, count)


def _text(new: list[Matter], count: int) -> str:
    parts = [
        "\n".join((gettext(heading), *(_line(one) for one in new if one.outcome is outcome)))
        for outcome, heading in HEADINGS.items()
        if Counter(one.outcome for one in new)[outcome]
    ]
    if count > len(new):
        parts.append(
            ngettext(
                "Of %(number)s more the details were not kept.",
                "Of %(number)s more the details were not kept.",
                count - len(new),
            )
        )
    return "\n\n".join(parts)


def _line(one: Matter) -> str:
    return f"  {one.at} UTC: {quoted(one.detail)}"


def _read(tx: Tx) -> list[Matter]:
    rows = json.loads(store.meta.get(tx, _STATE) or "[]")
    return [Matter(number, Outcome(outcome), at, detail) for number, outcome, at, detail in rows]
