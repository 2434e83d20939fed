"""Exports that reference managers and spreadsheets read back."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.export import citations
from monitor.model import (
    AbstractSection,
    Article,
    Author,
    Design,
    Level,
    MeshHeading,
    PartialDate,
    PublicationType,
    Registration,
    Verdict,
)
from monitor.model.values import csv_cells

ARTICLE = Article(
    pmid="24975855",
    version=1,
    title="Prospective randomized trial of venous angioplasty in MS (PREMiSe)",
    abstract=(AbstractSection("To look.", label="OBJECTIVE"), AbstractSection("We looked.", label="METHODS")),
    authors=(Author("Siddiqui", "Adnan H", "AH"), Author(collective="PREMiSe investigators")),
    journal="Neurology",
    journal_abbreviation="Neurology",
    volume="83",
    issue="5",
    pages="441-9",
    print_date=PartialDate(2014, 7, 29),
    electronic_date=PartialDate(2014, 6, 27),
    created_at=datetime(2014, 6, 29, tzinfo=UTC),
    doi="10.1212/wnl.0000000000000638",
    pmcid="PMC4132574",
    publication_types=(PublicationType("D016449", "Randomized Controlled Trial"),),
    mesh=(MeshHeading("D009103", "Multiple Sclerosis", major=True),),
    registrations=(Registration("ClinicalTrials.gov", "NCT01450072", "databank"),),
    languages=("eng",),
)
VERDICT = Verdict("24975855", "ccsvi", Design.RANDOMIZED, Level.INDEXED, "1", sample_size=19)


def test_ris_has_what_a_reference_manager_needs() -> None:
    """Type first, end last, authors surname first, the full last page, the abstract with its labels."""
    lines = citations.ris(ARTICLE).split("\r\n")
    assert lines[0] == "TY  - JOUR"
    assert lines[-3:] == ["ER  - ", "", ""]
    assert {
        "AU  - Siddiqui, Adnan H",
        "AU  - PREMiSe investigators",
        "DA  - 2014/07/29/",
        "SP  - 441",
        "EP  - 449",
        "DO  - 10.1212/wnl.0000000000000638",
        "AB  - OBJECTIVE: To look. METHODS: We looked.",
    } <= set(lines)


def test_nbib_has_medlines_tags() -> None:
    """As PubMed's own citation files: PMID first, major headings starred, the registry with its number."""
    lines = citations.nbib(ARTICLE).splitlines()
    assert lines[0] == "PMID- 24975855"
    assert {
        "FAU - Siddiqui, Adnan H",
        "CN  - PREMiSe investigators",
        "MH  - *Multiple Sclerosis",
        "SI  - ClinicalTrials.gov/NCT01450072",
        "DEP - 20140627",
        "LID - 10.1212/wnl.0000000000000638 [doi]",
    } <= set(lines)


def test_csv_reads_back_with_its_verdict() -> None:
    """One row an article, the verdict beside it, empty where there is none."""
    rows = list(csv.DictReader(io.StringIO("".join(citations.csv_text([(ARTICLE, VERDICT), (ARTICLE, None)])))))
    assert (rows[0]["design"], rows[0]["sample_size"], rows[0]["judged_by"]) == ("randomized trial", "19", "rules")
    assert rows[0]["first_public_on"] == "2014-06-27"
    assert rows[1]["design"] == ""


@given(st.text(max_size=40))
def test_no_title_becomes_a_formula_or_breaks_a_record(title: str) -> None:
    """Titles are strangers' text: spreadsheets must not run it, line ends must not end a field."""
    hostile = Article(pmid="1", version=1, title=title)
    cells = next(csv.DictReader(io.StringIO("".join(citations.csv_text([(hostile, None)])), newline="")))
    assert not cells["title"].startswith(("=", "+", "-", "@"))
    assert citations.ris(hostile).count("\r\n") == len(citations.ris(hostile).splitlines()) or "\r" not in title
    assert citations.ris(hostile).count("ER  - \r\n") == 1


