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
from tests.support.record_xml import document, record

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


TYPES = {
    "by name": ["Randomized Controlled Trial", "Retracted Publication"],
    "by id": ["D016449", "D016441"],
    "in lower case": ["randomized controlled trial", "retracted publication"],
    "in British": ["Randomised Controlled Trial", "Retracted Publication."],
    "in one string": "Randomized Controlled Trial; Retracted Publication",
    "as Python": "['Randomized Controlled Trial', 'Retracted Publication']",
}


@pytest.mark.parametrize("spelling", TYPES)
def test_a_publication_type_counts_by_name_as_by_id(spelling: str) -> None:
    """A retracted trial is retracted whichever way its types are written."""
    done = assess("-", text=json.dumps(ROW | {"pt": TYPES[spelling], "status": "MEDLINE"}))
    found = json.loads(done.stdout)
    assert (found["design"], found["role"]) == ("randomized trial", "retracted")
    assert "type" in [one["rule"] for one in found["basis"]]


@pytest.mark.parametrize(
    "listed",
    [
        "<PublicationType>Randomized Controlled Trial</PublicationType>"
        "<PublicationType>Retracted Publication</PublicationType>",
        '<PublicationType UI="D016449">Renamed</PublicationType><PublicationType UI="D016441">Too</PublicationType>',
    ],
)
def test_so_it_does_in_xml(listed: str, tmp_path: Path) -> None:
    """Old exports have no ids; NLM renames types now and then."""
    file = tmp_path / "one.xml"
    file.write_bytes(document(record(1, article=f"<PublicationTypeList>{listed}</PublicationTypeList>")))
    found = json.loads(assess(str(file)).stdout)
    assert (found["design"], found["role"]) == ("randomized trial", "retracted")


BOOK = (
    "<PubmedBookArticle><BookDocument><PMID>7</PMID><Book><BookTitle>The book</BookTitle></Book>"
    "{chapter}<PublicationType>Review</PublicationType></BookDocument></PubmedBookArticle>"
)


@pytest.mark.parametrize("suffix", [".xml", ".xml.gz"])
def test_books_and_unreadable_records_are_named_by_their_line(suffix: str, tmp_path: Path) -> None:
    """Line, PMID and reason on standard error; everything else is assessed."""
    lines = [
        '<?xml version="1.0"?>', "<!DOCTYPE PubmedArticleSet PUBLIC", '  "x" "y">', "<PubmedArticleSet>",
        record(1),
        BOOK.format(chapter="<ArticleTitle>A chapter</ArticleTitle>"),
        record(2).replace(">2<", ">two<"),
        "<PubmedArticle></PubmedArticle>",
        BOOK.format(chapter="").replace(">7<", ">8<"),
        record(3), "</PubmedArticleSet>",
    ]  # fmt: skip
    file = tmp_path / f"mixed{suffix}"
    raw = "\n".join(lines).encode()
    file.write_bytes(gzip.compress(raw) if suffix.endswith("gz") else raw)
    done = assess(str(file))
    assert done.returncode == 1
    assert [json.loads(one)["pmid"] for one in done.stdout.splitlines()] == ["1", "7", "8", "3"]
    assert done.stderr.splitlines() == [
        f'{file}: line 6: PMID 7: a chapter of the book "The book"; assessed by its title and abstract.',
        f"{file}: line 7: PMID two: The record has no usable PMID (two).",
        f"{file}: line 8: The record has no MedlineCitation.",
        f"{file}: line 9: PMID 8: a book; assessed by its title and abstract.",
        "2 records were skipped.",
    ]


def test_a_record_that_is_not_well_formed_is_named_by_its_line(tmp_path: Path) -> None:
    """The document around it is repaired; a file larger than a block counts its lines all the same."""
    long = [record(n, article=f"<ArticleTitle>{'long ' * 12_000}</ArticleTitle>") for n in range(1, 21)]
    broken = record(99).replace('Version="1"', 'Version4"1"')
    file = tmp_path / "broken.xml"
    file.write_text("\n".join(["<PubmedArticleSet>", *long, broken, record(100), "</PubmedArticleSet>"]))
    done = assess(str(file))
    assert (done.returncode, len(done.stdout.splitlines())) == (1, 21)
    assert f"{file}: line 22: PMID 99: This is not well-formed XML" in done.stderr


def test_a_file_of_books_alone_is_no_failure(tmp_path: Path) -> None:
    """Exit 0: nothing was skipped."""
    file = tmp_path / "books.xml"
    file.write_text("<PubmedBookArticleSet>\n" + BOOK.format(chapter="") + "\n</PubmedBookArticleSet>")
    done = assess(str(file))
    assert (done.returncode, json.loads(done.stdout)["pmid"]) == (0, "7")
    assert done.stderr == f"{file}: line 2: PMID 7: a book; assessed by its title and abstract.\n"


def test_rows_that_cannot_be_read_are_named_by_line_and_pmid() -> None:
    """Half a list, too deep a nesting, a list instead of an object, no UTF-8."""
    rows = [json.dumps(ROW), json.dumps(ROW | {"pmid": "9", "mesh": "['Humans'"}), "[" * 5000, "[1]", '"x"']
    done = assess("-", text="\n".join(rows))
    assert (done.returncode, len(done.stdout.splitlines())) == (1, 1)
    told = done.stderr.splitlines()
    assert told[0] == "-: line 2: PMID 9: Not a list: ['Humans'"
    assert [line.split(": ")[1] for line in told[:-1]] == ["line 2", "line 3", "line 4", "line 5"]


def test_damage_in_a_compressed_file_is_said_after_what_was_read(tmp_path: Path) -> None:
    """A download that was cut; exit 1 and no report of a bug."""
    file = tmp_path / "cut.jsonl.gz"
    whole = gzip.compress(
        "".join(json.dumps(ROW | {"pmid": n, "title": f"{n * 7919}"}) + "\n" for n in range(1, 900)).encode()
    )
    file.write_bytes(whole[:-30])
    done = assess(str(file))
    assert done.returncode == 1
    assert len(done.stdout.splitlines()) > 10
    assert "is damaged" in done.stderr
    assert "bug" not in done.stderr


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    """Usage, exit 2."""
    assert assess(str(tmp_path)).returncode == 2
