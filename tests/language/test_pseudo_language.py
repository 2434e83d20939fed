"""Every page and mail in a language that has every message: nothing fixed is left in English but data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import msgspec
import pytest

from monitor import __version__, store
from monitor.delivery.channels.text import chat_text
from monitor.delivery.channels.writer import ChannelWriter
from monitor.digests import render
from monitor.digests.compose import compose_due
from monitor.evidence.question.in_words import sentence_table
from monitor.language.speech import speaking
from monitor.language.stored import stored
from monitor.links import Purpose
from monitor.model import ChannelSettings, Digest, Frequency
from monitor.store import Database
from monitor.subscribers import channels
from tests.support import digest_samples, pseudo_language
from tests.support.digest_samples import SITE, TOPIC, every_kind, first, news, quiet
from tests.support.outside_samples import OTHER, PREPRINT, TRIAL, WORK, fill_outside
from tests.support.pseudo_language import left_out, texts_of
from tests.support.screening_site import ONE, PLAN, REVIEW, STRICT, TWO, screening_path, store_articles, submit_verdict
from tests.support.site import OPERATOR_TOKEN, RunningSite, open_site
from tests.support.troubles import everything_wrong, with_lost_mailbox

#: Names, and words that are the same in every language.
_NAMES = {
    *("utc", "pubmed", "doi", "pmid", "cest", "cet", "atom", "json", "openapi", "et", "al", "isrctn", "medline", "nct"),
    *("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec", "monitor", "and"),
}
#: What stands between data: signs, and a placeholder of a date or link.
_BETWEEN = re.compile(r"""[\s"']*(?:[,;:·()“”"!*=]|\x1a[^\x1a]*\x1a|\.(?= |$))[\s"']*""")
#: The name of a rule.
_RULE = re.compile(r"[a-z]+(?:\.[a-z_]+)+")
_WORD = re.compile(r"[^\W\d_]{2,}")


@pytest.fixture
def site(sqlite_db: Database, tmp_path: Path) -> Iterator[RunningSite]:
    """A site in the pseudo-language, after its first poll."""
    with open_site(sqlite_db, tmp_path, topic=STRICT, catalogue=pseudo_language.catalogue()) as opened:
        store_articles(opened, ONE, TWO, PLAN, REVIEW)
        yield opened


def english(texts: list[str], data: str) -> list[str]:
    """Fixed English text: what stands outside brackets and is no data."""
    known = " ".join(data.replace("\\", "").split()).casefold()
    parts = (part.strip(" -[]") for text in texts for whole in left_out(text) for part in _BETWEEN.split(whole))
    return [part for part in parts if part.casefold() not in known and not _is_name(part)]


def _is_name(part: str) -> bool:
    return bool(_RULE.fullmatch(part)) or all(word.casefold() in _NAMES for word in _WORD.findall(part))


def data_of_topic(site: RunningSite) -> str:
    """The topic and what the operator is called."""
    known = (site.settings.topics, site.settings.postal_address, site.settings.operator_email)
    return msgspec.json.encode(known).decode()


def data_of(site: RunningSite) -> str:
    """All that readers see and nobody wrote as a sentence of ours: topic, records, what rules and people quoted."""
    with site.db.read() as tx:
        judged = store.verdicts.judged(tx, "ccsvi")
        answer = store.answers.current(tx, "ccsvi")
    assert answer
    facts = [(trial.name, trial.blinding, trial.statement, trial.primary) for trial in answer.answer.trials]
    articles = [(asdict(one.article), one.verdict.basis, one.verdict.rules_version) for one in judged]
    said = (STRICT, articles, facts, site.settings.postal_address, site.settings.operator_email)
    return f"{msgspec.json.encode(said).decode()} A. Reader allocation by lot reader@example.org"


