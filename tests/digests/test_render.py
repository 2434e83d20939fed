"""What a reader sees: the answer first, every claim linked, nothing a stranger wrote taken as markup."""

from __future__ import annotations

import base64
import itertools
import re
import struct
import zlib
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError
from jinja2.exceptions import SecurityError

from monitor.digests import render
from monitor.digests.display.view import Site
from monitor.model import Article, ChangeKind, Digest, Direction, FreshnessState, Logo, Statement
from monitor.render import placeholders, urls
from monitor.render.dates import ENGLISH
from monitor.render.drawing import timeline_png
from monitor.render.placeholders import Placeholder, clean
from monitor.render.templates import environment
from monitor.render.text import clip, title_markup
from tests.support import digest_samples
from tests.support.digest_samples import SITE, THREE, TOPIC, TWO, change, first, news, quiet


def rendered(content: Digest, site: Site = SITE) -> render.Rendered:
    """The digest, rendered."""
    return render.render(content, TOPIC, site)


def read(part: str) -> str:
    """A part as a reader sees it, without links of their own, on one line."""
    return " ".join(placeholders.fill(part, {}, ENGLISH.write, is_html=False).split())


class Outline(HTMLParser):
    """Elements and links of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.images: list[dict[str, str | None]] = []
        self.attributes: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Called by the parser."""
        known = dict(attrs)
        self.tags.append(tag)
        self.attributes.append((tag, known))
        if tag == "a":
            self.links.append(known.get("href") or "")
        if tag == "img":
            self.images.append(known)


@pytest.mark.parametrize("content", [news(), quiet(), first()])
def test_a_list_of_mails_shows_the_answer_beside_the_subject(content: Digest) -> None:
    """Mail programs take the first words of either part, hidden or not; nobody needs the date there."""
    made, answer = rendered(content), content.answer.sentence
    body = made.html.partition("<body")[2].partition(">")[2]
    words = re.sub(r"<!--.*?-->|<[^>]+>", " ", body, flags=re.DOTALL)
    assert unescape(read(words)).startswith(answer)
    assert read(made.text).startswith(answer)


@pytest.mark.parametrize(
    ("content", "subject"),
    [
        (news(), "CCSVI in MS: third sham-controlled trial reported"),
        (replace(news(), answer_before=None), "CCSVI in MS: several controlled trials, agreeing"),
        (news(digest_samples.CHANGES[1:4]), "CCSVI in MS: 2 new articles, answer unchanged"),
        (news(digest_samples.CHANGES[4:5]), "CCSVI in MS: 1 correction, answer unchanged"),
        (news([change(ChangeKind.RETRACTED, "30537671")]), "CCSVI in MS: 1 retraction, answer unchanged"),
        (news([change(ChangeKind.REVISED, "30537671")]), "CCSVI in MS: 1 record changed, answer unchanged"),
        (quiet(), "CCSVI in MS: nothing new; PubMed gave no usable answer on 3 days"),
        (quiet(digest_samples.SEARCH_REPORTS), "CCSVI in MS: nothing new, answer unchanged"),
        (first(), "CCSVI in MS: where the evidence stands (several trials, agreeing)"),
    ],
)
def test_the_subject_says_the_answer_first(content: Digest, subject: str) -> None:
    """Read in the list of mails, without opening."""
    assert rendered(content).subject == subject


def test_a_retracted_trial_is_the_subject() -> None:
    """When the answer changed because a trial fell."""
    fallen = replace(TWO, trials=(replace(TWO.trials[0], flags=("retracted",)), TWO.trials[1]))
    content = replace(news(), answer=fallen, answer_before=TWO)
    assert rendered(content).subject == "CCSVI in MS: a trial that counted is retracted"


def test_the_answer_stands_before_everything_else_in_both_parts() -> None:
    """With since when, and what it was until now."""
    made = rendered(news())
    for part in (made.text, made.html):
        text = read(part)
        order = [
            text.index(shown) for shown in (THREE.sentence, "Since 28 Sep 2018", TWO.sentence, "Since 24 Sep 2018")
        ]
        assert order == sorted(order)


def test_text_and_html_tell_the_same() -> None:
    """Every title, reason and link of the HTML is in the text."""
    made = rendered(news())
    flat = " ".join(made.text.split())
    for link in Outline(made.html).links:
        assert link in made.text
    for expected in (
        "Neurophysiology after venous angioplasty",
        "Cites the seed article",
        "Neurology. 2014 Aug 19;83(8):773",
    ):
        assert expected in flat
        assert expected in made.html


def test_each_claim_has_a_link_to_check_it() -> None:
    """PubMed, DOI, registry, PMC; an invented PMID never links to PubMed."""
    links = Outline(rendered(news()).html).links
    assert "https://pubmed.ncbi.nlm.nih.gov/30266886/" in links
    assert "https://doi.org/10.1212/WNL.0000000000006423" in links
    assert "https://clinicaltrials.gov/study/NCT01864941" in links
    assert "https://pmc.ncbi.nlm.nih.gov/articles/PMC4132574/" in links
    assert "https://monitor.example.org/topics/ccsvi/articles/30266886" in links
    assert "https://doi.org/10.1000/example.7" in links
    assert not any("990000007" in link for link in links if "ncbi" in link)


