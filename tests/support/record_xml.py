"""PubMed XML written for a test, a few words at a time."""

from __future__ import annotations

from lxml import etree

from monitor.model import Article
from monitor.sources.pubmed.records import reader

DOCTYPE = (
    '<?xml version="1.0" ?>\n<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2024//EN" '
    '"https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_240101.dtd">\n'
)


def record(
    pmid: int | str = 1, *, article: str = "<ArticleTitle>A title.</ArticleTitle>", citation: str = "", data: str = ""
) -> str:
    """One PubmedArticle; the arguments are XML inside Article, MedlineCitation and PubmedData."""
    return (
        f'<PubmedArticle><MedlineCitation Status="MEDLINE" Owner="NLM"><PMID Version="1">{pmid}</PMID>'
        f'<Article PubModel="Print">{article}</Article>{citation}</MedlineCitation>'
        f"<PubmedData>{data}</PubmedData></PubmedArticle>"
    )


def document(*parts: str) -> bytes:
    """A PubmedArticleSet as EFetch sends it."""
    return f"{DOCTYPE}<PubmedArticleSet>{''.join(parts)}</PubmedArticleSet>".encode()


def read(*, article: str = "", citation: str = "", data: str = "") -> Article:
    """The Article of one record written from its parts."""
    (only,) = reader.read(document(record(article=article, citation=citation, data=data))).articles
    return only


def element(xml: str) -> etree._Element:
    """One element; `mml:` is bound."""
    return reader.parse(f'<x xmlns:mml="http://www.w3.org/1998/Math/MathML">{xml}</x>'.encode())[0]
