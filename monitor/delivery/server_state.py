"""What the mail server last showed: its limits, why it cannot be used, which digests it refused.

Kept in the database, so that a limit is respected and the operator told once by whichever process comes next.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

from monitor import store
from monitor.delivery.refusals import Memory, Said
from monitor.delivery.throttle import NO_LIMIT, Pace
from monitor.errors import MailError
from monitor.language.messages import QUOTED, message
from monitor.language.speech import gettext as _
from monitor.language.speech import quoted
from monitor.language.stored import stored
from monitor.model import Alert, AlertId, SmtpSettings
from monitor.model.values.backoff import back_off
from monitor.store import Tx

#: When the mail server cannot be used at all, deliveries are retried after this long; it counts as no attempt.
SERVER_BACK_OFF = timedelta(minutes=5)
#: The first wait at a limit and the longest: short, because an hourly limit should be used from its first minute on.
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(minutes=15)
#: A limit that is over so soon may be one of speed; how long one took to be over is remembered up to an hour.
SOON_OVER, LONGEST_REST = timedelta(seconds=90), timedelta(hours=1)
#: What has failed for this long without a refusal is told; shorter outages end by themselves.
FAILING_AFTER = timedelta(hours=6)

#: Limits of a day: they are over the next day, and asking all day long would annoy the server.
_DAILY = re.compile(r"\bdaily\b|\bper day\b|\btoday\b|\b24 ?h|5\.4\.5", re.IGNORECASE)
_KEY = "mail server"
_HEADLINE, _END = "headline of an alert", "end of a refusal"
_TAKES_MAIL = message(_HEADLINE, "the mail server takes mail again")
_CANNOT_BE_USED = message(_HEADLINE, "the mail server cannot be used")
_REFUSES = message(_HEADLINE, "the mail server refuses digest %(number)s")
_NO_MAIL = message(_END, "From %(since)s to %(until)s UTC no mail went out. %(error)s", error=QUOTED)
_TIMES = ("rest_until", "limited_at", "since")


@dataclass(frozen=True, slots=True)
class ServerState:
    """`waits` counts the limits met in a row since `limited_at`, `rest_until` is the end of the last one's wait.

    `rested` is how many seconds it took, the last time, until the server took mail again, and `pace` how fast.

    `error` is why the server cannot be used, "" while it can, since `since`; `is_refusal` when it said so itself.
    `ended` says of the last such refusal that is over what it was and how long it lasted.
    `refused` are the digests that it refused to everybody (see `delivery.refusals`), by id, with its reply; `said` is
    what it said about mailboxes while it took little mail.
    """

    server: str
    rest_until: datetime | None = None
    waits: int = 0
    limited_at: datetime | None = None
    rested: float = 0.0
    pace: Pace = NO_LIMIT
    error: str = ""
    since: datetime | None = None
    is_refusal: bool = False
    ended: str = ""
    refused: Mapping[str, str] = field(default_factory=dict)
    said: Memory = field(default_factory=dict)

    def is_resting(self, now: datetime) -> bool:
        """Has the server asked not to be sent more before some later time?"""
        return self.rest_until is not None and now < self.rest_until

    def rest(self, now: datetime) -> timedelta:
        """How long to leave the server alone when it did not take everything."""
        return self.rest_until - now if self.rest_until and self.is_resting(now) else SERVER_BACK_OFF

    def after(self, error: MailError | None, sent: int, now: datetime) -> ServerState:
        """The state after a run that `error` ended (None: it ran to its end), in which `sent` mails were accepted."""
        is_limit = error is not None and error.is_temporary
        learned = self._learned(sent, now, is_limit=is_limit)
        if error is None:
            return self._used(learned, now) if sent else self
        if not is_limit:
            return replace(learned, rest_until=None, waits=0, **self._failing(error, now))
        waits = 1 if sent else self.waits + 1
        rest_until = now + wait(error, waits, now, learned.rested)
        failing = {"error": "", "since": None, "is_refusal": False} if sent else self._failing(error, now)
        return replace(learned, rest_until=rest_until, waits=waits, **failing)

    def _used(self, learned: ServerState, now: datetime) -> ServerState:
        return ServerState(
            self.server, rested=learned.rested, pace=learned.pace, ended=self._ended(now), refused=self.refused
        )

    def _failing(self, error: MailError, now: datetime) -> dict[str, Any]:
        return {"error": str(error), "since": self.since or now, "is_refusal": error.is_refusal}

    def _learned(self, sent: int, now: datetime, *, is_limit: bool) -> ServerState:
        """The state with what a run shows of the server's limits: how long one lasts, and how fast it takes mail."""
        if not sent:
            return replace(self, limited_at=self.limited_at or now) if is_limit else self
        rested, pace = self.rested, self.pace
        if self.limited_at and self.rest_until:
            rested = min(self.rest_until - self.limited_at, LONGEST_REST).total_seconds()
        if not is_limit:
            pace = pace.quicker()
        elif self.limited_at and timedelta(seconds=rested) > SOON_OVER:
            pace = NO_LIMIT
        elif self.limited_at or pace.rate:
            pace = pace.slower(sent)
        return replace(self, limited_at=now if is_limit else None, rested=rested, pace=pace)

    def _ended(self, now: datetime) -> str:
        if not (self.is_refusal and self.since):
            return self.ended
        return _NO_MAIL(since=f"{self.since:%Y-%m-%d %H:%M}", until=f"{now:%Y-%m-%d %H:%M}", error=self.error)

    def with_digests(self, refused: Mapping[int, str], received: Iterable[int], said: Memory) -> ServerState:
        """The state with digests that were refused and kept, without those that somebody has received since; `said`
        is what is to be remembered of refusals.
        """
        now = {str(number): reply for number, reply in refused.items()}
        over = {str(number) for number in received}
        return replace(
            self, refused={one: reply for one, reply in self.refused.items() if one not in over} | now, said=said
        )


