"""What other programs' parsers find in our RIS, BibTeX and NBIB: every field of every record, as the article has it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import bibtexparser
import pytest
import rispy
from bibtexparser.middlewares import LatexDecodingMiddleware, SeparateCoAuthors, SplitNameParts
from bibtexparser.model import Entry
from Bio import Medline

from monitor import store
from monitor.delivery.attachments import attached
from monitor.errors import RecordError
from monitor.export import citations
from monitor.model import (
    AbstractSection,
    Article,
    Author,
    Design,
    Direction,
    Level,
    MeshHeading,
    PartialDate,
    PublicationType,
    Registration,
    Statement,
    Verdict,
)
from monitor.sources.pubmed.records import reader
from monitor.store import Database
from tests.support.digest_samples import NOW, news
from tests.support.settings import watched

TRIAL = Article(
    pmid="24975855",
    version=1,
    title="T2* & 5% of <i>veins</i>: {MS} costs $3 #1_a ~ “naïve” Ménière's {CpFe(CO)2}2 \\ α-blocker @home, “x” = y",
    abstract=(AbstractSection("To look.", label="OBJECTIVE"), AbstractSection("TY  - JOUR\nER  - ", label="END")),
    authors=(
        Author("Siddiqui", "Adnan H", "AH"),
        Author("Lindholm-Ödegård", "Åse", "Å"),
        Author("van der Berg", "J", "J", suffix="Jr"),
        Author("Nadol", initials="JB", suffix="3rd"),
        Author("Madonna"),
        Author("Ames and Bell", "Jo", "J"),
        Author(collective="Science, Engineering, and Medicine Study Group"),
    ),
    journal="Otolaryngology and neck & head surgery",
    journal_abbreviation="Otolaryngol Neck",
    issn="0028-3878",
    volume="83",
    issue="5 Suppl_1",
    pages="1660-8; discussion 1668-9",
    print_date=PartialDate(2014, 7, 29),
    electronic_date=PartialDate(2014, 6, 27),
    doi="10.1002/(SICI)1097-0258(19970315)16:5<3::AID-SIM_4%3>3.0.CO;2-#",
    pmcid="PMC4132574",
    publication_types=(PublicationType("D016449", "Randomized Controlled Trial"),),
    mesh=(MeshHeading("D009103", "Multiple Sclerosis", major=True), MeshHeading("D006801", "Humans")),
    registrations=(Registration("ClinicalTrials.gov", "NCT01450072", "databank"),),
    languages=("eng", "fre"),
    status="MEDLINE",
)
ELECTRONIC = Article("2", 1, "Ahead of print", electronic_date=PartialDate(2018, 10), pages="E101-6", journal="Brain")
SEASON = Article("3", 1, "A season", print_date=PartialDate(2000, text="2000 Spring"), pages="e0175567")
BOOK = Article("4", 1, "Multiple sclerosis", journal="StatPearls", print_date=PartialDate(2021), is_book=True)
PART = Article(
    "6",
    1,
    "CADASIL",
    authors=(Author("Doe", "Jane", "J"), Author("Roe", "Ann Bea"), Author(fore="Sukarno")),
    editors=(Author("Adam", "Margaret P", "MP"),),
    journal="GeneReviews",
    publisher="University of Washington, Seattle",
    publisher_location="Seattle (WA)",
    isbn="9780000000002",
    print_date=PartialDate(1993),
    is_book=True,
    is_chapter=True,
)
BARE = Article("5", 1, "An unpaired } brace {")
ARTICLES = (TRIAL, ELECTRONIC, SEASON, BOOK, PART, BARE)


def one_line(text: str) -> str:
    """Line ends and runs of spaces carry no meaning in any of the formats."""
    return " ".join(text.split())


def without_empty(values: dict[str, Any]) -> dict[str, Any]:
    """The fields that are there."""
    return {name: value for name, value in values.items() if value}


# --- RIS -------------------------------------------------------------------------------------------


def inverted(people: tuple[Author, ...]) -> list[str]:
    """As the RIS specification has names: last, first, suffix."""
    return [
        one.collective or ", ".join(filter(None, (one.last, one.fore or one.initials, one.suffix))) for one in people
    ]


def expected_ris(article: Article, first: str = "", last: str = "", date: str = "") -> dict[str, Any]:
    """What rispy should find."""
    return without_empty(
        {
            "type_of_reference": "CHAP" if article.is_chapter else "BOOK" if article.is_book else "JOUR",
            "id": article.pmid,
            "accession_number": article.pmid,
            "name_of_database": "PubMed",
            "authors": inverted(article.authors),
            "secondary_authors": inverted(article.editors),
            "publisher": article.publisher,
            "place_published": article.publisher_location,
            "title": one_line(article.title),
            "secondary_title": article.journal,
            "alternate_title1": article.journal_abbreviation,
            "year": date[:4],
            "date": date,
            "volume": article.volume,
            "number": article.issue,
            "start_page": first,
            "end_page": last,
            "issn": article.issn or article.isbn,
            "doi": article.doi,
            "custom2": article.pmcid,
            "abstract": one_line(article.abstract_text),
            "urls": [f"https://pubmed.ncbi.nlm.nih.gov/{article.pmid}/"],
            "keywords": [heading.name for heading in article.mesh],
        }
    )


def test_rispy_finds_every_field_of_every_record() -> None:
    """Nothing more, nothing less; an abstract that looks like RIS ends no record."""
    assert rispy.loads("".join(map(citations.ris, ARTICLES))) == [
        expected_ris(TRIAL, "1660", "1668", "2014/07/29/"),
        expected_ris(ELECTRONIC, "E101", "E106", "2018/10//"),
        expected_ris(SEASON, "e0175567", date="2000///"),
        expected_ris(BOOK, date="2021///"),
        expected_ris(PART, date="1993///"),
        expected_ris(BARE),
    ]


# --- BibTeX ----------------------------------------------------------------------------------------


def parsed(text: str) -> list[Entry]:
    """The entries in `text`; verbatim fields as they are, the names in parts, everything else without its TeX."""
    library = bibtexparser.parse_string(text, append_middleware=[SeparateCoAuthors(), SplitNameParts()])
    assert not library.failed_blocks
    verbatim = [
        {field.key: field.value for field in entry.fields if field.key in ("doi", "url")} for entry in library.entries
    ]
    decoded = LatexDecodingMiddleware().transform(library).entries
    for entry, fields in zip(decoded, verbatim, strict=True):
        for name, value in fields.items():
            entry.fields_dict[name].value = value
    return decoded


def expected_name(author: Author) -> tuple[str, str, str]:
    """(last name with "van der", first names, suffix); of a name in one piece only the first of them."""
    first = author.fore or author.initials
    if author.collective or not (author.last and first):
        return typeset(str(author)), "", ""
    return typeset(author.last), typeset(first), author.suffix


def names(entry: Entry, field: str = "author") -> list[tuple[str, str, str]]:
    """The same of what was parsed."""
    people = entry.fields_dict[field].value if field in entry.fields_dict else []
    parts = [((*name.von, *name.last), name.first, name.jr) for name in people]
    return [tuple(" ".join(words).strip("{}") for words in name) for name in parts]


def typeset(text: str) -> str:
    """`text` as TeX prints it and bibtexparser decodes it."""
    return one_line(text).replace("---", "—").replace("--", "–").replace("^", "ˆ").replace("``", "“").replace("''", "”")


def expected_bibtex(article: Article, pages: str = "", year: str = "") -> dict[str, str]:
    """What bibtexparser should find beside the names."""
    return without_empty(
        {
            "title": one_line(article.title),
            "booktitle" if article.is_chapter else "series" if article.is_book else "journal": article.journal,
            "publisher": article.publisher,
            "address": article.publisher_location,
            "year": year,
            "volume": article.volume,
            "number": article.issue,
            "pages": pages,
            "isbn": article.isbn,
            "doi": article.doi,
            "pmid": article.pmid,
            "url": f"https://pubmed.ncbi.nlm.nih.gov/{article.pmid}/",
        }
    )


def test_bibtexparser_finds_every_field_of_every_record() -> None:
    """TeX's own characters, umlauts and Greek come back as they were; a DOI is not escaped."""
    bare = replace(BARE, title="An unpaired  brace")  # pylatexenc has no word for \textbraceleft, TeX has
    expected = [
        expected_bibtex(TRIAL, "1660–1668", "2014"),
        expected_bibtex(ELECTRONIC, "E101–E106", "2018"),
        expected_bibtex(SEASON, "e0175567", "2000"),
        expected_bibtex(BOOK, year="2021"),
        expected_bibtex(PART, year="1993"),
        expected_bibtex(bare),
    ]
    entries = parsed("".join(map(citations.bibtex, ARTICLES)))
    found = [
        {field.key: field.value for field in entry.fields if field.key not in ("author", "editor")} for entry in entries
    ]
    assert [{**fields, "title": one_line(fields["title"])} for fields in found] == expected
    assert [(entry.entry_type, entry.key) for entry in entries] == [
        ("article", "pmid24975855"), ("article", "pmid2"), ("article", "pmid3"), ("book", "pmid4"),
        ("incollection", "pmid6"), ("article", "pmid5"),
    ]  # fmt: skip
    assert [names(entry) for entry in entries] == [[expected_name(one) for one in a.authors] for a in ARTICLES]
    assert [names(entry, "editor") for entry in entries] == [[expected_name(e) for e in a.editors] for a in ARTICLES]


