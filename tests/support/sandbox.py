"""A small invented corpus and a running sandbox, for every test that needs a PubMed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from xml.sax.saxutils import escape

import pytest

from monitor.sandbox import Corpus, Server

#: Publication type name → MeSH id, as far as the corpus uses them.
TYPES = {
    "Journal Article": "D016428",
    "Randomized Controlled Trial": "D016449",
    "Retracted Publication": "D016441",
    "Retraction of Publication": "D016440",
    "Published Erratum": "D016425",
    "Review": "D016454",
    "Letter": "D016422",
    "Preprint": "D000076942",
}

Day = tuple[int, int, int]


def stamp(status: str, day: Day) -> str:
    """One PubMedPubDate at 06:00."""
    parts = "".join(f"<{n}>{v}</{n}>" for n, v in zip(("Year", "Month", "Day"), day, strict=True))
    return f'<PubMedPubDate PubStatus="{status}">{parts}<Hour>6</Hour><Minute>0</Minute></PubMedPubDate>'


def ymd(name: str, day: Day | None) -> str:
    """A date element, nothing for None."""
    if day is None:
        return ""
    return f"<{name}><Year>{day[0]}</Year><Month>{day[1]:02}</Month><Day>{day[2]:02}</Day></{name}>"


def article(
    pmid: int,
    title: str,
    created: Day,
    *,
    entered: Day | None = None,
    indexed: Day | None = None,
    completed: Day | None = None,
    revised: Day | None = None,
    abstract: str = "",
    types: tuple[str, ...] = ("Journal Article",),
    mesh: tuple[str, ...] = (),
    authors: tuple[tuple[str, str], ...] = (("Marsh", "AB"),),
    journal: str = "Journal of Invented Medicine",
    doi: str = "",
    registry: str = "",
    links: tuple[tuple[str, int, str], ...] = (),
    cites: tuple[int, ...] = (),
    cites_dois: tuple[str, ...] = (),
    status: str = "",
) -> str:
    """One PubmedArticle, pretty-printed in places as files from NCBI are. `links` are (RefType, PMID or 0, source)."""
    people = "".join(
        f"<Author ValidYN='Y'><LastName>{last}</LastName><ForeName>{ini}</ForeName><Initials>{ini}</Initials></Author>"
        for last, ini in authors
    )
    headings = "".join(
        f"<MeshHeading><DescriptorName MajorTopicYN='N'>{m}</DescriptorName></MeshHeading>" for m in mesh
    )
    pts = "".join(f'<PublicationType UI="{TYPES[name]}">{name}</PublicationType>' for name in types)
    linked = "".join(
        f'<CommentsCorrections RefType="{kind}"><RefSource>{source}</RefSource>'
        + (f'<PMID Version="1">{target}</PMID>' if target else "")
        + "</CommentsCorrections>"
        for kind, target, source in links
    )
    cited = "".join(f'<ArticleId IdType="pubmed">{target}</ArticleId>' for target in cites)
    cited += "".join(f'<ArticleId IdType="doi">{target}</ArticleId>' for target in cites_dois)
    bank = (
        f"<DataBankList><DataBank><DataBankName>ClinicalTrials.gov</DataBankName><AccessionNumberList>"
        f"<AccessionNumber>{registry}</AccessionNumber></AccessionNumberList></DataBank></DataBankList>"
    )
    edat = entered or created
    return f"""<PubmedArticle>
  <MedlineCitation Status="{status or ("MEDLINE" if mesh else "PubMed-not-MEDLINE")}" Owner="NLM">
    <PMID Version="1">{pmid}</PMID>
    {ymd("DateCompleted", completed or indexed)}
    {ymd("DateRevised", revised)}
    <Article PubModel="Print">
      <Journal><ISSN IssnType="Print">1234-5678</ISSN><JournalIssue CitedMedium="Print"><Volume>1</Volume>
        <PubDate><Year>{created[0]}</Year><Month>{created[1]:02}</Month></PubDate></JournalIssue>
        <Title>{journal}</Title><ISOAbbreviation>J Inv Med</ISOAbbreviation></Journal>
      <ArticleTitle>{title}</ArticleTitle>
      {f"<Abstract><AbstractText>{escape(abstract)}</AbstractText></Abstract>" if abstract else ""}
      <AuthorList CompleteYN="Y">{people}</AuthorList><Language>eng</Language>
      {bank if registry else ""}
      <PublicationTypeList>{pts}</PublicationTypeList>
    </Article>
    <MedlineJournalInfo><MedlineTA>J Inv Med</MedlineTA><NlmUniqueID>9999999</NlmUniqueID></MedlineJournalInfo>
    {f"<CommentsCorrectionsList>{linked}</CommentsCorrectionsList>" if linked else ""}
    {f"<MeshHeadingList>{headings}</MeshHeadingList>" if headings else ""}
  </MedlineCitation>
  <PubmedData>
    <History>{stamp("entrez", created)}{stamp("pubmed", edat)}{stamp("medline", indexed or edat)}</History>
    <PublicationStatus>ppublish</PublicationStatus>
    <ArticleIdList><ArticleId IdType="pubmed">{pmid}</ArticleId>
      {f'<ArticleId IdType="doi">{doi}</ArticleId>' if doi else ""}</ArticleIdList>
    {f"<ReferenceList><Reference><ArticleIdList>{cited}</ArticleIdList></Reference></ReferenceList>" if cited else ""}
  </PubmedData>
