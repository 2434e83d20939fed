"""`monitor assess`: any file in, one JSON object a line out, no database and no filled-in configuration."""

from __future__ import annotations

import gzip
import json
import subprocess
from pathlib import Path

from monitor.demo import corpus
from monitor.resources import folder
from tests.support import command

ROW = {
    "pmid": "1",
    "title": "Venous angioplasty in multiple sclerosis: a randomized trial",
    "abstract": "METHODS: 19 patients were randomly assigned to venous angioplasty or sham. CONCLUSIONS: No benefit.",
    "pt": "['Journal Article']",
    "mesh": [],
    "db": ["ClinicalTrials.gov/NCT01450072"],
    "status": "Publisher",
    "im": "",
}


def assess(*words: str, text: str = "") -> subprocess.CompletedProcess[str]:
    """`monitor assess WORDS` as a process."""
    return command.run(["assess", *words], given=text)


def test_rows_come_out_as_lines_with_their_reasons(tmp_path: Path) -> None:
    """The keys that a script reads; lists may be spelled as Python spells them."""
    file = tmp_path / "rows.jsonl"
    file.write_text(json.dumps(ROW) + "\n\n" + json.dumps(ROW | {"pmid": 2}) + "\n")
    done = assess(str(file))
    first, second = (json.loads(line) for line in done.stdout.splitlines())
    assert done.returncode == 0
    assert list(first) == ["pmid", "design", "role", "level", "score", "basis", "question"]
    assert (first["design"], first["role"], first["level"]) == ("randomized trial", "main result", "stated in the text")
    assert first["basis"][0].keys() == {"rule", "field", "words"}
    assert (second["pmid"], first["question"]) == ("2", None)


def test_a_topic_adds_whether_it_bears_on_the_question(tmp_path: Path) -> None:
    """The shipped topic, with nothing of the configuration filled in."""
    file = tmp_path / "rows.jsonl.gz"
    file.write_bytes(gzip.compress(json.dumps(ROW).encode()))
    done = assess(str(file), "--topic", "ccsvi", "-c", str(folder("config") / "monitor.yaml"))
    assert json.loads(done.stdout)["question"]["is_match"] is True


def test_pubmed_xml_is_read_as_well(tmp_path: Path) -> None:
    """The whole demo corpus, gzipped."""
    file = tmp_path / "corpus.xml.gz"
    file.write_bytes(gzip.compress(corpus.build()))
    found = {line["pmid"]: line for line in map(json.loads, assess(str(file)).stdout.splitlines())}
    assert found["24975855"]["design"] == "randomized trial"
    assert len(found) > 140


def test_a_bad_line_is_named_and_loses_nothing_else() -> None:
    """Exit 1, the others judged; standard input works too."""
    done = assess("-", text="{oops\n" + json.dumps(ROW) + '\n{"title": "no id"}\n')
    assert done.returncode == 1
    assert len(done.stdout.splitlines()) == 1
    assert "line 1" in done.stderr
    assert "line 3" in done.stderr


def test_a_file_that_is_not_there_is_said_plainly() -> None:
    """Usage, exit 2."""
    done = assess("nowhere.xml")
    assert done.returncode == 2
    assert "There is no file nowhere.xml" in done.stderr
