"""Each trap of PubMed's XML, one at a time."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from monitor.model import (
    Author,
    MeshHeading,
    Notice,
    NoticeKind,
    OtherAbstract,
    PartialDate,
    PublicationType,
    Reference,
)
from monitor.sources.pubmed.records import reader
from tests.support.record_xml import document, read, record


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("<Year>2012</Year><Month>Mar</Month><Day>7</Day>", PartialDate(2012, 3, 7)),
        ("<Year>2012</Year><Month>03</Month>", PartialDate(2012, 3)),
        ("<Year>2012</Year>", PartialDate(2012)),
        ("<Year>2000</Year><Season>Spring</Season>", PartialDate(2000, text="2000 Spring")),
        ("<MedlineDate>1998 Dec-1999 Jan</MedlineDate>", PartialDate(1998, 12, text="1998 Dec-1999 Jan")),
        ("<MedlineDate>2007 Mar-Apr</MedlineDate>", PartialDate(2007, 3, text="2007 Mar-Apr")),
        ("<MedlineDate>1998 Dec 25-31</MedlineDate>", PartialDate(1998, 12, 25, "1998 Dec 25-31")),
        ("<MedlineDate>Fall 1976</MedlineDate>", PartialDate(1976, text="Fall 1976")),
        ("<MedlineDate>undated</MedlineDate>", PartialDate(text="undated")),
        ("<Year>2021</Year><Month>Feb</Month><Day>30</Day>", PartialDate(2021, 2, text="2021 Feb 30")),
        ("<Year>20x1</Year>", PartialDate(text="20x1")),
        ("<Year>2012</Year><Month>Foo</Month>", PartialDate(2012, text="2012 Foo")),
        ("", PartialDate()),
    ],
)
def test_a_publication_date_is_as_exact_as_the_record(written: str, expected: PartialDate) -> None:
    """Years, seasons and words stay what they are, and a day that no calendar has is not made up."""
    issue = f"<Journal><JournalIssue><PubDate>{written}</PubDate></JournalIssue></Journal>"
    assert read(article=issue).print_date == expected


def test_print_and_electronic_dates_are_kept_apart() -> None:
    """The electronic date is often months earlier and is the one that counts as first public."""
    article = read(
        article="<Journal><JournalIssue><PubDate><Year>2013</Year><Month>Jan</Month></PubDate></JournalIssue></Journal>"
        '<ArticleDate DateType="Electronic"><Year>2012</Year><Month>10</Month><Day>09</Day></ArticleDate>'
    )
    assert (article.print_date, article.electronic_date) == (PartialDate(2013, 1), PartialDate(2012, 10, 9))
    assert article.first_public_on == date(2012, 10, 9)


def test_the_dates_of_the_record_are_not_crossed() -> None:
    """NLM calls the Create date "entrez" and the Entry date "pubmed"."""
    stamps = "".join(
        f'<PubMedPubDate PubStatus="{name}"><Year>2021</Year><Month>6</Month><Day>{day}</Day>'
        f"<Hour>{hour}</Hour><Minute>5</Minute></PubMedPubDate>"
        for name, day, hour in (("received", 1, 0), ("pubmed", 8, 6), ("medline", 9, 6), ("entrez", 7, 20))
    )
    dated = "<DateRevised><Year>2021</Year><Month>06</Month><Day>30</Day></DateRevised>"
    article = read(data=f"<History>{stamps}</History>", citation=dated)
    assert article.created_at == datetime(2021, 6, 7, 20, 5, tzinfo=UTC)
    assert article.entered_at == datetime(2021, 6, 8, 6, 5, tzinfo=UTC)
    assert article.indexed_at == datetime(2021, 6, 9, 6, 5, tzinfo=UTC)
    assert (article.revised_on, article.completed_on) == (date(2021, 6, 30), None)


def test_a_doi_never_comes_from_the_reference_list() -> None:
    """8 % of records would get a foreign DOI from a search for any ArticleId."""
    references = (
        "<ReferenceList><Title>References</Title><Reference><Citation>A</Citation><ArticleIdList>"
        '<ArticleId IdType="doi">10.1/Foreign</ArticleId><ArticleId IdType="pubmed">77</ArticleId></ArticleIdList>'
        "</Reference><ReferenceList><Reference><ArticleIdList><ArticleId IdType='pubmed'>78</ArticleId>"
        "</ArticleIdList></Reference></ReferenceList><Reference><Citation>unidentified</Citation></Reference>"
        "</ReferenceList>"
    )
    own = '<ArticleIdList><ArticleId IdType="pmc">PMC5</ArticleId>{}</ArticleIdList>'
    without = read(data=own.format("") + references)
    assert (without.doi, without.pmcid) == ("", "PMC5")
    assert without.references == (Reference("77", "10.1/foreign"), Reference("78", ""))
    assert read(data=own.format('<ArticleId IdType="doi">10.1/Own</ArticleId>') + references).doi == "10.1/own"


def test_a_valid_electronic_location_beats_an_invalid_one() -> None:
    """A DOI marked invalid is used only when there is no other."""
    wrong = '<ELocationID EIdType="doi" ValidYN="N">10.1/wrong</ELocationID>'
    right = '<ELocationID EIdType="doi" ValidYN="Y">https://doi.org/10.1/Right</ELocationID>'
    assert read(article=wrong + right).doi == "10.1/right"
    assert read(article=wrong).doi == "10.1/wrong"
    other = '<ArticleIdList><ArticleId IdType="doi">10.1/other</ArticleId></ArticleIdList>'
    assert read(article=wrong, data=other).doi == "10.1/other"
    assert read(article=wrong, data=other.replace("10.1/other", "none")).doi == "10.1/wrong"
    assert read(article=right.replace("https://doi.org/10.1/Right", "S0140-6736(20)1"), data=other).doi == "10.1/other"


def test_titles_in_two_languages_and_without_words() -> None:
    """A translated title stands beside the original; an empty one is empty, not an error."""
    article = read(article="<ArticleTitle>[On veins].</ArticleTitle><VernacularTitle>Über Venen.</VernacularTitle>")
    assert (article.title, article.vernacular_title) == ("[On veins].", "Über Venen.")
    assert read(article="<ArticleTitle/>").title == ""
    assert read(article="").title == ""


@pytest.mark.parametrize(
    "written",
    ["", "[Not Available].", "[Not available]", "Not Available.", "[In Process Citation]", "[No title available]."],
)
def test_without_an_english_title_the_vernacular_one_is_the_title(written: str) -> None:
    """NLM writes a placeholder, or nothing; a placeholder is never a title, or two articles would have the same."""
    heading = f"<ArticleTitle>{written}</ArticleTitle>"
    article = read(article=f"{heading}<VernacularTitle>Über <i>Venen</i>.</VernacularTitle>")
    assert (article.title, article.title_html) == ("Über Venen.", "Über <i>Venen</i>.")
    assert read(article=heading).title == ""


@pytest.mark.parametrize(
    ("person", "name"),
    [
        ("<LastName>Doe</LastName><ForeName>Jane Mary</ForeName>", "Doe JM"),
        ("<LastName>Doe</LastName><ForeName>Jean-Pierre</ForeName>", "Doe JP"),
        ("<LastName>Doe</LastName><ForeName>Maria de Lourdes</ForeName>", "Doe ML"),
        ("<LastName>Doe</LastName><ForeName>J.M.</ForeName>", "Doe JM"),
        ("<LastName>Doe</LastName><ForeName>JM</ForeName><Suffix>Jr</Suffix>", "Doe JM Jr"),
        ("<LastName>Doe</LastName><FirstName>Jane</FirstName>", "Doe J"),
        ("<LastName>Doe</LastName><Initials>J</Initials><Suffix>3rd</Suffix>", "Doe J 3rd"),
        ("<LastName>Doe</LastName><Suffix>Jr</Suffix>", "Doe Jr"),
        ("<LastName>Doe</LastName>", "Doe"),
        ("<ForeName>Sukarno</ForeName>", "Sukarno"),
        ("<CollectiveName>CCSVI group</CollectiveName>", "CCSVI group"),
    ],
)
def test_a_name_with_missing_parts_is_still_a_name(person: str, name: str) -> None:
    """NLM's initials are made of the first names, hyphenated ones twice, particles not at all."""
    article = read(article=f"<AuthorList><Author>{person}</Author><Author><Initials/></Author></AuthorList>")
    assert [str(author) for author in article.authors] == [name]