def wait(error: MailError, waits: int, now: datetime, rested: float = 0.0) -> timedelta:
    """How long to wait at a limit, met for the nth time in a row: till tomorrow (UTC) if it is a daily one.

    Where the last limit took `rested` seconds to be over, half of that: it is asked once in between, in case this one
    is shorter.
    """
    if _DAILY.search(error.reply):
        tomorrow = datetime.combine(now.date() + timedelta(days=1), time(), UTC)
        return max(tomorrow - now, FIRST_WAIT)
    return max(back_off(FIRST_WAIT, waits, LONGEST_WAIT), timedelta(seconds=rested / 2))


def read(tx: Tx, smtp: SmtpSettings) -> ServerState:
    """The state of this server; that of another one, or of another login, is forgotten."""
    server = f"{smtp.username}@{smtp.host}:{smtp.port}"
    kept = store.meta.get(tx, _KEY)
    values = json.loads(kept) if kept else {}
    if values.get("server") != server:
        return ServerState(server)
    times = {name: values[name] and datetime.fromisoformat(values[name]) for name in _TIMES}
    said = {
        words: Said({int(number): domain for number, domain in by.items()}, datetime.fromisoformat(at), accepted)
        for words, (by, at, accepted) in values["said"].items()
    }
    return ServerState(**{**values, **times, "pace": Pace(**values["pace"]), "said": said})


def write(tx: Tx, state: ServerState, now: datetime) -> None:
    """Keep the state."""
    said = {words: (one.by, one.at, one.accepted) for words, one in state.said.items()}
    store.meta.put(tx, _KEY, json.dumps({**asdict(state), "said": said}, default=datetime.isoformat), now)


# --- what the operator is told -----------------------------------------------------------------------


def notice(state: ServerState, told: str, now: datetime) -> tuple[str, list[Alert]]:
    """What is new to tell the operator, and what will have been told then; `told` is what was returned last time."""
    known: dict[str, Any] = json.loads(told) if told else {"error": "", "ended": "", "digests": []}
    error, notices = _usable(state, known, now)
    digests = [number for number in state.refused if number not in known["digests"]]
    notices += [_digest(number, state.refused[number]) for number in digests]
    digests = [one for one in (*known["digests"], *digests) if one in state.refused]
    after = {"error": error, "ended": state.ended, "digests": digests}
    return json.dumps(after) if any(after.values()) else "", notices


def _usable(state: ServerState, known: Mapping[str, Any], now: datetime) -> tuple[str, list[Alert]]:
    """Also what could not be told while it lasted, because there was no server to mail it."""
    told: str = known["error"]
    if not state.error or state.since is None:
        was_refusal = state.ended != known["ended"]
        ended = stored(state.ended, _END) if was_refusal else quoted(told)
        text = _("%(ended)s\nThe copies that waited go out now; nothing was counted against a subscriber.", ended=ended)
        which = AlertId.MAIL_SERVER_REFUSES if was_refusal else AlertId.MAIL_SERVER_FAILING
        return "", [Alert(_TAKES_MAIL(), text, which, is_over=True)] if ended else []
    if state.error == told or not (state.is_refusal or now - state.since >= FAILING_AFTER):
        return told, []
    text = _(
        "%(error)s\nThis has been so since %(instant)s. Every copy waits, and nothing is counted against a subscriber. "
        "Monitor tries again every few minutes. `monitor doctor` tests the mail server.",
        error=quoted(state.error),
        instant=f"{state.since:%Y-%m-%d %H:%M} UTC",
    )
    which = AlertId.MAIL_SERVER_REFUSES if state.is_refusal else AlertId.MAIL_SERVER_FAILING
    return state.error, [Alert(_CANNOT_BE_USED(), text, which)]


def _digest(number: str, reply: str) -> Alert:
    text = _(
        "It said: %(reply)s\nIts copies wait and are tried again, at longer and longer intervals. No subscriber is at "
        "fault. If the reply names spam, SPF, DKIM or DMARC, run `monitor doctor`; if it names a policy or the size, "
        "ask who runs the mail server.",
        reply=quoted(reply),
    )
    return Alert(_REFUSES(number=number), text, AlertId.DIGEST_REFUSED)
