"""What is new to tell the operator of a search, of unread articles and of the mailbox, beside what was told. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from monitor.bounces.collect import MailboxState
from monitor.language.messages import message, plural
from monitor.language.speech import gettext as _
from monitor.language.speech import ngettext, quoted
from monitor.model import Alert, AlertId, SearchState, Unread
from monitor.service.reload.reports import ServiceReport
from monitor.watch import freshness

#: What has failed for this long is told, and what nobody looks at again for this long: with a daily timer, at once.
#: Shorter outages mend themselves, and those of searches stand in the digest.
FAILING_AFTER = timedelta(hours=6)
#: A record that cannot be read for this long is told; most are mended within hours.
UNREAD_AFTER = timedelta(days=1)

_C, _SPAN = "headline of an alert", "length of time"
_UNREAD = plural(_C, "%(count)s article of %(topic)s cannot be read", "%(count)s articles of %(topic)s cannot be read")
_MAILBOX_READ = message(_C, "returned mail is read again")
_MAILBOX_UNREADABLE = message(_C, "returned mail cannot be read")
_MAILBOX_UNREADABLE_FOR = message(_C, "returned mail cannot be read for %(span)s", span=_SPAN)
_WORKS = message(_C, "%(name)s works again")
_HAS_FAILED = message(_C, "%(name)s has failed for %(span)s", span=_SPAN)
_HAS_FAILED_AND_WAITS = message(_C, "%(name)s has failed, and is not asked again for %(span)s", span=_SPAN)
_CONFIGURATION_TAKEN = message(_C, "the configuration was taken")
_CONFIGURATION_REFUSED = message(_C, "a changed configuration was refused")
_BELIEVED = message(_C, "%(name)s is believed again")
_IN_DOUBT = message(_C, "%(name)s is in doubt")
_WARNS = message(_C, "PubMed warns about %(name)s")
_READS_DIFFERENTLY = message(_C, "PubMed reads %(name)s differently")


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
    text = _(
        "Their records cannot be read:\n%(records)s\nReaders are told of each by its PMID, with a link, and of the "
        "article itself once it can be read. Monitor goes on trying; `monitor status` names what is still unread.",
        records="\n".join(map(_record, new)),
    )
    headline = _UNREAD(len(new), count=f"{len(new):,}", topic=topic)
    return after, [Alert(headline, text, AlertId.ARTICLES_UNREAD)]


def _record(one: Unread) -> str:
    said = ngettext(
        "PMID %(pmid)s, since %(instant)s, %(number)s try: %(cause)s",
        "PMID %(pmid)s, since %(instant)s, %(number)s tries: %(cause)s",
        one.tries,
        pmid=one.pmid,
        instant=instant(one.since),
        cause=quoted(one.cause),
    )
    return f"  {said}\n    https://pubmed.ncbi.nlm.nih.gov/{one.pmid}/"


def notice_mailbox(
    state: MailboxState, failing_since: str, now: datetime, pause: timedelta = timedelta()
) -> tuple[str, list[Alert]]:
    """What is new to tell about the mailbox; `failing_since` is what was told ("" nothing), as is what is returned."""
    since = state.first_failure_at
    if since is None:
        if not failing_since or state.last_success_at is None:  # another mailbox since, and not yet read
            return failing_since, []
        text = _(
            "It had failed since %(instant)s. What came back meanwhile is being read now.",
            instant=f"{failing_since[:16]} UTC",
        )
        return "", [Alert(_MAILBOX_READ(), text, AlertId.MAILBOX_FAILING, is_over=True)]
    if not is_long(since, now, pause) or failing_since == since.isoformat():
        return failing_since, []
    text = ngettext(
        "The mailbox of returned mail (%(mailbox)s) has failed once. The last error was:\n  %(error)s\nUntil it can be "
        "read, addresses that no longer work go on getting mail. Monitor goes on trying.\n`monitor doctor` tests it, "
        "`monitor bounces` reads it at once.",
        "The mailbox of returned mail (%(mailbox)s) has failed %(number)s times in a row. The last error was:\n"
        "  %(error)s\nUntil it can be read, addresses that no longer work go on getting mail. Monitor goes on trying.\n"
        "`monitor doctor` tests it, `monitor bounces` reads it at once.",
        state.failures_in_row,
        number=str(state.failures_in_row),
        mailbox=state.mailbox,
        error=quoted(state.last_error),
    )
    is_lasting = now - since >= FAILING_AFTER
    headline = _MAILBOX_UNREADABLE_FOR(span=freshness.in_words(now - since)) if is_lasting else _MAILBOX_UNREADABLE()
    return since.isoformat(), [Alert(headline, text, AlertId.MAILBOX_FAILING)]


def is_long(since: datetime, now: datetime, pause: timedelta) -> bool:
    """Has what failed `since` failed for long, or will nobody look again for long? A date of the future is unknown."""
    return since > now or max(now - since, pause) >= FAILING_AFTER


def instant(at: datetime) -> str:
    """An instant as alerts write it."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _failing(
    state: SearchState, told: AlertState, now: datetime, *, pause: timedelta
) -> tuple[AlertState, list[Alert]]:
    name = f"{state.topic}/{state.name}"
    since = state.first_failure_at if state.failures_in_row else None
    if since is None:
        if not told.failing_since:
            return told, []
        text = _(
            "It had failed since %(instant)s. Nothing was missed: each poll asks for everything.",
            instant=f"{told.failing_since[:16]} UTC",
        )
        over = Alert(_WORKS(name=name), text, AlertId.SEARCH_FAILING, is_over=True)
        return replace(told, failing_since=""), [over]
    if not is_long(since, now, pause) or told.failing_since == since.isoformat():
        return told, []
    if now - since >= FAILING_AFTER:
        headline = _HAS_FAILED(name=name, span=freshness.in_words(now - since))
    else:
        headline = _HAS_FAILED_AND_WAITS(name=name, span=freshness.in_words(pause))
    alert = Alert(headline, _failures(state), AlertId.SEARCH_FAILING)
    return replace(told, failing_since=since.isoformat()), [alert]


