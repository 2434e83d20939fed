"""What `monitor check` says of a query before PubMed is asked: foreign syntax, wrong places of signs, good queries."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from monitor import config
from monitor.config.query_lint import examine
from tests.config.files import SMALL, written
from tests.support.shared_data import shared_data


def errors(query: str) -> list[str]:
    """The mistakes for which the configuration is refused."""
    return [one.text for one in examine(query) if one.is_error]


def warnings(query: str) -> list[str]:
    """What is only told."""
    return [one.text for one in examine(query) if not one.is_error]


def test_the_queries_that_other_projects_were_asked_about() -> None:
    """Each line of the table says what is right: an error or a warning with its key words, or nothing."""
    with (shared_data("cases/upstream") / "queries.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    assert rows
    for row in rows:
        kind, _, words = row["right"].partition(": ")
        told = {"error": errors, "warning": warnings}[kind](row["query"]) if words else examine(row["query"])
        wanted = {"Ovid": "Ovid syntax", "Embase": "Embase syntax"}.get(next(iter(words.split()[2:3]), ""), words)
        assert bool(told) is bool(words), row["query"]
        assert all(part in " ".join(map(str, told)) for part in wanted.split("; ")), row["query"]


@pytest.mark.parametrize(
    ("database", "query"),
    [
        ("Ovid", "exp multiple sclerosis/"),
        ("Ovid", "Multiple Sclerosis/dt, th [Drug Therapy, Therapy]"),
        ("Ovid", "*Multiple Sclerosis, Relapsing-Remitting/"),
        ("Ovid", "(venous adj3 insufficien*).ti,ab."),
        ("Ovid", "vein*.mp."),
        ("Ovid", "limit 3 to english language"),
        ("Ovid", "multiple sclerosis.ti."),
        ("Ovid", '"multiple sclerosis".ab,ti.'),
        ("Ovid", "vein$[tiab]"),
        ("Ovid", '"Multiple Sclerosis"/'),
        ("Ovid", "exp *Multiple Sclerosis/dt AND exp animals/"),
        ("Embase", "'multiple sclerosis'/exp OR 'ms':ab,ti"),
        ("Embase", "vein*:ab AND [2010-2020]/py"),
        ("Embase", "venous near3 insufficiency"),
        ("Web of Science", 'ts=("multiple sclerosis")'),
        ("EBSCO", "AB vein*"),
        ("EBSCO", "vein* n3 insufficien*"),
        ("EBSCO", "venous N5 insufficiency"),
        ("ProQuest", "AB,TI(vein)"),
        ("Lucene", '"venous insufficiency"~3'),
        ("Embase", "'multiple sclerosis'/de"),
        ("Embase", "'venous insufficiency':ti,ab,kw"),
        ("Embase", "venous NEAR/3 insufficiency"),
        ("Embase", "venous NEXT/2 insufficiency"),
        ("Embase", "[embase]/lim AND [english]/lim"),
        ("Scopus", 'TITLE-ABS-KEY ( "multiple sclerosis" AND vein* )'),
        ("Scopus", 'TITLE("multiple sclerosis")'),
        ("Scopus", "vein[tiab] AND PUBYEAR > 2010"),
        ("Scopus", "vein W/3 insufficiency"),
        ("Scopus", "{multiple sclerosis}"),
        ("Web of Science", 'TS=("multiple sclerosis" AND vein*)'),
        ("Web of Science", "TI=(vein) OR AB=vein"),
        ("Web of Science", "vein NEAR insufficiency"),
        ("Web of Science", "vein SAME insufficiency"),
        ("Cochrane Library", "MeSH descriptor: [Multiple Sclerosis] explode all trees"),
        ("Cochrane Library", '[mh "multiple sclerosis"]'),
        ("Cochrane Library", "vein*:ti,ab,kw"),
        ("EBSCO", '(MH "Multiple Sclerosis+")'),
        ("EBSCO", "TI vein* OR AB vein*"),
        ("EBSCO", "vein* N3 insufficien*"),
        ("ProQuest", 'MESH.EXACT("Multiple Sclerosis")'),
        ("ProQuest", "ti(vein) AND ab(sclerosis)"),
        ("ProQuest", 'noft("multiple sclerosis")'),
        ("Europe PMC", 'TITLE:"multiple sclerosis" AND PUB_TYPE:review'),
        ("Google Scholar", "intitle:sclerosis"),
    ],
)
def test_syntax_of_another_database_is_named_with_pubmeds_form(database: str, query: str) -> None:
    """A strategy of a review is written for several databases; the wrong one of them was pasted."""
    told = " ".join(warnings(query))
    assert database in told
    assert "syntax" in told
    assert "PubMed has" in told or "In PubMed" in told or "PubMed truncates" in told


@pytest.mark.parametrize(
    "query",
    [
        "#1 OR #2",
        "(#1 AND #2) NOT #3",
        "#4",
        "or/1-5",
        "and/3,7",
        "1 and 2",
        "(1 OR 2) AND 3",
        "S1 AND S2",
        "{OR #1-#4}",
    ],
)
def test_line_numbers_of_a_search_history_are_refused(query: str) -> None:
    """Whatever the lines were, they do not come along with the last one."""
    assert any("line numbers of a search history mean nothing in one query" in text for text in errors(query))


@pytest.mark.parametrize(
    ("query", "instead"),
    [
        (
            "https://pubmed.ncbi.nlm.nih.gov/?term=%22multiple+sclerosis%22%5Btiab%5D+AND+vein&sort=date",
            '"multiple sclerosis"[tiab] AND vein',
        ),
        (
            'https://pubmed.ncbi.nlm.nih.gov/?term="multiple sclerosis"[tiab] AND vein',
            '"multiple sclerosis"[tiab] AND vein',
        ),
        ("www.ncbi.nlm.nih.gov/pubmed/?term=ccsvi", '"ccsvi"'),
        ("pubmed.ncbi.nlm.nih.gov/24975855/", "24975855[pmid]"),
        ("https://doi.org/10.1007/s11936-012-0168-7", '"10.1007/s11936-012-0168-7"[doi]'),
        ("https://example.org/", "Write the query itself"),
        ("%22multiple+sclerosis%22%5Btiab%5D+AND+vein", '"multiple sclerosis"[tiab] AND vein'),
    ],
)
def test_a_pasted_address_is_refused_with_what_to_write(query: str, instead: str) -> None:
    """The address of PubMed's page holds the query; that is what to write."""
    (told,) = errors(query)
    assert "the address of a page" in told
    assert instead in told
    assert warnings(query) == []


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("“multiple sclerosis”[tiab]", "curly quotation marks"),
        ("„multiple sclerosis“[tiab]", "curly quotation marks"),
        ("‘multiple sclerosis’[tiab]", "curly quotation marks"),
        ("«multiple sclerosis»[tiab]", "curly quotation marks"),
        ("'multiple sclerosis'[tiab]", "single quotation marks do not make a phrase"),
        ("multiple sclerosis[tiab] – vein", "is a dash and no hyphen"),
        ("2009–2012[dp]", "2009:2012[dp]"),
        ("（vein）", "full-width"),
        ("brain\u200bstem[tiab]", "invisible character"),
        ('"multiple sclerosis[tiab]"', "stands inside quotation marks"),
        ('"multiple sclerosis AND vein"[tiab]', "Close the quotation marks before it"),
        ('""multiple sclerosis""[tiab]', "empty phrase"),
        ('"a b"[mh:~3]', "proximity works in [ti], [tiab] and [ad] only"),
        ('"a b"[All Fields:~3]', "proximity works in [ti], [tiab] and [ad] only"),
        ('"a b"[tw:~0]', "proximity works in [ti], [tiab] and [ad] only"),
        ("vein[tiab:~3]", "proximity needs quotation marks"),
        ('"vein"[tiab:~3]', "two words or more"),
        ('"venous insufficien*"[Title/Abstract:~3]', "PubMed ignores the proximity when a word ends in *"),
        ('"a b"[Title/Abstract:3]', "[tiab:~3]"),
        ("vein[tiab:noexp]", "[mh:noexp]"),
        ("CT*[ti]", "at least four characters"),
        ('"MS*"[tiab]', "at least four characters"),
        ("*sclerosis[tiab]", "at the end of a word"),
        ("randomi?ed[tiab]", "no sign for a single character"),
        ("wom#n[tiab]", "no sign for a single character"),
        ("vein[ab]", 'Did you mean "tiab"?'),
        ("vein[Abstract]", 'Did you mean "tiab"?'),
        ("vein[kw]", 'Did you mean "ot"?'),
        ("vein || artery", "is no operator of PubMed"),
        ("vein XOR artery", "is no operator of PubMed"),
        ("multiple sclerosis[mh] Filters: Humans, English", "text of PubMed's page"),
        ('Search: "multiple sclerosis"[mh] Sort by: Most Recent', "text of PubMed's page"),
    ],
)
def test_what_pubmed_would_read_otherwise_than_meant_is_told(query: str, told: str) -> None:
    """PubMed runs each of these, and searches for something else."""
    assert any(told in text for text in warnings(query))


