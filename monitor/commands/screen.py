"""`monitor screen`: a named person's judgement of an article, which outranks the rules."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import Annotated, TypeVar

import typer

from monitor import screen as work
from monitor.commands.context import (
    DEFAULT_CONFIG,
    ConfigOption,
    console,
    load_settings,
    now,
    open_database,
    pick_topic,
)
from monitor.errors import ConfigError
from monitor.model import AnswerRecord, Article, Control, Design, Direction, Statement, Topic, TrialLink, Verdict

_Word = TypeVar("_Word", bound=StrEnum)

#: Words of --verdict: a design, or that the article is not about the question.
_OFF_TOPIC = "not-this-question"
DESIGNS = {design.name.lower().replace("_", "-"): design for design in Design}

PmidArgument = Annotated[str, typer.Argument(help="PubMed id of the article.")]
VerdictOption = Annotated[
    str,
    typer.Option("--verdict", help=f"A design ({', '.join(list(DESIGNS)[:4])}, …) or {_OFF_TOPIC}.", metavar="WORD"),
]
ByOption = Annotated[str, typer.Option("--by", help="Your name, printed beside the verdict.")]
BecauseOption = Annotated[str, typer.Option("--because", help="Your reason, kept with the verdict.")]
TopicOption = Annotated[str | None, typer.Option("--topic", help="The topic's key, when there are several.")]
WithdrawOption = Annotated[bool, typer.Option("--withdraw", help="Take the screening back: the rules count again.")]
JoinOption = Annotated[str, typer.Option("--join", help="This report and that PMID are one trial.", metavar="PMID")]
SplitOption = Annotated[
    str, typer.Option("--split", help="This report and that PMID are not one trial.", metavar="PMID")
]
ControlOption = Annotated[str, typer.Option("--control", help="What the comparison group received.", metavar="WORD")]
PeopleOption = Annotated[int | None, typer.Option("--people", help="How many people were allocated.")]
DirectionOption = Annotated[str, typer.Option("--direction", help="What the authors report; needs --sentence.")]
SentenceOption = Annotated[
    str, typer.Option("--sentence", help="The authors' sentence, word for word from the record.")
]


def screen(
    pmid: PmidArgument,
    by: ByOption,
    verdict: VerdictOption = "",
    because: BecauseOption = "",
    topic: TopicOption = None,
    withdraw: WithdrawOption = False,
    join: JoinOption = "",
    split: SplitOption = "",
    control: ControlOption = "",
    people: PeopleOption = None,
    direction: DirectionOption = "",
    sentence: SentenceOption = "",
    config_file: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Record, or take back, a person's judgement of an article or of which reports are one trial."""
    settings = load_settings(config_file)
    chosen = pick_topic(settings, topic)
    _check(by, because, sum(map(bool, (verdict, withdraw, join, split))), is_reason_needed=not withdraw)
    with open_database(settings) as db:
        article = work.article_of(db, chosen, pmid)
        if withdraw:
            answer = work.withdraw(db, chosen, pmid, by, now())
        elif join or split:
            answer = work.link(db, chosen, TrialLink(pmid, join or split, bool(join), by, because), now())
        else:
            said = _said(chosen, article, verdict, by, because)
            answer = work.screen(db, chosen, _amended(said, article, control, people, direction, sentence), now())
    _print(chosen, answer)


def _check(by: str, because: str, deeds: int, *, is_reason_needed: bool) -> None:
    if deeds != 1:
        raise ConfigError("Say one thing: --verdict WORD, --withdraw, --join PMID or --split PMID.")
    if not by.strip():
        raise ConfigError("--by is empty. A screening carries the name of the person who made it.")
    if is_reason_needed and not because.strip():
        raise ConfigError('--because is empty. Give your reason in a few words: --because "allocation by alternation"')


def _said(topic: Topic, article: Article, word: str, by: str, because: str) -> Verdict:
    if word == _OFF_TOPIC:
        return work.appraisal(topic, article, Design.UNCLEAR, is_match=False, by=by, because=because)
    design = DESIGNS.get(word.lower().replace(" ", "-").replace("_", "-"))
    design = design or next((d for d in Design if d.value == word.lower()), None)
    if design is None:
        raise ConfigError(f'"{word}" is no verdict. Write one of: {", ".join([*DESIGNS, _OFF_TOPIC])}.')
    return work.appraisal(topic, article, design, is_match=True, by=by, because=because)


def _amended(
    verdict: Verdict, article: Article, control: str, people: int | None, direction: str, sentence: str
) -> Verdict:
    """The verdict with what the person read otherwise than the rules; a direction needs the authors' own sentence."""
    if control:
        verdict = replace(verdict, control=_member(Control, control, "--control"))
    if people is not None:
        verdict = replace(verdict, sample_size=people)
    if direction and not sentence:
        raise ConfigError("--direction needs --sentence: the authors' own words that say so.")
    if sentence and " ".join(sentence.split()) not in " ".join(article.abstract_text.split()):
        raise ConfigError("--sentence does not stand in the record's abstract word for word. Directions are quoted.")
    if direction:
        said = Statement(_member(Direction, direction, "--direction"), " ".join(sentence.split()), "abstract")
        verdict = replace(verdict, statement=said)
    return verdict


def _member(kind: type[_Word], word: str, option: str) -> _Word:
    try:
        return kind(word.lower())
    except ValueError as unknown:
        known = ", ".join(kind)
        raise ConfigError(f'{option} "{word}" is unknown. Write one of: {known}.') from unknown


def _print(topic: Topic, answer: AnswerRecord | None) -> None:
    if answer is None:
        console.print(f"Kept. The answer for {topic.name} stays as it is.")
    else:
        console.print(
            f"Kept. The answer for {topic.name} is now: {answer.answer.sentence}", markup=False, soft_wrap=True
        )
