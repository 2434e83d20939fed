"""`monitor assess`: any file in, one JSON object per line out, no database and no filled-in configuration."""

from __future__ import annotations

import gzip
import json
import subprocess
from pathlib import Path

import pytest

from monitor.demo import corpus
from monitor.errors import RecordError
from monitor.evidence.article import json_lines
from monitor.model import MeshHeading, PublicationType, Registration
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
    assert list(first) == ["pmid", "design", "role", "level", "score", "basis", "result", "question"]
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
    """Exit 1, the others are assessed; standard input works too."""
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


def test_a_row_of_a_file_becomes_the_record_it_describes() -> None:
    """With the headings of a structured abstract that was joined into one line, and lists in any spelling."""
    row = {
        "pmid": 7,
        "title": "Zinc",
        "abstract": "AIMS: To see. METHODS (LAB): We looked. It was dark.",
        "pt": "['Journal Article', 'Letter']",
        "mesh": "Humans",
        "db": ("ClinicalTrials.gov/NCT1", "X1"),
        "journal": "J Zinc",
        "status": "MEDLINE",
        "im": "Automated",
    }
    one = json_lines.article_of(row)
    assert (one.pmid, one.title, one.journal, one.status, one.indexing_method) == (
        "7", "Zinc", "J Zinc", "MEDLINE", "Automated",
    )  # fmt: skip
    assert [(part.label, part.text) for part in one.abstract] == [
        ("AIMS", "To see."),
        ("METHODS (LAB)", "We looked. It was dark."),
    ]
    assert one.publication_types == (PublicationType("", "Journal Article"), PublicationType("", "Letter"))
    assert one.mesh == (MeshHeading("", "Humans"),)
    assert one.registrations == (
        Registration("ClinicalTrials.gov", "NCT1", "databank"),
        Registration("", "X1", "databank"),
    )


def test_a_row_with_a_pmid_only_is_a_record_without_words() -> None:
    """A row without one, or with half a list, is refused with a sentence."""
    bare = json_lines.article_of({"pmid": "7", "title": None, "pt": ""})
    assert (bare.title, bare.abstract, bare.publication_types, bare.status) == ("", (), (), "")
    with pytest.raises(RecordError, match=r"^A row without \"pmid\" or \"id\" cannot be judged\.$"):
        json_lines.article_of({"title": "Zinc"})
    with pytest.raises(RecordError, match=r"^Not a list: \['Letter'$"):
        json_lines.article_of({"pmid": "7", "pt": "['Letter'"})
