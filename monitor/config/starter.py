"""A first configuration from a few answers, as YAML with comments. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import yaml


@dataclass(frozen=True, slots=True)
class OwnTopic:
    """A question of the operator's own: its words become the search and the question.

    `doi` is of the article whose citations are followed too, "" for none.
    """

    name: str
    question: str
    population: tuple[str, ...]
    intervention: tuple[str, ...]
    doi: str = ""

    @property
    def key(self) -> str:
        """The topic's key, made from its name."""
        return re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-") or "topic"

    @property
    def query(self) -> str:
        """The search in PubMed's syntax: some word of the intervention and some of the population."""
        return " AND ".join(f"({' OR '.join(map(_in_text, words))})" for words in (self.intervention, self.population))


@dataclass(frozen=True, slots=True)
class Answers:
    """What a first configuration needs.

    `smtp` are values of `smtp:` by key; `shipped` are keys of shipped topics; `example` is the topic of the example
    configuration as it stands there, "" without it.
    """

    contact_email: str
    postal_address: str
    smtp: Mapping[str, str | int]
    shipped: tuple[str, ...] = ()
    example: str = ""
    own: OwnTopic | None = None
    database_url: str = "sqlite:///monitor.db"
    pubmed_url: str = ""
    subscribers_file: str = ""
    people: tuple[str, ...] = ()


def topic_keys(answers: Answers) -> tuple[str, ...]:
    """The keys of the topics that will be watched."""
    written = re.findall(r"^  ([a-z0-9_-]+):", answers.example, re.MULTILINE)
    return (*answers.shipped, *written, *([answers.own.key] if answers.own else []))


def configuration(answers: Answers) -> str:
    """The configuration file."""
    return "\n".join(_lines(answers)) + "\n"


def subscribers(answers: Answers) -> str:
    """The subscribers file: who is mailed from the start, one a line; every topic, every week."""
    rows = [f"{address},{key},weekly" for address in answers.people for key in topic_keys(answers)]
    return "\n".join(["address,topic,frequency", *rows]) + "\n"


def _lines(answers: Answers) -> Iterator[str]:
    yield "# Written by `monitor init`. Every key is explained in docs/configuration.md and by `monitor config docs`."
    yield "# Secrets never stand here: the mail password is MONITOR_SMTP_PASSWORD, or in the file that"
    yield "# MONITOR_SMTP_PASSWORD_FILE names."
    yield ""
    yield "# NCBI warns this address before it blocks anybody; alerts go to it too."
    yield f"contact_email: {_scalar(answers.contact_email)}"
    yield "# Printed in every mail, as the law asks of newsletters."
    yield f"postal_address: {_scalar(answers.postal_address)}"
    yield ""
    yield "# The server that takes the mail."
    yield "smtp:"
    yield from (f"  {key}: {_scalar(value)}" for key, value in answers.smtp.items())
    yield ""
    if answers.pubmed_url:
        yield "# Not NCBI: a sandbox, for a trial run. Delete these two lines to ask PubMed."
        yield "pubmed:"
        yield f"  base_url: {_scalar(answers.pubmed_url)}"
        yield ""
    yield "# Relative to this file; postgresql://user@host/name works too."
    yield f"database_url: {_scalar(answers.database_url)}"
    if answers.subscribers_file:
        yield "# Who is mailed from the start; others sign up on the pages or come with `monitor subscribers add`."
        yield f"subscribers_file: {_scalar(answers.subscribers_file)}"
    yield ""
    if answers.shipped:
        yield "# Topics that ship with Monitor (`monitor topics` lists them)."
        yield f"shipped_topics: [{', '.join(answers.shipped)}]"
    if answers.example or answers.own:
        yield "topics:"
    if answers.example:
        yield answers.example.rstrip()
    if answers.own:
        yield from _topic(answers.own)


def _name(words: tuple[str, ...]) -> Iterator[str]:
    """The first whole word; the begin of one ("vaccin*") is no name for readers, and only the operator knows a name."""
    whole = next((word for word in words if not word.endswith("*")), "")
    if not whole:
        yield "        # Readers see this name in sentences: write a whole word."
    yield f"        name: {_scalar(whole or words[0])}"


def _topic(own: OwnTopic) -> Iterator[str]:
    yield f"  {own.key}:"
    yield f"    name: {_scalar(own.name)}"
    yield "    question:"
    yield f"      text: {_scalar(own.question)}"
    for part, words in (("population", own.population), ("intervention", own.intervention)):
        yield f"      {part}:"
        yield from _name(words)
        yield f"        words: {_flow(words)}"
    if own.doi:
        yield "    # The article whose citations are followed; its PMID is looked up at the first poll."
        yield "    seed:"
        yield f"      doi: {_scalar(own.doi)}"
    yield "    searches:"
    yield "      # As typed in PubMed. `monitor check --online` says how PubMed reads it and how much it finds."
    yield "      - name: main"
    yield f"        query: {_scalar(own.query)}"
    if own.doi:
        yield "      - name: citing"
        yield "        kind: citing"


def _in_text(word: str) -> str:
    return f'"{word}"[tiab]' if re.search(r"[\s-]", word) else f"{word}[tiab]"


def _scalar(value: str | int) -> str:
    """A value as YAML writes it, on one line."""
    return str(yaml.safe_dump(value, allow_unicode=True, width=10**6)).removesuffix("...\n").strip()


def _flow(words: Sequence[str]) -> str:
    return str(yaml.safe_dump(list(words), default_flow_style=True, allow_unicode=True, width=10**6)).strip()
