"""The page of a backtest in a language that has every message: what stays English is marked."""

from __future__ import annotations

from dataclasses import replace

import msgspec
from markupsafe import escape

from monitor.model import Frequency
from monitor.strategy import page
from monitor.strategy.backtest import Backtest
from tests.language.test_pseudo_language import english
from tests.support import pseudo_language
from tests.support.pseudo_language import texts_of
from tests.support.strategies import asking, replayed, topic


def _data(done: Backtest) -> str:
    """The topic and its trials, what was published, and the subjects of the digests, composed in English here."""
    answers = [step.record.answer for step in done.steps]
    trials = [(trial.name, trial.key, trial.sample_size) for answer in answers for trial in answer.trials]
    journals = [cause.article.journal for step in done.steps for cause in step.causes]
    named = [(one.trial.named, one.trial.name, one.pmid) for one in done.known]
    subjects = [issue.subject for issue in done.issues]
    return msgspec.json.encode((done.plan.topic, trials, journals, named, subjects)).decode()


def test_the_page_has_no_english_of_its_own() -> None:
    """Trials of every fate, answers that changed; without trials and digests, and kept from an earlier run."""
    poor = asking(topic("ccsvi"), "sclerosis[ti] AND angioplast*[tiab]", topic("ccsvi").searches[2].query)
    known = ("24975855", "29150995", "30266886", "29360844", "990000002", "10.1000/nowhere")
    done = replayed(poor, "ccsvi", "2017-06-01", "2018-12-31", Frequency.WEEKLY, known)
    empty = replace(done, known=(), issues=(), steps=(), reused=1_234)
    for one in (done, empty):
        html = page.write(one, pseudo_language.catalogue())
        assert '<html lang="tlh">' in html
        assert english(texts_of(html), _data(done)) == []
    html = page.write(done, pseudo_language.catalogue())
    for reason in [one.why for one in done.known] + list(done.remarks):
        assert f' lang="en">{escape(reason)}<' in html, reason