def test_pages_are_read_from_either_place() -> None:
    """An empty MedlinePgn hides no StartPage."""
    both = "<StartPage>12</StartPage><EndPage>19</EndPage>"
    assert read(article=f"<Pagination>{both}<MedlinePgn>12-9</MedlinePgn></Pagination>").pages == "12-9"
    assert read(article=f"<Pagination>{both}<MedlinePgn/></Pagination>").pages == "12-19"
    assert read(article="<Pagination><StartPage>e7</StartPage><EndPage/></Pagination>").pages == "e7"


def test_a_structured_abstract_keeps_its_labels_and_others_stay_apart() -> None:
    """A plain-language summary is not part of the abstract."""
    article = read(
        article='<Abstract><AbstractText Label="AIM" NlmCategory="OBJECTIVE">To <i>see</i>.</AbstractText>'
        '<AbstractText Label="RESULTS" NlmCategory="RESULTS">P&lt;0.05.</AbstractText><AbstractText/>'
        "<CopyrightInformation>Copyright.</CopyrightInformation></Abstract>",
        citation='<OtherAbstract Type="plain-language-summary" Language="eng"><AbstractText>Simply.</AbstractText>'
        "</OtherAbstract>",
    )
    assert [(s.label, s.category, s.text) for s in article.abstract] == [
        ("AIM", "OBJECTIVE", "To see."),
        ("RESULTS", "RESULTS", "P<0.05."),
    ]
    assert article.abstract[0].html == "To <i>see</i>."
    assert article.abstract_text == "AIM: To see. RESULTS: P<0.05."
    assert article.other_abstracts == (OtherAbstract("Simply.", "plain-language-summary", "eng"),)


