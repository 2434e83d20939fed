"""Every alert has its section in the runbook, and what the runbook and the mails say to type exists."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor import config
from monitor.bounces.collect import MailboxState
from monitor.cli import WORDS, load
from monitor.delivery import server_state
from monitor.delivery.server_state import ServerState
from monitor.demo.mailbox import Mailbox
from monitor.mail.smtp import SmtpMailer
from monitor.model import Alert, AlertId, Encryption, SourceName, SourceState, Unread
from monitor.service.alerting.alert_mail import RUNBOOK, TO_TYPE
from monitor.service.alerting.alerts import alert_operator
from monitor.service.alerting.notices import AlertState, notice, notice_mailbox, notice_unread
from monitor.service.alerting.source_notices import notice_sources
from monitor.store import Database
from tests.config.files import SMALL, written
from tests.service.test_alerts import FAILING, NOW, STATE, failing
from tools.house_picture import ROOT

TEXT = (ROOT / RUNBOOK).read_text("utf-8")
SECTIONS: dict[str, str] = {
    part.partition("\n")[0].strip(): part.partition("\n")[2] for part in TEXT.split("\n## ")[1:]
}
#: Words after which a command is meant, in code spans and in blocks.
COMMANDS = sorted(set(re.findall(r"(?:^ *|`|exec monitor )(monitor(?: [^\s`]+)+)(?=`|$)", TEXT, re.MULTILINE)))


def test_every_id_in_the_code_stands_in_the_runbook_and_the_reverse() -> None:
    """A section of its own under its very name; one more for when nothing can be mailed."""
    assert [name for name in SECTIONS if " " not in name] == [str(one) for one in AlertId]
    assert [name for name in SECTIONS if " " in name] == ["When nothing comes any more"]


@pytest.mark.parametrize("alert", AlertId)
def test_a_section_says_how_to_look_and_what_to_type_and_the_mail_types_the_same(alert: AlertId) -> None:
    """Its block of commands is what stands in the mail."""
    section = SECTIONS[alert]
    assert "- Look" in section
    (block,) = re.findall(r"```\n(.*?)```", section, re.DOTALL)
    assert [line.strip() for line in block.strip().splitlines()] == [f"monitor {one}" for one in TO_TYPE[alert]]


def troubles() -> dict[AlertId, list[Alert]]:
    """Each kind of trouble, and what is told of it; where it can end, also that it has."""
    day = timedelta(days=1)
    told, failing_now = notice(FAILING, AlertState(), NOW)
    doubted, in_doubt = notice(replace(STATE, doubt="1 of 9", doubt_since=NOW), AlertState(), NOW)
    read, _ = notice(STATE, AlertState(), NOW)
    mailbox = MailboxState("box", first_failure_at=NOW - day, failures_in_row=9, last_error="down")
    known, unreadable = notice_mailbox(mailbox, "", NOW)
    well = MailboxState("box", last_success_at=NOW)
    server = ServerState("server", error="550 no", since=NOW - day)
    refused, refuses = server_state.notice(replace(server, is_refusal=True), "", NOW)
    lost, unreachable = server_state.notice(server, "", NOW)
    unread = Unread("ccsvi", "1", "ccsvi", "not XML", NOW - 2 * day, NOW)
    silent = SourceState(SourceName.CROSSREF, "ccsvi", NOW, failures_in_row=9, first_failure_at=NOW - day)
    strange = SourceState(SourceName.CROSSREF, "ccsvi", NOW, doubt="nothing", doubt_since=NOW)
    source_told, source_doubted = notice_sources([silent], {}, NOW)[0], notice_sources([strange], {}, NOW)[0]
    return {
        AlertId.SEARCH_FAILING: failing_now + notice(STATE, told, NOW)[1],
        AlertId.SEARCH_IN_DOUBT: in_doubt + notice(STATE, doubted, NOW)[1],
        AlertId.SOURCE_FAILING: notice_sources([silent], {}, NOW)[1] + notice_sources([], source_told, NOW)[1],
        AlertId.SOURCE_IN_DOUBT: notice_sources([strange], {}, NOW)[1] + notice_sources([], source_doubted, NOW)[1],
        AlertId.QUERY_WARNING: notice(replace(STATE, warnings_seen=("PhraseNotFound: x",)), AlertState(), NOW)[1],
        AlertId.QUERY_READ_DIFFERENTLY: notice(replace(STATE, translation="other"), read, NOW)[1],
        AlertId.ARTICLES_UNREAD: notice_unread("ccsvi", [unread], frozenset(), NOW)[1],
        AlertId.MAILBOX_FAILING: unreadable + notice_mailbox(well, known, NOW)[1],
        AlertId.MAIL_SERVER_REFUSES: refuses + server_state.notice(ServerState("s", ended="It was."), refused, NOW)[1],
        AlertId.MAIL_SERVER_FAILING: unreachable + server_state.notice(ServerState("s"), lost, NOW)[1],
        AlertId.DIGEST_REFUSED: server_state.notice(ServerState("s", refused={"7": "554 spam"}), "", NOW)[1],
    }


def test_each_trouble_is_told_under_its_id_and_so_is_its_end() -> None:
    """Whoever filters mails by id, or closes a pager's incident by it, gets both."""
    for wanted, alerts in troubles().items():
        assert {alert.id for alert in alerts} == {wanted}, wanted
        assert [alert.is_over for alert in alerts] in ([False], [False, True]), wanted