</PubmedArticle>"""


BOOK = """<PubmedBookArticle><BookDocument><PMID Version="1">109</PMID>
<ArticleIdList><ArticleId IdType="bookaccession">NBK109</ArticleId></ArticleIdList>
<Book><Publisher><PublisherName>Invented Press</PublisherName></Publisher>
<BookTitle>Veins and nerves, a handbook</BookTitle>
<PubDate><Year>2013</Year></PubDate></Book><ArticleTitle>Vein wound care</ArticleTitle><Language>eng</Language>
<PublicationType UI="D016454">Review</PublicationType></BookDocument><PubmedBookData><History>
<PubMedPubDate PubStatus="pubmed"><Year>2013</Year><Month>5</Month><Day>1</Day></PubMedPubDate></History>
</PubmedBookData></PubmedBookArticle>"""

RECORDS = (
    article(
        101, "Slow veins in multiple sclerosis", (2009, 4, 25), abstract="We looked at veins.", doi="10.5555/Slow.101"
    ),
    article(
        102,
        "Opening veins in <i>multiple sclerosis</i>: a randomized trial",
        (2012, 3, 1),
        indexed=(2012, 9, 1),
        types=("Journal Article", "Randomized Controlled Trial"),
        mesh=("Multiple Sclerosis, Relapsing-Remitting", "Angioplasty"),
        abstract="Thirty people were assigned. Vein dilation was compared with a sham procedure.",
        authors=(("Marsh", "AB"), ("Öster", "C")),
        registry="NCT09990102",
        doi="10.5555/open.102",
        cites=(101,),
    ),
    article(
        103,
        "Vein stenting: early results",
        (2012, 5, 1),
        types=("Journal Article", "Retracted Publication"),
        links=(("RetractionIn", 104, "J Inv Med. 2014 Feb 3;3(1):9"),),
        cites_dois=("10.5555/slow.101",),
    ),
    article(
        104,
        "Retraction: Vein stenting: early results",
        (2014, 2, 5),
        types=("Retraction of Publication",),
        links=(("RetractionOf", 103, "J Inv Med. 2012 May;1(1):1"),),
    ),
    article(
        105,
        "Opening veins revisited",
        (2013, 1, 10),
        revised=(2015, 6, 1),
        links=(("ErratumIn", 0, "J Inv Med. 2013 Aug 19;2(8):773"),),
        cites=(101, 102),
        authors=(("Öster", "C"),),
    ),
    article(106, "A late arrival on vein pressure", (2014, 1, 1), entered=(2011, 7, 1)),
    article(107, "Jugular veins in mice", (2010, 2, 2), authors=(("Smith", "JA"),), types=("Letter",)),
    article(108, "Jugular pressure at altitude", (2010, 2, 3), authors=(("Smith", "J"),), types=("Review",)),
)

CORPUS_XML = f"<?xml version='1.0'?><PubmedArticleSet>{''.join(RECORDS)}{BOOK}</PubmedArticleSet>".encode()


@pytest.fixture
def corpus() -> Corpus:
    """Nine invented records, 2009-2015: a trial indexed late, a retraction, an erratum, a late arrival, a book."""
    return Corpus.from_xml(CORPUS_XML)


@pytest.fixture
def sandbox(corpus: Corpus) -> Iterator[Server]:
    """A running sandbox at New Year 2016, when all nine records are public."""
    with Server(corpus, datetime(2016, 1, 1, tzinfo=UTC)) as server:
        yield server
