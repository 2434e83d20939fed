"""What spares a rule the trouble of being tried takes nothing from it: the same is found with it and without it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from monitor.evidence.article import json_lines, text
from monitor.evidence.article.classification.rules import book
from monitor.evidence.article.guarded import guarded
from monitor.evidence.article.result.patterns import family
from monitor.evidence.article.stems import Needs, Stems
from monitor.model import Article
from tests.support.shared_data import shared_data


@pytest.fixture(scope="module")
def abstracts() -> list[Article]:
    """Some of the labelled abstracts beside the checkout."""
    lines = (shared_data("results") / "abstracts.jsonl").read_text(encoding="utf-8").splitlines()[:120]
    return [json_lines.article_of(json.loads(line)) for line in lines]


def test_every_rule_says_the_same_whether_or_not_stems_are_looked_up(abstracts: list[Article]) -> None:
    """Neither the blanked words nor what any rule finds differ."""
    rules = book()
    for article in abstracts:
        reading = text.read(article, rules.blanks, rules.stems)
        slow = text.read(article, rules.blanks)
        assert replace(reading, stems=None) == slow
        for group in rules.groups.values():
            assert [rule.find(reading) for rule in group] == [rule.find(slow) for rule in group]


def test_no_expression_is_passed_over_where_it_would_match(abstracts: list[Article]) -> None:
    """Each sentence, each expression that needs a word."""
    tested = [*family("sign").items(), *family("size").items(), *family("control").items(), *book().patterns.items()]
    for article in abstracts:
        for _, sentence in text.sentences(f"{article.title}. {article.abstract_text}"):
            low = text.lowered(sentence)
            for name, one in tested:
                if one.needs:
                    assert bool(one.search(low)) == bool(one.regex.search(low)), (name, low)


@pytest.mark.parametrize(
    ("word", "words"),
    [
        ("control group", "the (control) group"),
        ("n-of-1", "an N-of-1 trial".lower()),
        ("plasty", "an angioplasty"),
        ("double-blind", "a double-blind study"),
        (" die", "allocated by die"),
        ("p <", "p < 0.05"),
        ("covid", "naïve covid‐19 patients"),
    ],
)
def test_a_word_that_stands_in_a_record_can_occur_in_it(word: str, words: str) -> None:
    """Within a longer word, beside brackets and hyphens, and where it is too short to be looked up."""
    needs = Needs([word, "zygote"])
    assert needs.among(Stems([needs]).found(words)) == (word,)


def test_a_rule_without_any_of_its_words_is_not_tried() -> None:
    """Where the stems of a record are not known, all its words may occur."""
    needs = Needs(["placebo", "sham"])
    assert needs.among(Stems([needs]).found("women had surgery")) == ()
    assert needs.among(None) == ("placebo", "sham")


def test_needs_of_an_expression_that_does_not_exist_are_a_mistake() -> None:
    """Else a name mistyped in the file would only make the reading slow."""
    with pytest.raises(KeyError, match="plcebo"):
        guarded({}, {"plcebo": ["placebo"]})
