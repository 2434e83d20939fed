"""Every field of every record that NLM publishes, held against a second, independent look at the same bytes."""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from monitor.errors import RecordError
from monitor.model import Article
from monitor.sources.pubmed.records import reader
from monitor.sources.pubmed.records.reader import Deletion

#: What stands in MANIFEST.md for the two files of the bulk folder.
BULK = {
    "pubmed20n0014.xml.gz": {
        "records": 30_000, "with abstract": 14_832, "MeSH": 29_998, "VernacularTitle": 6_882, "DeleteCitation": 0,
        "RCT": 186, "Review": 1_030, "no AuthorList": 497, "markup in title": 0, "NCT": 0,
    },
    # MANIFEST counts 18,446 Abstract elements; one of them is empty.
    "pubmed21n1298.xml.gz": {
        "records": 20_788, "with abstract": 18_445, "MeSH": 335, "VernacularTitle": 345, "DeleteCitation": 20,
        "RCT": 8, "Review": 1_784, "no AuthorList": 156, "markup in title": 1_094, "NCT": 170,
    },
}  # fmt: skip


@pytest.mark.parametrize("name", BULK)
def test_a_whole_file_of_nlm_is_read_field_by_field(name: str, shared_data: Path) -> None:
    """50,788 records: the counts of MANIFEST.md, and each field against a plain XPath on the same element."""
    path = shared_data / "eutils" / "bulk" / name
    counted, differ = Counter[str](), Counter[str]()
    elements = _elements(path)
    for item in reader.read_file(path):
        assert not isinstance(item, RecordError), item
        if isinstance(item, Deletion):
            counted["DeleteCitation"] += 1
            continue
        told = _told(item)
        seen = _seen(next(elements))
        differ.update(key for key, value in seen.items() if not _is_same(key, value, told[key]))
        counted.update(_kinds(item))
    assert next(elements, None) is None
    assert not differ, differ.most_common(5)
    assert {key: counted[key] for key in BULK[name]} == BULK[name]


def _elements(path: Path) -> Iterator[etree._Element]:
    """The PubmedArticle elements of a file by lxml's own stream; each is emptied when the next is asked for."""
    with gzip.open(path) as file:
        for _, element in etree.iterparse(file, tag="PubmedArticle", huge_tree=True):
            yield element
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]


def _kinds(article: Article) -> Iterator[str]:
    """What MANIFEST.md counts this article as."""
    types = {kind.ui for kind in article.publication_types}
    yield "records"
    kinds = {
        "with abstract": bool(article.abstract),
        "MeSH": any(heading.ui.startswith("D") for heading in article.mesh),
        "VernacularTitle": article.vernacular_title,
        "RCT": "D016449" in types,
        "Review": "D016454" in types,
        "no AuthorList": not article.authors,
        "markup in title": "<" in article.title_html and article.title != article.vernacular_title,
        "NCT": any(bank.startswith("ClinicalTrials.gov/") for bank in article.databanks),
    }
    yield from (kind for kind, is_it in kinds.items() if is_it)


def _text(element: etree._Element, path: str) -> str:
    """All text below every element that `path` finds, without spaces."""
    return "".join("".join(_xpath(f"{path}//text()")(element)).split())


@cache
def _xpath(path: str) -> etree.XPath:
    """Read once for tens of thousands of records."""
    return etree.XPath(path, smart_strings=False)


def _number(element: etree._Element, path: str) -> int:
    return int(_xpath(f"count({path})")(element))


#: Texts of which spacing is no part.
_TEXTS = {"title", "abstract", "last names", "MedlineDate"}


def _is_same(key: str, seen: Any, told: Any) -> bool:
    """Is it what was told? Most texts are without a look at each of their letters."""
    if seen is None or seen == told:
        return True
    return key in _TEXTS and bool(seen.translate(_GONE) == told.translate(_GONE))


#: White space of every width and the characters that no reader sees.
_GONE = dict.fromkeys(map(ord, " \t\n\r\xa0\xad\u1680\u202f\u205f\u3000\ufeff")) | dict.fromkeys(
    [*range(0x7F, 0xA0), *range(0x2000, 0x200C), *range(0x2028, 0x202F), *range(0x2060, 0x206A)]
)


def _seen(element: etree._Element) -> dict[str, object]:
    article = "MedlineCitation/Article"
    doi = element.findtext(f"{article}/ELocationID[@EIdType='doi']") or element.findtext(
        "PubmedData/ArticleIdList/ArticleId[@IdType='doi']"
    )
    references = [
        ids
        for ids in _xpath("PubmedData/ReferenceList//ArticleIdList")(element)
        if any(
            item.get("IdType") in {"pubmed", "doi"} and item.text and " " not in item.text.strip() for item in ids
        )  # "10.3129/can j ophthalmol.06-124" is no DOI
    ]
    has_math = next(element.find(article).iter("{*}math"), None) is not None
    return {
        "pmid": element.findtext("MedlineCitation/PMID"),
        "title": None
        if has_math
        else _text(element, f"{article}/ArticleTitle") or _text(element, f"{article}/VernacularTitle"),
        "abstract": None if has_math else _text(element, f"{article}/Abstract/AbstractText"),
        "doi": (doi or "").strip().lower(),
        "mesh": _number(element, "MedlineCitation/MeshHeadingList/MeshHeading")
        + _number(element, "MedlineCitation/SupplMeshList/SupplMeshName"),
        "types": _xpath(f"{article}/PublicationTypeList/PublicationType/@UI")(element),
        "authors": _number(element, f"{article}/AuthorList/Author[not(@ValidYN='N')]"),
        "last names": _text(element, f"{article}/AuthorList/Author[@ValidYN='Y']/LastName"),
        "links": _number(element, "MedlineCitation/CommentsCorrectionsList/CommentsCorrections"),
        "references": len(references),
        "keywords": len(
            {_text(k, ".").translate(_GONE) for k in element.iterfind("MedlineCitation/KeywordList/Keyword")} - {""}
        ),
        "substances": _number(element, "MedlineCitation/ChemicalList/Chemical"),
        "MedlineDate": _date_in_words(element),
        "created": element.findtext("PubmedData/History/PubMedPubDate[@PubStatus='entrez']/Day"),
        "status": element.find("MedlineCitation").get("Status"),
    }


def _date_in_words(element: etree._Element) -> str:
    date = "MedlineCitation/Article/Journal/JournalIssue/PubDate"
    season = _text(element, f"{date}/Season")
    return _text(element, f"{date}/Year") + season if season else _text(element, f"{date}/MedlineDate")


def _told(article: Article) -> dict[str, object]:
    return {
        "pmid": article.pmid,
        "title": "".join(article.title.split()),
        "abstract": "".join("".join(s.text for s in article.abstract).split()),
        "doi": article.doi,
        "mesh": len(article.mesh),
        "types": [t.ui for t in article.publication_types],
        "authors": len(article.authors),
        "last names": "".join("".join(a.last for a in article.authors).split()),
        "links": len(article.notices),
        "references": len(article.references),
        "keywords": len({"".join(k.split()).translate(_GONE) for k in article.keywords}),
        "substances": len(article.substances),
        "MedlineDate": "".join(article.print_date.text.split()),
        "created": str(article.created_at.day) if article.created_at else None,
        "status": article.status,
    }
