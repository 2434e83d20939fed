"""The operator's mails in a language that has every message: what stays English is a technical cause, and marked."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from monitor import config
from monitor.bounces import attention
from monitor.bounces.process import Processed
from monitor.delivery import server_state
from monitor.delivery.server_state import ServerState
from monitor.demo.mailbox import Mailbox
from monitor.language.speech import speaking
from monitor.language.stored import stored
from monitor.mail.smtp import SmtpMailer
from monitor.model import Alert, AlertId, Encryption, Settings
from monitor.service import integrity
from monitor.service.alerting import alert_mail
from monitor.service.alerting.alerts import alert_operator
from monitor.service.alerting.failure_notices import notice_bugs, notice_failures
from monitor.service.alerting.failures import Bug, Failure, Unit
from monitor.service.alerting.notices import AlertState, notice, notice_configuration
from monitor.service.reload.reports import ServiceReport
from monitor.service.request_load import RequestLoad
from monitor.store import Database
from tests.config.files import SMALL, written
from tests.language.test_pseudo_language import english
from tests.service.test_alerts import FAILING, NOW, failing
from tests.service.test_runbook import troubles
from tests.support import pseudo_language

DAY = timedelta(days=1)
CAUSE = re.compile(rf"(?:{re.escape(pseudo_language.said('In English: '))})[^\n]*")
#: Names of the configuration and of what is told of, ids and what to type.
DATA = " ".join(
    (
        "ccsvi/ccsvi CCSVI[tiab] ccsvi[Title/Abstract] other team Crossref box It was.",
        *(f"{alert} docs/runbook.md#{alert} monitor poll --accept ccsvi/ccsvi" for alert in AlertId),
    )
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A service that speaks the pseudo-language."""
    catalogue = pseudo_language.catalogue()
    plain = config.load(written(tmp_path, SMALL), {})
    return replace(plain, language=catalogue.language, catalogues={catalogue.language: catalogue})


def _others() -> list[Alert]:
    """What can be told besides the troubles of the runbook's test."""
    first = replace(FAILING, failures_in_row=1, first_failure_at=NOW, last_success_at=NOW - DAY)
    bugs = [
        Bug(number, "digests, daily", "KeyError: x", report, NOW, NOW) for number, report in (("b1", ""), ("b2", "x"))
    ]
    failed = [Failure(Unit.CHANNELS, NOW - DAY, "no route", part="team"), Failure(Unit.PING, NOW - DAY, "timed out")]
    refused = ServiceReport("run", "monitor.yaml", NOW, NOW, {}, refused="line 5: empty.")
    _, over = server_state.notice(ServerState("s", ended=_ended()), "", NOW)
    return [
        *notice(first, AlertState(), NOW, DAY)[1],
        *notice_bugs(bugs, ())[1],
        *notice_failures(failed, {}, NOW)[1],
        notice_configuration([refused]),
        notice_configuration([]),
        Alert("the database is damaged", integrity.advice("row 7 missing"), AlertId.DATABASE_DAMAGED),
        *over,
    ]


def _ended() -> str:
    """What is kept of a mail server's refusal that is over."""
    refusing = ServerState("s", error="It refused us. 550 no.", since=NOW - DAY, is_refusal=True)
    return refusing.after(None, 1, NOW).ended


def _told(settings: Settings, alerts: list[Alert]) -> tuple[str, str]:
    """The subject and the text of the mail."""
    mail = message_from_bytes(alert_mail.written(settings, alerts, NOW), policy=policy.default)
    assert mail["Content-Language"] == "tlh"
    return mail["Subject"], mail.get_content().replace("\r\n", "\n")


def _left(settings: Settings, text: str) -> list[str]:
    """English that is neither marked nor a name, an address or a command to type."""
    without = re.sub(r"https?://\S+", "", CAUSE.sub("", text).replace(str(settings.path.resolve()), ""))
    without = re.sub(r"^  monitor .*", "", without.replace(str(settings.path), ""), flags=re.MULTILINE)
    return english([without], DATA)


def test_no_alert_has_english_of_its_own(settings: Settings) -> None:
    """Each alone, with its headline as the subject; and several in one mail."""
    with speaking(settings.catalogue()):
        alerts = [alert for told in troubles().values() for alert in told] + _others()
        for alert in alerts:
            subject, text = _told(settings, [alert])
            assert english([subject], DATA) == [], subject
            assert _left(settings, text) == [], text
        subject, text = _told(settings, alerts)
    assert english([subject], DATA) == []
    assert _left(settings, text) == []
    for cause in ("HTTP 500", "550 no", "KeyError: x", "no route", "line 5: empty.", "row 7 missing", "not XML"):
        assert f"{pseudo_language.said('In English: ')}{cause}" in text, cause


def test_the_requests_of_the_searches_are_told_in_the_language(settings: Settings) -> None:
    """With a key of NCBI and without, too many and few enough."""
    for has_key in (True, False):
        load = RequestLoad(20.0, 2.5, has_key)
        with speaking(settings.catalogue()):
            told = [stored(load.sentence, "request load"), load.advice]
        assert english(told, "MONITOR_NCBI_API_KEY") == []


def test_the_mail_is_in_the_language_of_the_service_and_the_log_in_english(db: Database, settings: Settings) -> None:
    """What is returned is what the log and the commands write."""
    failing(db, settings)
    with db.begin() as tx:
        for outcome in attention.HEADINGS:
            attention.note(tx, Processed(outcome, "gone@example.org"), NOW)
    with Mailbox() as box:
        smtp = replace(settings.smtp, host=box.host, port=box.port, encryption=Encryption.NONE)
        alerts = alert_operator(settings, db, SmtpMailer(smtp), NOW)
        (mail,) = box.to("jane@example.org")
    headlines = [alert.headline for alert in alerts or ()]
    assert headlines == ["ccsvi/ccsvi has failed for 8 hours", "4 returned mails need a person"]
    assert mail.message["Content-Language"] == "tlh"
    assert _left(settings, mail.message.get_content().replace("\r\n", "\n")) == []
