"""Exports of the WHO's ICTRP over the year 2020: what is told, and the export that was wrong."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor import store
from monitor.model import (
    Frequency,
    PubMedSettings,
    Question,
    Settings,
    SmtpSettings,
    SourceName,
    SourceSettings,
    Terms,
)
from monitor.service.connections import open_sources
from monitor.store import Database
from monitor.watch.outside import plan
from monitor.watch.outside.registries import ask as registries
from tests.support import factories
from tests.support.shared_data import shared_data

HCQ = Question(
    "Does hydroxychloroquine help people with COVID-19?",
    "COVID-19",
    "hydroxychloroquine",
    Terms(("COVID-19", "novel coronavirus")),
    Terms(("hydroxychloroquine", "chloroquine")),
)
TOPIC = replace(factories.topic(), question=HCQ)
Rows = list[dict[str, str]]


@dataclass
class Export:
    """A topic that reads an export, which is replaced from time to time."""

    db: Database
    settings: Settings
    file: Path
    now: datetime = datetime(2020, 4, 7, 12, tzinfo=UTC)

    def read(self, rows: Rows, on: datetime) -> list[str]:
        """The export of a day: what is told of it."""
        self.now = on
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
        self.file.write_text(text.getvalue(), encoding="utf-8")
        before = len(self._told())
        registries.ask_due(self.settings, open_sources(self.settings), self.db, self.now)
        return self._told()[before:]

    def doubt(self) -> str:
        """Why the last one is not believed."""
        with self.db.read() as tx:
            return store.source_states.state(tx, SourceName.ICTRP, "ccsvi").doubt

    def _told(self) -> list[str]:
        with self.db.read() as tx:
            changes = store.changes.undigested(tx, "ccsvi", Frequency.WEEKLY)
        return [f"{one.item.key}: {' '.join(one.item.sentences)}" for one in changes if one.item]


@contextmanager
def exported(db: Database, tmp_path: Path) -> Iterator[tuple[Export, Rows]]:
    """The topic after the recorded export of 7 April 2020, and its rows."""
    file = tmp_path / "export.csv"
    settings = Settings(
        path=Path("monitor.yaml"),
        pubmed=PubMedSettings("jane@example.org"),
        smtp=SmtpSettings("mail.example.org", "jane@example.org"),
        topics=(TOPIC,),
        database_url="",
        postal_address="",
        operator_email="jane@example.org",
        sources={SourceName.ICTRP: SourceSettings(SourceName.ICTRP, str(file), timedelta(days=1))},
    )
    export = Export(db, settings, file)
    with db.begin() as tx:
        store.topics.sync(tx, settings.topics, export.now)
        plan.configure(tx, settings, export.now)
    recorded = (shared_data("sources/registries") / "ictrp_export_2020.csv").read_bytes().decode()
    rows = list(csv.DictReader(io.StringIO(recorded.replace("\r", " "), newline="")))
    assert export.read(rows, export.now) == []
    yield export, rows


def _wrong(row: dict[str, str]) -> dict[str, str]:
    """As in the export of 12 August 2020: day and month exchanged where that is a date, and nobody is to take part."""
    year, month, day = row["Date registration"].split("-") if "-" in row["Date registration"] else ("", "", "")
    if year and int(day) <= 12:
        row = {**row, "Date registration": f"{year}-{day}-{month}", "Date registration3": f"{year}{day}{month}"}
    return {**row, "Target size": "0"}


def test_the_export_that_was_wrong_tells_nothing_and_the_next_one_goes_on(db: Database, tmp_path: Path) -> None:
    """Three weeks in which the operator was told, and no reader."""
    with exported(db, tmp_path) as (export, rows):
        stopped = [{**row, "Recruitment Status": "Not Recruiting"} if n == 0 else row for n, row in enumerate(rows)]
        told = [f"{rows[0]['TrialID']}: It is no longer recruiting."]
        assert export.read(stopped, datetime(2020, 6, 1, 12, tzinfo=UTC)) == told
        assert export.read(list(map(_wrong, stopped)), datetime(2020, 8, 12, 12, tzinfo=UTC)) == []
        assert "exchanged" in export.doubt()
        assert export.read(list(map(_wrong, stopped)), datetime(2020, 8, 20, 12, tzinfo=UTC)) == []
        assert export.read(stopped, datetime(2020, 9, 4, 12, tzinfo=UTC)) == []
        assert export.doubt() == ""
        with db.read() as tx:
            kept = [store.registry_entries.revisions(tx, "ccsvi", SourceName.ICTRP, row["TrialID"]) for row in rows]
        assert [one.field for history in kept for _, one in history] == ["status"]


def test_an_export_without_the_columns_of_results_takes_no_results_away(db: Database, tmp_path: Path) -> None:
    """The export in XML lacks them, that in CSV has them: results are told once."""
    with exported(db, tmp_path) as (export, rows):
        posted = [{**rows[0], "results yes no": "Yes"}, *rows[1:]]
        number = rows[0]["TrialID"]
        told = [f"{number}: Results are posted in the registry."]
        assert export.read(posted, datetime(2020, 5, 1, 12, tzinfo=UTC)) == told
        without = [{name: cell for name, cell in row.items() if not name.startswith("results")} for row in rows]
        assert export.read(without, datetime(2020, 5, 2, 12, tzinfo=UTC)) == []
        assert export.read(posted, datetime(2020, 5, 3, 12, tzinfo=UTC)) == []


def test_a_trial_that_was_not_recruiting_yet_is_not_said_to_have_stopped(db: Database, tmp_path: Path) -> None:
    """ICTRP has one word for before and after."""
    with exported(db, tmp_path) as (export, rows):
        told = []
        for day, status in enumerate(("Authorised", "Not Recruiting", "Recruiting", "Not recruiting", "Not Available")):
            now = [{**rows[0], "Recruitment Status": status}, *rows[1:]]
            told += export.read(now, datetime(2020, 5, 1 + day, 12, tzinfo=UTC))
        assert [line.partition(": ")[2] for line in told] == [
            "It is not recruiting yet.",
            "It is not recruiting.",
            "It is recruiting now.",
            "It is no longer recruiting.",
            "Its status is unknown: the registry does not say how it stands.",
        ]
