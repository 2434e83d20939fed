"""Secrets come from the environment, the signing key is made once, people come from a file."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from monitor import config
from monitor.errors import ConfigError
from monitor.model import BounceSettings, Encryption, Frequency, ImapSettings, SubscriptionState
from tests.config.files import SMALL, written

KEY = "k" * 32


def test_secrets_come_from_variables_or_the_files_their_twins_name(tmp_path: Path) -> None:
    """A variable for one, a file for another, line ends of files taken off."""
    (tmp_path / "password").write_text("hunter2\n", encoding="utf-8")
    environ = {
        "MONITOR_SMTP_PASSWORD_FILE": str(tmp_path / "password"),
        "MONITOR_NCBI_API_KEY": "abc",
        "MONITOR_SECRET_KEY": f"new{KEY},old{KEY}",
        "MONITOR_DATABASE_URL": "postgresql://monitor:pw@db/monitor",
    }
    settings = config.load(written(tmp_path, SMALL), environ)
    assert settings.smtp.password == "hunter2"
    assert settings.pubmed.api_key == "abc"
    assert settings.secret_keys == (f"new{KEY}", f"old{KEY}")
    assert settings.database_url == "postgresql://monitor:pw@db/monitor"


def test_the_mark_that_windows_editors_put_in_front_is_no_part_of_a_secret(tmp_path: Path) -> None:
    """EF BB BF: in a named file, in a mounted one and in a variable that a script filled from such a file."""
    for name in ("password", "key", "ncbi_api_key"):
        (tmp_path / name).write_bytes(b"\xef\xbb\xbf" + (KEY if name == "key" else "secret").encode() + b"\r\n")
    environ = {
        "MONITOR_SMTP_PASSWORD_FILE": str(tmp_path / "password"),
        "MONITOR_SECRET_KEY_FILE": str(tmp_path / "key"),
        "MONITOR_SECRETS": str(tmp_path),
        "MONITOR_DATABASE_URL": "\ufeffpostgresql://monitor:pw@db/monitor",
    }
    settings = config.load(written(tmp_path, SMALL), environ)
    assert (settings.smtp.password, settings.pubmed.api_key, settings.secret_keys) == ("secret", "secret", (KEY,))
    assert settings.database_url == "postgresql://monitor:pw@db/monitor"


@pytest.mark.parametrize("name", ["monitor.example.org", "[192.0.2.1]", "[IPv6:2001:db8::1]"])
def test_the_name_that_monitor_greets_with_may_be_set(tmp_path: Path, name: str) -> None:
    """A host name or an address literal (RFC 5321 section 4.1.1.1); nothing else."""
    text = SMALL.replace("  host: mail.example.org\n", f'  host: mail.example.org\n  ehlo_name: "{name}"\n')
    assert config.load(written(tmp_path, text), {}).smtp.ehlo_name == name
    with pytest.raises(ConfigError, match=r"smtp\.ehlo_name"):
        config.load(written(tmp_path, text.replace(name, "my machine")), {})


def test_a_folder_of_secrets_is_read_as_containers_mount_it(tmp_path: Path) -> None:
    """One file a secret; those that are not there are not missed; a variable comes first."""
    folder = tmp_path / "secrets"
    folder.mkdir()
    (folder / "smtp_password").write_text("from the folder", encoding="utf-8")
    (folder / "ncbi_api_key").write_text("from the folder", encoding="utf-8")
    environ = {"MONITOR_SECRETS": str(folder), "MONITOR_NCBI_API_KEY": "from the variable"}
    settings = config.load(written(tmp_path, SMALL), environ)
    assert (settings.smtp.password, settings.pubmed.api_key) == ("from the folder", "from the variable")


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({"MONITOR_SMTP_PASSWORD_FILE": "/nowhere"}, "environment  MONITOR_SMTP_PASSWORD_FILE: cannot read"),
        ({"MONITOR_SMTP_PASSWORD_FILE": "/dev/null"}, 'MONITOR_SMTP_PASSWORD_FILE: "/dev/null" is empty.'),
        (
            {"MONITOR_NCBI_API_KEY": "a", "MONITOR_NCBI_API_KEY_FILE": "b"},
            "set together with MONITOR_NCBI_API_KEY_FILE",
        ),
        ({"MONITOR_SECRET_KEY": "short"}, "MONITOR_SECRET_KEY: key 1 is shorter than 32 characters."),
        ({"MONITOR_OPERATOR_TOKEN": "secret@17-letters"}, "MONITOR_OPERATOR_TOKEN: not 20 or more characters"),
        ({"MONITOR_DATABASE_URL": "mysql://u:secret@h/d"}, "MONITOR_DATABASE_URL: not a database URL."),
        ({"MONITOR_DATABASE_URL": "postgres://u:secret@h/d"}, "Write postgresql:// instead."),
    ],
)
def test_a_mistake_in_the_environment_is_told_without_the_secret(
    tmp_path: Path, environ: dict[str, str], told: str
) -> None:
    """It stands with the other problems, under "environment"."""
    with pytest.raises(ConfigError) as caught:
        config.load(written(tmp_path, SMALL), environ)
    assert told in str(caught.value)
    assert "secret@" not in str(caught.value)


def test_the_mailbox_of_returned_mail_is_named_in_the_file_and_its_password_is_not(tmp_path: Path) -> None:
    """A Maildir starts at the folder of the file; a mailbox on a server is reached over TLS."""
    near = config.load(written(tmp_path, "bounces: {maildir: returned, every: 10m}\n" + SMALL), {}).bounces
    assert near == BounceSettings(tmp_path / "returned", timedelta(minutes=10))
    text = "bounces: {imap: {host: imap.example.org, username: bounces, folder: Returned}}\n" + SMALL
    far = config.load(written(tmp_path, text), {"MONITOR_IMAP_PASSWORD": "hunter2"}).bounces
    assert far == BounceSettings(ImapSettings("imap.example.org", "bounces", "hunter2", "Returned"))
    text = text.replace("folder: Returned", "encryption: starttls")
    starttls = config.load(written(tmp_path, text), {}).bounces
    assert starttls
    assert isinstance(starttls.mailbox, ImapSettings)
    assert (starttls.mailbox.port, starttls.mailbox.encryption) == (143, Encryption.STARTTLS)


def test_sources_of_complaints_are_named_with_or_without_a_mailbox(tmp_path: Path) -> None:
    """Returned mail may come through a pipe alone."""
    text = "bounces: {maildir: returned, feedback_sources: [fbl.example.net, yahoo.com]}\n" + SMALL
    found = config.load(written(tmp_path, text), {})
    assert (found.bounces, found.feedback_sources) == (
        BounceSettings(tmp_path / "returned"),
        ("fbl.example.net", "yahoo.com"),
    )
    piped = config.load(written(tmp_path, text.replace("maildir: returned, ", "")), {})
    assert (piped.bounces, piped.feedback_sources) == (None, ("fbl.example.net", "yahoo.com"))
    assert config.load(written(tmp_path, SMALL), {}).feedback_sources == ()


def test_unreadable_mail_is_kept_beside_the_configuration_or_with_the_data(tmp_path: Path) -> None:
    """A container cannot write beside its configuration."""
    path = written(tmp_path, SMALL)
    assert config.load(path, {}).unreadable_mail == tmp_path / "unreadable-mail"
    assert config.load(path, {"MONITOR_DATA": "/data"}).unreadable_mail == Path("/data/unreadable-mail")


def test_domains_of_any_language_are_kept_as_the_dns_spells_them(tmp_path: Path) -> None:
    """In addresses of our own, a sender's name stays as it was written."""
    text = SMALL.replace("jane@example.org", "jane@bücher.de").replace(
        "smtp:\n", 'smtp:\n  sender: "Wächter bücher.de <w@bücher.de>"\n'
    )
    settings = config.load(written(tmp_path, text), {})
    assert settings.pubmed.contact_email == "jane@xn--bcher-kva.de"
    assert settings.smtp.sender == "Wächter bücher.de <w@xn--bcher-kva.de>"


