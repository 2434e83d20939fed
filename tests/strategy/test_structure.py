"""The parts of a query, and the query without one of them, as PubMed reads it: from left to right."""

from __future__ import annotations

import pytest

from monitor.model import SearchKind
from monitor.sandbox.query.parse import parse
from monitor.strategy import structure
from tests.support.strategies import topic

SHIPPED = [
    search.query
    for key in ("ccsvi", "renal-denervation", "hcq-treatment")
    for search in topic(key).searches
    if search.kind is SearchKind.QUERY
]


@pytest.mark.parametrize(
    ("query", "without"),
    [
        ("a[ti]", {}),
        ("a[ti] OR b[ti]", {"a[ti]": "b[ti]", "b[ti]": "a[ti]"}),
        ("(a b[ti] OR c)", {"a b[ti]": "( c)", "c": "(a b[ti] )"}),
        ("a[ti] OR b[ti] AND c[ti]", {"a[ti]": "b[ti] AND c[ti]", "b[ti]": "a[ti] AND c[ti]"}),
        ("(a OR b) AND (c)", {"a": "( b) AND (c)", "b": "(a ) AND (c)"}),
        ('"a OR b"[tiab] OR c', {'"a OR b"[tiab]': "c", "c": '"a OR b"[tiab]'}),
        ("a[ti] b[ti] OR c[ti]", {"c[ti]": "a[ti] b[ti]"}),
        ("(a OR (b OR c))", {"a": "( (b OR c))", "b": "(a OR ( c))", "c": "(a OR (b ))"}),
        ("a OR (b AND c)", {"a": "(b AND c)", "(b AND c)": "a"}),
        ('x[ti] OR "2010/01/01"[edat] : "3000"[edat]', {"x[ti]": '"2010/01/01"[edat] : "3000"[edat]'}),
        ("a[ti] OR (", {"a[ti]": "("}),
    ],
)
def test_each_part_joined_by_or_can_be_left_out(query: str, without: dict[str, str]) -> None:
    """The rest is a query that PubMed reads in the same way."""
    found = {one.part.text: one.without for one in structure.alternatives(query)}
    assert {text: found[text] for text in without} == without
    assert len(found) == len(without) or ":" in query or query.endswith("(")


@pytest.mark.parametrize("query", SHIPPED)
def test_every_rest_of_a_shipped_query_is_a_query(query: str) -> None:
    """No operator is left hanging, no parenthesis open, and what is left differs."""
    for one in structure.alternatives(query):
        assert parse(one.without) != parse(query)
        assert one.without.count("(") == one.without.count(")")
        assert "()" not in one.without.replace(" ", "")


def test_what_stands_behind_not_is_told_apart() -> None:
    """Without it the query finds more, not less."""
    found = {one.part.text: one.excludes for one in structure.alternatives("(a OR b) NOT (c OR d)")}
    assert found == {"a": False, "b": False, "c": True, "d": True}


@pytest.mark.parametrize(
    ("query", "blocks"),
    [
        ("(a OR b) AND c[mh] NOT d", ["(a OR b)", "c[mh]", "NOT d"]),
        ("((a) AND (b))", ["(a)", "(b)"]),
        ("a[ti] b[ti]", ["a[ti]", "b[ti]"]),
        ("a OR b AND c", ["a OR b AND c"]),
        ("", []),
    ],
)
def test_the_parts_a_record_must_match(query: str, blocks: list[str]) -> None:
    """Only where all of them are joined by AND or NOT."""
    assert structure.blocks(query) == blocks


@pytest.mark.parametrize(
    ("query", "rest"),
    [
        ("a[tiab] OR b[mh] OR c[MeSH Terms:noexp]", "a[tiab]"),
        ("b[mh]", ""),
        ("(b[mh] OR c[majr]) AND a[tiab]", ""),
        ("(b[mh] OR b[tiab]) AND a[tiab]", "( b[tiab]) AND a[tiab]"),
        ("a[tiab] NOT (b[mh] OR c[mh])", "a[tiab] NOT (b[mh] OR c[mh])"),
    ],
)
def test_what_finds_records_that_are_not_indexed_yet(query: str, rest: str) -> None:
    """Headings, subheadings and substances come with indexing."""
    assert structure.without_headings(query) == rest
