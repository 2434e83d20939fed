"""`monitor export` as a person uses it."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from monitor import cli, config, store
from monitor.model import Article, Author, Design, Direction, Level, Statement, Verdict
from tests.config import files
from tests.support.factories import NOW


def test_every_format_quotes_the_result_where_it_has_a_place_for_it(tmp_path: Path) -> None:
    """BibTeX, RIS and CSV, as they are attached to mails."""
    file = files.written(tmp_path, files.SMALL + f"database_url: sqlite:///{tmp_path}/monitor.db\n")
    db = store.open(f"sqlite:///{tmp_path}/monitor.db")
    store.migrate.upgrade(db)
    article = Article("7", 1, "Venous angioplasty: =no gain; -1", authors=(Author("Doe", "Jane", "J"),))
    said = Statement(Direction.NO_DIFFERENCE, "Angioplasty did not help.", "conclusion")
    verdict = Verdict("7", "ccsvi", Design.RANDOMIZED, Level.STATED, "1", statement=said)
    with db.begin() as tx:
        store.articles.save(tx, [article], NOW)
        store.searches.sync(tx, config.load_topics(file), NOW)
        store.matches.record(tx, "ccsvi", "ccsvi", None, NOW, new=["7"])
        store.verdicts.save(tx, [verdict], NOW)
    for form in ("bibtex", "ris", "csv"):
        done = CliRunner().invoke(cli.app, ["export", "-f", form, "--config", str(file)])
        assert "Angioplasty did not help." in done.output, form
        assert "@article{pmid7," in done.output or form != "bibtex"
