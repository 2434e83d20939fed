"""Two topics in two languages: neither speaks the other's, and what is stored and compared is English."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from monitor import store
from monitor.delivery import deliver
from monitor.digests import render
from monitor.digests.compose import compose_due, preview
from monitor.digests.content import Standing, compose
from monitor.evidence.conclude import conclude
from monitor.evidence.reassess import apply
from monitor.language import template
from monitor.language.messages import (
    DAY,
    INSTANT,
    NUMBER,
    QUOTED,
    ListOf,
    Message,
    Part,
    everything,
    message,
    of_context,
    plural,
)
from monitor.language.speech import gettext, language, speaking
from monitor.language.stored import answer_text, change_text, stored
from monitor.model import Catalogue, ChangeKind, Frequency, Settings
from monitor.render.dates import Dates
from monitor.render.templates import fill_template, lang_attribute
from monitor.store import Database
from tests.support import pseudo_language
from tests.support.digest_samples import LAST, NOW, SEARCH_REPORTS, SITE, THREE, TOPIC, article, change, every_kind
from tests.support.factories import message_id
from tests.support.screening_site import ONE, STRICT, TWO, store_articles
from tests.support.site import RunningSite, open_site

GERMAN = Catalogue("de", {("", "Skip to content"): ("Zum Inhalt",), ("", "Topics"): ("Themen",)})
HEBREW = Catalogue("he", {("", "Topics"): ("נושאים",)})


@pytest.fixture
def site(sqlite_db: Database, tmp_path: Path) -> Iterator[RunningSite]:
    """A site of one topic in the pseudo-language, after its first poll; the service speaks English."""
    topic = replace(STRICT, language=pseudo_language.TAG)
    with open_site(sqlite_db, tmp_path, topic=topic, catalogue=pseudo_language.catalogue()) as opened:
        store_articles(opened, ONE, TWO)
        yield opened


def speaks(settings: Settings, tag: str) -> Settings:
    """The settings with the service and its topics in another language."""
    catalogues = {pseudo_language.TAG: pseudo_language.catalogue()}
    return replace(settings, language=tag, topics=(replace(STRICT, language=tag),), catalogues=catalogues)


def test_two_requests_at_the_same_time_speak_each_their_own_language() -> None:
    """Also when they take turns, and in a worker thread."""

    async def request(catalogue: Catalogue, turns: list[str]) -> None:
        with speaking(catalogue):
            for _ in range(3):
                turns.append(gettext("Topics"))
                await asyncio.sleep(0)
            turns.append(await asyncio.to_thread(gettext, "Topics"))

    async def both() -> tuple[list[str], list[str]]:
        one: list[str] = []
        other: list[str] = []
        await asyncio.gather(request(GERMAN, one), request(HEBREW, other))
        return one, other

    assert asyncio.run(both()) == (["Themen"] * 4, ["נושאים"] * 4)
    with ThreadPoolExecutor() as elsewhere, speaking(GERMAN):
        assert elsewhere.submit(language).result() == "en"


def test_another_language_announces_no_other_answer(site: RunningSite) -> None:
    """Judged and concluded again in it, the answer is the stored one, and no digest is due."""
    settings = speaks(site.settings, pseudo_language.TAG)
    with site.db.read() as tx:
        before = store.answers.history(tx, "ccsvi")
    for topic in settings.topics:
        with speaking(settings.catalogue(topic.key)):
            with site.db.begin() as tx:
                assert conclude(tx, topic, site.clock()) is None
            apply(site.db, topic, site.clock())
    with site.db.read() as tx:
        assert store.answers.history(tx, "ccsvi") == before
        assert store.changes.recent(tx, "ccsvi", 10) == []
    assert compose_due(settings, site.db, site.clock()) == []


def test_the_history_is_shown_in_the_language_of_today(site: RunningSite) -> None:
    """The same stored answer, in English and in the other language."""
    with site.db.read() as tx:
        record = store.answers.current(tx, "ccsvi")
    assert record
    shown = {}
    for tag in ("en", pseudo_language.TAG):
        found = preview(speaks(site.settings, tag), site.db, replace(STRICT, language=tag), site.clock())
        assert found
        shown[tag] = found[1]
    assert record.answer.sentence in shown["en"].html
    assert record.answer.sentence not in shown[pseudo_language.TAG].html
    assert (shown["en"].language, shown[pseudo_language.TAG].language) == ("en", "tlh")


def test_a_mail_says_its_language_and_that_of_titles(site: RunningSite) -> None:
    """In a header (RFC 3282), on the document, and on what PubMed has in English."""
    site.subscribe()
    for digest_id in compose_due(site.settings, site.db, site.clock()):
        with site.db.begin() as tx:
            store.deliveries.enqueue(tx, digest_id, site.clock(), message_id)
    deliver.deliver_due(site.settings, site.links, site.db, site.mailer, site.clock())
    (mail,) = site.mailbox.messages
    html = mail.message.get_body(("html",))
    assert html
    assert mail.message["Content-Language"] == "tlh"
    assert '<html lang="tlh"' in html.get_content()
    with speaking(pseudo_language.catalogue()):
        made = render.render(every_kind(), TOPIC, SITE)
    assert '<h3 lang="en"' in made.html
    assert '<blockquote lang="en"' in made.html
    assert 'lang="en"' not in render.render(every_kind(), TOPIC, SITE).html.replace('<html lang="en"', "")


def test_a_title_that_is_only_in_its_own_language_is_marked_with_it() -> None:
    """Also in an English mail; of a language that nobody knows nothing is said."""
    german = replace(article("41000001", ""), vernacular_title="Die Halsvenen", languages=("ger",))
    unknown = replace(german, pmid="41000002", vernacular_title="Unbekannt", languages=("und",))
    changes = [change(ChangeKind.NEW, one.pmid, 40 + number) for number, one in enumerate((german, unknown))]
    standing = Standing(THREE, SEARCH_REPORTS, 2)
    articles = {one.pmid: one for one in (german, unknown)}
    made = compose(TOPIC, Frequency.WEEKLY, LAST, NOW, standing, changes=changes, articles=articles, verdicts={})
    assert made
    html = render.render(made, TOPIC, SITE).html
    assert re.search(r'<h3 lang="de" [^>]*><a [^>]*>Die Halsvenen', html)
    assert re.search(r"<h3 style=[^>]*><a [^>]*>Unbekannt", html)


def test_a_page_from_right_to_left_says_so() -> None:
    """The document, and titles that go the other way."""
    values = {"headline": "x", "text": "y", "site": {"base": "", "topics": [], "postal_address": "", "operator": ""}}
    with speaking(HEBREW):
        page = fill_template("pages/error.html", **values)
        assert str(lang_attribute()) == ' lang="en" dir="ltr"'
        mail = render.render(every_kind(), TOPIC, SITE).html
    assert '<html lang="he" dir="rtl">' in page
    assert '<html lang="he" dir="rtl"' in mail
    assert '<html lang="en">' in fill_template("pages/error.html", **values)


def test_dates_of_a_mail_follow_its_language_unless_the_reader_chose_another(
    sqlite_db: Database, tmp_path: Path
) -> None:
    """ "en" is what a subscription has that chose nothing; dates are in the form of the language."""
    with open_site(sqlite_db, tmp_path, topic=STRICT, catalogue=pseudo_language.catalogue("de")) as site:
        store_articles(site, ONE, TWO)
        for chosen in ("en", "en-US", "fr"):
            site.subscribe(f"{chosen}@example.org", language=chosen)
        compose_due(site.settings, site.db, site.clock())
        deliver.deliver_due(site.settings, site.links, site.db, site.mailer, site.clock())
        texts = {str(mail.message["To"]): mail.message.get_body(("plain",)) for mail in site.mailbox.messages}
        written = {to.strip("<>").split("@")[0]: text.get_content() for to, text in texts.items() if text}
        page = site.http.get("/topics/ccsvi").text
    assert "1. Okt. 2018" in written["en"]
    assert "Oct 1, 2018" in written["en-US"]
    assert "1 oct. 2018" in written["fr"]
    assert "18. Nov. 2017" in page


def test_a_language_of_a_region_writes_dates_as_the_language_does() -> None:
    """Where its own form is not among those that readers can choose."""
    assert Dates("pt-BR").day(date(2018, 10, 1)) == Dates("pt").day(date(2018, 10, 1)) != Dates().day(date(2018, 10, 1))


def test_a_translation_brings_no_markup_of_its_own_into_a_page() -> None:
    """Signs of HTML in it are text, also where it stands in an attribute."""
    hostile = Catalogue("de", {("", "Topics"): ('"><script>alert(1)</script>',)})
    values = {"headline": "x", "text": "y", "site": {"base": "", "topics": [], "postal_address": "", "operator": ""}}
    with speaking(hostile):
        page = fill_template("pages/error.html", **values)
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert 'aria-label="&#34;&gt;' in page


def test_a_value_with_control_characters_is_cleaned_in_a_sentence_too() -> None:
    """As it is outside of one: no title can forge a link that is filled in at delivery."""
    name = "CCSVI\x1aunsubscribe\x1a\x07"
    page = fill_template("confirm/subject.txt", entries=[{"topic": name}])
    assert "\x1a" not in page
    assert "\x07" not in page


# --- stored sentences --------------------------------------------------------------------------------

_SPECIFIC = message("a test", "%(name)s is retracted and no longer counts.")
_PLURAL = plural("a test", "once", "%(count)s times")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("A person's own words.", "A person's own words."),
        ("", ""),
        ("No treatment study of 100 % oxygen in MS is indexed.", "100 % oxygen"),
        (
            "No treatment study of “no trial has reported. In MS” in x in y is indexed.",
            "“no trial has reported. In MS”",
        ),
    ],
)
def test_a_text_that_is_no_sentence_of_ours_is_shown_as_it_is(text: str, told: str) -> None:
    """And names that look like sentences stay whole."""
    with speaking(pseudo_language.catalogue()):
        assert told in answer_text(text)


def test_a_stored_number_finds_its_plural_form() -> None:
    """Also one that English does not write."""
    slavic = {("a test", "once"): ("%(count)s raz", "%(count)s razy", "%(count)s razów")}
    catalogue = Catalogue("pl", slavic, lambda n: 0 if n == 1 else 1 if 2 <= n <= 4 else 2)
    with speaking(catalogue):
        assert [stored(_PLURAL(n, count=str(n)), "a test") for n in (1, 3, 7)] == ["1 raz", "3 razy", "7 razów"]


def test_a_change_of_the_question_is_told_with_both_answers_in_the_language() -> None:
    """A sentence in which others are quoted."""
    day = "on 1 October 2018, and all 1,204 articles on record were judged again."
    was, now = "No treatment study of angioplasty in MS is indexed.", "One randomised trial shows no benefit."
    why = f"The question was changed {day} The answer was: “{was}” It is now: “{now} {was}”"
    with speaking(pseudo_language.catalogue()):
        told = change_text(why)
    assert set(pseudo_language.left_out(told)) <= {"angioplasty", "MS", "October 1, 2018", "1,204"}
    assert change_text(why) == why


def example(declared: Message, number: int) -> str:
    """A sentence made of a declared message, with phrases of the declared contexts in it."""
    values = {name: _value(declared.parts.get(name), name, number) for name in declared.names}
    return declared(number, **values)


def _value(part: Part | None, name: str, number: int) -> str | list[str]:
    if name == "count" or part == NUMBER:
        return str(number)
    if part == DAY:
        return "1 October 2018"
    if part in (None, QUOTED):
        return "Xyz"
    if part == INSTANT:
        return "2026-11-23 07:00 UTC"
    if isinstance(part, ListOf):
        return [_phrase(part.context, number)] * 2
    return _phrase(part, number)


def _phrase(context: str, number: int) -> str:
    """A message of a context that contains no other of it."""
    return example(next(one for one in of_context(context) if context not in one.parts.values()), number)


def test_every_declared_sentence_is_found_again_by_its_english_text() -> None:
    """For one and for several: only names, numbers and days are as they were."""
    template.template()
    left: dict[str, list[str]] = {}
    for declared in everything():
        if declared.context == "a test":
            continue
        for number in (1, 3):
            text = example(declared, number)
            with speaking(pseudo_language.catalogue()):
                told = stored(text, declared.context)
            words = {word for part in pseudo_language.left_out(told) for word in re.findall(r"[^\W\d_]+", part)}
            if wrong := words - {"Xyz", "and", "October", "UTC"}:
                left[text] = sorted(wrong)
    assert left == {}
