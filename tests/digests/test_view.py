"""A digest in words: its answer, each trial, each section and search, and what is only counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from monitor.digests.display.view import values
from monitor.model import (
    ChangeKind,
    Digest,
    Direction,
    Freshness,
    FreshnessState,
    Role,
    SearchReport,
    Statement,
    Trial,
    TrialReport,
)
from monitor.render import placeholders
from monitor.render.dates import ENGLISH
from tests.support import digest_samples
from tests.support.digest_samples import SITE, THREE, TOPIC, TWO, change, first, news, quiet


def plain(text: str) -> str:
    """A text with its dates written out."""
    return placeholders.fill(text, {}, ENGLISH.write, is_html=False)


def shown(content: Digest) -> dict[str, Any]:
    """What the templates get."""
    return values(content, TOPIC, SITE)


def trial_facts(**fields: Any) -> str:
    """The line of facts of a trial."""
    content = replace(news(), answer=replace(THREE, trials=(replace(THREE.trials[0], **fields),)))
    return plain(shown(content)["trials"][0].facts)


def test_a_trial_is_reported_in_one_line() -> None:
    """What is not known is left out."""
    known = "27 Jun 2014 · 19 people · sham control · double-blind · authors report no difference"
    assert trial_facts() == known
    assert trial_facts(print_date="2014 Jul 29") == known.replace("2014 ·", "2014 (print 2014 Jul 29) ·")
    two = THREE.trials[0].reports * 2
    assert trial_facts(reports=two, appraised_by="A. Reader") == f"{known} · 2 reports · appraised by A. Reader"
    assert trial_facts(first_public_on=None, sample_size=None, blinding="", statement=None) == (
        "date unknown · sham control · direction not stated"
    )
    assert trial_facts(sample_size=1).startswith("27 Jun 2014 · 1 person · ")


def test_no_text_of_a_trial_is_longer_than_its_room() -> None:
    """In bytes of escaped HTML, so that many trials fit into one mail."""
    long = "x" * 2000
    trial = replace(
        THREE.trials[0], name=long, blinding=long, flags=(long,), appraised_by=long, print_date=long,
        statement=Statement(Direction.HARM, long, "abstract"), note=long, status=long, numbers=(long,),
    )  # fmt: skip
    answer = replace(THREE, trials=(trial,), silent_trials=(trial,), sentence=long, association=long, lines=(long,))
    before = replace(answer, sentence="y" * 2000)
    result = shown(replace(news(), answer=answer, answer_before=before, answer_whys=(long,)))
    (view,), (silent,) = result["trials"], result["silent_trials"]
    facts = [len(fact.encode()) for fact in view.facts.split(" · ")]
    sizes = [len(text.encode()) for text in (view.name, view.quote, view.flags[0])]
    assert sizes == [160, 320, 40]
    assert [facts[3], facts[5]] == [60, len("appraised by ") + 60]
    assert [len(silent[key].encode()) for key in ("name", "status", "note")] == [140, 40, 160]
    assert len(silent["link"].label.encode()) == 40
    assert [len(result["answer"][key].encode()) for key in ("sentence", "association", "before")] == [
        700,
        400,
        400,
    ]
    assert [len(result["answer"]["lines"][0].encode()), len(result["answer_whys"][0].encode())] == [
        700,
        300,
    ]


def test_a_trial_leads_to_its_report_and_its_registration() -> None:
    """At most two registrations and three flags; without a report only the registration."""
    numbers = ("NCT01450072", "NCT01864941", "NCT01371760")
    flags = ("retracted", "expression of concern", "corrected", "more")
    trial = replace(THREE.trials[0], numbers=numbers, flags=flags)
    (view,) = shown(replace(news(), answer=replace(THREE, trials=(trial,))))["trials"]
    assert (view.number, view.name, view.url) == (1, "PREMiSe", "https://pubmed.ncbi.nlm.nih.gov/24975855/")
    assert [link.label for link in view.links] == ["PubMed", "DOI", "NCT01450072", "NCT01864941"]
    assert (view.flags, view.quote) == (flags[:3], trial.statement.sentence if trial.statement else "")
    (bare,) = shown(replace(news(), answer=replace(THREE, trials=(replace(trial, reports=(), statement=None),))))[
        "trials"
    ]
    assert (bare.url, bare.source, bare.quote) == ("", "", "")
    assert [link.label for link in bare.links] == list(numbers[:2])


def test_the_link_beside_a_quotation_opens_the_report_that_says_it() -> None:
    """Whichever report came first; the others are linked by their role."""
    plan = TrialReport("1", Role.PROTOCOL, "The plan", "Trials", date(2012, 1, 1), doi="10.1/plan")
    result = TrialReport("2", Role.MAIN_RESULT, "The result", "Neurology", date(2014, 1, 1), doi="10.1/result")
    later = TrialReport("3", Role.EXTENSION, "After five years", "Neurology", date(2019, 1, 1))
    invented = TrialReport("990000009", Role.COMMENT, "A letter")
    trial = replace(THREE.trials[0], reports=(plan, result, later, invented), speaker="2", numbers=())
    (view,) = shown(replace(news(), answer=replace(THREE, trials=(trial,))))["trials"]
    assert view.url == "https://pubmed.ncbi.nlm.nih.gov/2/"
    assert view.source == "The result · Neurology"
    assert [link.url for link in view.links] == [view.url, "https://doi.org/10.1/result"]
    assert [(other.label, other.url) for other in view.others] == [
        ("protocol 2012", "https://pubmed.ncbi.nlm.nih.gov/1/"),
        ("follow-up 2019", "https://pubmed.ncbi.nlm.nih.gov/3/"),
        ("comment", ""),
    ]
    unnamed = shown(replace(news(), answer=replace(THREE, trials=(replace(trial, speaker=""),))))["trials"]
    assert unnamed == [view]
    every_role = tuple(TrialReport(str(number), role, "") for number, role in enumerate(Role, 40))
    (roles,) = shown(replace(news(), answer=replace(THREE, trials=(replace(trial, reports=(result, *every_role)),))))[
        "trials"
    ]
    assert [other.label for other in roles.others] == [
        "further result",
        "protocol",
        "secondary analysis",
        "follow-up",
        "correction",
        "comment",
    ]
    retracted = replace(trial, reports=(result, TrialReport("4", Role.RETRACTED, "")))
    (taken_back,) = shown(replace(news(), answer=replace(THREE, trials=(retracted,))))["trials"]
    assert ([other.label for other in taken_back.others], taken_back.more_others) == (["retracted report"], 0)
    many = replace(trial, reports=(result, *(replace(later, pmid=str(number)) for number in range(10, 18))))
    (crowded,) = shown(replace(news(), answer=replace(THREE, trials=(many,))))["trials"]
    assert (len(crowded.others), crowded.more_others) == (6, 2)


def test_of_many_trials_eight_are_shown_and_of_silent_ones_six() -> None:
    """The rest is counted; eight and six leave nothing over."""
    for trials, silent in ((9, 7), (8, 6)):
        answer = replace(THREE, trials=THREE.trials[:1] * trials, silent_trials=TWO.silent_trials * silent)
        result = shown(replace(news(), answer=answer))
        assert [view.number for view in result["trials"]] == list(range(1, 9))
        assert (
            result["more_trials"],
            len(result["silent_trials"]),
            result["more_silent"],
        ) == (
            trials - 8,
            6,
            silent - 6,
        )
        assert result["picture_alt"].startswith("Timeline of 8 controlled trials. 1, PREMiSe: ")


def test_a_silent_trial_is_named_with_its_registration() -> None:
    """By its number where it has no name, by its key where it has no number."""

    def silent(trial: Trial) -> dict[str, Any]:
        (result,) = shown(replace(news(), answer=replace(THREE, silent_trials=(trial,))))["silent_trials"]
        return dict(result)

    albany = replace(TWO.silent_trials[0], note="No money left.")
    result = silent(albany)
    assert (result["name"], result["status"], result["note"]) == (
        "Albany Vascular Group",
        "terminated",
        "No money left",
    )
    assert (result["link"].label, result["link"].url) == (
        "NCT01089686",
        "https://clinicaltrials.gov/study/NCT01089686",
    )
    assert silent(replace(albany, name=""))["name"] == "NCT01089686"
    unnumbered = silent(replace(albany, name="", numbers=(), key="pmid:7"))
    assert (unnumbered["name"], unnumbered["link"]) == ("pmid:7", None)


def test_the_answer_is_reported_with_what_it_was_only_when_it_changed() -> None:
    """Three reasons of people, twelve lines, and no more.

    A trial with three notices has three lines; those on registered trials and on preprints come behind them.
    """
    content = replace(news(), answer_whys=("a", "b", "c", "d"), answer=replace(THREE, lines=tuple("123456789abcd")))
    result = shown(content)
    assert (result["answer_whys"], result["answer"]["lines"]) == (["a", "b", "c"], list("123456789abc"))
    assert (result["has_changed"], result["answer"]["before"]) == (True, TWO.sentence)
    assert plain(result["answer"]["since"]) == "28 Sep 2018"
    unchanged = shown(replace(content, answer_changed=False))
    assert (unchanged["has_changed"], unchanged["answer"]["before"]) == (False, "")


# --- sections and searches ---------------------------------------------------------------------------


def test_each_section_has_its_heading_and_says_what_it_left_out() -> None:
    """In reading order; a section that holds nothing is not there."""
    invented = ("990000001", "3", "4")
    content = replace(news(), left_out=(("reviews", 3),), left_out_pmids=(("reviews", invented),))
    result = [
        (section.key, section.heading, len(section.items), section.left_out) for section in shown(content)["sections"]
    ]
    assert result == [
        ("trials", "Controlled trials", 1, 0),
        ("notices", "Retractions and corrections", 1, 0),
        ("reviews", "Systematic reviews and guidelines", 0, 3),
        ("citing", "New citations of the seed article", 1, 0),
        ("new", "Other new articles", 1, 0),
    ]
    reviews = shown(content)["sections"][2]
    assert [(link.label, link.url) for link in reviews.links] == [
        ("see 2 of them on PubMed", "https://pubmed.ncbi.nlm.nih.gov/?term=3,4")
    ]
    assert (reviews.unlisted, reviews.in_file) == ("990000001", 0)
    rest = [("revised", 1), ("gone", 1)]
    last = shown(replace(quiet(), left_out=tuple(rest)))["sections"]
    assert [section.heading for section in last] == ["Revised records", "No longer found"]


def test_every_section_has_words_for_its_heading() -> None:
    """In the order in which they are read."""
    keys = ("trials", "notices", "reinstated", "reviews", "registry", "preprints", "citing", "citing_outside", "new")
    keys = (*keys, "other_trials", "unread", "revised", "back", "merged", "gone")
    found = shown(replace(quiet(), left_out=tuple((key, 1) for key in reversed(keys))))["sections"]
    assert [(section.key, section.heading) for section in found] == [
        ("trials", "Controlled trials"),
        ("notices", "Retractions and corrections"),
        ("reinstated", "No longer retracted"),
        ("reviews", "Systematic reviews and guidelines"),
        ("registry", "Trials in registries"),
        ("preprints", "Preprints, not peer-reviewed"),
        ("citing", "New citations of the seed article"),
        ("citing_outside", "Citations of the seed article by works that PubMed does not have"),
        ("new", "Other new articles"),
        ("other_trials", "Trials of other questions"),
        ("unread", "Listed by PubMed, record not read yet"),
        ("revised", "Revised records"),
        ("back", "Back: found again"),
        ("merged", "Under a new number in PubMed"),
        ("gone", "No longer found"),
    ]


def test_a_search_whose_answer_is_in_doubt_says_so() -> None:
    """After the failed attempts, and before what happened on which day."""
    usual = digest_samples.search_report(failures=2, idle="Monitor itself did not run on 1 day, 2018-09-27")
    doubted = replace(
        usual, freshness=replace(usual.freshness, doubt="it lists only 1 of 9", doubt_since=digest_samples.NOW)
    )
    (view,) = shown(quiet([doubted]))["search_reports"]
    assert view.troubles == (
        "2 failed attempts since the last digest",
        "PubMed's last response to this search is in doubt: what is new in it is not told until somebody has looked",
        "Monitor itself did not run on 1 day, 2018-09-27",
    )


def test_what_is_on_record_is_counted_with_what_no_search_lists() -> None:
    """In one sentence; where both numbers are the same, one is enough."""

    def said(count: int, unlisted: int) -> str:
        sentence: str = shown(replace(news(), article_count=count, unlisted_count=unlisted))["on_record"]
        return sentence

    assert said(1, 0) == "1 article on record for this question."
    assert said(1, 1) == "1 article on record for this question, 1 of them no longer listed by any search."
    assert said(914, 30) == "914 articles on record for this question, 30 of them no longer listed by any search."
    (one,) = shown(quiet([digest_samples.search_report(count=1, held=0)]))["search_reports"]
    assert one.facts[0] == "1 match in PubMed, 0 on record"


def test_a_search_is_reported_with_matches_freshness_and_the_next_check() -> None:
    """One or many, beside how many are on record where these differ; two gaps at most, and no word of PubMed's own."""
    known = ["Last success 1 Oct 2018, 03:00 UTC", "next check 2 Oct 2018, 03:00 UTC"]
    for count, result in ((912, ["912 matches", *known]), (1, ["1 match", *known]), (None, known)):
        (view,) = shown(quiet([digest_samples.search_report(count=count)]))["search_reports"]
        assert [plain(fact) for fact in view.facts] == result
        assert (view.troubles, view.remarks) == ((), ())
    (undated,) = shown(quiet([digest_samples.search_report(next_due_at=None)]))["search_reports"]
    assert len(undated.facts) == 2
    gaps = tuple(f"No usable answer from 2018-09-2{day} 04:00 UTC and not since: x" for day in (5, 6, 7))
    (bad,) = shown(quiet([digest_samples.search_report(failures=1, gaps=gaps, warnings=("a", "b", "c"))]))[
        "search_reports"
    ]
    assert [plain(trouble) for trouble in bad.troubles] == [
        "1 failed attempt since the last digest",
        "No usable answer from 25 Sep 2018, 04:00 UTC and not since: x",
        "No usable answer from 26 Sep 2018, 04:00 UTC and not since: x",
    ]
    assert bad.remarks == ("PubMed could not use a part of this search; the operator has been told",)
    warnings = ("PhraseNotFound: azygos[tiab]", "PubMed now reads the query differently; before: x")
    (misread,) = shown(quiet([digest_samples.search_report(count=50, held=49, warnings=warnings)]))["search_reports"]
    assert misread.facts[0] == "50 matches in PubMed, 49 on record"
    assert misread.remarks == ("PubMed read this search differently than before; the operator has been told",)
    (same,) = shown(quiet([digest_samples.search_report(count=50, held=50)]))["search_reports"]
    assert same.facts[0] == "50 matches"