# --- NBIB ------------------------------------------------------------------------------------------


def test_biopython_finds_every_field_of_every_record() -> None:
    """As NLM's own MEDLINE files have them: no comma before a suffix, the year first in a date."""
    first, electronic, season, book, part, bare = Medline.parse(io.StringIO("".join(map(citations.nbib, ARTICLES))))
    assert first == {
        "PMID": "24975855",
        "STAT": "MEDLINE",
        "TI": one_line(TRIAL.title),
        "AB": one_line(TRIAL.abstract_text),
        "FAU": [
            "Siddiqui, Adnan H", "Lindholm-Ödegård, Åse", "van der Berg, J Jr", "Nadol, JB 3rd", "Madonna",
            "Ames and Bell, Jo",
        ],
        "AU": ["Siddiqui AH", "Lindholm-Ödegård Å", "van der Berg J Jr", "Nadol JB 3rd", "Madonna", "Ames and Bell J"],
        "CN": ["Science, Engineering, and Medicine Study Group"],
        "LA": ["eng", "fre"],
        "SI": ["ClinicalTrials.gov/NCT01450072"],
        "PT": ["Randomized Controlled Trial"],
        "DEP": "20140627",
        "TA": "Otolaryngol Neck",
        "JT": TRIAL.journal,
        "IS": "0028-3878",
        "VI": "83",
        "IP": "5 Suppl_1",
        "PG": "1660-8; discussion 1668-9",
        "DP": "2014 Jul 29",
        "PMC": "PMC4132574",
        "MH": ["*Multiple Sclerosis", "Humans"],
        "LID": f"{TRIAL.doi} [doi]",
    }  # fmt: skip
    assert (electronic["DP"], season["DP"], book["DP"]) == ("2018 Oct", "2000 Spring", "2021")
    assert (book["CTI"], part["BTI"], part["FED"]) == (["StatPearls"], ["GeneReviews"], ["Adam, Margaret P"])
    assert (part["FAU"], part["AU"]) == (["Doe, Jane", "Roe, Ann Bea", "Sukarno"], ["Doe J", "Roe AB", "Sukarno"])
    assert bare == {"PMID": "5", "TI": "An unpaired } brace {"}


