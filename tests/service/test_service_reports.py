"""What running services and `monitor reload` tell each other through the database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor import config, store
from monitor.service.reload import reports
from monitor.store import Database
from tests.config.files import SMALL, written

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


def test_a_killed_service_is_forgotten_after_two_minutes(db: Database, tmp_path: Path) -> None:
    """It could not say that it ends; `monitor reload` waits for it no longer."""
    report = reports.begin("run", config.load(written(tmp_path, SMALL), {}), NOW)
    with db.begin() as tx:
        report = reports.put(tx, replace(report, did=("one", "two"), refused="no", refused_at=NOW), NOW)
        assert list(reports.running(tx, NOW + timedelta(seconds=119)).values()) == [report]
        assert not reports.running(tx, NOW + timedelta(seconds=120))
        reports.forget_the_dead(tx, NOW + timedelta(seconds=120))
        assert not reports.running(tx, NOW)


def test_a_report_of_another_version_is_no_trouble(db: Database) -> None:
    """It was killed before the upgrade, and knew other fields."""
    with db.begin() as tx:
        store.meta.put(tx, "reload/service/other", '{"service": "run", "colour": "blue"}', NOW)
        assert not reports.running(tx, NOW)
        reports.forget_the_dead(tx, NOW)
        assert not store.meta.get(tx, "reload/service/other")


def test_several_wait_at_once_and_each_gets_its_answer(db: Database, tmp_path: Path) -> None:
    """Two operators type `monitor reload` in the same second."""
    report = reports.begin("run", config.load(written(tmp_path, SMALL), {}), NOW)
    with db.begin() as tx:
        both = {reports.ask(tx, NOW) for _ in range(2)}
        assert reports.requests(tx) == both
        reports.put(tx, reports.answering(report, reports.requests(tx)), NOW)
        (answer,) = reports.running(tx, NOW).values()
        assert set(answer.answers) == both
        for request in both:
            reports.withdraw(tx, request)
        assert not reports.requests(tx)
