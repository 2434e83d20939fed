"""What is new to tell the operator of a search, of unread articles and of the mailbox, beside what was told. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from monitor.bounces.collect import MailboxState
from monitor.model import Alert, AlertId, SearchState, Unread
from monitor.render.text import count
from monitor.service.failures import Bug, Failure, Unit
from monitor.service.reload.reports import ServiceReport
from monitor.watch import freshness

#: What has failed for this long is told, and what nobody looks at again for this long: with a daily timer, at once.
#: Shorter outages mend themselves, and those of searches stand in the digest.
FAILING_AFTER = timedelta(hours=6)
#: A record that cannot be read for this long is told; most are mended within hours.
UNREAD_AFTER = timedelta(days=1)
#: The units whose failures have alerts of their own: of each search, and of the mail server.
_TOLD_ELSEWHERE = frozenset((Unit.POLLS, Unit.DELIVERIES, Unit.TRANSACTIONAL_MAILS, Unit.ALERTS))


@dataclass(frozen=True, slots=True)
class AlertState:
    """What the operator was already alerted of about one search, as stored in the database."""

    query: str = ""
    translation: str = ""
    warnings: tuple[str, ...] = ()
    failing_since: str = ""
    doubt_since: str = ""


def notice(
    state: SearchState, before: AlertState, now: datetime, pause: timedelta = timedelta()
) -> tuple[AlertState, list[Alert]]:
    """What is new to tell about one search, and what will have been told then. Pure; the next look is in `pause`."""
    after, alerts = before, []
    if before.query != state.query:
        after = replace(after, query=state.query, translation="", warnings=(), doubt_since="")
    for step in (partial(_failing, pause=pause), _doubted, _warned, _translated):
        after, found = step(state, after, now)
        alerts += found
    return after, alerts


def notice_unread(
    topic: str, unread: Sequence[Unread], told: frozenset[str], now: datetime
) -> tuple[frozenset[str], list[Alert]]:
    """What is new to tell about unread articles; `told` are the PMIDs told before, as are those returned. Pure."""
    lasting = [one for one in unread if now - one.since >= UNREAD_AFTER]
    new = [one for one in lasting if one.pmid not in told]
    after = told & {one.pmid for one in unread} | {one.pmid for one in new}
    if not new:
        return after, []
    listed = "\n".join(
        f"  PMID {one.pmid}, since {one.since:%Y-%m-%d %H:%M} UTC, {count(one.tries, 'try', 'tries')}: {one.cause}\n"
        f"    https://pubmed.ncbi.nlm.nih.gov/{one.pmid}/"
        for one in new
    )
    text = (
        f"Their records cannot be read:\n{listed}\nReaders are told of each by its PMID, with a "
        "link, and of the article itself once it can be read. Monitor goes on trying; `monitor status` names what is "
        "still unread."
    )
    number = "1 article" if len(new) == 1 else f"{len(new):,} articles"
    return after, [Alert(f"{number} of {topic} cannot be read", text, AlertId.ARTICLES_UNREAD)]


def notice_mailbox(
    state: MailboxState, failing_since: str, now: datetime, pause: timedelta = timedelta()
) -> tuple[str, list[Alert]]:
    """What is new to tell about the mailbox; `failing_since` is what was told ("" nothing), as is what is returned."""
    since = state.first_failure_at
    if since is None:
        if not failing_since or state.last_success_at is None:  # another mailbox since, and not yet read
            return failing_since, []
        text = f"It had failed since {failing_since[:16]} UTC. What came back meanwhile is being read now."
        return "", [Alert("returned mail is read again", text, AlertId.MAILBOX_FAILING, is_over=True)]
    if not is_long(since, now, pause) or failing_since == since.isoformat():
        return failing_since, []
    text = (
        f"The mailbox of returned mail ({state.mailbox}) has failed {_times(state.failures_in_row)}. The last "
        f"error was:\n  {state.last_error}\nUntil it can be read, addresses that no longer work go on getting mail. "
        "Monitor goes on trying.\n`monitor doctor` tests it, `monitor bounces` reads it at once."
    )
    lasting = f" for {freshness.in_words(now - since)}" if now - since >= FAILING_AFTER else ""
    return since.isoformat(), [Alert(f"returned mail cannot be read{lasting}", text, AlertId.MAILBOX_FAILING)]


def notice_bugs(bugs: Sequence[Bug], told: tuple[str, ...]) -> tuple[tuple[str, ...], list[Alert]]:
    """What is new to tell about bugs; `told` are the numbers told before, as are those returned. Pure."""
    alerts = [
        Alert(
            f"a bug in Monitor ({bug.number})",
            f"It stopped this, and nothing else: {bug.what}\n  {bug.error}\nMonitor tries again, ever later while it "
            "fails, and drops nothing. Please report the bug, or install a newer version. The report, without "
            f"secrets and addresses:\n  {bug.report or 'none was written'}\n`monitor status` shows what still fails.",
            AlertId.BUG,
        )
        for bug in bugs
        if bug.number not in told
    ]
    return tuple(bug.number for bug in bugs), alerts


def notice_failures(
    failures: Sequence[Failure], told: Mapping[str, str], now: datetime, pause: timedelta = timedelta()
) -> tuple[dict[str, str], list[Alert]]:
    """What is new to tell about what fails for long: `told` is since when, by name, as is what is returned. Pure.

    Not about bugs, searches and mail: they have alerts of their own.
    """
    after, alerts = {}, []
    for one in failures:
        name, since = f"{one.unit}{f' ({one.part})' if one.part else ''}", one.since or one.at
        if one.is_bug or one.unit in _TOLD_ELSEWHERE or not is_long(since, now, pause):
            continue
        after[name] = since.isoformat()
        if told.get(name) != after[name]:
            text = f"Since {since:%Y-%m-%d %H:%M} UTC. The last error was:\n  {one.error}\nMonitor goes on trying."
            alerts.append(Alert(f"{name}: failing", text, AlertId.WORK_FAILING))
    return after, alerts


def is_long(since: datetime, now: datetime, pause: timedelta) -> bool:
    """Has what failed `since` failed for long, or will nobody look again for long? A date of the future is unknown."""
    return since > now or max(now - since, pause) >= FAILING_AFTER


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times in a row"


def _failing(
    state: SearchState, told: AlertState, now: datetime, *, pause: timedelta
) -> tuple[AlertState, list[Alert]]:
    name = f"{state.topic}/{state.name}"
    since = state.first_failure_at if state.failures_in_row else None
    if since is None:
        if not told.failing_since:
            return told, []
        text = f"It had failed since {told.failing_since[:16]} UTC. Nothing was missed: each poll asks for everything."
        over = Alert(f"{name} works again", text, AlertId.SEARCH_FAILING, is_over=True)
        return replace(told, failing_since=""), [over]
    if not is_long(since, now, pause) or told.failing_since == since.isoformat():
        return told, []
    if now - since >= FAILING_AFTER:
        headline = f"{name} has failed for {freshness.in_words(now - since)}"
    else:
        headline = f"{name} has failed, and is not asked again for {freshness.in_words(pause)}"
    success = f"{state.last_success_at:%Y-%m-%d %H:%M} UTC" if state.last_success_at else "never"
    text = (
        f"It has failed {_times(state.failures_in_row)} (last success: {success}). "
        f"The last error was:\n  {state.last_error}\n"
        "Monitor goes on trying and says so in every digest. `monitor doctor` tests everything it depends on."
    )
    return replace(told, failing_since=since.isoformat()), [Alert(headline, text, AlertId.SEARCH_FAILING)]


def notice_configuration(refused: Sequence[ServiceReport]) -> Alert:
    """What to tell of services that keep an older configuration than their file; or that there are none any more."""
    if not refused:
        text = "The services that run work with the configuration as their files have it now."
        return Alert("the configuration was taken", text, AlertId.CONFIGURATION_REFUSED, is_over=True)
    why = "\n".join(dict.fromkeys(f"{report.refused}" for report in refused))
    since = f"{min(report.loaded_at for report in refused):%Y-%m-%d %H:%M} UTC"
    text = (
        f"The configuration was changed and cannot be taken:\n{why}\nMonitor goes on with the one of {since}. "
        "It tries again when a file is changed, at `monitor reload`, and on SIGHUP."
    )
    return Alert("a changed configuration was refused", text, AlertId.CONFIGURATION_REFUSED)


def _doubted(state: SearchState, told: AlertState, _now: datetime) -> tuple[AlertState, list[Alert]]:
    name = f"{state.topic}/{state.name}"
    if not (state.doubt and state.doubt_since):
        if not told.doubt_since:
            return told, []
        text = f"It had been in doubt since {told.doubt_since[:16]} UTC. What was held back meanwhile is told as ever."
        over = Alert(f"{name} is believed again", text, AlertId.SEARCH_IN_DOUBT, is_over=True)
        return replace(told, doubt_since=""), [over]
    if told.doubt_since == state.doubt_since.isoformat():
        return told, []
    text = (
        f"PubMed's answer is not believed:\n  {state.last_error}\nNothing that it lists is told as news, and nothing "
        "that it lacks as gone; readers are told that the search is in doubt. The doubt ends by itself with an answer "
        f"like those before. The query:\n  {state.query}\nUntil now PubMed read it as:\n  {state.translation}\n"
        "If the answer is right, accept it; if PubMed misreads the query, mend it in the configuration. To accept:\n"
        f"  monitor poll --accept {name}"
    )
    alert = Alert(f"{name} is in doubt", text, AlertId.SEARCH_IN_DOUBT)
    return replace(told, doubt_since=state.doubt_since.isoformat()), [alert]


def _warned(state: SearchState, told: AlertState, _now: datetime) -> tuple[AlertState, list[Alert]]:
    new = [warning for warning in state.warnings_seen if warning not in told.warnings]
    if not new:
        return told, []
    listed = "\n".join(f"  {warning}" for warning in new)
    text = (
        f"PubMed ran the query but says:\n{listed}\nIt may have searched for something else. The query:\n"
        f"  {state.query}\nIt read this as:\n  {state.translation}\n"
        "If that is wrong, mend the query in the configuration."
    )
    warned = replace(told, warnings=(*told.warnings, *new))
    return warned, [Alert(f"PubMed warns about {state.topic}/{state.name}", text, AlertId.QUERY_WARNING)]


def _translated(state: SearchState, told: AlertState, _now: datetime) -> tuple[AlertState, list[Alert]]:
    if not state.translation or state.translation == told.translation:
        return told, []
    after = replace(told, translation=state.translation)
    if not told.translation:
        return after, []
    text = (
        f"The query is unchanged:\n  {state.query}\nPubMed used to read it as:\n  {told.translation}\nand now as:\n"
        f"  {state.translation}\nThis happens when MeSH changes, once a year. Check that it still finds what you want."
    )
    headline = f"PubMed reads {state.topic}/{state.name} differently"
    return after, [Alert(headline, text, AlertId.QUERY_READ_DIFFERENTLY)]