def test_the_page_is_one_a_screen_reader_can_read() -> None:
    """Language, one h1, a picture in words, tables that are only presentation."""
    outline = Outline(read(rendered(news()).html))
    attributes = dict(reversed(outline.attributes))
    assert attributes["html"]["lang"] == "en"
    assert outline.tags.count("h1") == 1
    assert all(known.get("role") == "presentation" for tag, known in outline.attributes if tag == "table")
    (image,) = outline.images
    alt = image["alt"] or ""
    assert "1, PREMiSe: 27 Jun 2014, 19 people, sham control, authors report no difference" in alt
    levels = [int(tag[1]) for tag in outline.tags if tag in ("h1", "h2", "h3")]
    assert all(deeper - level <= 1 for level, deeper in itertools.pairwise(levels))


def test_no_style_sheet_is_needed_and_nothing_is_fetched() -> None:
    """Styles are inline; no script, no tracking picture, no remote font."""
    outline = Outline(rendered(news()).html)
    assert "script" not in outline.tags
    assert "link" not in outline.tags
    assert [image["src"] for image in outline.images] == ["cid:timeline@monitor"]


@pytest.mark.parametrize("content", [news(), quiet(), first()])
def test_every_digest_says_who_sends_it_and_how_to_leave(content: Digest) -> None:
    """Postal address, NLM's terms, the way out; in both parts."""
    made = rendered(content)
    for part in (made.text, made.html):
        assert "1 Example Street" in part
        assert "U.S. National Library of Medicine" in " ".join(part.split())
        assert placeholders.fill(
            part, {Placeholder.UNSUBSCRIBE: "https://leave.example.org"}, ENGLISH.write, is_html=False
        ).count("leave.example.org")


def test_the_search_report_says_how_each_search_went() -> None:
    """The query, PubMed's reading of it, matches, failures and gaps, the next check."""
    made = rendered(quiet())
    flat = read(made.text)
    for expected in (
        "CCSVI[tiab]",
        '"CCSVI"[Title/Abstract]',
        "912 matches",
        "9 failed attempts since the last digest",
        "No usable answer from 25 Sep 2018, 04:00 UTC until 28 Sep 2018, 04:00 UTC",
        "next check 2 Oct 2018, 03:00 UTC",
    ):
        assert expected in flat


def test_a_reader_is_warned_when_no_search_answers() -> None:
    """No news is then not good news."""
    down = tuple(digest_samples.search_report(name, FreshnessState.BROKEN) for name in ("ccsvi", "citing"))
    assert "No search is working" in rendered(quiet(down)).html
    assert "No search is working" not in rendered(quiet()).html


def test_what_is_left_out_is_linked() -> None:
    """Counted, with PubMed showing exactly those and the digest's own page showing all."""
    content = replace(news(), left_out=(("new", 2),), left_out_pmids=(("new", ("1", "2")),))
    made = rendered(content)
    assert "https://pubmed.ncbi.nlm.nih.gov/?term=1,2" in made.html
    assert "2 more" in made.html
    filled = placeholders.fill(
        made.html, {Placeholder.DIGEST: "https://monitor.example.org/digests/7"}, ENGLISH.write, is_html=True
    )
    assert "https://monitor.example.org/digests/7#new" in filled


def test_without_pages_there_are_no_links_to_them() -> None:
    """A small installation has only mail."""
    made = rendered(news(), replace(SITE, public_url=""))
    assert {part for part in Placeholder if f"\x1a{part}\x1a" in made.html} == {Placeholder.UNSUBSCRIBE}
    assert "monitor.example.org" not in made.html


def test_markup_in_a_title_is_kept_and_everything_else_escaped() -> None:
    """Italics and subscripts yes, a script no."""
    made = rendered(news()).html
    assert "<i>phase-contrast</i> MRI: T<sub>2</sub> &amp; more" in made
    for hostile in (
        "<script>alert(1)</script>",
        "<i onclick=x>a</i>",
        "<i>open",
        "a</i>b<i>",
        "<b><i>a</b></i>",
        "a<b",
    ):
        title = title_markup(Article("1", 1, title="plain <title>", title_html=hostile), 500)
        assert title == "plain &lt;title&gt;"


hostile_text = st.text(
    st.one_of(st.characters(), st.sampled_from("\x1a\r\n\x00<>&\"'\u202e")), max_size=60
) | st.sampled_from(
    ["\x1aunsubscribe\x1a", "=?UTF-8?Q?=0A?=Bcc: x@y", "{{ 7 * 7 }}", "{% raw %}", "</title><script>", "a\r\nBcc: x@y"]
)