def test_of_many_searches_those_in_trouble_are_shown_first() -> None:
    """Eight of them; they share the room for long queries."""
    long = "q" * 3000

    def report_views(number: int) -> tuple[list[Any], int]:
        search_reports: Sequence[SearchReport] = [
            digest_samples.search_report(str(n), failures=n, query=long, translation=long) for n in range(number)
        ]
        found = shown(quiet(search_reports))
        return found["search_reports"], found["more_search_reports"]

    views, more = report_views(9)
    assert ([view.name for view in views], more) == (list("87654321"), 1)
    assert {len(view.query.encode()) for view in views} == {562}
    assert {len(view.translation.encode()) for view in views} == {562}
    views, more = report_views(2)
    assert ({len(view.query.encode()) for view in views}, more) == ({1500}, 0)
    (named,) = shown(quiet([digest_samples.search_report("n" * 100)]))["search_reports"]
    assert len(named.name.encode()) == 80
    assert {len(view.translation.encode()) for view in views} == {600}


def test_the_foot_names_who_sends_it() -> None:
    """Line by line, as far as it is configured."""
    result = shown(news())
    assert result["postal_lines"] == [
        "Monitor, Example Hospital",
        "1 Example Street",
        "London W1 1AA",
        "United Kingdom",
    ]
    assert (result["operator_email"], result["has_pages"]) == ("operator@example.org", True)
    assert result["topic_url"] == "https://monitor.example.org/topics/ccsvi"
    assert (result["on_record"], result["is_welcome"], result["frequency"]) == (
        "914 articles on record for this question.",
        False,
        "weekly",
    )
    bare = values(first(), TOPIC, replace(SITE, public_url="", postal_address="a\n \nb\nc\nd\ne\nf"))
    assert (bare["postal_lines"], bare["has_pages"], bare["topic_url"]) == (["a", "b", "c", "d", "e"], False, "")
    assert bare["is_welcome"]


