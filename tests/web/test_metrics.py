"""The metrics: by Prometheus's conventions, as docs/monitoring.md lists them, and true to what happened."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from monitor import config, store, web
from monitor.bounces import process
from monitor.bounces.collect import collect
from monitor.demo.mailbox import Mailbox
from monitor.links import Links
from monitor.model import BounceSettings, Settings, SourceName
from monitor.sandbox import Server
from monitor.sandbox.faults import Fault
from monitor.service import connections, tick
from monitor.service.running import heartbeat
from monitor.sources.pubmed import Client
from monitor.store import Database, Tx
from monitor.store.outside.source_states import SourcePlan
from tests.delivery.test_mail_server import Installation
from tests.support import returned_mails
from tests.support.factories import NOW
from tests.support.installation import install
from tests.support.mailboxes import maildir
from tests.support.scripted_smtp import ScriptedServer
from tests.support.site import NOW as THEN
from tests.support.site import RunningSite
from tools.house_picture import ROOT

START = datetime(2016, 1, 1, 12, 0, tzinfo=UTC)
#: What promtool's linter says of names: abbreviated units, units that are not base units, types in a name.
_BAD_UNITS = re.compile(
    r"_(s|ms|us|ns|sec|min|minutes|hours|days|milliseconds|kb|mb|gb|kilobytes|percent|ratio_percent)$"
)
_TYPES = re.compile(r"_(gauge|counter|histogram|summary|total_total)(_|$)")
Samples = dict[tuple[str, ...], float]


def scrape(settings: Settings, db: Database, at: datetime) -> list[Metric]:
    """What Prometheus gets."""
    app = httpx.ASGITransport(web.app(settings, Links(settings.secret_keys, ""), db, lambda: at))

    async def get() -> httpx.Response:
        async with httpx.AsyncClient(transport=app, base_url="http://monitor.example.org") as http:
            return await http.get("/metrics")

    response = asyncio.run(get())
    assert response.status_code == 200
    return list(text_string_to_metric_families(response.text))


def of(families: list[Metric], name: str) -> Samples:
    """The samples of one metric that are not 0, by the values of their labels in the order of the labels' names."""
    return {
        tuple(sample.labels.values()): sample.value
        for family in families
        for sample in family.samples
        if sample.name == name and sample.value
    }


def in_full(site: RunningSite) -> list[Metric]:
    """All metrics of a site with a mailbox of returned mail and a source besides PubMed."""
    heartbeat.beat(site.db, site.clock())
    with site.db.begin() as tx:
        asked(tx, site)
    mailbox = site.settings.path.parent / "returned"
    maildir(mailbox)
    settings = replace(site.settings, bounces=BounceSettings(mailbox))
    process_due(settings, site)
    return scrape(settings, site.db, site.clock())


def asked(tx: Tx, site: RunningSite) -> None:
    """Crossref was asked for the topic, and answered."""
    plan = SourcePlan(SourceName.CROSSREF, site.settings.topics[0].key, timedelta(days=1))
    now = site.clock()
    store.source_states.sync(tx, [plan], now)
    if token := store.source_states.claim(tx, plan.source, plan.topic, now):
        state = store.source_states.state(tx, plan.source, plan.topic)
        store.source_states.finish(tx, state, token, now + plan.every, now)


def process_due(settings: Settings, site: RunningSite) -> None:
    """Its mailbox of returned mail is read."""
    collect(settings, site.links, site.db, site.clock())


def name_of(family: Metric) -> str:
    """The name that is written in a query."""
    return f"{family.name}_total" if family.type == "counter" else family.name


def labels_of(family: Metric) -> str:
    """The names of its labels, as the document writes them."""
    return ", ".join(sorted({label for sample in family.samples for label in sample.labels}))


def test_names_and_types_follow_the_conventions(filled_site: RunningSite) -> None:
    """What `promtool check metrics` would find: suffixes, units, help, camel case, a type in a name, no sample."""
    families = in_full(filled_site)
    names = [name_of(family) for family in families]
    assert len(names) == len(set(names)) > 20
    for family, name in zip(families, names, strict=True):
        assert family.documentation.endswith("."), name
        assert family.samples, name
        assert family.type in ("gauge", "counter"), name
        assert re.fullmatch(r"monitor(_[a-z]+)+", name), name
        assert name.endswith("_total") == (family.type == "counter"), name
        assert not _BAD_UNITS.search(name), name
        assert not _TYPES.search(name), name
        assert not name.endswith("_timestamp"), name
        for sample in family.samples:
            assert all(re.fullmatch("[a-z]+(_[a-z]+)*", label) for label in sample.labels), sample
            assert sample.value >= 0, sample


def test_the_document_lists_every_metric_as_it_is(filled_site: RunningSite) -> None:
    """Name, type, labels and what it means, in the order of the scrape."""
    text = (ROOT / "docs" / "monitoring.md").read_text("utf-8")
    rows = re.findall(r"^\| `(monitor_\w+)` \| (\w+) \| ([^|]*) \| ([^|]+) \|$", text, re.MULTILINE)
    listed = [(name, kind, labels.replace("`", "").strip(), meaning.strip()) for name, kind, labels, meaning in rows]
    found = [(name_of(one), one.type, labels_of(one), one.documentation) for one in in_full(filled_site)]
    assert listed == found


def test_the_values_are_those_of_the_database(filled_site: RunningSite) -> None:
    """Of topics, searches and deliveries; nobody's address is among them."""
    filled_site.subscribe()
    response = filled_site.http.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=")
    assert "example.org" not in response.text
    families = list(text_string_to_metric_families(response.text))
    assert of(families, "monitor_subscriptions") == {("active", "ccsvi"): 1}
    assert of(families, "monitor_search_is_current")["ccsvi", "ccsvi"] == 1
    assert of(families, "monitor_search_last_success_timestamp_seconds")["ccsvi", "ccsvi"] == THEN.timestamp()
    assert of(families, "monitor_deliveries") == {}


