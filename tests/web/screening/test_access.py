"""Who may open the screening pages: only the person of a valid link, and no scanner speaks for them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from monitor.links import Links, Purpose
from monitor.store import Database
from tests.support.screening_site import (
    DAY,
    HOSTILE,
    NAME,
    ONE,
    STRICT,
    current_screening,
    screening_path,
    store_articles,
)
from tests.support.site import KEYS, NOW, RunningSite, open_site


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_opening_the_pages_says_nothing_in_anybodys_name(strict: RunningSite, method: str) -> None:
    """However often, and with whatever behind the question mark."""
    query = "?design=review&question=no&because=x&button=screen"
    for path in (screening_path(strict), f"{screening_path(strict)}/11", f"{screening_path(strict)}/11{query}"):
        assert strict.http.request(method, path).status_code == 200
    assert current_screening(strict) is None


def test_without_a_valid_link_there_is_nothing(strict: RunningSite) -> None:
    """Cut off, made up, for another topic or another thing, signed with a stranger's key: one page for all."""
    whole = screening_path(strict)
    stranger = Links(("a-key-of-a-stranger-of-32-characters",), strict.url).screening_url("ccsvi", NAME, NOW, NOW + DAY)
    number = strict.links.token(Purpose.SCREENING, 1)
    paths = [
        whole[:-1],
        "/topics/ccsvi/screening/x",
        screening_path(strict, topic="other").replace("/other/", "/ccsvi/"),
    ]
    pages = set()
    for path in [*paths, urlsplit(stranger).path, f"/topics/ccsvi/screening/{number}"]:
        for response in (strict.http.get(path), strict.http.get(f"{path}/11"), _posted(strict, path)):
            assert response.status_code == 404
            assert response.headers["cache-control"] == "no-store"
            pages.add(response.text)
    assert len(pages) == 1
    assert current_screening(strict) is None


def _posted(site: RunningSite, path: str) -> httpx.Response:
    return site.http.post(f"{path}/11", data={"design": "review", "question": "no", "because": "x"})


def test_a_link_ends_with_its_time(strict: RunningSite) -> None:
    """Also for a form that was open meanwhile."""
    path = screening_path(strict, days=30)
    strict.clock.pass_by(30 * DAY)
    assert strict.http.get(path).status_code == 200
    strict.clock.pass_by(timedelta(seconds=1))
    assert strict.http.get(path).status_code == 404
    assert _posted(strict, path).status_code == 404
    assert current_screening(strict) is None


def test_a_person_ends_all_their_screening_links(strict: RunningSite) -> None:
    """For every topic, at once; a new one works, and nobody else's ends."""
    mine, other = screening_path(strict), screening_path(strict, "Somebody Else")
    strict.clock.pass_by(timedelta(minutes=1))
    assert "End all my links" in strict.http.get(mine).text
    assert "Your screening links have ended" in strict.http.post(mine, data={"button": "end-links"}).text
    assert strict.http.get(mine).status_code == 404
    assert _posted(strict, mine).status_code == 404
    assert current_screening(strict) is None
    assert strict.http.get(other).status_code == 200
    strict.clock.pass_by(timedelta(minutes=1))
    assert strict.http.get(screening_path(strict)).status_code == 200


def test_a_link_survives_a_change_of_keys(strict: RunningSite) -> None:
    """As all links do."""
    old = Links(KEYS[1:], strict.url).screening_url("ccsvi", NAME, NOW, NOW + DAY)
    assert strict.http.get(urlsplit(old).path).status_code == 200


def test_an_article_nobody_found_has_no_page(strict: RunningSite) -> None:
    """Nor has what is no PMID."""
    for pmid in ("99", "x", "%00"):
        assert strict.http.get(f"{screening_path(strict)}/{pmid}").status_code == 404


def test_what_strangers_and_operators_wrote_is_shown_as_text(strict: RunningSite) -> None:
    """Titles, reasons, names."""
    store_articles(strict, HOSTILE)
    name = '<b onclick="x">Eve</b>'
    form = {"design": "review", "question": "no", "because": "<img src=x onerror=y>\x00\u202e", "button": "screen"}
    strict.http.post(f"{screening_path(strict, name)}/15", data=form)
    for path in (screening_path(strict, name), f"{screening_path(strict, name)}/15", "/topics/ccsvi/articles/15"):
        text = strict.http.get(path).text
        assert not any(tag in text for tag in ("<script", "<img", "<b onclick", "\x00", "\u202e"))
    kept = current_screening(strict, "15")
    assert kept
    assert (kept.by, kept.because) == (name, "<img src=x onerror=y>")


def test_readers_do_not_see_the_way_to_judging(strict: RunningSite) -> None:
    """The page of an article leads there only for who came with a link, and is then not cached."""
    token = screening_path(strict).rpartition("/")[2]
    path = "/topics/ccsvi/articles/11"
    plain, opened = strict.http.get(path), strict.http.get(path, params={"screening": token})
    forged = strict.http.get(path, params={"screening": token[:-1]})
    assert "screening/" not in plain.text
    assert forged.text == plain.text
    assert f"Judge this article as {NAME}" in opened.text
    assert f"{screening_path(strict)}/11" in opened.text
    assert opened.headers["cache-control"] == "no-store"


def test_a_site_that_shares_its_host_keeps_its_path_in_every_link(sqlite_db: Database, tmp_path: Path) -> None:
    """From the link over the list to the form."""
    with open_site(sqlite_db, tmp_path, path="/monitor", topic=STRICT) as site:
        store_articles(site, ONE)
        whole = site.links.screening_url("ccsvi", NAME, NOW, NOW + DAY)
        path = urlsplit(whole).path
        assert path.startswith("/monitor/topics/")
        assert f'href="{path}/11"' in httpx.get(whole).text
        assert httpx.get(whole, params={"pmid": "11"}).headers["location"] == f"{path}/11"
        assert f'href="{path}"' in httpx.get(f"{whole}/11").text
