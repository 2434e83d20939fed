"""Registry numbers as authors print them."""

from __future__ import annotations

import pytest

from monitor.model import Registration
from monitor.sources.pubmed.records.registries import in_databank, in_text
from tests.support.record_xml import read


@pytest.mark.parametrize(
    ("printed", "registry", "number"),
    [
        ("ClinicalTrials.gov NCT00640328", "ClinicalTrials.gov", "NCT00640328"),
        ("identifier: NCT 00640328.", "ClinicalTrials.gov", "NCT00640328"),
        ("nct00640328", "ClinicalTrials.gov", "NCT00640328"),
        ("NCT-00640328", "ClinicalTrials.gov", "NCT00640328"),
        ("NCT–00640328", "ClinicalTrials.gov", "NCT00640328"),
        ("NCT No. 00640328", "ClinicalTrials.gov", "NCT00640328"),
        ("ISRCTN 15079139", "ISRCTN", "ISRCTN15079139"),
        ("ISRCTN: ISRCTN15079139", "ISRCTN", "ISRCTN15079139"),
        ("EudraCT 2010-021218-50", "EudraCT", "2010-021218-50"),
        ("EudraCT number: 2010–021218–50", "EudraCT", "2010-021218-50"),
        ("EU CT 2022-500024-30-00", "CTIS", "2022-500024-30"),
        ("ACTRN12612000302864", "ANZCTR", "ACTRN12612000302864"),
        ("ANZCTR 12612000302864", "ANZCTR", "ACTRN12612000302864"),
        ("ChiCTR2000029308", "ChiCTR", "ChiCTR2000029308"),
        ("ChiCTR-TRC-10001234", "ChiCTR", "ChiCTR-TRC-10001234"),
        ("CHICTR-IPR 15006106", "ChiCTR", "ChiCTR-IPR-15006106"),
        ("DRKS00004195", "DRKS", "DRKS00004195"),
        ("DRKS-ID: DRKS00004195", "DRKS", "DRKS00004195"),
        ("UMIN000012345", "UMIN-CTR", "UMIN000012345"),
        ("UMIN-CTR, 000012345", "UMIN-CTR", "UMIN000012345"),
        ("JPRN-UMIN000012345", "UMIN-CTR", "UMIN000012345"),
        ("jRCTs031180123", "jRCT", "jRCTs031180123"),
        ("jRCT2031200123", "jRCT", "jRCT2031200123"),
        ("JapicCTI-142547", "JapicCTI", "JapicCTI-142547"),
        ("CTRI/2017/09/009784", "CTRI", "CTRI/2017/09/009784"),
        ("IRCT20120215009014N123", "IRCT", "IRCT20120215009014N123"),
        ("IRCT138811033044N4", "IRCT", "IRCT138811033044N4"),
        ("NTR 1234", "NTR", "NTR1234"),
        ("Netherlands Trial Register (NL7877)", "NTR", "NL7877"),
        ("PACTR201402000794217", "PACTR", "PACTR201402000794217"),
        ("RBR-6XYZ12", "ReBEC", "RBR-6xyz12"),
        ("KCT0001234", "CRiS", "KCT0001234"),
        ("SLCTR/2015/012", "SLCTR", "SLCTR/2015/012"),
        ("TCTR20180703001", "TCTR", "TCTR20180703001"),
        ("PER-010-15", "REPEC", "PER-010-15"),
        ("LBCTR2019030191", "LBCTR", "LBCTR2019030191"),
        ("RPCEC00000300", "RPCEC", "RPCEC00000300"),
        ("ITMCTR2021004567", "ITMCTR", "ITMCTR2021004567"),
        ("UTN U1111-1117-9856", "UTN", "U1111-1117-9856"),
        ("ClinicalTrials.gov NCT 0064 0328", "ClinicalTrials.gov", "NCT00640328"),
        ("NCT 006-40328", "ClinicalTrials.gov", "NCT00640328"),
        ("NCT 00 640 328", "ClinicalTrials.gov", "NCT00640328"),
        ("ISRCTN 1507 9139", "ISRCTN", "ISRCTN15079139"),
        ("Dutch register NL-OMON20310", "OMON", "NL-OMON20310"),
        ("NL-OMON 20310", "OMON", "NL-OMON20310"),
    ],
)
def test_a_number_is_found_and_written_as_its_registry_writes_it(printed: str, registry: str, number: str) -> None:
    """Spaces, dashes and letter case differ; the number does not."""
    assert {*in_text(f"Registered ({printed}) before the start.", "abstract")} == {
        Registration(registry, number, "abstract")
    }