def test_people_groups_and_investigators() -> None:
    """A group is an author; a misspelled name that is corrected beside it is not a second one."""
    people = (
        '<AuthorList CompleteYN="N"><Author ValidYN="Y"><LastName>Öster</LastName><ForeName>Anna B</ForeName>'
        "<Initials>AB</Initials><Suffix>Jr</Suffix>"
        '<Identifier Source="ORCID">http://orcid.org/0000-0002-1825-009x</Identifier></Author>'
        '<Author ValidYN="N"><LastName>Oster</LastName></Author>'
        '<Author ValidYN="Y"><CollectiveName>MS <i>Vein</i> Group</CollectiveName></Author></AuthorList>'
    )
    investigators = "<InvestigatorList><Investigator><LastName>Marsh</LastName></Investigator></InvestigatorList>"
    article = read(article=people, citation=investigators)
    assert article.authors == (
        Author("Öster", "Anna B", "AB", "Jr", orcid="0000-0002-1825-009X"),
        Author(collective="MS Vein Group"),
    )
    assert (article.authors_complete, article.investigators) == (False, (Author("Marsh"),))


def test_mesh_types_and_keywords_keep_their_ids() -> None:
    """Publication types are matched by id; a heading is major when it or a qualifier is; supplements come last."""
    article = read(
        article='<PublicationTypeList><PublicationType UI="D016449">Randomized Controlled Trial</PublicationType>'
        "</PublicationTypeList><Language>eng</Language><Language>ger</Language>",
        citation="<MeshHeadingList><MeshHeading><DescriptorName UI='D009103' MajorTopicYN='N'>Multiple Sclerosis"
        "</DescriptorName><QualifierName UI='Q000628' MajorTopicYN='Y'>therapy</QualifierName></MeshHeading>"
        "</MeshHeadingList><SupplMeshList><SupplMeshName UI='C536957'>Rare</SupplMeshName></SupplMeshList>"
        "<KeywordList Owner='NOTNLM'><Keyword>vein</Keyword><Keyword>vein</Keyword></KeywordList>"
        "<ChemicalList><Chemical><RegistryNumber>0</RegistryNumber><NameOfSubstance>Dye</NameOfSubstance></Chemical>"
        "</ChemicalList>",
    )
    assert article.publication_types == (PublicationType("D016449", "Randomized Controlled Trial"),)
    assert article.mesh == (
        MeshHeading("D009103", "Multiple Sclerosis", True, ("therapy",)),
        MeshHeading("C536957", "Rare"),
    )
    assert (article.keywords, article.substances, article.languages) == (("vein",), ("Dye",), ("eng", "ger"))


@pytest.mark.parametrize(
    ("ref_type", "kind", "about_this"),
    [
        ("RetractionIn", NoticeKind.RETRACTION, True),
        ("RetractionOf", NoticeKind.RETRACTION, False),
        ("RetractedandRepublishedIn", NoticeKind.RETRACTION, True),
        ("RetractedandRepublishedFrom", NoticeKind.REPUBLISHED, False),
        ("ExpressionOfConcernIn", NoticeKind.CONCERN, True),
        ("ExpressionOfConcernFor", NoticeKind.CONCERN, False),
        ("ErratumIn", NoticeKind.ERRATUM, True),
        ("ErratumFor", NoticeKind.ERRATUM, False),
        ("CommentIn", NoticeKind.COMMENT, True),
        ("CommentOn", NoticeKind.COMMENT, False),
        ("UpdateIn", NoticeKind.UPDATE, True),
        ("CorrectedandRepublishedFrom", NoticeKind.REPUBLISHED, False),
        ("AssociatedDataset", NoticeKind.OTHER, False),
        ("SomethingNewIn", NoticeKind.OTHER, True),
    ],
)
def test_linked_notices_say_who_speaks_of_whom(ref_type: str, kind: NoticeKind, about_this: bool) -> None:
    """The direction decides whether this article is retracted or is the retraction."""
    link = (
        f'<CommentsCorrectionsList><CommentsCorrections RefType="{ref_type}"><RefSource>J Inv Med. 2014</RefSource>'
        '<PMID Version="1">104</PMID><Note>in part</Note></CommentsCorrections></CommentsCorrectionsList>'
    )
    assert read(citation=link).notices == (Notice(kind, ref_type, about_this, "104", "J Inv Med. 2014", "in part"),)


