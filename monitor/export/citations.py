"""An article in the formats of reference managers and spreadsheets. Pure.

RIS as read by Zotero, EndNote and Mendeley; NBIB with the most important tags of NLM's MEDLINE display format
(https://www.nlm.nih.gov/bsd/mms/medlineelements.html); BibTeX; CSV.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date

from monitor.export import page_range
from monitor.model import Article, Author, PartialDate, Verdict
from monitor.model.values import csv_cells
from monitor.model.values.clean_text import one_line

#: The columns of the CSV, in order.
COLUMNS = (
    "pmid",
    "title",
    "authors",
    "journal",
    "first_public_on",
    "doi",
    "pmcid",
    "registry_numbers",
    "publication_types",
    "retracted",
    "design",
    "level",
    "role",
    "control",
    "sample_size",
    "answers_the_question",
    "judged_by",
    "url",
    "stated_result",
)


def url(article: Article) -> str:
    """The URL of the PubMed record."""
    return f"https://pubmed.ncbi.nlm.nih.gov/{article.pmid}/"


def ris(article: Article, verdict: Verdict | None = None) -> str:
    """One RIS record, ending in ER; its notes quote the result that `verdict` found in the article."""
    first, last = page_range.first_and_last(article.pages)
    day = _issue_date(article)
    tags: list[tuple[str, str]] = [("TY", _RIS_TYPES[_kind(article)]), ("ID", article.pmid)]
    tags += [("AU", _inverted(author, ", ")) for author in article.authors]
    tags += [("A2", _inverted(editor, ", ")) for editor in article.editors]
    tags += [("TI", article.title), ("T2", article.journal), ("J2", article.journal_abbreviation)]
    tags += [("PY", str(day.year or "")), ("DA", _ris_date(day.earliest(), day.month, day.day))]
    tags += [("VL", article.volume), ("IS", article.issue), ("SP", first), ("EP", last)]
    tags += [("SN", article.issn or article.isbn), ("PB", article.publisher), ("CY", article.publisher_location)]
    tags += [("DO", article.doi), ("AN", article.pmid), ("DB", "PubMed"), ("C2", article.pmcid)]
    tags += [("AB", article.abstract_text), ("N1", _note(article, verdict)), ("UR", url(article))]
    tags += [("KW", heading.name) for heading in article.mesh]
    return "".join(f"{tag}  - {one_line(value)}\r\n" for tag, value in tags if value) + "ER  - \r\n\r\n"


_RIS_TYPES = {"article": "JOUR", "book": "BOOK", "incollection": "CHAP"}


def _kind(article: Article) -> str:
    """BibTeX's name for the kind of publication."""
    return "incollection" if article.is_chapter else "book" if article.is_book else "article"


def _quotation(verdict: Verdict | None) -> str:
    """The sentence in which the authors state the result."""
    return verdict.statement.sentence if verdict and verdict.statement else ""


def _note(article: Article, verdict: Verdict | None) -> str:
    """What a reference manager shows as a note: the quoted result, and that it is withdrawn if it is."""
    quotation = _quotation(verdict)
    retracted = "Retracted. " if article.is_retracted else ""
    return f"{retracted}Result in the authors' words: “{quotation}”" if quotation else ""


def nbib(article: Article) -> str:
    """One record with MEDLINE tags, as PubMed's "Send to: Citation manager" gives; ends in an empty line."""
    tags: list[tuple[str, str]] = [("PMID", article.pmid), ("STAT", article.status), ("TI", article.title)]
    tags += [("AB", article.abstract_text)]
    if article.is_book:
        tags += [("BTI" if article.is_chapter else "CTI", article.journal), ("PB", article.publisher)]
        tags += [("PL", article.publisher_location), ("ISBN", article.isbn)]
        tags += [("FED", _inverted(editor, " ")) for editor in article.editors]
    for author in article.authors:
        tags += (
            [("CN", author.collective)] if author.collective else [("FAU", _inverted(author, " ")), ("AU", str(author))]
        )
    tags += [("LA", language) for language in article.languages]
    tags += [("SI", f"{one.registry}/{one.number}") for one in article.registrations]
    tags += [("PT", kind.name) for kind in article.publication_types]
    tags += [("DEP", _compact(article.electronic_date.earliest())), ("TA", article.journal_abbreviation)]
    tags += [
        ("JT", "" if article.is_book else article.journal),
        ("IS", article.issn),
        ("VI", article.volume),
        ("IP", article.issue),
    ]
    tags += [("PG", article.pages), ("DP", _medline_date(_issue_date(article))), ("PMC", article.pmcid)]
    tags += [("MH", f"{'*' if heading.major else ''}{heading.name}") for heading in article.mesh]
    tags += [("LID", f"{article.doi} [doi]" if article.doi else "")]
    return "".join(f"{tag:<4}- {one_line(value)}\n" for tag, value in tags if value) + "\n"


