"""The page of a backtest in a real Chromium: nothing axe-core objects to, nothing wider than the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from monitor.language.speech import ENGLISH
from monitor.model import Frequency
from monitor.strategy import page
from tests.support import pseudo_language
from tests.support.looks import mistakes_by_look, opened
from tests.support.strategies import asking, replayed, topic

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.chromium


@pytest.mark.parametrize("language", ["en", "tlh"])
def test_the_page_is_accessible_and_fits(chromium: Browser, language: str) -> None:
    """360 and 640 pixels, light and dark; long queries and reasons, trials of every fate, nothing loaded.

    In English, and in a language that is 40 % longer.
    """
    poor = asking(topic("ccsvi"), "sclerosis[ti] AND angioplast*[tiab]", topic("ccsvi").searches[2].query)
    known = (
        "24975855",
        "29150995",
        "30266886",
        "29360844",
        "990000002",
        "10.1000/a-very-long-doi.that-has_no.place/to-break",
    )
    catalogue = ENGLISH if language == "en" else pseudo_language.catalogue(language)
    html = page.write(replayed(poor, "ccsvi", "2017-06-01", "2018-12-31", Frequency.WEEKLY, known), catalogue)
    shown = opened(chromium)
    shown.on("request", lambda request: pytest.fail(f"the page loads {request.url}"))
    shown.set_content(html)
    assert mistakes_by_look(shown) == {}
    shown.close()