@pytest.mark.parametrize(
    "words",
    [
        "At the junction 00640328 cells were counted.",
        "NCT0064032 is one digit short and NCT006403281 one too long.",
        "Albumin 123456789 was measured.",
        "We counted 2010-021218-5 and 2010/021218/50.",
        "The control 1234 and the central 12345 groups.",
        "Grant R01-NS-123456, phone 2004-123456-78.",
        "BINCT00640328",
        "",
    ],
)
def test_what_only_looks_like_a_number_is_none(words: str) -> None:
    """Words that end in a registry's letters, and numbers of another length, are no registrations."""
    assert [*in_text(words, "abstract")] == []


@pytest.mark.parametrize(
    ("bank", "number", "expected"),
    [
        ("ClinicalTrials.gov", "NCT00640328", [("ClinicalTrials.gov", "NCT00640328")]),
        ("ClinicalTrials.gov", "00640328", [("ClinicalTrials.gov", "NCT00640328")]),
        ("ANZCTR", "ACTRN12612000302864", [("ANZCTR", "ACTRN12612000302864")]),
        ("JPRN", "UMIN000012345", [("UMIN-CTR", "UMIN000012345")]),
        ("NTR", "TC-99", [("NTR", "TC-99")]),
        ("GENBANK", "AF078607", []),
        ("ClinicalTrials.gov", "", []),
    ],
)
def test_a_data_bank_list_names_registrations(bank: str, number: str, expected: list[tuple[str, str]]) -> None:
    """A registry's accession number counts even when misprinted; a gene bank's never does."""
    assert [(r.registry, r.number) for r in in_databank(bank, number)] == expected


def test_an_article_tells_where_each_number_stands() -> None:
    """The same number in list, title and abstract is three findings and one number."""
    article = read(
        article="<ArticleTitle>A trial (NCT00640328)</ArticleTitle>"
        "<Abstract><AbstractText Label='REGISTRATION'>NCT00640328 and ISRCTN15079139.</AbstractText></Abstract>"
        "<DataBankList><DataBank><DataBankName>ClinicalTrials.gov</DataBankName><AccessionNumberList>"
        "<AccessionNumber>NCT00640328</AccessionNumber></AccessionNumberList></DataBank>"
        "<DataBank><DataBankName>GEO</DataBankName></DataBank></DataBankList>"
    )
    assert [r.found_in for r in article.registrations] == ["databank", "title", "abstract", "abstract"]
    assert article.registry_numbers == ("NCT00640328", "ISRCTN15079139")
    assert article.databanks == ("ClinicalTrials.gov/NCT00640328", "GEO/")


@pytest.mark.parametrize(
    ("databank", "printed", "number"),
    [
        ("TCTR", "20190101001", "TCTR20190101001"),
        ("IRCT", "201010101234N1", "IRCT201010101234N1"),
        ("UMIN-CTR", "000012345", "UMIN000012345"),
        ("CRiS", "0001234", "KCT0001234"),
        ("jRCT", "1031190001", "jRCT1031190001"),
        ("ReBEC", "6xyz12", "RBR-6xyz12"),
        ("SLCTR", "2019/001", "SLCTR/2019/001"),
        ("RPCEC", "00000123", "RPCEC00000123"),
        ("LBCTR", "2019012345", "LBCTR2019012345"),
        ("OMON", "20310", "NL-OMON20310"),
    ],
)
def test_a_number_of_a_data_bank_gets_the_letters_of_its_registry(databank: str, printed: str, number: str) -> None:
    """So that it is the same number as in an abstract."""
    assert [one.number for one in in_databank(databank, printed)] == [number]


@pytest.mark.parametrize("text", ["NCT 2019 and 2020 1234", "In NCT 0123 45678 9 patients", "NCT 0123 4567 89"])
def test_digits_that_are_no_number_of_the_registry_are_left_alone(text: str) -> None:
    """Too many or too few of them."""
    assert not [*in_text(text, "abstract")]