def test_no_page_of_readers_has_english_of_its_own(site: RunningSite) -> None:
    """Public pages, forms with and without mistakes, and what comes after a button."""
    data = f"{data_of(site)} new@example.org n…@example.org r…@example.org"
    number = site.subscribe()
    site.sign_up("new@example.org")
    with site.db.begin() as tx:
        fill_outside(tx, site.clock())
    data += msgspec.json.encode((TRIAL, OTHER, PREPRINT, WORK)).decode()
    data += " March 31"  # of the line about its end: Babel knows no months of this language
    paths = [
        "/topics",
        "/privacy",
        "/accessibility",
        "/topics/ccsvi",
        "/topics/ccsvi/digests",
        "/topics/ccsvi/other-sources",
        "/topics/ccsvi/articles/11",
        "/link",
        site.token(Purpose.UNSUBSCRIBE, number),
        site.link_in_last(Purpose.CONFIRM, "new@example.org"),
        site.link_in_last(Purpose.DO_NOT_MAIL, "new@example.org"),
        "/nothing",
        "/confirm/nonsense",
        "/do-not-mail/nonsense",
    ]
    for path in paths:
        page = site.http.get(path).text
        assert '<html lang="tlh">' in page
        assert english(texts_of(page), data) == [], path
    confirm = site.link_in_last(Purpose.CONFIRM, "new@example.org")
    for page in (
        site.http.post(confirm, data={"button": "confirm"}).text,
        site.http.post("/link", data={"address": "nonsense"}).text,
        site.http.post("/link", data={"address": "other@example.org"}).text,
        site.http.post(site.token(Purpose.UNSUBSCRIBE, number), data={"button": "leave"}).text,
    ):
        assert english(texts_of(page), data) == []


def test_no_form_has_english_of_its_own(site: RunningSite) -> None:
    """Time zones, and languages with their own names, are data."""
    number = site.subscribe()
    for path in ("/topics/ccsvi/subscribe", site.token(Purpose.PREFERENCES, number)):
        for page in (site.http.get(path).text, site.http.post(path, data={"button": "x"}).text):
            without_lists = re.sub("<option.*?</option>", "", page)
            assert english(texts_of(without_lists), f"{data_of(site)} r…@example.org") == [], path


def test_no_page_of_screening_has_english_of_its_own(site: RunningSite) -> None:
    """Before and after a judgement, with mistakes, and once the links have ended."""
    data = f"{data_of(site)} ClinicalTrials.gov"
    path = screening_path(site)
    pages = [site.http.get(f"{path}/{pmid}").text for pmid in ("11", "13", "14")]
    pages += [site.http.post(f"{path}/11", data={"button": "screen"}).text, site.http.get(f"{path}?pmid=99").text]
    pages += [submit_verdict(site).text, site.http.get(path).text, site.http.get(f"{path}/11").text]
    join = {"other": "12", "pair_because": "allocation by lot", "button": "join"}
    pages += [site.http.post(f"{path}/11", data=join).text, site.http.get("/topics/ccsvi").text]
    pages += [site.http.post(path, data={"button": "end-links"}).text]
    for page in pages:
        assert english(texts_of(page), data) == []


def test_the_operators_page_has_no_english_of_its_own(sqlite_db: Database, tmp_path: Path) -> None:
    """While all is well and while nothing is; the causes, as the log has them, are marked as English."""
    catalogue = pseudo_language.catalogue()
    with open_site(sqlite_db, tmp_path, catalogue=catalogue, change=with_lost_mailbox) as site:
        data = f"{data_of_topic(site)} {digest_samples.THREE.sentence} {__version__} KeyError"
        pages = [site.http.get("/operator").text]
        pages.append(site.http.get("/operator", auth=("any name", OPERATOR_TOKEN)).text)
        everything_wrong(site)
        pages.append(site.http.get("/operator", auth=("any name", OPERATOR_TOKEN)).text)
    for page in pages:
        assert english(texts_of(page), data) == []
    for cause in (
        "line 5: empty.",
        "no route",
        "not XML",
        "HTTP 502",
        "The mail server refused",
        "PubMed lists only 1",
    ):
        assert f'<span lang="en">{cause}' in pages[-1], cause


