"""A query gets the remarks that a reviewer of search strategies would make, and a good one few."""

from __future__ import annotations

import pytest

from monitor.strategy.remarks import remarks


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("a[tiab] AND b[abs]", "not a field tag of PubMed"),
        ("angioplasty[mh] AND sclerosis[tiab]", "by headings only"),
        ("(angioplasty[mh] AND stents[tiab]) OR veins[tiab]", "angioplasty[mh] is asked for by headings only"),
        ("stents[tiab]", "No MeSH heading"),
        ("stents[tiab] AND english[la]", "limits the search to a language"),
        ("stents[tiab] AND (2010:2020[dp])", "limits the search to a period"),
        ("stents[tiab] AND randomized controlled trial[pt]", "limits the search to a publication type"),
        ("stents[tiab] AND humans[filter]", "limits the search to a filter"),
        ("stents[tiab] AND hasabstract", "have no abstract yet"),
        ("stents[tiab] NOT animals[mh]", "NOT also drops"),
        ("stents", "No field is named for stents"),
        ("oedema[tiab]", "the other spelling, edema,"),
        ("edema[tiab]", "the other spelling, oedema,"),
        ('"pediatric tumour"[tiab]', "paediatric tumour"),
        ("lymphedema[tiab]", "lymphoedema"),
        ("stent[tiab]", "Only one form is asked for of stent[tiab]"),
    ],
)
def test_a_weakness_is_remarked(query: str, words: str) -> None:
    """With what it costs."""
    assert any(words in remark for remark in remarks(query))


@pytest.mark.parametrize(
    "query",
    [
        "(stents[mh] OR stent*[tiab]) AND (edema[mh] OR edema*[tiab] OR oedema*[tiab])",
        "stents[mh] OR stent[tiab] OR stents[tiab] OR CCSVI[tiab]",
        "imaging*[tiab] OR measurement*[tiab] OR schematic*[tiab] OR Diagnosis[mh]",
    ],
)
def test_a_good_query_gets_none(query: str) -> None:
    """Headings and words, both spellings, both numbers; abbreviations have no plural."""
    assert remarks(query) == []


@pytest.mark.parametrize("query", ["", "(", "AND", "a OR", "()", '"', "NOT a"])
def test_a_broken_query_is_remarked_not_a_crash(query: str) -> None:
    """What `monitor check` says of it is said."""
    assert isinstance(remarks(query), list)
