"""`monitor init`: write a first configuration from a few answers, each tried at once."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from monitor import config, resources
from monitor.commands import _doctor_dns, check, doctor
from monitor.commands._console import console
from monitor.commands._doctor_report import Finding, Test, show
from monitor.commands._shared import WRITTEN_CONFIG
from monitor.config import starter
from monitor.config.starter import Answers, OwnTopic
from monitor.config.subscribers_file import parse_subscribers
from monitor.errors import ConfigError, MonitorError
from monitor.mail.authentication.resolver import Resolver
from monitor.model import Settings

#: The topic of the example configuration, beside those of config/topics.
EXAMPLE = "ccsvi"
OWN = "own"

FileOption = Annotated[
    Path, typer.Option("--config", "-c", envvar="MONITOR_CONFIG", dir_okay=False, help="The file to write.")
]
ForceOption = Annotated[bool, typer.Option("--force", help="Write over a file that is there.")]
EmailOption = Annotated[str, typer.Option("--email", help="Your address: for NCBI, for alerts, and the sender.")]
PostalOption = Annotated[str, typer.Option("--postal-address", help="Printed in every mail.")]
HostOption = Annotated[str, typer.Option("--smtp-host", help="The server that takes your mail.")]
SmtpPortOption = Annotated[int | None, typer.Option("--smtp-port", help="Its port. Default: as encryption has it.")]
EncryptionOption = Annotated[str, typer.Option("--smtp-encryption", help="starttls, tls or none.")]
UserOption = Annotated[str, typer.Option("--smtp-username", help="The login; the password: MONITOR_SMTP_PASSWORD.")]
TopicsOption = Annotated[
    list[str], typer.Option("--topic", help=f"A topic that ships, or `{OWN}` for one of your words; may be repeated.")
]
NameOption = Annotated[str, typer.Option("--name", help=f"With --topic {OWN}: its name.")]
QuestionOption = Annotated[str, typer.Option("--question", help=f"With --topic {OWN}: the question in one sentence.")]
PopulationOption = Annotated[str, typer.Option("--population", help="Its people: words, separated by commas.")]
InterventionOption = Annotated[str, typer.Option("--intervention", help="What is tested: words, separated by commas.")]
DoiOption = Annotated[str, typer.Option("--doi", help="An article whose citations are followed too.")]
PeopleOption = Annotated[list[str], typer.Option("--subscriber", help="Who is mailed from the start; repeatable.")]
DatabaseOption = Annotated[str, typer.Option("--database", help="Where everything is kept.")]
PubMedOption = Annotated[str, typer.Option("--pubmed-url", help="A sandbox instead of NCBI, for a trial run.")]
TryOption = Annotated[bool, typer.Option("--try/--no-try", help="Try the answers: PubMed, mail server, DNS, disk.")]


def init(
    config_file: FileOption = WRITTEN_CONFIG,
    email: EmailOption = "",
    postal_address: PostalOption = "",
    smtp_host: HostOption = "",
    smtp_port: SmtpPortOption = None,
    smtp_encryption: EncryptionOption = "",
    smtp_username: UserOption = "",
    topic: TopicsOption = [],  # noqa: B006  typer reads it, nothing changes it
    name: NameOption = "",
    question: QuestionOption = "",
    population: PopulationOption = "",
    intervention: InterventionOption = "",
    doi: DoiOption = "",
    subscriber: PeopleOption = [],  # noqa: B006
    database: DatabaseOption = "sqlite:///monitor.db",
    pubmed_url: PubMedOption = "",
    try_out: TryOption = True,
    force: ForceOption = False,
) -> None:
    """Write a first configuration. What no option answers is asked for; each answer is tried at once.

    Exit 1 when the file was written and something that was tried does not work yet.
    """
    if config_file.exists() and not force:
        raise ConfigError(f"{config_file} is there already. Name another with --config FILE, or add --force.")
    asked = _Asked()
    contact = asked.text(email, "--email", "Your email address (NCBI and alerts use it)")
    postal = asked.text(postal_address, "--postal-address", "Your postal address (printed in every mail)")
    smtp = asked.server(smtp_host, smtp_port, smtp_encryption, smtp_username)
    while try_out and asked.can_ask and not _takes_mail(contact, postal, smtp) and typer.confirm("Answer again?"):
        smtp = asked.server("", None, "", "")
    shipped, example, own = asked.topics(topic, (name, question, population, intervention, doi))
    asked.refuse_missing()
    listed = f"{config_file.stem}-subscribers.csv" if subscriber else ""
    answers = Answers(contact, postal, smtp, shipped, example, own, database, pubmed_url, listed, tuple(subscriber))
    settings = _write(config_file, answers)
    _print_next(config_file)
    if try_out and not _works(settings):
        raise typer.Exit(1)


class _Asked:
    """Takes answers from options, else from the terminal; what neither gives is said at once at the end."""

    def __init__(self) -> None:
        self._missing: list[str] = []
        self.can_ask = sys.stdin.isatty()

    def text(self, given: str, option: str, prompt: str) -> str:
        """An answer that must be given."""
        if given:
            return given
        if self.can_ask:
            return str(typer.prompt(prompt)).strip()
        self._missing.append(option)
        return ""

    def optional(self, given: str, prompt: str) -> str:
        """An answer that may be empty."""
        if given or not self.can_ask:
            return given
        return str(typer.prompt(prompt, default="", show_default=False)).strip()

    def choice(self, given: str, option: str, prompt: str, choices: Sequence[str]) -> str:
        """One of `choices`; the first where nothing is said."""
        chosen = given or choices[0]
        if self.can_ask and not given:
            chosen = str(typer.prompt(f"{prompt} ({', '.join(choices)})", default=choices[0])).strip()
        if chosen not in choices:
            raise ConfigError(f'{option}: "{chosen}" is none of {", ".join(choices)}.')
        return chosen

    def server(self, host: str, port: int | None, encryption: str, username: str) -> dict[str, str | int]:
        """The mail server, as the values of `smtp:`."""
        found: dict[str, str | int] = {
            "host": self.text(host, "--smtp-host", "The server that takes your mail"),
            "encryption": self.choice(encryption, "--smtp-encryption", "Its encryption", ("starttls", "tls", "none")),
        }
        found |= {"port": port} if port else {}
        login = self.optional(username, "Its login (empty: none; the password is MONITOR_SMTP_PASSWORD)")
        return found | ({"username": login} if login else {})

    def topics(
        self, given: Sequence[str], own_words: tuple[str, str, str, str, str]
    ) -> tuple[tuple[str, ...], str, OwnTopic | None]:
        """What to watch: the keys of topics that ship, the topic of the example configuration, the operator's own."""
        keys = self._topic_keys(given)
        shipped = tuple(key for key in keys if key not in (EXAMPLE, OWN))
        return shipped, _example() if EXAMPLE in keys else "", self._own(own_words) if OWN in keys else None

    def _topic_keys(self, given: Sequence[str]) -> tuple[str, ...]:
        """The keys of the topics to watch, each once."""
        offered = (EXAMPLE, *config.shipped_topics(), OWN)
        if not given and self.can_ask:
            given = str(typer.prompt(f"Which topics ({', '.join(offered)})", default=EXAMPLE)).replace(",", " ").split()
        for key in given:
            if key not in offered:
                raise ConfigError(f'--topic: there is no topic "{key}". They are: {", ".join(offered)}.')
        if not given:
            self._missing.append("--topic")
        return tuple(dict.fromkeys(given))

    def _own(self, given: tuple[str, str, str, str, str]) -> OwnTopic:
        """The operator's own question."""
        name, question, population, intervention, doi = given
        return OwnTopic(
            self.text(name, "--name", "The name of your topic"),
            self.text(question, "--question", "Its question, in one sentence"),
            _words(self.text(population, "--population", "Whom it is about (words, separated by commas)")),
            _words(self.text(intervention, "--intervention", "What is tested (words, separated by commas)")),
            self.optional(doi, "The DOI of an article whose citations to follow (empty: none)"),
        )

    def refuse_missing(self) -> None:
        """Raise ConfigError that names everything that is missing, where nobody can be asked."""
        if self._missing:
            raise ConfigError(f"Nobody can be asked here. Add {', '.join(self._missing)}; see `monitor init --help`.")


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for part in text.split(",") if (word := " ".join(part.split())))


