"""`monitor translations`: what an operator types, and what comes out."""

from __future__ import annotations

import json
from pathlib import Path

from babel.messages.pofile import read_po

from monitor.language.reading import path_of
from monitor.resources import folder
from tests.config.files import SMALL, written
from tests.support import pseudo_language
from tests.support.command import run


def test_extract_writes_a_template_that_translators_programs_read(tmp_path: Path) -> None:
    """To a file or to standard output; the same messages."""
    path = tmp_path / "monitor.pot"
    assert run(["translations", "extract", "--output", str(path)]).returncode == 0
    printed = run(["translations", "extract"]).stdout
    with path.open("rb") as file:
        found = read_po(file, abort_invalid=True)
    assert len(found) > 400
    assert all(f'msgid "{text}"' in printed for text in ("Skip to content", "Topics"))


def test_check_is_content_with_a_complete_catalogue(tmp_path: Path) -> None:
    """In the folder that the configuration names."""
    config_file = written(tmp_path, f"translations: words\n{SMALL}")
    pseudo_language.write(tmp_path / "words", "de")
    done = run(["translations", "check", "--config", str(config_file)])
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    (line,) = done.stdout.replace("\n", "").split("messages translated")[:-1]
    said, _, total = line.split(": ")[1].split()[:3]
    assert said == total


def test_check_tries_the_operators_templates_too(tmp_path: Path) -> None:
    """A page that breaks is named with its line."""
    config_file = written(tmp_path, f"translations: words\ntemplates: mine\nlanguage: de\n{SMALL}")
    pseudo_language.write(tmp_path / "words", "de")
    (tmp_path / "mine" / "pages").mkdir(parents=True)
    page = (folder("templates") / "pages" / "link.html").read_text("utf-8")
    broken = page.replace("{% block content %}", "{% block content %}{{ 1 // 0 }}")
    (tmp_path / "mine" / "pages" / "link.html").write_text(broken, encoding="utf-8")
    done = run(["translations", "check", "--config", str(config_file)])
    assert done.returncode == 2
    assert "pages/link.html, line " in done.stderr


def test_check_names_what_is_wrong_and_what_is_missing(tmp_path: Path) -> None:
    """Exit code 1, because Monitor would refuse the catalogue; the rest of the configuration may be unfinished."""
    config_file = written(tmp_path, "translations: words\nlanguage: de\n")
    path = path_of(tmp_path / "words", "de")
    path.parent.mkdir(parents=True)
    path.write_text('msgid "Since %(day)s."\nmsgstr "Seit %(tag)s."\n\nmsgid "Gone"\nmsgstr "Weg"\n', encoding="utf-8")
    done = run(["translations", "check", "--config", str(config_file)])
    assert done.returncode == 1
    assert "line 1: %(tag)s is not in the English message." in f"{done.stdout}{done.stderr}"
    assert "1 unused" in f"{done.stdout}{done.stderr}"
    assert "more: --all lists them" in f"{done.stdout}{done.stderr}"
    (found,) = json.loads(run(["translations", "check", "--json", "--config", str(config_file)]).stdout)
    assert (found["unused"], found["fuzzy"]) == (["Gone"], [])
    assert "Topics" in found["missing"]


def test_check_without_a_catalogue_says_where_one_would_be(tmp_path: Path) -> None:
    """A usage mistake."""
    done = run(["translations", "check", str(tmp_path)])
    assert done.returncode == 2
    assert "de/LC_MESSAGES/monitor.po" in f"{done.stdout}{done.stderr}".replace("\n", "")