def test_no_text_of_a_digest_is_longer_than_its_room() -> None:
    """In bytes of escaped HTML, whoever wrote it; what is too much is counted."""
    long = "x" * 2_000
    notes = [change(ChangeKind.SEARCH_CHANGED, number=number, why=long) for number in range(8)]
    topic = replace(TOPIC, name=long, question=replace(TOPIC.question, text=long))
    report = digest_samples.search_report(
        gaps=(long,), idle="", freshness=Freshness("t", "s", FreshnessState.STALE, long)
    )
    content = replace(news(notes), search_reports=(report,), source_reports=(long,))
    result = values(content, topic, replace(SITE, operator_email=long, postal_address=long))
    texts = ("topic_name", "question", "operator_email")
    assert [len(result[name].encode()) for name in texts] == [120, 300, 120]
    assert ([len(note.encode()) for note in result["notes"]], result["more_notes"]) == ([1_200] * 6, 2)
    assert [len(line.encode()) for line in (*result["postal_lines"], *result["source_reports"])] == [120, 300]
    (search,) = result["search_reports"]
    assert (len(search.facts[1].encode()), [len(text.encode()) for text in search.troubles]) == (200, [140])


def test_what_is_empty_is_counted_as_nothing() -> None:
    """No trial more, no note more, no search down."""
    result = shown(first())
    counts = ("more_trials", "more_notes", "more_silent", "more_search_reports")
    assert [result[name] for name in counts] == [0, 0, 0, 0]
    assert (result["notes"], result["source_reports"], result["is_all_down"]) == ([], [], False)
    bare = replace(quiet([]), answer=replace(THREE, trials=(), association=""))
    assert (shown(bare)["is_all_down"], shown(bare)["has_picture"], shown(bare)["sections"]) == (False, False, [])
    undated = replace(THREE, trials=(replace(THREE.trials[0], first_public_on=None),))
    assert not shown(replace(news(), answer=undated))["has_picture"]
    assert shown(news())["has_picture"]