def _example() -> str:
    """The topic of the example configuration, as it stands there."""
    text = (resources.folder("config") / "monitor.yaml").read_text("utf-8")
    return text.partition("\ntopics:\n")[2]


def _write(path: Path, answers: Answers) -> Settings:
    """Write the files, unless an answer is wrong: then raise ConfigError for all that are, and change no file."""
    draft, listed = path.with_name(f".{path.name}.draft"), starter.subscribers(answers)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(starter.configuration(answers), "utf-8")
        reading = config.read(draft, os.environ)
        if reading.settings is None:
            raise ConfigError("Nothing was written; correct what you answered.\n" + reading.explanation())
        if answers.subscribers_file:
            parse_subscribers(listed, "--subscriber", reading.settings)
            (path.parent / answers.subscribers_file).write_text(listed, "utf-8")
        draft.replace(path)
    except OSError as error:
        raise MonitorError(f"{path} cannot be written: {error.strerror}.") from error
    finally:
        draft.unlink(missing_ok=True)
    return config.load(path, os.environ)


def _takes_mail(contact: str, postal: str, smtp: Mapping[str, str | int]) -> bool:
    """Whether the mail server takes a login; prints what was found."""
    with TemporaryDirectory() as folder:
        draft = Path(folder) / "monitor.yaml"
        draft.write_text(starter.configuration(Answers(contact, postal, smtp, example=_example())), "utf-8")
        reading = config.read(draft, os.environ)
    if reading.settings is None:
        console.print(reading.explanation())
        return False
    finding = next(test for test in doctor.MAIL if test.id == "smtp").run(reading.settings)
    show(finding)
    return finding.state != "failed"


