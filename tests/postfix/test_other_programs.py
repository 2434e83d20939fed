"""What other people's programs say: SpamAssassin of the mails, rss2email of the feeds."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from monitor import store
from monitor.delivery import deliver
from monitor.links import Links
from monitor.mail.smtp import SmtpMailer
from tests.support.factories import message_id
from tests.support.site import READER, RunningSite, fill_site

pytestmark = pytest.mark.postfix  # Debian's programs, installed with it by CI


def _program(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        sentence = f"{name} is not installed."
        if os.environ.get("CI") == "true":
            pytest.fail(sentence)
        pytest.skip(sentence)
    return path


def test_spamassassin_finds_nothing_in_our_mails(site: RunningSite) -> None:
    """Digests and a mail score 0 or less, by its local rules."""
    program = _program("spamassassin")
    site.subscribe()
    site.subscribe("ru@example.org", language="ru")
    site.sign_up("new@example.org")
    site.send_mails()
    digest_id = fill_site(site.db)
    with site.db.begin() as tx:
        store.deliveries.enqueue(tx, digest_id, site.clock(), message_id)
    public = replace(site.settings, web=replace(site.settings.web, public_url="https://monitor.example.org"))
    deliver.deliver_due(
        public, Links(public.secret_keys, public.web.public_url), site.db, SmtpMailer(site.settings.smtp), site.clock()
    )
    for address in (READER, "ru@example.org", "new@example.org"):
        (mail,) = site.mailbox.to(address)
        told = subprocess.run(  # noqa: S603  Debian's own
            [program, "--local", "--test-mode"], input=mail.content, capture_output=True, check=True, timeout=120
        )
        score = re.search(rb"Content analysis details:\s+\((-?[\d.]+) points", told.stdout)
        assert score, told.stdout.decode()
        assert float(score[1]) <= 0, told.stdout.decode()


def test_a_real_feed_reader_reads_the_feed(filled_site: RunningSite, tmp_path: Path) -> None:
    """rss2email mails each entry once, and none when nothing is new."""
    program = _program("r2e")
    config, seen = tmp_path / "rss2email.cfg", tmp_path / "rss2email.json"
    smtp = f"{filled_site.mailbox.host}:{filled_site.mailbox.port}"
    options = f"email-protocol = smtp\nsmtp-server = {smtp}\nsmtp-auth = False\nsmtp-ssl = False\nhtml-mail = False\n"
    config.write_text(f"[DEFAULT]\nto = {READER}\nfrom = feeds@example.org\n{options}", encoding="utf-8")
    r2e = [program, "--config", str(config), "--data", str(seen)]

    def run(*words: str) -> None:
        environment = {**os.environ, "no_proxy": "127.0.0.1", "HOME": str(tmp_path)}
        ended = subprocess.run(  # noqa: S603  Debian's own
            [*r2e, *words], capture_output=True, text=True, check=False, timeout=120, env=environment
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr

    run("add", "changes", f"{filled_site.url}/topics/ccsvi/changes.atom")
    run("run")
    subjects = {str(mail.message["Subject"]) for mail in filled_site.mailbox.to(READER)}
    assert any("Safety and efficacy of venoplasty" in subject for subject in subjects), subjects
    number = len(filled_site.mailbox.messages)
    assert number == 6
    run("run")
    assert len(filled_site.mailbox.messages) == number
