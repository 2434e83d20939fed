"""Faults in records that other projects met, as each of our formats and other programs' parsers have the record."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import bibtexparser
import pytest
import rispy
from Bio import Medline

from monitor.export import citations
from monitor.model import Article
from monitor.sources.pubmed.records import reader
from tests.support.shared_data import shared_data

ABOUT_RECORDS = ("formats.ris", "Article.doi", "str(Article.authors[0])")


def cases() -> dict[str, str]:
    """File → right value, of the cases about records."""
    listed = json.loads((shared_data("cases/upstream") / "cases.json").read_text(encoding="utf-8"))
    return {case["file"]: case["right"] for case in listed if case["call"].startswith(ABOUT_RECORDS)}


def article(name: str) -> Article:
    """The only record of one file."""
    (one,) = reader.read(shared_data(f"cases/upstream/{name}").read_bytes()).articles
    return one


def ris(one: Article) -> dict[str, Any]:
    """What rispy finds in our RIS."""
    (record,) = rispy.loads(citations.ris(one))
    return dict(record)


def bibtex(one: Article) -> tuple[str, dict[str, str]]:
    """Entry type and fields that bibtexparser finds in our BibTeX."""
    (entry,) = bibtexparser.parse_string(citations.bibtex(one)).entries
    return entry.entry_type, {field.key: field.value.strip("{}") for field in entry.fields}


def nbib(one: Article) -> dict[str, Any]:
    """What Biopython finds in our NBIB."""
    (record,) = Medline.parse(io.StringIO(citations.nbib(one)))
    return dict(record)


def row(one: Article) -> dict[str, str]:
    """The row of our CSV."""
    (found,) = csv.DictReader(io.StringIO("".join(citations.csv_text([(one, None)]))))
    return found


FOUND = {
    "title-not-available.xml": lambda one: ris(one)["title"],
    "title-empty.xml": lambda one: ris(one)["title"],
    "pages-letter.xml": lambda one: ris(one)["end_page"],
    "pages-discussion.xml": lambda one: ris(one)["end_page"],
    "doi-invalid-location.xml": lambda one: one.doi,
    "doi-with-word.xml": lambda one: one.doi,
    "book-chapter.xml": lambda one: ris(one)["type_of_reference"],
    "author-no-initials.xml": lambda one: str(one.authors[0]),
}


def test_every_case_about_a_record_has_its_right_value() -> None:
    """A case that is added beside the checkout must be added here."""
    assert {name: found(article(name)) for name, found in FOUND.items()} == cases()


@pytest.mark.parametrize("name", ["title-not-available.xml", "title-empty.xml"])
def test_the_vernacular_title_is_the_title_in_every_format(name: str) -> None:
    """Where there is no English one."""
    one, title = article(name), "Angioplastia venosa nella sclerosi multipla."
    assert (one.title, one.title_html, row(one)["title"], nbib(one)["TI"]) == (title, title, title, title)
    assert bibtex(one)[1]["title"] == title


def test_pages_are_whole_in_every_format() -> None:
    """A first and a last page in RIS and BibTeX, MEDLINE's own spelling in NBIB."""
    letter, discussed = article("pages-letter.xml"), article("pages-discussion.xml")
    assert [(ris(one)["start_page"], bibtex(one)[1]["pages"], nbib(one)["PG"]) for one in (letter, discussed)] == [
        ("E665", "E665--E672", "E665-72"),
        ("100", "100--104", "100-4; discussion 104-5"),
    ]


def test_a_chapter_names_the_book_it_is_in() -> None:
    """With the book's publisher."""
    one = article("book-chapter.xml")
    kind, fields = bibtex(one)
    assert (kind, fields["booktitle"], fields["publisher"], fields["address"]) == (
        "incollection", "The book", "Example Press", "City",
    )  # fmt: skip
    assert (ris(one)["secondary_title"], ris(one)["publisher"], ris(one)["place_published"]) == (
        "The book", "Example Press", "City",
    )  # fmt: skip
    assert (nbib(one)["TI"], nbib(one)["BTI"], row(one)["journal"]) == ("A chapter", ["The book"], "The book")


def test_an_author_without_initials_has_them_in_every_format() -> None:
    """Made of the first names."""
    one = article("author-no-initials.xml")
    assert (nbib(one)["AU"], nbib(one)["FAU"], row(one)["authors"]) == (["Doe JM"], ["Doe, Jane Mary"], "Doe JM")