#: Characters that mean something to TeX, and what stands for them.
_TEX = str.maketrans(
    {char: f"\\{char}" for char in "&%$#_"}
    | {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
)
_PAIRED = str.maketrans({char: f"\\{char}" for char in "{}"})
_UNPAIRED = str.maketrans({"{": r"\textbraceleft{}", "}": r"\textbraceright{}"})
#: `doi` is a verbatim field (biblatex manual, section 2.3.2): nothing is escaped for TeX, braces as in a URL.
_VERBATIM = str.maketrans({"{": "%7B", "}": "%7D"})


#: The field of BibTeX for the title of what the publication is part of.
_HOST = {"article": "journal", "book": "series", "incollection": "booktitle"}


def bibtex(article: Article, verdict: Verdict | None = None) -> str:
    """One BibTeX entry in UTF-8, keyed by PMID; braces protect the capitals of the title.

    `annote` quotes the result that `verdict` found in the article: styles do not print that field.
    """
    kind = _kind(article)
    fields = {
        "author": " and ".join(_bibtex_name(author) for author in article.authors),
        "editor": " and ".join(_bibtex_name(editor) for editor in article.editors),
        "title": f"{{{_tex(article.title)}}}",
        _HOST[kind]: _tex(article.journal),
        "publisher": _tex(article.publisher),
        "address": _tex(article.publisher_location),
        "year": str(_issue_date(article).year or ""),
        "volume": _tex(article.volume),
        "number": _tex(article.issue),
        "pages": _tex("--".join(page for page in page_range.first_and_last(article.pages) if page)),
        "isbn": _tex(article.isbn),
        "doi": article.doi.translate(_VERBATIM),
        "pmid": article.pmid,
        "url": url(article),
        "annote": _tex(_note(article, verdict)),
    }
    lines = "".join(f"  {name} = {{{one_line(value)}}},\n" for name, value in fields.items() if value)
    return f"@{kind}{{pmid{article.pmid},\n{lines}}}\n\n"


def _bibtex_name(author: Author) -> str:
    """Last name, suffix, first names: BibTeX's order. Braces keep whole what it would split at a comma or "and"."""
    first = author.fore or author.initials
    if author.collective or not (author.last and first):
        return f"{{{_tex(str(author))}}}"
    parts = [_tex(part) for part in (author.last, author.suffix, first) if part]
    return ", ".join(f"{{{part}}}" if re.search(r",|\band\b", part) else part for part in parts)


def _tex(text: str) -> str:
    """`text` escaped for TeX. BibTeX counts even an escaped brace: one without its partner is written as a word."""
    return text.translate(_TEX | (_PAIRED if _has_paired_braces(text) else _UNPAIRED))


def _has_paired_braces(text: str) -> bool:
    depth = 0
    for char in text:
        depth += (char == "{") - (char == "}")
        if depth < 0:
            return False
    return depth == 0


def csv_text(rows: Iterable[tuple[Article, Verdict | None]]) -> Iterator[str]:
    """The lines of a CSV file, header first; see `csv_cells` for what is done to cells."""
    yield csv_cells.line(COLUMNS)
    for article, verdict in rows:
        yield csv_cells.line(_cells(article, verdict))


def _cells(article: Article, verdict: Verdict | None) -> tuple[str, ...]:
    verdict_cells: tuple[str, ...] = ("",) * 7
    if verdict:
        size = "" if verdict.sample_size is None else str(verdict.sample_size)
        is_relevant = "yes" if verdict.relevance.is_match else "no"
        verdict_cells = (
            verdict.design,
            verdict.level,
            verdict.role or "",
            verdict.control,
            size,
            is_relevant,
            verdict.by,
        )
    return (
        article.pmid,
        article.title,
        "; ".join(str(author) for author in article.authors),
        article.journal,
        str(article.first_public_on or ""),
        article.doi,
        article.pmcid,
        "; ".join(article.registry_numbers),
        "; ".join(kind.name for kind in article.publication_types),
        "yes" if article.is_retracted else "",
        *verdict_cells,
        url(article),
        _quotation(verdict),
    )


def _inverted(author: Author, separator: str) -> str:
    """A group's name, or a person's with the last name first; `separator` stands before a suffix."""
    name = ", ".join(part for part in (author.last, author.fore or author.initials) if part)
    return author.collective or separator.join(part for part in (name, author.suffix) if part)


def _issue_date(article: Article) -> PartialDate:
    """The date of the issue; of articles that are in none, that of the electronic publication."""
    return article.print_date if article.print_date.year else article.electronic_date


def _ris_date(day: date | None, month: int | None, monthday: int | None) -> str:
    """YYYY/MM/DD/ (the RIS specification's DA), unknown parts empty."""
    if day is None:
        return ""
    return f"{day.year}/{f'{month:02d}' if month else ''}/{f'{monthday:02d}' if monthday else ''}/"


def _compact(day: date | None) -> str:
    return f"{day:%Y%m%d}" if day else ""


def _medline_date(day: PartialDate) -> str:
    """As in MEDLINE's DP: year, month, day ("2014 Jul 29"), or the words of the record ("2000 Spring")."""
    month = f"{date(2000, day.month, 1):%b}" if day.month else ""
    return day.text or " ".join(str(part) for part in (day.year, month, day.day) if part)