def test_bibtex_has_what_latex_needs() -> None:
    """Names joined by "and", a group kept whole, capitals kept, the full last page."""
    entry = citations.bibtex(ARTICLE)
    assert entry.startswith("@article{pmid24975855,\n")
    assert "  author = {Siddiqui, Adnan H and {PREMiSe investigators}},\n" in entry
    assert "  title = {{Prospective randomized trial of venous angioplasty in MS (PREMiSe)}},\n" in entry
    assert "  pages = {441--449},\n" in entry
    assert "  url = {https://pubmed.ncbi.nlm.nih.gov/24975855/},\n" in entry


@given(st.text(st.sampled_from('{}\\%&$#_~^"@,=ab \n')), st.text(st.sampled_from("{}\\,a")))
def test_nothing_in_a_title_ends_a_bibtex_entry_early(title: str, volume: str) -> None:
    """BibTeX counts braces, escaped or not: depth is zero at the very end and never before."""
    entry = citations.bibtex(replace(ARTICLE, title=title, volume=volume)).strip()
    body = entry.removeprefix("@article")
    depths = list(accumulate({"{": 1, "}": -1}.get(character, 0) for character in body))
    assert depths[-1] == 0
    assert min(depths[:-1]) == 1


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\n=", " =", "＝"])
def test_no_cell_is_taken_for_a_formula(start: str) -> None:
    """`=HYPERLINK(…)` in a title is text."""
    text = "".join(citations.csv_text([(replace(ARTICLE, title=f"{start}1+1"), None)]))
    assert next(csv.DictReader(io.StringIO(text, newline="")))["title"].startswith("'")


HOSTILE = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\n=1",
    " =1",
    "＝1",
    "﹢1",
    "'=1",
    '"=1',
    "\x00=1",
    "\u200b=1",
    "\ufffe-1",
]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("formula", HOSTILE)
@pytest.mark.parametrize("before", ["", "a;", 'a";', "a; ", "a,", 'a;"', "a;\n", "a;b;", 'a,";'])
def test_no_cell_is_a_formula_whatever_separates_the_cells(before: str, formula: str, separator: str) -> None:
    """A spreadsheet that expects semicolons splits our lines at those in titles and names."""
    one = replace(ARTICLE, title=before + formula, authors=(Author(collective=formula), Author(collective="A;=2")))
    text = "".join(citations.csv_text([(one, VERDICT)]))
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    cells = [cell.lstrip(" \"'\t") if "'" not in cell[:3] else cell for row in rows for cell in row]
    assert len(rows) == 2
    assert not any(cell.startswith(("=", "+", "-", "@", "＝", "﹢")) for cell in cells)


@pytest.mark.parametrize(
    "title", ["A; b", 'On "veins", again', "TNF-α, -β; and 5 < 6", "a|b\tc", "It's -5 °C", "x;y;z"]
)
def test_a_title_with_separators_and_quotation_marks_is_read_back_whole(title: str) -> None:
    """Nothing is added where nothing is dangerous."""
    text = "".join(citations.csv_text([(replace(ARTICLE, title=title), None)]))
    assert next(csv.DictReader(io.StringIO(text, newline="")))["title"] == " ".join(title.split())


@given(st.text(st.sampled_from("'=+-@＝ab \"")))
def test_a_guarded_cell_is_restored(cell: str) -> None:
    """So that what `subscribers export` writes can be imported."""
    written = " ".join(cell.split())
    assert csv_cells.unguarded(csv_cells.guarded(written)) == written


@pytest.mark.parametrize("bad", ["\x00", "\x1b[31m", "\x9b", "\u202e", "\ufffe", "\uffff", "\ud800", "\x0b", "\x1a"])
def test_no_format_holds_a_character_that_xml_forbids_or_a_terminal_obeys(bad: str) -> None:
    """Whoever loads the file into another program gets text."""
    one = replace(ARTICLE, title=f"On{bad} veins", journal=f"J{bad}", authors=(Author(f"D{bad}oe", "J", "J"),))
    whole = (
        citations.ris(one) + citations.nbib(one) + citations.bibtex(one) + "".join(citations.csv_text([(one, None)]))
    )
    assert bad not in whole
    assert "On veins" in whole
