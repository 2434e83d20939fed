"""The made-up mails on which an operator's templates are tried: between them they have every part, and lack it."""

from __future__ import annotations

from collections import defaultdict

import pytest

from monitor.delivery.own_templates import made_up
from monitor.digests import render
from monitor.digests.display.view import Site, values
from monitor.model import Digest, Rendered, SmtpSettings, TransactionalKind
from tests.support.settings import settings

#: What every digest has.
ALWAYS = {
    "topic_name", "question", "issued_on", "frequency", "frequency_means", "verdict_line", "summary", "answer",
    "search_reports", "on_record", "postal_lines", "operator_email", "place",
}  # fmt: skip
SITES = {url: Site("Street 1\nTown", "op@example.org", url) for url in (made_up.URL, "")}
SEARCH = """
{name}
   12 matches · Last success \x1a2026-03-02T03:00Z\x1a · next check
   \x1a2026-03-03T03:00Z\x1a
{troubles}   treatment[tiab]
   PubMed translated it to:
   "treatment"[Title/Abstract]
"""
TRIAL = """
{number}. First [CORRECTED]
   \x1a2026-02-27\x1a · 100 people · sham control · double-blind · authors
   report no difference · 2 reports
   "The groups did not differ."
   First
   PubMed: https://pubmed.ncbi.nlm.nih.gov/1000001/
   DOI: https://doi.org/10.1000/first
   NCT00000001: https://clinicaltrials.gov/study/NCT00000001
   Other reports:
    * protocol 2021: https://pubmed.ncbi.nlm.nih.gov/1000002/
"""
ARTICLE = """
A made-up article {pmid}
   Example A · Journal of Examples · \x1a2026-02-27\x1a
{what}   PubMed: https://pubmed.ncbi.nlm.nih.gov/{pmid}/
   DOI: https://doi.org/10.1000/{pmid}
   Why this verdict: https://monitor.example.org/topics/made-up/articles/{pmid}
"""
JUDGED = '   randomized trial (stated in the text) · sham control · 100 people\n   "The groups did not differ."\n'
OUTSIDE = "A made-up trial\n   A registry\n   It began.\n   {number}: https://monitor.example.org/trial\n"


@pytest.fixture(scope="module")
def digests() -> list[Digest]:
    """One with everything, one without news, a welcome, and one while no search works."""
    return list(made_up.digests())


@pytest.fixture(scope="module")
def mails(digests: list[Digest]) -> list[Rendered]:
    """The same as the shipped templates have them."""
    return [render.render(digest, made_up.TOPIC, SITES[made_up.URL]) for digest in digests]


def test_each_value_that_a_template_may_ask_for_is_there_and_is_not(digests: list[Digest]) -> None:
    """So that both sides of every condition are tried."""
    found: defaultdict[str, set[bool]] = defaultdict(set)
    for url, topic in ((made_up.URL, made_up.TOPIC), ("", made_up.ONLY_NEWS)):
        for digest in digests:
            for name, value in values(digest, topic, SITES[url]).items():
                found[name].add(bool(value))
    assert {name for name, seen in found.items() if seen != {True, False}} == ALWAYS
    assert all(found[name] == {True} for name in ALWAYS)