def test_a_misspelt_variable_is_a_warning(tmp_path: Path) -> None:
    """Otherwise its password would silently be missing."""
    reading = config.read(written(tmp_path, SMALL), {"MONITOR_SMTP_PASWORD": "x"})
    assert [str(warning) for warning in reading.warnings] == [
        'MONITOR_SMTP_PASWORD: not a variable of Monitor; ignored. Did you mean "MONITOR_SMTP_PASSWORD"?'
    ]


def test_the_operators_own_settings(tmp_path: Path) -> None:
    """Off by default; the environment's token replaces that of the file."""
    text = (
        "operator: {ping_url: https://hc-ping.example.net/the-check}\nlog_level: warning\n"
        f"web: {{operator_token: {'f' * 20}}}\n{SMALL}"
    )
    off, on = (config.load(written(tmp_path, words), {}) for words in (SMALL, text))
    assert (off.ping_url, off.log_level, off.web.operator_token) == ("", "info", "")
    assert (on.ping_url, on.log_level) == ("https://hc-ping.example.net/the-check", "warning")
    assert on.web.operator_token == "f" * 20
    environ = {"MONITOR_OPERATOR_TOKEN": "e" * 20}
    assert config.load(written(tmp_path, text), environ).web.operator_token == "e" * 20
    shown = repr(on)
    assert "the-check" not in shown
    assert "ffff" not in shown


