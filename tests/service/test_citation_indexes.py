"""What citation indexes see reaches the mailbox: from the `sources:` block through ticks to the mail."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from monitor import config, store
from monitor.model import ChangeKind
from monitor.sandbox.services.corpus import Citation, Work
from monitor.service import connections, tick
from monitor.service.tick import Tick
from tests.support.installation import World

BEGIN = datetime(2012, 2, 1, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
LATER = date(2012, 2, 2)


@pytest.fixture
def watched(world: World) -> World:
    """Two indexes are on, both served by the stand-ins; they know the seed, and nobody cites it yet."""
    names = ("europe_pmc", "icite")
    block = "".join(f'  {name}: {{base_url: "{world.pubmed.base_of(name)}", every: 6h}}\n' for name in names)
    world.config.write_text(f"{world.config.read_text(encoding='utf-8')}sources:\n{block}", encoding="utf-8")
    world.pubmed.services.works["seed"] = Work("seed", date(2010, 1, 1), "The seed", pmid="101")
    return world


def _cite(world: World, work: Work, *seen: str, clinical_on: date | None = None) -> None:
    world.pubmed.services.works[work.id] = work
    world.pubmed.services.citations.append(Citation("seed", work.id, dict.fromkeys(seen, LATER), clinical_on))


def _tick(world: World, at: datetime) -> Tick:
    world.pubmed.at = at
    settings = config.load(world.config, {"MONITOR_SECRET_KEY": "k" * 32})
    fast = {name: replace(source, rate=1e6) for name, source in settings.sources.items()}
    with connections.connected(replace(settings, sources=fast), at) as works:
        return tick.run_due(works, at)


def test_a_citing_article_is_mailed_with_the_names_of_all_who_list_it(watched: World) -> None:
    """PubMed itself links nothing to the seed; two indexes do, and one calls the article clinical."""
    _cite(watched, Work("108", date(2010, 2, 3), "Jugular", pmid="108"), "europe_pmc", "icite", clinical_on=LATER)
    _tick(watched, BEGIN)
    for days in (1, 2):
        assert not _tick(watched, BEGIN + days * DAY).failures
    mails = [str(mail.message.get_body(["plain"])) for mail in watched.mailbox.to("ann@example.org")]
    told = [" ".join(mail.replace("=\n", "").split()) for mail in mails if "Cites the seed article" in mail]
    (mail,) = told
    assert "according to Europe PMC and NIH iCite" in mail
    assert "A clinical article, according to NIH iCite" in mail


def test_a_citing_work_outside_pubmed_is_stored_as_news_once(watched: World) -> None:
    """A preprint that Europe PMC lists gets its DOI from its record."""
    preprint = Work("p", LATER, "A preprint", doi="10.1101/P1", source="PPR", source_id="PPR1")
    _tick(watched, BEGIN)
    _cite(watched, preprint, "europe_pmc")
    for days in (1, 2, 3):
        assert not _tick(watched, BEGIN + days * DAY).failures
    settings = config.load(watched.config, {"MONITOR_SECRET_KEY": "k" * 32})
    with connections.connected(settings, BEGIN + 3 * DAY) as works, works.db.read() as tx:
        (told,) = store.changes.recent(tx, "veins", 9, [ChangeKind.CITING_OUTSIDE])
    assert told.item
    assert (told.item.key, told.item.source) == ("doi:10.1101/p1", "Europe PMC")
    assert told.item.sentences == (
        "It cites the seed article, according to Europe PMC. PubMed does not have it.",
        "It is a preprint, not peer-reviewed.",
    )