@pytest.mark.parametrize(
    "part",
    [
        "One made-up sham-controlled trial (100 people): it shows no benefit of\nthe treatment.\n\n"
        "A made-up topic - \x1a2026-03-02\x1a\nDoes it help?\n",
        "Since \x1a2026-02-27\x1a.\nUntil now: No controlled trial of a made-up treatment has been found.\n"
        "Because PMID 1000001 was read in full\n\nOne protocol of this trial adds no result.\n\n"
        "Association, not treatment: A made-up review found both together more\noften.\n",
        "\nA made-up reason.\n",
        "Since \x1a2026-02-23\x1a: 6 controlled-trial reports, 3 corrections or\nretractions, ",
        ARTICLE.format(pmid=1000190, what=f"{JUDGED}   New, found by the search “main”: A made-up reason.\n"),
        ARTICLE.format(pmid=1000198, what=f"{JUDGED}   New, found by the search “main”: A made-up reason.\n"),
        ARTICLE.format(pmid=1000191, what="   New, found by the search “main”: A made-up reason.\n"),
        ARTICLE.format(
            pmid=1000108,
            what=f"{JUDGED}   ! Corrected: J. 2026 (notice:\n   https://pubmed.ncbi.nlm.nih.gov/1000099/)\n",
        ),
        ARTICLE.format(
            pmid=1000105, what="   ! Retracted: J. 2026 (notice:\n   https://pubmed.ncbi.nlm.nih.gov/1000099/)\n"
        ),
        ARTICLE.format(
            pmid=1000104,
            what=f'{JUDGED}   Revised: abstract changed\n   Sentence before: "It *helped.*"\n'
            '   Sentence now: "It *did not help.*"\n',
        ),
        ARTICLE.format(
            pmid=1000111,
            what="   Now under PMID 1000098 in PubMed (its record now:\n   https://pubmed.ncbi.nlm.nih.gov/1000098/)\n",
        ),
        f"TRIALS IN REGISTRIES\n--------------------\n\n{OUTSIDE.format(number='NCT00000012')}",
        "\nPMID 1000103\n   Listed by PubMed, found by the search “main”; its record could not be\n   read yet\n",
        "\n468 more.\n1–180 on PubMed: https://pubmed.ncbi.nlm.nih.gov/?term=2000000,2000001,",
        ",2000466,2000467\nAll on this digest's web page: \x1adigest\x1a#citing\n",
        "\n1 more.\nNot in PubMed: PMID 990000009\n",
        TRIAL.format(number=1),
        f"{TRIAL.format(number=8)}\nAnd 2 more: https://monitor.example.org/topics/made-up\n",
        "\nRegistered, no result found:\n"
        + " * Second: terminated; No money\n   NCT00000002: https://clinicaltrials.gov/study/NCT00000002\n" * 6
        + "   And 2 more.\n",
        "1,234 articles on record for this question, 3 of them no longer listed\nby any search.\n",
        SEARCH.format(
            name="main",
            troubles="   ! 2 failed attempts since the last digest\n   ! No usable answer for a day\n"
            "   PubMed could not use a part of this search; the operator has been\n   told\n",
        ),
        SEARCH.format(name="search 6", troubles=""),
        "\nAnd 2 more searches, none with more failures than these.\n\n! A source could not be asked.\n",
        "mails about A made-up topic weekly:\n",
    ],
)
def test_the_one_with_everything_has_each_part(mails: list[Rendered], part: str) -> None:
    """As an operator would see it with the templates that are shipped."""
    assert part in mails[0].text


def test_the_others_have_what_it_cannot_have(mails: list[Rendered]) -> None:
    """No news, a welcome, an outage; and what is changed in the question is said in the subject."""
    _, quiet, welcome, broken = mails
    assert [one.subject for one in mails] == [
        "A made-up topic: the question was changed; now: one sham- or placebo-controlled trial",
        "A made-up topic: nothing new, answer unchanged",
        "A made-up topic: where the evidence stands (sham- or placebo-controlled)",
        "A made-up topic: nothing new; PubMed cannot be reached at the moment",
    ]
    assert "1 article on record for this question.\n" + SEARCH.format(name="main", troubles="") in quiet.text
    for text in (quiet.text, broken.text):
        assert text.startswith("No controlled trial of a made-up treatment has been found.\n\nA made-up topic - ")
        assert "mails about A made-up topic daily:\n" in text
        assert "The answer stands since" not in text
    assert "The answer stands since \x1a2026-02-27\x1a.\n" in welcome.text
    assert "12 articles found and read so far. From now on you hear what changes." in welcome.text
    troubles = "   ! 9 failed attempts since the last digest\n   ! No usable answer for three days\n"
    assert SEARCH.format(name="main", troubles=troubles) in broken.text


@pytest.mark.parametrize(
    ("kind", "numbers"), [(TransactionalKind.CONFIRM, [1, 1]), (TransactionalKind.LINK, [1, 1, 2, 2])]
)
def test_a_short_mail_is_about_one_or_two_subscriptions(kind: TransactionalKind, numbers: list[int]) -> None:
    """Each with a way never to be mailed again and without; where there is one topic, the second is the made-up one."""
    made = list(made_up.transactional(settings(SmtpSettings("x", "m@example.org")), kind))
    assert [len(one["entries"]) for one in made] == numbers
    assert [one["do_not_mail"] for one in made] == ["https://monitor.example.org/do-not-mail/made-up", ""] * (
        len(made) // 2
    )
    assert {one["address"] for one in made} == {"reader@example.org"}
    assert [entry["topic"] for entry in made[-1]["entries"]] == ["CCSVI in MS", "A made-up topic"][: numbers[-1]]
    links = {entry["url"] for one in made for entry in one["entries"]}
    assert len(links) == numbers[-1]
    assert all(link.startswith("https://monitor.example.org/") for link in links)