def test_a_token_that_can_be_guessed_is_refused_without_being_shown(tmp_path: Path) -> None:
    """With what to type for a better one."""
    with pytest.raises(ConfigError, match=r"web\.operator_token: not 20 or more characters.*openssl rand") as caught:
        config.load(written(tmp_path, "web: {operator_token: hunter2}\n" + SMALL), {})
    assert "hunter2" not in str(caught.value)


def test_settings_never_show_their_secrets(tmp_path: Path) -> None:
    """Printed whole, as in a traceback, they hold none."""
    environ = {
        "MONITOR_SMTP_PASSWORD": "hunter2",
        "MONITOR_NCBI_API_KEY": "apikey7",
        "MONITOR_IMAP_PASSWORD": "letmein8",
        "MONITOR_SECRET_KEY": KEY,
        "MONITOR_DATABASE_URL": "postgresql://u:dbpass@h/d",
    }
    imap = "bounces: {imap: {host: imap.example.org, username: bounces}}\n"
    shown = repr(config.load(written(tmp_path, imap + SMALL), environ))
    assert not [secret for secret in ("hunter2", "letmein8", "apikey7", KEY, "dbpass") if secret in shown]


def test_a_relative_database_starts_at_the_folder_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cron and a person at a shell mean the same file; a container says where with MONITOR_DATA."""
    path = written(tmp_path, SMALL)
    monkeypatch.chdir("/")
    assert config.load(path, {}).database_url == f"sqlite:///{tmp_path}/monitor.db"
    assert config.load(path, {"MONITOR_DATA": "/data"}).database_url == "sqlite:////data/monitor.db"


def test_the_signing_key_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    """The second start finds the first one's, so links already mailed go on working."""
    settings = config.load(written(tmp_path, SMALL), {})
    first, made = config.with_secret_key(settings)
    again, made_again = config.with_secret_key(settings)
    assert first.secret_keys == again.secret_keys
    assert len(first.secret_keys[0]) >= 32
    assert made == tmp_path / "monitor.key"
    assert made.stat().st_mode & 0o777 == 0o600
    assert made_again is None


def test_postgresql_needs_a_key_that_its_machines_share(tmp_path: Path) -> None:
    """Two machines would otherwise sign with different keys."""
    settings = config.load(written(tmp_path, SMALL), {"MONITOR_DATABASE_URL": "postgresql://u@h/d"})
    with pytest.raises(ConfigError, match="openssl rand -hex 32"):
        config.with_secret_key(settings)


def test_an_emptied_key_file_is_refused(tmp_path: Path) -> None:
    """A new key in its place would silently break every link sent."""
    (tmp_path / "monitor.key").touch(0o600)
    with pytest.raises(ConfigError, match="is empty"):
        config.with_secret_key(config.load(written(tmp_path, SMALL), {}))


def people(folder: Path, text: str) -> Path:
    """A configuration with a subscribers file."""
    (folder / "people.csv").write_text(text, encoding="utf-8")
    return written(folder, SMALL + "subscribers_file: people.csv\n")


def test_people_of_the_file_get_what_their_line_says_or_the_topic_does(tmp_path: Path) -> None:
    """Notes and empty lines are skipped; empty cells take the topic's."""
    path = people(
        tmp_path,
        "# our group\naddress,topic,frequency,timezone\n\n"
        "jane@example.org,ccsvi,daily,Europe/Rome\njoe@example.org,,,\n",
    )
    jane, joe = config.read_subscribers(config.load(path, {}))
    assert (jane.address, jane.topic, jane.frequency, jane.timezone) == (
        "jane@example.org",
        "ccsvi",
        Frequency.DAILY,
        "Europe/Rome",
    )
    assert (joe.topic, joe.frequency, joe.timezone, joe.state) == (
        "ccsvi",
        Frequency.WEEKLY,
        "UTC",
        SubscriptionState.ACTIVE,
    )


def test_every_bad_line_of_the_subscribers_file_is_told(tmp_path: Path) -> None:
    """With its line in that file, all at once."""
    path = people(tmp_path, "address,topic,frequency,zone\nnope,ccsvi,weekly\na@b.org,ms,hourly\n")
    with pytest.raises(ConfigError) as caught:
        config.read_subscribers(config.load(path, {}))
    told = str(caught.value)
    assert "people.csv has 4 problems:" in told
    assert "line 1  zone: unknown column." in told
    assert 'line 2  address: "nope" is not an email address.' in told
    assert 'line 3  topic: "ms" is not a topic here. Write one of: ccsvi.' in told
    assert 'line 3  frequency: "hourly" is not a frequency.' in told


def test_a_file_without_header_says_what_the_first_line_must_be(tmp_path: Path) -> None:
    """The likeliest mistake: addresses alone."""
    with pytest.raises(ConfigError, match="must name the columns: address,topic,frequency,timezone"):
        config.read_subscribers(config.load(people(tmp_path, "jane@example.org\n"), {}))