# --- the quoted result -----------------------------------------------------------------------------

SENTENCE = "Angioplasty didn't help & {cost} 5% more; =no gain."
VERDICT = Verdict(
    "5", "ccsvi", Design.RANDOMIZED, Level.INDEXED, "1",
    statement=Statement(Direction.NO_DIFFERENCE, SENTENCE, "conclusion"),
)  # fmt: skip


def test_every_format_with_a_place_for_it_quotes_the_result() -> None:
    """As a note in reference managers, as a column in spreadsheets; a retracted article says so beside it."""
    said = f"Result in the authors' words: “{SENTENCE}”"
    (record,) = rispy.loads(citations.ris(BARE, VERDICT))
    (entry,) = parsed(citations.bibtex(BARE, VERDICT))
    assert (record["notes"], entry.fields_dict["annote"].value) == ([said], said)
    (row,) = csv.DictReader(io.StringIO("".join(citations.csv_text([(BARE, VERDICT)]))))
    assert row["stated_result"] == SENTENCE.replace("; =", ";' =")
    withdrawn = replace(BARE, title="RETRACTED: An unpaired brace")
    assert rispy.loads(citations.ris(withdrawn, VERDICT))[0]["notes"] == [f"Retracted. {said}"]


# --- as they reach a reader ------------------------------------------------------------------------


def test_the_files_of_a_mail_hold_every_new_article(db: Database) -> None:
    """Without abstracts, which belong to their publishers."""
    watched(db)
    articles = [replace(one, pmid=str(900 + number)) for number, one in enumerate(ARTICLES)]
    pmids = tuple(one.pmid for one in articles)
    digest = replace(news(), items=(), left_out_pmids=(("new", pmids),))
    with db.begin() as tx:
        store.articles.save(tx, articles, NOW)
        ris, bibtex = [file.content.decode() for file in attached(tx, digest, ("ris", "bibtex"))]
    found = rispy.loads(ris)
    assert [record["id"] for record in found] == list(pmids)
    assert [record["title"] for record in found] == [one_line(article.title) for article in articles]
    assert not any("abstract" in record for record in found)
    assert [entry.key for entry in parsed(bibtex)] == [f"pmid{pmid}" for pmid in pmids]