@pytest.mark.parametrize("content", [news(), quiet(), first(), every_kind()], ids=["news", "quiet", "first", "all"])
def test_no_digest_has_english_of_its_own(content: Digest) -> None:
    """HTML, text and subject; the samples' invented sentences are data."""
    with speaking(pseudo_language.catalogue()):
        made = render.render(content, TOPIC, SITE)
    invented = (digest_samples.CHANGES, digest_samples.EVERY_KIND, digest_samples.TWO, digest_samples.THREE)
    known = (content.items, content.answer.trials, content.answer.silent_trials, content.search_reports, TOPIC, SITE)
    data = msgspec.json.encode([invented, known]).decode()
    data += " Traboulsee AL Machan L Girard JM Siddiqui AH Zivadinov R A. Reader read in full"
    assert made.language == "tlh"
    assert english(texts_of(made.html), data) == []
    plain = re.sub(r"https?://\S+|www\.\S+", "", made.text)
    assert english([plain, made.subject], f"{data} {made.html}") == []


def test_the_mails_of_the_forms_have_no_english_of_their_own(site: RunningSite) -> None:
    """A request to confirm and a link to preferences, with their subjects and the language in the header."""
    site.subscribe()
    site.sign_up("new@example.org")
    site.http.post("/link", data={"address": "reader@example.org", "button": "link"})
    site.send_mails()
    assert len(site.mailbox.messages) == 2
    for mail in site.mailbox.messages:
        assert mail.message["Content-Language"] == "tlh"
        html, plain = (mail.message.get_body((kind,)) for kind in ("html", "plain"))
        assert html
        assert plain
        texts = [*texts_of(html.get_content()), mail.message["Subject"], re.sub(r"http\S+|\r", "", plain.get_content())]
        assert english(texts, data_of(site)) == []


def test_a_composed_digest_speaks_the_language_of_its_topic(site: RunningSite) -> None:
    """Also its answer, which is stored in English; the mail says which language it is in."""
    site.subscribe(frequency=Frequency.WEEKLY)
    (number,) = compose_due(site.settings, site.db, site.clock())
    with site.db.read() as tx:
        digest, rendered = store.digests.get(tx, number)
    assert "randomised" in digest.answer.sentence
    assert digest.answer.sentence not in rendered.html
    assert english(texts_of(rendered.html), data_of(site)) == []
    page = site.http.get(f"/digests/{site.links.digest_url(number, is_listed=False).rsplit('/', 1)[1]}").text
    assert english(texts_of(page), data_of(site)) == []


def test_a_message_to_a_room_speaks_the_language_of_its_topic(site: RunningSite) -> None:
    """Whole, and where the service takes only a few lines; what programs get is English."""
    hook = ChannelSettings("team", ("ccsvi",), "https://hooks.example.org/1", frequency=Frequency.WEEKLY)
    settings = replace(site.settings, channels=(hook,))
    with site.db.begin() as tx:
        channels.configure(tx, settings, site.clock())
    compose_due(settings, site.db, site.clock())
    with site.db.begin() as tx:
        (delivery,) = store.deliveries.claim(tx, site.clock(), 10, channel="team")
    message = ChannelWriter(settings, site.links, site.db).message(delivery, site.clock())
    assert b"randomised" in message.document
    for limit in (3_000, 260):
        said = re.sub(r"https?://\S+", "", chat_text(message, limit, is_markdown=False))
        assert english([message.subject, said], data_of(site)) == []


@pytest.mark.parametrize("pattern", list(sentence_table.patterns()), ids=lambda pattern: pattern[0])
def test_every_state_of_the_headline_comes_out(pattern: tuple[str, str]) -> None:
    """Each pattern, alone and after another sentence; only names, quotations and numbers are as they were."""
    _, sentence = pattern
    data = "the condition the treatment Doe 2014 Roe 2015 The treatment may help Doe 2014, Roe 2015"
    for text in (sentence, f"One randomised trial shows no benefit. {sentence}"):
        with speaking(pseudo_language.catalogue()):
            told = stored(text, "answer")
        assert told != text
        assert english([told], data) == []