def _unknown(line: str) -> str:
    """The first word of a command line that does not exist, "" when all do."""
    words = shlex.split(line)[1:]
    if words[0] not in WORDS:
        return words[0]
    command: Any = load(words.pop(0))
    while words and not words[0].startswith("-") and hasattr(command, "commands"):
        if words[0] not in command.commands:
            return words[0]
        command = command.commands[words.pop(0)]
    options = {name for parameter in command.params for name in parameter.opts}
    strange = [word for word in words if word.startswith("-") and word not in options]
    takes_words = any(parameter.param_type_name == "argument" for parameter in command.params)
    has_options_only = not takes_words and words and not words[0].startswith("-")
    return strange[0] if strange else words[0] if has_options_only else ""


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_that_the_runbook_names_exists(line: str) -> None:
    """Its word, its second word and its options."""
    assert _unknown(line) == ""


def test_commands_are_found_and_wrong_ones_are_noticed() -> None:
    """Otherwise the test above would prove nothing."""
    assert {"monitor status", "monitor poll --accept TOPIC/SEARCH", "monitor db backup FILE"} <= set(COMMANDS)
    assert len(COMMANDS) > 12
    for wrong in ("monitor statsu", "monitor db chek", "monitor poll --acept X", "monitor status now"):
        assert _unknown(wrong)


def test_an_alert_mail_says_its_id_what_to_type_and_where_more_stands(db: Database, tmp_path: Path) -> None:
    """At three in the morning, on a telephone; and that it is over."""
    settings = config.load(written(tmp_path, SMALL), {})
    failing(db, settings)
    with Mailbox() as box:
        mailer = SmtpMailer(replace(settings.smtp, host=box.host, port=box.port, encryption=Encryption.NONE))
        (told,) = alert_operator(settings, db, mailer, NOW)
        with db.begin() as tx:
            tx.exec_driver_sql("UPDATE searches SET failures_in_row = 0, first_failure_at = NULL, polls_noticed = 0")
        (over,) = alert_operator(settings, db, mailer, NOW.replace(hour=4))
        first, second = (mail.message.get_content().replace("\r\n", "\n") for mail in box.to("jane@example.org"))
    assert (told.id, told.is_over) == (AlertId.SEARCH_FAILING, False)
    assert (over.id, over.is_over) == (AlertId.SEARCH_FAILING, True)
    assert "Alert search-failing. To type:\n" in first
    assert f"  monitor doctor -c {settings.path}\n" in first
    assert "docs/runbook.md#search-failing" in first
    assert "Alert search-failing: over." in second
    assert "To type" not in second