# --- real records ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def recorded(shared_data: Path) -> list[Article]:
    """The articles of the recorded efetch responses, each once."""
    files = sorted(path for name in ("efetch", "recorded") for path in (shared_data / "eutils" / name).rglob("*.xml*"))
    found = (item for path in files for item in _items(path))
    return list({item.pmid: item for item in found if isinstance(item, Article)}.values())


def _items(path: Path) -> Iterator[object]:
    """The records of a file; none of another answer of E-utilities."""
    with suppress(RecordError):
        yield from reader.read_file(path)


def test_rispy_reads_real_records(recorded: list[Article]) -> None:
    """Titles, names, abstracts and headings of thousands of articles."""
    assert len(recorded) > 1000
    found = rispy.loads("".join(map(citations.ris, recorded)))
    pagination = {"start_page", "end_page", "year", "date"}
    for article, record in zip(recorded, found, strict=True):
        kept = {name: value for name, value in record.items() if name not in pagination}
        assert kept == {
            name: [one_line(part) for part in value] if isinstance(value, list) else one_line(value)
            for name, value in expected_ris(article).items()
        }


def test_bibtexparser_reads_real_records(recorded: list[Article]) -> None:
    """Titles with braces, carets and underscores, thousands of names, groups with commas and "and" in theirs."""
    shown = recorded[::4]
    entries = parsed("".join(map(citations.bibtex, shown)))
    for article, entry in zip(shown, entries, strict=True):
        assert one_line(entry.fields_dict["title"].value) == typeset(article.title)
        assert names(entry) == [expected_name(author) for author in article.authors]


@pytest.mark.parametrize(
    ("pages", "first", "last"),
    [
        ("12-9", "12", "19"),
        ("1199-205", "1199", "1205"),
        ("645-648", "645", "648"),
        ("24-32, 64", "24", "32"),
        ("34, 72, 84 passim", "34", ""),
        ("31-7 contd", "31", "37"),
        ("44; discussion 44-9", "44", ""),
        ("iii-viii", "iii", "viii"),
        ("P32-4", "P32", "P34"),
        ("E101-E106", "E101", "E106"),
        ("32P-35P", "32P", "35P"),
        ("suppl 111-2", "suppl 111", "112"),
        ("1162-7.e2", "1162", "1167.e2"),
        ("441.e1-441.e9", "441.e1", "441.e9"),
        ("e66", "e66", ""),
        ("E665-72", "E665", "E672"),
        ("100-4; discussion 104-5", "100", "104"),
        ("1023-6; author reply 1026-7", "1023", "1026"),
        ("author reply 123-4", "123", "124"),
        ("S12-9", "S12", "S19"),
        ("S99-101", "S99", "S101"),
        ("NP456-NP461", "NP456", "NP461"),
        ("e1-e9", "e1", "e9"),
        ("123, 125-7", "123", ""),
        ("21-3. 27-30", "21", "23"),
        ("I-V, 1-50", "I", "V"),
        ("XCII-C", "XCII", "C"),
        ("ORL-704-9", "ORL-704", "ORL-709"),
        ("S1-9-S1-16", "S1-9", "S1-16"),
        ("A-24", "A-24", ""),
        ("723.e1-2", "723.e1", "723.e2"),
        ("9–17", "9", "17"),
        ("pp. 12-9", "12", "19"),
        ("12 - 19", "12", "19"),
        ("Suppl 2:17-8", "Suppl 2:17", "18"),
        ("(82)15d-(82)23d", "(82)15d", "(82)23d"),
        ("389-392-5", "389", "392"),
        ("e20.00181-12", "e20.00181-12", ""),
        ("bmjopen-2020-043210", "bmjopen-2020-043210", ""),
        ("S0140-6736(20)30183-5", "S0140-6736(20)30183-5", ""),
        ("87-5", "87", ""),
        ("123-", "123", ""),
        ("1268-71 CONCL", "1268", "1271"),
        ("CD012625", "CD012625", ""),
        ("S01-S10", "S01", "S10"),
        ("1" * 5000 + "-2", "1" * 5000 + "-2", ""),
        ("", "", ""),
    ],
)
def test_the_pages_of_nlm_have_a_first_and_a_last(pages: str, first: str, last: str) -> None:
    """https://www.nlm.nih.gov/mesh/indman/chapter_10.html, and what is found in PubMed beside it."""
    (record,) = rispy.loads(citations.ris(Article("1", 1, "A title", pages=pages)))
    assert (record.get("start_page", ""), record.get("end_page", "")) == (first, last)