@pytest.mark.parametrize(
    "query",
    [
        '"2009/01/01"[dp] : "3000"[dp]',
        "doe j[Author - First]",
        "doe j[First Author] OR roe a[Last Author] OR doe, jane[Full Author Name]",
        '"10.1007/s11936-012-0168-7"[doi]',
        "10.1007/s11936-012-0168-7[aid]",
        '"venous insufficiency"[Title/Abstract:~3]',
        '"venous insufficiency"[Title:~0]',
        '"rationing healthcare"[tiab:~0]',
        '"hospital rome"[ad:~2]',
        '"multiple sclerosis"[MeSH Terms:noexp]',
        '"Multiple Sclerosis/therapy"[Mesh]',
        "hypertension/dt[mh]",
        "neoplasms/diet therapy [mh]",
        "(randomized controlled trial[pt] OR controlled clinical trial[pt] OR randomized[tiab] OR placebo[tiab] "
        "OR drug therapy[sh] OR randomly[tiab] OR trial[tiab] OR groups[tiab]) NOT (animals [mh] NOT humans [mh])",
        "((prevalence[tiab]) AND (systematic review[pt] OR review[pt]) AND 2019:2024[dp] AND english[la])",
        "hasabstract[text] AND free full text[sb]",
        "hasabstract AND English[lang]",
        "topic[tiab] AND (epub ahead of print[tiab] OR publisher[sb])",
        '"obsessive compulsive"[tiab] OR dementia*[tiab] OR "eating disorder*"[tiab]',
        "(\"Parkinson's disease\"[tiab] OR Alzheimer's disease[tiab] OR parkinson’s[tiab])",
        "systematic[sb] AND loprovflybase[sb]",
        'J Neurol[ta] OR "0028-3878"[issn] OR 7501160[jid]',
        "NCT01089686[si] OR R01 CA123456[gr]",
        'COVID-19[nm] OR "2019-nCoV"[tw] OR SARS-CoV-2[all]',
        '"vitamin d*"[tiab]',
        "randomi*ed[tiab]",
        "TNF-alpha[tiab] AND (IL-6[tiab] OR 5-HT3[tiab])",
        "and/or[tiab]",
        'HIV/AIDS[tiab] OR "input/output"[tiab]',
        "stage N2 disease[tiab] AND T1 N0 M0[tiab]",
        "S1 segment[tiab] OR L5-S1[tiab]",
        "24975855[pmid] OR 25432096[uid] OR PMC4321[pmcid]",
        '("2000/01/01"[Date - Publication] : "3000"[Date - Publication])',
        '"Stroke"[MeSH Major Topic] AND "therapy" [Subheading]',
        "(smith ja[au] OR o'brien c[au]) AND 1990:2000[pdat]",
        '"heart failure" "placebo"',
        "ccsvi",
        "multiple sclerosis liberation procedure",
        "chronic cerebrospinal venous insufficiency OR ccsvi[tiab]",
        "medline[sb] NOT pubmednotmedline[sb]",
        '"type 2 diabetes"[tiab] NOT (review[pt] OR "case reports"[pt])',
        '("Endovascular Procedures"[Mesh]) AND ("Multiple Sclerosis"[Mesh]) Sham[ti]',
        "pediatr*[tiab] OR paediatr*[tiab] OR infan*[tiab]",
        '"drug-eluting stent*"[tiab] OR stent*[tiab]',
        "treatment outcome[mh] AND p < 0.05",
        "St. Louis[ad] AND U.S.A.[ad]",
        '"J.Am.Med."[tiab]',
        "(heart[ti] AND (failure[ti]))",
        '"Author Smith"[all fields]',
        '"smith a"[Author] AND "Lancet"[Journal]',
        "A OR B",
        "title[ti]",
        "(TITLE[ti])",
        "all[sb]",
        '"Cost-Benefit Analysis"[Mesh:NoExp]',
        '"N=12"[tiab]',
        "dose = 5",
        "Fe2+[tiab] & iron",
        '"Clinical Trial, Phase III" [ptyp] OR "Clinical Trial, Phase III"[Publication Type]',
        '"Sclerosis, Multiple/drug therapy"[MAJR]',
        '"last 5 years"[dp]',
        '"last 30 days"[edat]',
        "jsubsetaim[text]",
        "smith[1au] AND jones[lastau]",
        "in data review[filter]",
        '"what is ccsvi?"',
        "does ccsvi exist?",
        "1[volume] AND 12[page]",
        "SO2[tiab] OR PO2[tiab]",
        '"AT1 receptor" OR AB toxin[tiab]',
        '"[18F]FDG"[tiab] OR "benzo[a]pyrene"[tiab]',
        "patients’ rights[tiab]",
    ],
)
def test_a_good_query_gets_no_remark(query: str) -> None:
    """Search filters that were published, every kind of tag, and words that only look like foreign syntax."""
    assert examine(query) == []