def _failures(state: SearchState) -> str:
    """How often a search has failed in a row, and why the last time."""
    number = state.failures_in_row
    if state.last_success_at:
        failed = ngettext(
            "It has failed once (last success: %(instant)s).",
            "It has failed %(number)s times in a row (last success: %(instant)s).",
            number,
            number=str(number),
            instant=instant(state.last_success_at),
        )
    else:
        failed = ngettext(
            "It has failed once (last success: never).",
            "It has failed %(number)s times in a row (last success: never).",
            number,
            number=str(number),
        )
    why = _(
        "The last error was:\n  %(error)s\nMonitor goes on trying and says so in every digest. `monitor doctor` tests "
        "everything it depends on.",
        error=quoted(state.last_error),
    )
    return f"{failed} {why}"


def notice_configuration(refused: Sequence[ServiceReport]) -> Alert:
    """What to tell of services that keep an older configuration than their file; or that there are none any more."""
    if not refused:
        text = _("The services that run work with the configuration as their files have it now.")
        return Alert(_CONFIGURATION_TAKEN(), text, AlertId.CONFIGURATION_REFUSED, is_over=True)
    text = _(
        "The configuration was changed and cannot be taken:\n%(why)s\nMonitor goes on with the one of %(instant)s. It "
        "tries again when a file is changed, at `monitor reload`, and on SIGHUP.",
        why="\n".join(dict.fromkeys(quoted(report.refused) for report in refused)),
        instant=instant(min(report.loaded_at for report in refused)),
    )
    return Alert(_CONFIGURATION_REFUSED(), text, AlertId.CONFIGURATION_REFUSED)


def _doubted(state: SearchState, told: AlertState, _now: datetime) -> tuple[AlertState, list[Alert]]:
    name = f"{state.topic}/{state.name}"
    if not (state.doubt and state.doubt_since):
        if not told.doubt_since:
            return told, []
        text = _(
            "It had been in doubt since %(instant)s. What was held back meanwhile is told as ever.",
            instant=f"{told.doubt_since[:16]} UTC",
        )
        over = Alert(_BELIEVED(name=name), text, AlertId.SEARCH_IN_DOUBT, is_over=True)
        return replace(told, doubt_since=""), [over]
    if told.doubt_since == state.doubt_since.isoformat():
        return told, []
    text = _(
        "PubMed's answer is not believed:\n  %(error)s\nNothing that it lists is told as news, and nothing that it "
        "lacks as gone; readers are told that the search is in doubt. The doubt ends by itself with an answer like "
        "those before. The query:\n  %(query)s\nUntil now PubMed read it as:\n  %(translation)s\nIf the answer is "
        "right, accept it; if PubMed misreads the query, mend it in the configuration. To accept:\n  %(command)s",
        error=quoted(state.last_error),
        query=state.query,
        translation=state.translation,
        command=f"monitor poll --accept {name}",
    )
    alert = Alert(_IN_DOUBT(name=name), text, AlertId.SEARCH_IN_DOUBT)
    return replace(told, doubt_since=state.doubt_since.isoformat()), [alert]


def _warned(state: SearchState, told: AlertState, _now: datetime) -> tuple[AlertState, list[Alert]]:
    new = [warning for warning in state.warnings_seen if warning not in told.warnings]
    if not new:
        return told, []
    text = _(
        "PubMed ran the query but says:\n%(warnings)s\nIt may have searched for something else. The query:\n"
        "  %(query)s\nIt read this as:\n  %(translation)s\nIf that is wrong, mend the query in the configuration.",
        warnings="\n".join(f"  {quoted(warning)}" for warning in new),
        query=state.query,
        translation=state.translation,
    )
    warned = replace(told, warnings=(*told.warnings, *new))
    return warned, [Alert(_WARNS(name=f"{state.topic}/{state.name}"), text, AlertId.QUERY_WARNING)]


def _translated(state: SearchState, told: AlertState, _now: datetime) -> tuple[AlertState, list[Alert]]:
    if not state.translation or state.translation == told.translation:
        return told, []
    after = replace(told, translation=state.translation)
    if not told.translation:
        return after, []
    text = _(
        "The query is unchanged:\n  %(query)s\nPubMed used to read it as:\n  %(before)s\nand now as:\n  %(now)s\nThis "
        "happens when MeSH changes, once a year. Check that it still finds what you want.",
        query=state.query,
        before=told.translation,
        now=state.translation,
    )
    headline = _READS_DIFFERENTLY(name=f"{state.topic}/{state.name}")
    return after, [Alert(headline, text, AlertId.QUERY_READ_DIFFERENTLY)]
