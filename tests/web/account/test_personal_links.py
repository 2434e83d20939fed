"""Links to preferences end: after a year, and at once when their owner says so. What stops mail never ends."""

from __future__ import annotations

from datetime import timedelta

import pytest

from monitor.delivery import deliver
from monitor.digests import compose
from monitor.links import PERSONAL_WITHIN, Purpose
from monitor.subscribers import preferences
from tests.support.site import READER, RunningSite

CHOICES = {"frequency": "monthly", "timezone": "UTC", "button": "save"}


def mailed_links(site: RunningSite) -> dict[Purpose, str]:
    """The reader's links from a digest that has come by mail."""
    compose.compose_due(site.settings, site.db, site.clock())
    deliver.deliver_due(site.settings, site.links, site.db, site.mailer, site.clock())
    return {purpose: site.link_in_last(purpose) for purpose in (Purpose.PREFERENCES, Purpose.UNSUBSCRIBE)}


@pytest.fixture
def links(filled_site: RunningSite) -> dict[Purpose, str]:
    """The links in the first digest of a reader."""
    filled_site.subscribe()
    return mailed_links(filled_site)


def test_after_a_year_a_link_to_preferences_works_no_more(filled_site: RunningSite, links: dict[Purpose, str]) -> None:
    """Neither to look nor to change; the link to unsubscribe does."""
    filled_site.clock.pass_by(PERSONAL_WITHIN)
    assert filled_site.http.get(links[Purpose.PREFERENCES]).status_code == 200
    filled_site.clock.pass_by(timedelta(seconds=1))
    assert filled_site.http.get(links[Purpose.PREFERENCES]).status_code == 404
    assert filled_site.http.post(links[Purpose.PREFERENCES], data=CHOICES).status_code == 404
    filled_site.clock.pass_by(10 * PERSONAL_WITHIN)
    one_click = filled_site.http.post(links[Purpose.UNSUBSCRIBE], data={"List-Unsubscribe": "One-Click"})
    assert one_click.text == "Subscriptions ended: 1\n"


def test_who_ends_all_links_ends_those_of_others_who_have_them(
    filled_site: RunningSite, links: dict[Purpose, str]
) -> None:
    """At once, this link too; a new one works, nobody else's ends, and mail can still be stopped."""
    other = filled_site.token(Purpose.PREFERENCES, filled_site.subscribe("other@example.org"))
    filled_site.clock.pass_by(timedelta(minutes=1))
    page = filled_site.http.get(links[Purpose.PREFERENCES]).text
    assert "End all my links" in page
    ended = filled_site.http.post(links[Purpose.PREFERENCES], data={"button": "end-links"})
    assert "Your links have ended" in ended.text
    assert filled_site.http.get(links[Purpose.PREFERENCES]).status_code == 404
    assert filled_site.http.post(links[Purpose.PREFERENCES], data=CHOICES).status_code == 404
    assert filled_site.http.get(other).status_code == 200
    filled_site.clock.pass_by(timedelta(minutes=1))
    filled_site.http.post("/link", data={"address": READER})
    assert filled_site.http.get(filled_site.link_in_last(Purpose.PREFERENCES)).status_code == 200
    one_click = filled_site.http.post(links[Purpose.UNSUBSCRIBE], data={"List-Unsubscribe": "One-Click"})
    assert one_click.text == "Subscriptions ended: 1\n"


def test_a_link_to_confirm_that_somebody_else_has_ends_too(site: RunningSite) -> None:
    """Its page leads to the preferences."""
    site.sign_up()
    path = site.link_in_last(Purpose.CONFIRM)
    assert "/preferences/" in site.http.post(path).text
    site.clock.pass_by(timedelta(minutes=1))
    assert preferences.end_links(site.db, READER, site.clock())
    assert site.http.get(path).status_code == 404
    assert site.http.post(path).status_code == 404


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_mail_scanner_ends_no_links(filled_site: RunningSite, links: dict[Purpose, str], method: str) -> None:
    """Only the button does."""
    filled_site.http.request(method, f"{links[Purpose.PREFERENCES]}?button=end-links")
    assert filled_site.http.get(links[Purpose.PREFERENCES]).status_code == 200