@pytest.mark.parametrize(
    "name", ["FAUT", "First Author", "Author - Last", "Date - Entry", "P1DAT", "Title/Abstract", "jid"]
)
def test_every_name_that_einfo_has_given_a_field_is_a_tag(name: str) -> None:
    """EInfo names fields in two ways, and has changed the long ones."""
    assert examine(f"doe[{name}]") == []


@pytest.mark.parametrize(
    "query", ['"multiple sclerosis"[tiab] AND vein', "'multiple sclerosis'/exp", '"a" OR "b"', "*MS"]
)
def test_a_query_that_starts_with_a_sign_of_yaml_gets_told_where_to_put_it(tmp_path: Path, query: str) -> None:
    """YAML takes the quotation mark for its own, and stops at the next one."""
    reading = config.read(written(tmp_path, SMALL.replace("CCSVI[tiab]", query)), {})
    assert [(one.line, "put it after `query: >-`" in one.text) for one in reading.problems] == [(14, True)]


def test_a_phrase_whose_quotation_marks_yaml_took_is_told(tmp_path: Path) -> None:
    """The file is valid, and PubMed would get two words instead of a phrase."""
    reading = config.read(written(tmp_path, SMALL.replace("CCSVI[tiab]", '"multiple sclerosis"')), {})
    assert [(one.line, "YAML takes the quotation marks away" in one.text) for one in reading.warnings] == [(14, True)]
    block = '>-\n          "multiple sclerosis"'
    assert config.read(written(tmp_path, SMALL.replace("CCSVI[tiab]", block)), {}).warnings == ()
