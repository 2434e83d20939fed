"""Everything of which the operator's page can tell: what fails, what waits, what was refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from monitor import store
from monitor.bounces import collect
from monitor.delivery import server_state
from monitor.errors import MailError
from monitor.model import BounceSettings, Outcome, Poll, Settings, Unread
from monitor.service.alerting.failures import Unit
from monitor.service.guard import Guard
from monitor.service.reload import reports
from tests.support.factories import message_id
from tests.support.site import READER, RunningSite, fill_site

STRANGER = "stranger@elsewhere.example"


def troubled(site: RunningSite) -> None:
    """A search fails, an article is unread, a unit failed by a bug, mail is refused and paused."""
    now = site.clock()
    site.subscribe()
    with site.db.begin() as tx:
        token = store.searches.claim(tx, "ccsvi", "ccsvi", now, early=True)
        assert token
        poll = Poll("ccsvi", "ccsvi", now, now, Outcome.FAILED, error=f"HTTP 502 <b>from</b> {STRANGER}")
        store.searches.finish(tx, poll, token, now + timedelta(minutes=5), now)
        since = now - timedelta(days=1)
        store.unread.save(tx, [Unread("ccsvi", "31415926", "ccsvi", "not XML", since, now, 3)])
        state = server_state.read(tx, site.settings.smtp)
        error = f"The mail server refused the sender (550 no such user <{READER}>)."
        server_state.write(tx, replace(state, error=error, since=now, is_refusal=True), now)
        store.deliveries.pause(tx, now)
    units = Guard(site.db, now)

    def bug(_: object) -> int:
        raise KeyError(f"Jane Roe {READER}")

    units.run(Unit.DIGESTS, bug, 0)
    site.clock.pass_by(timedelta(hours=60))


def with_lost_mailbox(settings: Settings) -> Settings:
    """The settings with a mailbox of returned mail that is not there."""
    return replace(settings, bounces=BounceSettings(Path("/nowhere")))


def everything_wrong(site: RunningSite) -> None:
    """All of it: also a mailbox and a configuration that cannot be read, deliveries, an answer in doubt, a rehearsal.

    For a site `with_lost_mailbox`.
    """
    digest = fill_site(site.db)
    collect.collect_due(site.settings, site.links, site.db, site.clock())
    Guard(site.db, site.clock()).run(Unit.CHANNELS, _refuse, 0)
    troubled(site)
    now = site.clock()
    with site.db.begin() as tx:
        store.deliveries.enqueue(tx, digest, now, message_id)
        report = reports.begin("run", site.settings, now)
        reports.put(tx, reports.refused(report, "line 5: empty.", now), now)
        store.meta.put(tx, "rehearsal", now.isoformat(), now)
        token = store.searches.claim(tx, "ccsvi", "citing", now, early=True)
        assert token
        doubt = "PubMed lists only 1 of the 4 articles held"
        poll = Poll("ccsvi", "citing", now, now, Outcome.INCOMPLETE, error=doubt, doubt=doubt)
        store.searches.finish(tx, poll, token, now + timedelta(hours=1), now)


def _refuse(_: object) -> int:
    raise MailError("no route")
