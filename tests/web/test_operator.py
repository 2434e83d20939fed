"""The operator's status page: off by default, behind its token, true, and without anybody's personal data."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import store
from monitor.model import Outcome, Poll
from monitor.service.alerting import failures
from monitor.service.alerting.failures import Failure
from monitor.service.running import heartbeat
from monitor.store import Database
from monitor.web.operator import is_opened_by
from tests.support.site import OPERATOR_TOKEN, RunningSite, open_site
from tests.support.troubles import troubled

BEARER = {"Authorization": f"Bearer {OPERATOR_TOKEN}"}


def shown(site: RunningSite) -> str:
    """The page, as the operator's browser asks for it."""
    response = site.http.get("/operator", auth=("any name", OPERATOR_TOKEN))
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    return response.text


def test_without_a_token_in_the_configuration_there_is_no_such_page(sqlite_db: Database, tmp_path: Path) -> None:
    """Whatever is sent along; an empty token opens nothing."""
    with open_site(sqlite_db, tmp_path, operator_token="") as site:
        for headers in ({}, BEARER, {"Authorization": "Bearer"}, {"Authorization": "Basic Og=="}):
            assert site.http.get("/operator", headers=headers).status_code == 404


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer wrong",
        f"Basic {OPERATOR_TOKEN}",
        "Basic !!!",
        "Basic Og==",
        f"Digest {OPERATOR_TOKEN}",
        "\xff",
    ],
)
def test_without_the_token_it_stays_shut(filled_site: RunningSite, authorization: str) -> None:
    """401, and the browser asks for a password; a token in the address, which logs keep, opens nothing."""
    headers = {"Authorization": authorization.encode("latin-1")} if authorization else {}
    for path in ("/operator", f"/operator?token={OPERATOR_TOKEN}"):
        response = filled_site.http.get(path, headers=headers)
        assert response.status_code == 401
        assert response.headers["www-authenticate"].startswith("Basic ")
        assert "The searches" not in response.text
        assert "Heartbeat" not in response.text


@given(st.text())
def test_no_other_header_opens_it(authorization: str) -> None:
    """Nor is one an error, whatever its bytes mean."""
    assert not is_opened_by(authorization, OPERATOR_TOKEN)
    assert not is_opened_by(f"Basic {authorization}", OPERATOR_TOKEN)
    assert not is_opened_by(f"Bearer {authorization}", "")


def test_the_token_opens_it_as_a_password_and_for_programs(filled_site: RunningSite) -> None:
    """RFC 7617 and RFC 6750; it is read only."""
    assert "How Monitor is doing" in shown(filled_site)
    assert filled_site.http.get("/operator", headers=BEARER).status_code == 200
    assert filled_site.http.post("/operator", headers=BEARER).status_code == 405


def test_while_all_is_well_it_says_so(filled_site: RunningSite) -> None:
    """Each search, the answer, the heartbeat."""
    heartbeat.beat(filled_site.db, filled_site.clock())
    page = shown(filled_site)
    assert "All is well" in page
    assert "Three sham-controlled trials (238 people)" in page
    assert page.count('<span class="tag">current</span>') == len(filled_site.settings.topics[0].searches)


def test_what_needs_the_operator_stands_first_and_nobodys_address_anywhere(filled_site: RunningSite) -> None:
    """A server's words and a bug's may name a reader; what is shown of them does not."""
    troubled(filled_site)
    page = shown(filled_site)
    for expected in (
        "6 things need you",
        "The service has given no sign of life",
        "not current.",
        "1 article cannot be read yet.",
        "1 unit of work failed the last time.",
        "The mail server cannot be used.",
        "Sending is paused.",
        "HTTP 502 &lt;b&gt;from&lt;/b&gt; (address)",
        "(550 no such user",
        "PMID 31415926",
        "KeyError; the log has more",
    ):
        assert expected in page, expected
    main = page.partition("<main")[2].partition("</main>")[0]
    for kept_out in ("@", "Jane Roe", "elsewhere.example", "reader"):
        assert kept_out not in main, kept_out


def test_an_answer_in_doubt_is_told_with_the_command_that_accepts_it(filled_site: RunningSite) -> None:
    """As by `monitor status`."""
    now = filled_site.clock()
    with filled_site.db.begin() as tx:
        token = store.searches.claim(tx, "ccsvi", "ccsvi", now, early=True)
        assert token
        poll = Poll("ccsvi", "ccsvi", now, now, Outcome.INCOMPLETE, error="1 of 4 articles", doubt="1 of 4 articles")
        store.searches.finish(tx, poll, token, now + timedelta(hours=1), now)
    assert "<code>monitor poll --accept ccsvi/ccsvi</code>" in shown(filled_site)


def test_it_says_what_the_command_says(filled_site: RunningSite) -> None:
    """The same failures, kept by whichever process met them."""
    troubled(filled_site)
    with filled_site.db.read() as tx:
        (failure,) = failures.all_failures(tx)
    assert isinstance(failure, Failure)
    assert str(failure.unit) in shown(filled_site)
    assert "Jane Roe" in json.dumps(asdict(failure), default=str)
