"""`monitor screen`: record a named person's verdict on an article, or print a link to a page for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, TypeVar

import typer

from monitor import config as configuration
from monitor.commands._console import console, errors
from monitor.commands._shared import (
    DEFAULT_CONFIG,
    AtOption,
    ConfigOption,
    load_settings,
    moment,
    now,
    open_database,
    pick_topic,
)
from monitor.errors import ConfigError
from monitor.evidence import screening as work
from monitor.evidence import screening_links
from monitor.model import AnswerRecord, Article, Control, Design, Direction, Settings, Topic, TrialLink, Verdict
from monitor.service import connections

_Word = TypeVar("_Word", bound=StrEnum)

#: The --verdict for an article that is not relevant to the question; otherwise it is a design.
_OFF_TOPIC = "not-this-question"
DESIGNS = {design.name.lower().replace("_", "-"): design for design in Design}

PmidArgument = Annotated[str, typer.Argument(help="The article's PMID; none with --link.", show_default=False)]
VerdictOption = Annotated[
    str,
    typer.Option("--verdict", help=f"A design ({', '.join(list(DESIGNS)[:4])}, …) or {_OFF_TOPIC}.", metavar="WORD"),
]
ByOption = Annotated[str, typer.Option("--by", help="Your name, shown with the verdict.")]
BecauseOption = Annotated[str, typer.Option("--because", help="Your reason, stored with the verdict.")]
TopicOption = Annotated[str | None, typer.Option("--topic", help="The topic's key, when there are several.")]
WithdrawOption = Annotated[
    bool, typer.Option("--withdraw", help="Retract the screening: the rules' verdict counts again.")
]
JoinOption = Annotated[str, typer.Option("--join", help="This report and that PMID are one trial.", metavar="PMID")]
SplitOption = Annotated[
    str, typer.Option("--split", help="This report and that PMID are not one trial.", metavar="PMID")
]
UnlinkOption = Annotated[
    str, typer.Option("--unlink", help="Retract --join or --split with that PMID.", metavar="PMID")
]
LinkOption = Annotated[bool, typer.Option("--link", help="Print a link to a page on which this person can screen.")]
DaysOption = Annotated[int, typer.Option("--days", min=1, max=365, help="How many days the link works.")]
EndLinksOption = Annotated[bool, typer.Option("--end-links", help="End every screening link of this person.")]
ControlOption = Annotated[str, typer.Option("--control", help="What the comparison group received.", metavar="WORD")]
PeopleOption = Annotated[int | None, typer.Option("--people", help="How many people were allocated.")]
DirectionOption = Annotated[str, typer.Option("--direction", help="What the authors report; needs --sentence.")]
SentenceOption = Annotated[
    str, typer.Option("--sentence", help="The authors' sentence, word for word from the record.")
]


def screen(
    by: ByOption,
    pmid: PmidArgument = "",
    verdict: VerdictOption = "",
    because: BecauseOption = "",
    topic: TopicOption = None,
    withdraw: WithdrawOption = False,
    join: JoinOption = "",
    split: SplitOption = "",
    unlink: UnlinkOption = "",
    link: LinkOption = False,
    days: DaysOption = 30,
    end_links: EndLinksOption = False,
    control: ControlOption = "",
    people: PeopleOption = None,
    direction: DirectionOption = "",
    sentence: SentenceOption = "",
    at: AtOption = None,
    config_file: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Record or retract a person's verdict on an article, or which reports are one trial."""
    settings = load_settings(config_file)
    chosen = pick_topic(settings, topic)
    _check(by, because, [verdict, join, split], [withdraw, unlink, link, end_links])
    if link:
        _print_link(settings, chosen, by.strip(), days)
    elif end_links:
        _end_links(settings, by.strip())
    elif not pmid:
        raise ConfigError("Name the article: monitor screen PMID --verdict …")
    else:
        with open_database(settings) as db:
            present = moment(db, at)
            article = work.article_of(db, chosen, pmid)
            if withdraw:
                answer = work.retract_screening(db, chosen, pmid, by, present)
            elif unlink:
                answer = work.unlink(db, chosen, pmid, unlink, by, present)
            elif join or split:
                answer = work.link(db, chosen, TrialLink(pmid, join or split, bool(join), by, because), present)
            else:
                said = _verdict(chosen, article, verdict, by, because)
                answer = work.screen(db, chosen, _amended(said, article, control, people, direction, sentence), present)
        _print(chosen, answer)


def _print_link(settings: Settings, topic: Topic, by: str, days: int) -> None:
    """Print the link on a line of its own, to be copied. Raises ConfigError without web.public_url."""
    if not settings.web.public_url:
        raise ConfigError("There are no pages to link to: set web.public_url, or screen with --verdict.")
    settings, _ = configuration.with_secret_key(settings)
    until = now() + timedelta(days=days)
    typer.echo(connections.open_links(settings).screening_url(topic.key, by, now(), until))
    errors.print(
        f"Works until {until:%Y-%m-%d %H:%M} UTC. Give it to {by} only: whoever has it screens as {by}.", markup=False
    )


def _end_links(settings: Settings, by: str) -> None:
    with open_database(settings) as db:
        screening_links.end_links(db, by, now())
    console.print(f"No screening link made for {by} until now works any more.", markup=False, soft_wrap=True)


def _check(by: str, because: str, judgements: Sequence[str], others: Sequence[object]) -> None:
    if sum(map(bool, (*judgements, *others))) != 1:
        one_of = "--verdict WORD, --withdraw, --join PMID, --split PMID, --unlink PMID, --link or --end-links"
        raise ConfigError(f"Give exactly one of {one_of}.")
    if not by.strip():
        raise ConfigError("--by is empty. A screening carries the name of the person who made it.")
    if any(judgements) and not because.strip():
        raise ConfigError('--because is empty. Give your reason in a few words: --because "allocation by alternation"')


def _verdict(topic: Topic, article: Article, word: str, by: str, because: str) -> Verdict:
    if word == _OFF_TOPIC:
        return work.verdict_of_person(topic, article, Design.UNCLEAR, is_match=False, by=by, because=because)
    design = DESIGNS.get(word.lower().replace(" ", "-").replace("_", "-"))
    design = design or next((d for d in Design if d.value == word.lower()), None)
    if design is None:
        raise ConfigError(f'"{word}" is not a verdict. Write one of: {", ".join([*DESIGNS, _OFF_TOPIC])}.')
    return work.verdict_of_person(topic, article, design, is_match=True, by=by, because=because)


def _amended(
    verdict: Verdict, article: Article, control: str, people: int | None, direction: str, sentence: str
) -> Verdict:
    """The verdict with the details in which the person disagrees with the rules."""
    return work.amended(
        verdict,
        article,
        control=_member(Control, control, "--control") if control else None,
        people=people,
        direction=_member(Direction, direction, "--direction") if direction else None,
        sentence=sentence,
    )


def _member(kind: type[_Word], word: str, option: str) -> _Word:
    try:
        return kind(word.lower())
    except ValueError as unknown:
        known = ", ".join(kind)
        raise ConfigError(f'{option} "{word}" is unknown. Write one of: {known}.') from unknown


def _print(topic: Topic, answer: AnswerRecord | None) -> None:
    if answer is None:
        console.print(f"Recorded. The answer for {topic.name} does not change.")
    else:
        console.print(
            f"Recorded. The answer for {topic.name} is now: {answer.answer.sentence}", markup=False, soft_wrap=True
        )
