"""What a reader is told of their frequency, and that it is what they get."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.digests import render
from monitor.model import DigestPlan, Frequency
from monitor.render import frequencies
from tests.support.digest_samples import SITE, TOPIC, news


@pytest.mark.parametrize(
    ("quiet_every", "sentence"),
    [
        (timedelta(days=28), "After 28 days without a mail, the next one comes in any case."),
        (timedelta(hours=36), "After 36 hours without a mail, the next one comes in any case."),
        (timedelta(minutes=90), "After 90 minutes without a mail, the next one comes in any case."),
        (timedelta(seconds=61), "After 61 seconds without a mail, the next one comes in any case."),
        (timedelta(0), ""),
        (None, ""),
    ],
)
def test_the_mail_without_news_is_announced(quiet_every: timedelta | None, sentence: str) -> None:
    """After how long, as the topic's plan has it; never where there is none."""
    assert frequencies.quiet_sentence(DigestPlan(quiet_every=quiet_every)) == sentence


def test_with_every_digest_that_is_due_there_is_no_waiting_for_news() -> None:
    """Except at once, which has no other time than the news."""
    always = DigestPlan(quiet_every=timedelta(0))
    assert frequencies.describe(Frequency.WEEKLY, always) == "every week, also with nothing new"
    assert frequencies.describe(Frequency.AT_ONCE, always) == frequencies.describe(Frequency.AT_ONCE, DigestPlan())


@pytest.mark.parametrize("frequency", Frequency)
def test_a_digest_says_why_it_comes(frequency: Frequency) -> None:
    """In the text and in the HTML."""
    topic = replace(TOPIC, digest=DigestPlan(quiet_every=timedelta(days=28)))
    made = render.render(replace(news(), frequency=frequency), topic, SITE)
    for body in (made.text, made.html):
        said = " ".join(body.split())
        assert (
            f"about CCSVI in MS {frequencies.NAMES[frequency]}: {frequencies.describe(frequency, topic.digest)}" in said
        )
        assert "After 28 days without a mail, the next one comes in any case." in said