@given(title=hostile_text, name=hostile_text, reason=hostile_text)
def test_no_text_of_a_stranger_becomes_markup_or_a_place(title: str, name: str, reason: str) -> None:
    """Whatever stands in a title, a trial's name or a reason: the page has the same elements and places."""
    calm, wild = (_digest_with(*texts) for texts in (("x", "x", "x"), (title, name, reason)))
    outline = Outline(wild.html)
    assert outline.tags == Outline(calm.html).tags
    for place in Placeholder:
        mark = f"\x1a{place}\x1a"
        assert wild.html.count(mark) == calm.html.count(mark)
        assert wild.text.count(mark) == calm.text.count(mark)
    assert "\x1a" not in placeholders.fill(wild.html + wild.text, {}, ENGLISH.write, is_html=True)
    assert "\n" not in wild.subject
    assert "\r" not in wild.text


def _digest_with(title: str, name: str, reason: str) -> render.Rendered:
    content = news([change(ChangeKind.NEW, "30537671", 2, why=f"x{reason}")])
    item = replace(content.items[0], article=replace(content.items[0].article, title=title, title_html=title))
    trials = (replace(THREE.trials[0], name=name, statement=Statement(Direction.HARM, f"x{reason}", "abstract")),)
    return rendered(replace(content, items=(item,), answer=replace(THREE, trials=trials)))


def test_templates_cannot_reach_out_and_a_misspelt_name_is_an_error() -> None:
    """A plain Jinja2 environment would run a shell command here."""
    for is_html in (True, False):
        with pytest.raises(SecurityError):
            environment(is_html=is_html).from_string("{{ ''.__class__.__mro__ }}").render()
        with pytest.raises(UndefinedError):
            environment(is_html=is_html).from_string("{{ misspelt }}").render()


def test_the_picture_is_a_png_of_the_trials() -> None:
    """Checked by its own checksums and by how many pixels it unpacks to; picture the same every time."""
    picture = timeline_png.draw(THREE.trials, digest_samples.NOW.date())
    assert picture == timeline_png.draw(THREE.trials, digest_samples.NOW.date())
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    position, chunks = 8, {}
    while position < len(picture):
        size, kind = struct.unpack(">I4s", picture[position : position + 8])
        content = picture[position + 8 : position + 8 + size]
        (check,) = struct.unpack(">I", picture[position + 8 + size : position + 12 + size])
        assert check == zlib.crc32(kind + content)
        chunks[kind] = content
        position += 12 + size
    width, height = struct.unpack(">II", chunks[b"IHDR"][:8])
    assert len(zlib.decompress(chunks[b"IDAT"])) == height * (1 + 3 * width)
    assert len(picture) < 15_000


def test_a_page_holds_its_pictures_and_fills_its_places() -> None:
    """A browser has no attachments; without a link of its own a place leads nowhere."""
    logo = Logo(content=b"<svg/>", media_type="image/jpeg", width=10, height=10)
    site = replace(SITE, branding=replace(SITE.branding, logo=logo))
    mail = rendered(news(), site)
    picture = timeline_png.draw(THREE.trials, digest_samples.NOW.date())
    drawn = f"data:image/png;base64,{base64.b64encode(picture).decode()}"
    page = render.page(news(), mail, logo=logo)
    assert drawn in page
    assert "data:image/jpeg;base64,PHN2Zy8+" in page
    assert "cid:" not in page
    bare = render.page(news(), mail)
    assert drawn in bare
    assert ("data:image/jpeg" in bare, bare.count("cid:")) == (False, page.count("data:image/jpeg"))
    place = next(iter(Placeholder))
    linked = render.page(news(), replace(mail, html=placeholders.placeholder(place)), {place: "https://example.org/x"})
    assert linked == "https://example.org/x"


def test_trials_without_a_date_are_listed_but_not_drawn() -> None:
    """No date, no place on a line of years."""
    undated = tuple(replace(trial, first_public_on=None) for trial in THREE.trials)
    assert timeline_png.draw(undated, digest_samples.NOW.date()) == b""
    made = rendered(replace(news(), answer=replace(THREE, trials=undated)))
    assert "<img" not in made.html
    assert "Brave Dreams" in made.html


@pytest.mark.parametrize(
    ("number", "url"),
    [
        ("NCT01450072", "https://clinicaltrials.gov/study/NCT01450072"),
        ("ACTRN12612000302853", "https://anzctr.org.au/ACTRN12612000302853.aspx"),
        ("2009-012345-11", "https://www.clinicaltrialsregister.eu/ctr-search/search?query=2009-012345-11"),
        ("2022-501234-12-00", "https://euclinicaltrials.eu/ctis-public/view/2022-501234-12-00"),
        ("ChiCTR-TRC-10000001", "https://trialsearch.who.int/Trial2.aspx?TrialID=ChiCTR-TRC-10000001"),
        ("x&y=1", "https://trialsearch.who.int/Trial2.aspx?TrialID=x%26y%3D1"),
    ],
)
def test_a_registry_number_leads_to_its_registration(number: str, url: str) -> None:
    """Each registry has its own address; WHO's portal knows the rest."""
    assert urls.registry(number) == url


@given(st.text(max_size=400), st.integers(4, 300))
def test_a_clipped_text_fits(text: str, size: int) -> None:
    """In bytes of escaped HTML, and never with a control character."""
    cut = clip(text, size)
    assert len(cut.replace("&", "&amp;").replace("<", "&lt;").encode("utf-8", "replace")) <= size
    assert clean(cut) == cut
    assert "\n" not in cut