def test_links_of_type_cites_are_references_not_notices() -> None:
    """Older records list their references among the corrections."""
    link = (
        '<CommentsCorrectionsList><CommentsCorrections RefType="Cites"><RefSource>A</RefSource><PMID>9</PMID>'
        "</CommentsCorrections></CommentsCorrectionsList>"
    )
    article = read(citation=link)
    assert (article.notices, article.references) == ((), (Reference(pmid="9"),))


def test_a_chapter_of_a_book_is_an_article() -> None:
    """Books have another shape; a client that reads only PubmedArticle reports them as missing."""
    book = (
        '<PubmedBookArticle><BookDocument><PMID Version="2">20301295</PMID><ArticleIdList>'
        '<ArticleId IdType="bookaccession">NBK1116</ArticleId></ArticleIdList><Book><Publisher>'
        "<PublisherName>Press</PublisherName></Publisher><BookTitle book='gene'>A Handbook</BookTitle>"
        "<PubDate><Year>1993</Year></PubDate><AuthorList Type='editors'><Author><LastName>Editor</LastName></Author>"
        "</AuthorList></Book><ArticleTitle book='gene' part='x'>On <i>one</i> gene</ArticleTitle>"
        "<Language>eng</Language><AuthorList Type='authors'><Author><LastName>Writer</LastName></Author></AuthorList>"
        '<PublicationType UI="D016454">Review</PublicationType><Abstract><AbstractText Label="SUMMARY">Short.'
        "</AbstractText></Abstract><ContributionDate><Year>1998</Year><Month>10</Month><Day>28</Day></ContributionDate>"
        "</BookDocument><PubmedBookData><History><PubMedPubDate PubStatus='pubmed'><Year>2010</Year><Month>3</Month>"
        "<Day>20</Day></PubMedPubDate></History></PubmedBookData></PubmedBookArticle>"
    )
    (article,) = reader.read(document(book)).articles
    assert (article.pmid, article.version, article.is_book, article.is_chapter) == ("20301295", 2, True, True)
    assert (article.publisher, article.editors) == ("Press", (Author("Editor"),))
    assert (article.title, article.title_html, article.journal) == ("On one gene", "On <i>one</i> gene", "A Handbook")
    assert [str(author) for author in article.authors] == ["Writer"]
    assert (article.print_date, article.electronic_date) == (PartialDate(1993), PartialDate(1998, 10, 28))
    assert article.publication_types == (PublicationType("D016454", "Review"),)


def test_a_whole_book_is_no_chapter() -> None:
    """Its title is the book's, its series stands where an article has its journal."""
    book = (
        "<PubmedBookArticle><BookDocument><PMID>7</PMID><Book><Publisher><PublisherName>P</PublisherName>"
        "<PublisherLocation>Rome</PublisherLocation></Publisher><BookTitle>On veins</BookTitle>"
        "<CollectionTitle>A series</CollectionTitle><Isbn>9780000000002</Isbn></Book><ArticleTitle/>"
        "</BookDocument></PubmedBookArticle>"
    )
    (one,) = reader.read(document(book)).articles
    assert (one.title, one.journal, one.is_book, one.is_chapter) == ("On veins", "A series", True, False)
    assert (one.publisher_location, one.isbn) == ("Rome", "9780000000002")


def test_an_update_file_names_what_was_deleted() -> None:
    """DeleteCitation is told; the records before it are read."""
    gone = "<DeleteCitation><PMID Version='1'>7</PMID><PMID>8</PMID></DeleteCitation>"
    read_ = reader.read(document(record(1), gone))
    assert ([a.pmid for a in read_.articles], read_.deleted) == (["1"], ("7", "8"))


def test_status_model_version_and_indexing_are_kept() -> None:
    """How far a record is indexed decides how far its types can be trusted."""
    xml = record(5).replace('Version="1"', 'Version="3"').replace('Owner="NLM"', 'IndexingMethod="Automated"')
    (article,) = reader.read(document(xml)).articles
    assert (article.version, article.status, article.indexing_method) == (3, "MEDLINE", "Automated")
    assert article.publication_model == "Print"