def _works(settings: Settings) -> bool:
    """Try everything that was answered, and print what was found."""
    findings = []
    for finding in _findings(settings):
        show(finding)
        findings.append(finding)
    failed = dict.fromkeys(finding.id for finding in findings if finding.state == "failed")
    if failed:
        console.print(
            f"\nNot yet: {', '.join(failed)}. Correct the file, then try everything: monitor doctor -c {settings.path}",
            soft_wrap=True,
        )
    return not failed


def _findings(settings: Settings) -> Iterator[Finding]:
    wanted = ("disk", "pubmed", "sender", "smtp")
    is_trial = "ncbi.nlm.nih.gov" not in settings.pubmed.base_url
    tests: list[Test] = [test for test in (*doctor.MACHINE, *doctor.MAIL) if test.id in wanted]
    reached = True
    for test in tests:
        yield (finding := test.run(settings))
        reached = reached and (finding.id != "pubmed" or finding.state != "failed")
    if not is_trial:
        yield from (test.run(settings) for test in _doctor_dns.tests(Resolver("")) if test.id in ("spf", "dmarc"))
    for one in check.ask(settings) if reached else ():
        found = f"{one.topic}/{one.search}: {one.count:,} articles" if one.count is not None else one.error
        state = "failed" if one.error else "warning" if one.warnings or not one.count else "ok"
        yield Finding("search", state, "\n".join([found, *one.warnings]))


def _print_next(path: Path) -> None:
    named = "" if path == WRITTEN_CONFIG else f" -c {path}"
    console.print(f"{path} is written. Next:\n\n  monitor run{named}\n")