@pytest.fixture
def works(tmp_path: Path, sandbox: Server) -> Iterator[connections.Connections]:
    """A service with two readers and three searches, before its first tick."""
    with Mailbox() as box, install(tmp_path, sandbox, box) as world:
        settings = config.load(world.config, dict(world.environ))
        with connections.connected(settings, START) as opened:
            pubmed = Client(settings.pubmed, sleep=lambda _seconds: None)
            yield replace(opened, sources=replace(opened.sources, literature=pubmed, citations=pubmed))


def test_units_of_work_are_counted_by_outcome_and_queues_by_length(
    works: connections.Connections, sandbox: Server
) -> None:
    """A first tick, one that has nothing to do, and one a day later while PubMed is down and mail cannot leave."""
    settings, db = works.settings, works.db
    before = scrape(settings, db, START)
    assert of(before, "monitor_polls_due") == {(): 3}
    assert of(before, "monitor_work_total") == {}
    tick.run_due(works, START)
    first = scrape(settings, db, START)
    assert of(first, "monitor_polls_due") == {}
    assert of(first, "monitor_polls_total") == {("ok",): 3}
    done = of(first, "monitor_work_total")
    assert {unit for _, unit in done} >= {"polls", "digests", "deliveries", "clean-up"}
    assert {outcome for outcome, _ in done} == {"done"}
    assert of(first, "monitor_smtp_replies_total") == {("2xx", "after DATA"): 2}
    tick.run_due(works, START + timedelta(minutes=1))
    assert of(scrape(settings, db, START), "monitor_work_total") == done
    tomorrow = START + timedelta(days=1)
    assert of(scrape(settings, db, tomorrow), "monitor_digests_due") == {(): 1}
    sandbox.faults.add(Fault.MAINTENANCE)
    with db.begin() as tx:
        store.meta.put(tx, "alert/veins/veins", "no JSON", START)
        store.meta.put(tx, "bounces/mailbox", "no JSON", START)
    broken = replace(settings, bounces=BounceSettings(Path("/nowhere")))
    tick.run_due(replace(works, settings=broken), tomorrow)
    last = scrape(settings, db, tomorrow)
    assert of(last, "monitor_polls_total") == {("ok",): 3, ("failed",): 3}
    assert of(last, "monitor_work_total")["failed", "returned mail"] == 1
    assert of(last, "monitor_work_is_failing") == {("returned mail",): 1}


@pytest.mark.parametrize(
    ("said", "counted"),
    [
        ({"banner": "554 no access for you"}, {("5xx", "banner"): 1}),
        ({"EHLO": "550 bad HELO name", "HELO": "550 bad HELO name"}, {("5xx", "EHLO"): 1}),
        ({"MAIL": "450 4.7.1 hourly limit exceeded"}, {("4xx", "MAIL"): 1}),
        ({"RCPT": "550 5.1.1 user unknown"}, {("5xx", "RCPT"): 2}),
        ({"RCPT": "450 4.2.0 greylisted"}, {("4xx", "RCPT"): 2}),
        ({"after DATA": ""}, {("none", "after DATA"): 2}),
        ({"after DATA": "554 5.7.1 spam"}, {("5xx", "after DATA"): 2}),
        ({}, {("2xx", "after DATA"): 2}),
    ],
)
def test_replies_of_the_mail_server_are_counted_by_stage_and_class(
    sqlite_db: Database, scripted: ScriptedServer, said: dict[str, str], counted: Samples
) -> None:
    """Each attempt by its last reply; a server that lets nobody in once for the run."""
    service = Installation(sqlite_db, scripted)
    service.read_by("ann@one.example", "bob@two.example")
    service.compose()
    scripted.replies.update(said)
    service.deliver()
    families = scrape(service.settings, sqlite_db, NOW)
    assert of(families, "monitor_smtp_replies_total") == counted
    assert of(families, "monitor_mail_server_is_usable") == ({} if {"banner", "EHLO", "MAIL"} & set(said) else {(): 1})
    still_open = {(str(state),): n for state, n in service.counts().items() if state not in ("sent", "failed")}
    assert of(families, "monitor_outbox_deliveries") == still_open


def test_a_digest_that_comes_back_is_counted_and_a_transactional_mail_is_not(filled_site: RunningSite) -> None:
    """By kind; who asked for a mail to a dead mailbox does not read there whether it was sent."""
    site = filled_site
    number = site.subscribe()
    with site.db.begin() as tx:
        store.deliveries.enqueue_for(tx, 1, [number], site.clock(), lambda *ids: f"<{ids}@example.org>")
        (delivery,) = store.deliveries.claim(tx, site.clock(), 1)
    verp = site.links.bounce_address(delivery.id, "example.org")
    transactional = f"bounces+{site.links.transactional_name(1, number)}@example.org"
    for times, to in ((1, verp), (0, transactional)):
        for raw in (returned_mails.postfix(to, "<x@y>"), returned_mails.full(to, "<x@y>")):
            raw = raw.replace(b"@mx>", b"%d@mx>" % times)  # each a mail of its own
            before = of(scrape(site.settings, site.db, site.clock()), "monitor_returned_mails_total")
            assert process.process(site.db, raw, site.links, site.clock()).outcome in ("hard bounce", "soft bounce")
            after = of(scrape(site.settings, site.db, site.clock()), "monitor_returned_mails_total")
            assert sum(after.values()) - sum(before.values()) == times
    assert after == {("hard",): 1, ("soft",): 1}
