"""What a PubMed query finds."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.sandbox import Corpus, Request
from monitor.sandbox.corpus.view import Library, Search
from monitor.sandbox.query import QuerySyntaxError, dates, parse
from tests.support.sandbox import CORPUS_XML

LIBRARY = Library(Corpus.from_xml(CORPUS_XML), datetime(2016, 1, 1, tzinfo=UTC))


def ask(query: str, **params: str) -> Search:
    """What the small corpus returns for `query` at New Year 2016."""
    return LIBRARY.search(Request("esearch", (("term", query), *params.items())))


def pmids(query: str, **params: str) -> list[int]:
    """The PMIDs `query` finds, in numerical order."""
    return sorted(int(pmid) for pmid in ask(query, **params).pmids)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("veins", [101, 102, 105, 107, 109]),
        ("multiple sclerosis", [101, 102]),
        ('"opening veins"', [102, 105]),
        ("opening veins[ti]", [102, 105]),
        ("vein*[ti]", [101, 102, 103, 104, 105, 106, 107, 109]),
        ('"opening vei*"[tiab]', [102, 105]),
        ("sham[ab]", [102]),
        ("sham[ti]", []),
        ('"thirty assigned"[tiab:~2]', [102]),
        ('"thirty assigned"[tiab:~1]', []),
        ("marsh[au] AND sclerosis[tw]", [101, 102]),
        ("smith j[au]", [107, 108]),
        ('"smith j"[au]', [108]),
        ("smith[1au]", [107, 108]),
        ("oster c[lastau]", [102, 105]),
        ("J Inv Med[ta] AND mice[all]", [107]),
        ('"Journal of Invented Medicine"[Journal] AND mice', [107]),
        ("1234-5678[ta] AND mice", [107]),
        ("multiple sclerosis[mh]", [102]),
        ("multiple sclerosis[mesh:noexp]", []),
        ("angioplasty[MeSH Terms]", [102]),
        ("clinical trial[pt]", [102]),
        ("clinical trial[pt:noexp]", []),
        ("randomized controlled trial[Publication Type]", [102]),
        ("english[la] AND letter[pt]", [107]),
        ("NCT09990102[si]", [102]),
        ("ClinicalTrials.gov/NCT09990102[si]", [102]),
        ("clinicaltrials.gov[si]", [102]),
        ("NCT09990102[tw]", [102]),
        ("10.5555/SLOW.101[doi]", [101]),
        ("10.5555/slow.101[aid]", [101]),
        ("102[uid] OR 103[pmid]", [102, 103]),
        ("102:104[uid]", [102, 103, 104]),
        ("2012[dp]", [102, 103]),
        ("2012/05[pdat]", [103]),
        ("2009:2010[dp]", [101, 107, 108]),
        ('"2014/01/01"[crdt] : "3000"[crdt]', [104, 106]),
        ('("2010/02/02"[crdt] : "2010/02/02"[crdt])', [107]),
        ("2011/07/01[edat]", [106]),
        ("2012/09/01[mhda]", [102]),
        ("2015/06/01[lr]", [105]),
        ("2014/02/05:2014/12/31[mdat]", [103, 104]),
        ('"last 800 days"[crdt]', [104, 106]),
        ("hasabstract", [101, 102]),
        ("hasabstract[sb] NOT medline[sb]", [101]),
        ("all[sb] NOT pubmed books[sb] NOT vein*[tiab]", [108]),
        ("pubmed books[sb]", [109]),
    ],
)
def test_a_query_finds(query: str, found: list[int]) -> None:
    """Each field tag and each form of a term finds what PubMed would find."""
    assert pmids(query) == found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("mice OR altitude AND pressure", [108]),
        ("mice OR (altitude AND pressure)", [107, 108]),
        ("veins NOT mice OR mice", [101, 102, 105, 107, 109]),
        ("veins NOT (mice OR wound)", [101, 102, 105]),
        ("veins mice", [107]),
        ("veins[ti] mice[ti]", [107]),
        ("veins or mice", [107]),
        ("((veins) AND (mice", [107]),
        ("veins) AND mice", [107]),
        ("AND mice OR", [107]),
    ],
)
def test_operators_bind_from_left_to_right(query: str, found: list[int]) -> None:
    """AND, OR and NOT are evaluated from left to right; in lower case they are words; brackets are repaired."""
    assert pmids(query) == found


def test_a_very_long_search_strategy_is_worked_out() -> None:
    """A thousand terms joined by OR do not exhaust anything."""
    assert pmids(" OR ".join(f"word{n}[ti]" for n in range(1000)) + " OR mice[ti]") == [107]


def test_an_unknown_tag_is_ignored_and_reported() -> None:
    """The search goes on with something else, as PubMed does; only FieldNotFound shows it."""
    found = ask("veins[bogus]")
    assert sorted(found.pmids) == ["101", "102", "105", "107", "109"]
    assert found.result.fields_not_found == ("bogus",)


def test_a_term_that_finds_nothing_is_named_beside_real_results() -> None:
    """PhraseNotFound comes with a Count above zero when other terms match."""
    found = ask("mice[ti] OR xyzzy[ti]")
    assert found.pmids == ["107"]
    assert found.result.phrases_not_found == ("xyzzy[ti]",)


def test_an_unknown_quoted_phrase_is_searched_word_by_word() -> None:
    """QuotedPhraseNotFound: the words are searched one by one, which finds more than was asked for."""
    found = ask('"sclerosis veins"[tiab]')
    assert sorted(found.pmids) == ["101", "102"]
    assert found.result.quoted_not_found == ('"sclerosis veins"[tiab]',)


def test_a_mesh_heading_without_a_tag_is_mapped() -> None:
    """Automatic term mapping adds the heading and says so in the TranslationSet."""
    answer = ask("angioplasty").result
    assert answer.translation == '"angioplasty"[MeSH Terms] OR "angioplasty"[All Fields]'
    assert answer.translated == (("angioplasty", answer.translation),)


def test_date_parameters_limit_and_appear_in_the_translation() -> None:
    """Date parameters of the request limit like a date term, with both ends included."""
    found = ask("veins", datetype="crdt", mindate="2012/03/01", maxdate="2013/01/10")
    assert sorted(found.pmids) == ["102", "105"]
    assert found.result.translation == '"veins"[All Fields] AND 2012/03/01:2013/01/10[Date - Create]'
    assert pmids("veins", datetype="edat", reldate="10000") == pmids("veins")


def test_relative_days_count_back_from_today() -> None:
    """reldate and "last n days" mean today minus n up to today, both included."""
    assert dates.period("last 90 days", date(2019, 4, 5)) == (20190105, 20190405)
    assert dates.period("2012 Feb", date(2019, 4, 5)) == (20120201, 20120229)
    assert dates.period("veins", date(2019, 4, 5)) is None


def test_the_field_parameter_is_the_tag_of_an_untagged_query() -> None:
    """field=title limits to titles."""
    assert pmids("sham", field="title") == []
    assert pmids("sham") == [102]


def test_brackets_without_end_are_refused() -> None:
    """A thousand open brackets are an error, not a crash."""
    with pytest.raises(QuerySyntaxError, match="nested"):
        parse("(" * 1000 + "veins")


def test_an_empty_query_is_refused() -> None:
    """Nothing to search for is an error, not everything."""
    with pytest.raises(QuerySyntaxError):
        parse(" () ")


@given(st.text(alphabet='ab "()[]:*#1~/ANDORT\\é<&', max_size=40))
def test_no_text_breaks_the_query_reader(query: str) -> None:
    """Whatever is typed, there is a result or a QuerySyntaxError (HistoryError for unknown numbers)."""
    try:
        found = ask(query)
    except (QuerySyntaxError, LookupError):
        return
    assert set(found.pmids) <= {str(n) for n in range(101, 110)}
