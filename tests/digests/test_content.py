"""What a digest contains, in which order, and that nothing which changed is ever dropped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.digests import content, render
from monitor.digests.content import Standing, compose
from monitor.digests.render import MAX_HTML_BYTES
from monitor.model import (
    AbstractSection,
    Author,
    Change,
    ChangeKind,
    Design,
    DigestItem,
    DigestKind,
    Frequency,
    Level,
    MeshHeading,
    PartialDate,
    Reference,
    Role,
    Verdict,
)
from tests.support import digest_samples
from tests.support.digest_samples import (
    CHANGES,
    LAST,
    NOW,
    SEARCH_REPORTS,
    THREE,
    TOPIC,
    TWO,
    article,
    change,
    news,
    quiet,
)


def composed(
    changes: list[Change], frequency: Frequency = Frequency.WEEKLY, *, is_quiet_due: bool = False
) -> content.Digest | None:
    """The digest of these changes."""
    standing = Standing(THREE, SEARCH_REPORTS, 914)
    return compose(
        TOPIC,
        frequency,
        LAST,
        NOW,
        standing,
        changes=changes,
        articles=digest_samples.ARTICLES,
        verdicts=digest_samples.VERDICTS,
        is_quiet_due=is_quiet_due,
    )


def test_sections_stand_in_reading_order() -> None:
    """Trials, then corrections, then citations, then the rest."""
    assert [(item.section, item.article.pmid) for item in news().items] == [
        ("trials", "30266886"),
        ("notices", "24975855"),
        ("citing", "990000007"),
        ("new", "30537671"),
    ]


def test_an_article_is_one_item_with_all_its_changes() -> None:
    """New and citing at once is still one article."""
    first = news().items[0]
    assert [one.kind for one in first.changes] == [ChangeKind.NEW, ChangeKind.CITING]


def test_every_change_is_accounted_for_also_that_of_the_answer() -> None:
    """The ids are what mark a change as digested."""
    assert news().change_ids == tuple(one.id for one in CHANGES)


def test_no_change_means_no_digest() -> None:
    """None, not an empty mail."""
    assert composed([]) is None


def test_silence_is_broken_when_a_quiet_digest_is_due() -> None:
    """With the answer and the search reports, so that it says something."""
    made = composed([], is_quiet_due=True)
    assert made is not None
    assert made.kind is DigestKind.QUIET
    assert made.search_reports == SEARCH_REPORTS


@pytest.mark.parametrize(
    ("kinds", "is_composed"),
    [
        ([ChangeKind.NEW], False),
        ([ChangeKind.CITING, ChangeKind.REVISED, ChangeKind.CORRECTED, ChangeKind.GONE], False),
        ([ChangeKind.NEW, ChangeKind.ANSWER], True),
        ([ChangeKind.RETRACTED], True),
        ([ChangeKind.CONCERN], True),
    ],
)
def test_at_once_means_the_answer_or_a_notice_about_a_counted_trial(kinds: list[ChangeKind], is_composed: bool) -> None:
    """PREMiSe counts; what else happens to it waits."""
    changes = [
        change(kind, "" if kind is ChangeKind.ANSWER else "24975855", number) for number, kind in enumerate(kinds, 1)
    ]
    assert (composed(changes, Frequency.AT_ONCE) is not None) is is_composed


def test_a_retraction_of_an_article_that_does_not_count_is_not_urgent() -> None:
    """It stands in the next weekly digest."""
    retracted = [change(ChangeKind.RETRACTED, "30537671")]
    assert composed(retracted, Frequency.AT_ONCE) is None
    weekly = composed(retracted)
    assert weekly is not None
    assert weekly.items[0].section == "notices"


def test_at_once_counts_what_it_does_not_list() -> None:
    """A subscriber who wants only the answer still learns that more happened."""
    made = composed(list(CHANGES), Frequency.AT_ONCE)
    assert made is not None
    assert {item.section for item in made.items} == {"trials", "notices"}
    assert made.left_out == (("citing", 1), ("new", 1))
    assert made.left_out_pmids == (("citing", ("990000007",)), ("new", ("30537671",)))


def test_an_article_without_a_record_is_still_told() -> None:
    """PubMed deleted it before we could read it again."""
    made = composed([change(ChangeKind.GONE, "11111111")])
    assert made is not None
    assert made.items[0].section == "gone"
    assert "11111111" in made.items[0].article.title


def test_a_trial_of_another_question_is_listed_by_title_among_its_like() -> None:
    """A trial of another treatment is no news about this question, and is not hidden among case reports either."""
    verdict = Verdict("30537671", "ccsvi", Design.RANDOMIZED, Level.INDEXED, "1", score=1.0)
    assert content.section_of([change(ChangeKind.NEW, "30537671")], verdict, is_cause=False) == "other_trials"


def test_a_review_has_its_own_section_only_when_it_is_new() -> None:
    """A revised review record is a revision."""
    review = Verdict("1", "ccsvi", Design.SYSTEMATIC_REVIEW, Level.STATED, "1")
    assert content.section_of([change(ChangeKind.NEW, "1")], review, is_cause=False) == "reviews"
    assert content.section_of([change(ChangeKind.REVISED, "1")], review, is_cause=False) == "revised"


def test_a_stored_digest_holds_no_abstract() -> None:
    """Abstracts belong to their publishers, and make a digest large."""
    assert all(not item.article.abstract and not item.article.references for item in news().items)


def test_a_welcome_lists_no_article() -> None:
    """Nine hundred old articles are not news."""
    made = digest_samples.first()
    assert (made.kind, made.items, made.change_ids) == (DigestKind.WELCOME, (), ())


#: Changes of one article that neither undo another nor are undone.
LASTING = (ChangeKind.NEW, ChangeKind.CITING, ChangeKind.REVISED, ChangeKind.RETRACTED, ChangeKind.CONCERN)
LASTING += (ChangeKind.CORRECTED, ChangeKind.GONE)


@given(
    kinds=st.lists(
        st.tuples(st.sampled_from(LASTING), st.integers(1, 40)),
        min_size=1,
        max_size=120,
    )
)
def test_shown_and_counted_are_together_everything(kinds: list[tuple[ChangeKind, int]]) -> None:
    """However it is shortened: each article stands exactly once, as an item or by name among the rest."""
    changes = [change(kind, str(pmid), number) for number, (kind, pmid) in enumerate(kinds, 1)]
    made = composed(changes)
    while made is not None:
        named = [pmid for _, pmids in made.left_out_pmids for pmid in pmids]
        assert sorted([item.article.pmid for item in made.items] + named) == sorted({str(pmid) for _, pmid in kinds})
        assert made.left_out == tuple((section, len(pmids)) for section, pmids in made.left_out_pmids)
        assert made.change_ids == tuple(range(1, len(kinds) + 1))
        made = content.shorten(made) if made.items else None


def test_five_thousand_changes_with_monstrous_titles_stay_below_eighty_kilobytes() -> None:
    """And every one is counted."""
    monster = "<script>&\"'" * 400 + "\U0001f9e0" * 2000
    kinds = LASTING
    changes = [change(kinds[number % 7], str(30000000 + number), number, why=monster) for number in range(1, 5001)]
    articles = {one.pmid: article(one.pmid, monster, journal=monster, doi="10.1/" + monster) for one in changes}
    many = tuple(replace(trial, name=monster, numbers=(monster,) * 9, note=monster) for trial in THREE.trials * 20)
    answer = replace(THREE, sentence=monster, lines=(monster,) * 50, trials=many, silent_trials=many)
    search_reports = tuple(
        digest_samples.search_report(
            f"{number} {monster}", query=monster, translation=monster, gaps=(monster,) * 9, warnings=(monster,) * 9
        )
        for number in range(40)
    )
    standing = Standing(answer, search_reports, 5000, answer_before=answer)
    made = compose(TOPIC, Frequency.WEEKLY, LAST, NOW, standing, changes=changes, articles=articles, verdicts={})
    assert made is not None
    site = replace(digest_samples.SITE, postal_address=monster, operator_email=monster)
    rendered = render.render(made, TOPIC, site)
    while made.items and not render.fits(rendered):
        made = content.shorten(made)
        rendered = render.render(made, TOPIC, site)
    assert len(rendered.html.encode()) < MAX_HTML_BYTES
    assert len(rendered.subject) <= 200
    assert len(made.items) + sum(number for _, number in made.left_out) == 5000


def test_the_answer_before_is_reported_only_with_a_change() -> None:
    """A quiet digest has no "until now"."""
    assert news().answer_before == TWO
    assert quiet().answer_before is None


SHOWN = {"trials": 15, "notices": 15, "reinstated": 15, "reviews": 10, "citing": 10, "new": 20, "unread": 20}
SHOWN |= {"revised": 8, "back": 8, "merged": 8, "gone": 8}
KIND_OF = {"citing": ChangeKind.CITING, "notices": ChangeKind.CORRECTED, "revised": ChangeKind.REVISED}
KIND_OF |= {"gone": ChangeKind.GONE, "unread": ChangeKind.UNREAD, "reinstated": ChangeKind.REINSTATED}
KIND_OF |= {"back": ChangeKind.REAPPEARED, "merged": ChangeKind.MERGED}
DESIGN_OF = {"trials": Design.RANDOMIZED, "reviews": Design.SYSTEMATIC_REVIEW}


def a_flood(most: int, frequency: Frequency, *, is_quiet_due: bool = False) -> content.Digest | None:
    """The digest of a period in which `most` articles happened in every section."""
    changes, verdicts = [], {}
    for place, section in enumerate(SHOWN, 1):
        for number in range(most):
            pmid = str(place * 100_000 + number)
            changes.append(change(KIND_OF.get(section, ChangeKind.NEW), pmid, len(changes) + 1))
            design = DESIGN_OF.get(section, Design.COHORT)
            verdicts[pmid] = Verdict(pmid, "ccsvi", design, Level.STATED, "1", relevance=digest_samples.RELEVANT)
    standing = Standing(THREE, SEARCH_REPORTS, 914)
    return compose(
        TOPIC,
        frequency,
        LAST,
        NOW,
        standing,
        changes=changes,
        articles={},
        verdicts=verdicts,
        is_quiet_due=is_quiet_due,
    )


def test_each_section_shows_so_many_and_counts_the_rest() -> None:
    """In reading order: what bears on the answer has the most room, and its trials are all named."""
    made = a_flood(30, Frequency.WEEKLY)
    assert made is not None
    assert Counter(item.section for item in made.items if not item.is_brief) == SHOWN
    assert Counter(item.section for item in made.items if item.is_brief) == {"trials": 15}
    assert made.left_out == tuple((section, 30 - shown) for section, shown in SHOWN.items() if section != "trials")


def test_a_section_with_room_for_all_counts_nothing() -> None:
    """Exactly as many as it shows."""
    made = a_flood(8, Frequency.WEEKLY)
    assert made is not None
    assert (len(made.items), made.left_out) == (8 * len(SHOWN), ())


def test_at_once_without_news_names_trials_and_counts_everything_else() -> None:
    """ "Nothing happened to the answer" is no place for a list; without a long silence there is no mail at all."""
    assert a_flood(2, Frequency.AT_ONCE) is None
    made = a_flood(2, Frequency.AT_ONCE, is_quiet_due=True)
    assert made is not None
    assert made.kind is DigestKind.QUIET
    assert [(item.section, item.is_brief) for item in made.items] == [("trials", True)] * 2
    assert made.left_out == tuple((section, 2) for section in SHOWN if section != "trials")
    assert len(made.change_ids) == 2 * len(SHOWN)


@pytest.mark.parametrize(
    ("design", "section"),
    [
        (Design.RANDOMIZED, "trials"),
        (Design.CONTROLLED, "trials"),
        (Design.PROTOCOL, "trials"),
        (Design.SECONDARY_ANALYSIS, "trials"),
        (Design.SYSTEMATIC_REVIEW, "reviews"),
        (Design.META_ANALYSIS_TREATMENT, "reviews"),
        (Design.META_ANALYSIS_ASSOCIATION, "reviews"),
        (Design.GUIDELINE, "reviews"),
        (Design.REVIEW, "new"),
        (Design.COHORT, "new"),
    ],
)
def test_what_a_new_article_is_decides_its_section(design: Design, section: str) -> None:
    """An article that says of itself what it is in a trial belongs there, whatever its design."""
    verdict = Verdict("1", "ccsvi", design, Level.STATED, "1", relevance=digest_samples.RELEVANT)
    new, cites = change(ChangeKind.NEW, "1"), change(ChangeKind.CITING, "1")
    assert content.section_of([new], verdict, is_cause=False) == section
    assert content.section_of([new, cites], verdict, is_cause=False) == ("citing" if section == "new" else section)
    assert content.section_of([change(ChangeKind.REVISED, "1")], verdict, is_cause=False) == "revised"
    for role in (Role.MAIN_RESULT, Role.EXTENSION, Role.PROTOCOL, Role.SECONDARY_ANALYSIS):
        assert content.section_of([new], replace(verdict, role=role), is_cause=False) == "trials"
    assert content.section_of([change(ChangeKind.REVISED, "1")], verdict, is_cause=True) == "trials"


def test_what_changed_the_answer_stands_among_the_trials() -> None:
    """Whatever it is; but only in the digest that tells of the answer."""
    answer = replace(THREE, causes=("30537671",))
    for happened, section in ((ChangeKind.ANSWER, "trials"), (ChangeKind.NEW, "new")):
        changes = [
            change(happened, "" if happened is ChangeKind.ANSWER else "990000007"),
            change(ChangeKind.NEW, "30537671", 2),
        ]
        made = news(changes, answer)
        assert {item.article.pmid: item.section for item in made.items}["30537671"] == section


def test_within_a_section_what_matters_stands_first() -> None:
    """The cause of the answer, the gravest notice, the likeliest trial, the newest, the lowest PMID."""
    relevant = {"design": Design.COHORT, "level": Level.STATED, "rules_version": "1", "topic": "ccsvi"}
    verdicts = {
        pmid: Verdict(pmid=pmid, relevance=digest_samples.RELEVANT, score=score, **{**relevant, **more})  # type: ignore[arg-type]
        for pmid, score, more in [
            ("11", 0.5, {"design": Design.RANDOMIZED}),
            ("12", 0.9, {"design": Design.RANDOMIZED}),
            ("30266886", 0.1, {"design": Design.RANDOMIZED}),
            ("43", 0.1, {}),
        ]
    }
    alarms = [(ChangeKind.CORRECTED, "21"), (ChangeKind.RETRACTED, "22"), (ChangeKind.CONCERN, "23")]
    happened = [(ChangeKind.NEW, pmid) for pmid in ("11", "12", "30266886", "42", "41", "43", "44")]
    changes = [change(kind, pmid, number) for number, (kind, pmid) in enumerate([*happened, *alarms], 2)]
    articles = {"44": article("44", "New"), "41": article("41", "Old", electronic_date=PartialDate(2010, 1, 1))}
    articles["42"] = replace(articles["41"], pmid="42")
    made = compose(
        TOPIC, Frequency.WEEKLY, LAST, NOW, Standing(THREE), changes=[change(ChangeKind.ANSWER), *changes],
        articles=articles, verdicts=verdicts,
    )  # fmt: skip
    assert made is not None
    assert [item.article.pmid for item in made.items] == [
        "30266886", "12", "11", "22", "23", "21", "43", "44", "41", "42",
    ]  # fmt: skip


@pytest.mark.parametrize(("items", "kept"), [(40, 36), (20, 18), (19, 18), (5, 4), (1, 0), (0, 0)])
def test_a_digest_that_is_too_long_loses_its_last_tenth(items: int, kept: int) -> None:
    """At least one; what goes is counted, and there is an end."""
    made = composed([change(ChangeKind.NEW, str(number + 1), number + 1) for number in range(20)])
    assert made is not None
    long = replace(made, items=(made.items * 2)[:items])
    shorter = content.shorten(replace(long, items=tuple(_numbered(long.items))))
    assert (len(shorter.items), sum(number for _, number in shorter.left_out)) == (kept, items - kept)


def _numbered(items: Sequence[DigestItem]) -> Iterator[DigestItem]:
    """The same items, each about an article of its own."""
    for number, item in enumerate(items, 1):
        yield replace(item, article=replace(item.article, pmid=str(number)))


def test_a_stored_card_holds_what_is_shown_and_no_more() -> None:
    """Not the texts, the headings, the words or the people behind an article."""
    whole = article(
        "30537671", "A series",
        abstract=(AbstractSection("Words."),), keywords=("veins",), mesh=(MeshHeading("", "Veins"),),
        references=(Reference(pmid="1"),), substances=("Zinc",), investigators=(Author("Rossi"),),
    )  # fmt: skip
    made = compose(
        TOPIC, Frequency.WEEKLY, LAST, NOW, Standing(THREE), changes=[change(ChangeKind.NEW, "30537671")],
        articles={"30537671": whole}, verdicts={},
    )  # fmt: skip
    assert made is not None
    assert made.items[0].article == article("30537671", "A series")
