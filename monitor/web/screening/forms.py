"""The forms of the screening pages: what a person said, in the words of the model, or what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar

from monitor.errors import ConfigError, MonitorError
from monitor.evidence import screening
from monitor.model import Article, Control, Design, Direction, Topic, TrialLink, Verdict
from monitor.web.account.forms import Fields

_Word = TypeVar("_Word", bound=StrEnum)

#: More people than a trial ever allocated is a slip of the finger.
_MOST_PEOPLE = 10_000_000


class Unfit(MonitorError):
    """The form cannot be taken as it is; `problems` says why, by field."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = problems


def choices() -> dict[str, Any]:
    """What can be chosen."""
    return {
        "designs": list(Design),
        "controls": list(Control),
        "directions": [one for one in Direction if one is not Direction.NOT_STATED],
    }


def verdict_of(topic: Topic, article: Article, by: str, fields: Fields) -> Verdict:
    """What the person says of the article; raises Unfit."""
    design, bearing, because = _word(Design, fields, "design"), fields.get("question"), _line(fields, "because")
    problems = {
        "design": "" if design else "Choose what this article is.",
        "question": "" if bearing in ("yes", "no") else "Say whether it tests this question.",
        "because": "" if because else "Give your reason in a few words. It is kept and shown with your name.",
        "people": _people_problem(fields),
    }
    if any(problems.values()) or design is None:
        raise Unfit({field: problem for field, problem in problems.items() if problem})
    said = screening.verdict_of_person(topic, article, design, is_match=bearing == "yes", by=by, because=because)
    try:
        return screening.amended(
            said,
            article,
            control=_word(Control, fields, "control"),
            people=int(_line(fields, "people")) if _line(fields, "people") else None,
            direction=_word(Direction, fields, "direction"),
            sentence=_line(fields, "sentence"),
        )
    except ConfigError as error:
        raise Unfit({"sentence": str(error)}) from error


def link_of(article: Article, by: str, fields: Fields, *, joined: bool) -> TrialLink:
    """What the person says of this report and another; raises Unfit."""
    other, because = other_of(fields), _line(fields, "pair_because")
    if not because:
        raise Unfit({"pair_because": "Give your reason in a few words. It is kept and shown with your name."})
    return TrialLink(article.pmid, other, joined, by, because)


def other_of(fields: Fields) -> str:
    """The PMID of the other report; raises Unfit."""
    other = pmid_in(fields, "other")
    if not other:
        raise Unfit({"other": "Write the PMID of the other report: digits only, such as 29150995."})
    return other


def pmid_in(fields: Fields, name: str) -> str:
    """A PMID as people write it ("PMID: 29150995"), "" when it is none."""
    text = _line(fields, name).upper().removeprefix("PMID").strip(" :")
    return text.lstrip("0") if text.isascii() and text.isdecimal() and len(text) < 10 else ""


def _people_problem(fields: Fields) -> str:
    text = _line(fields, "people")
    is_fit = not text or (text.isascii() and text.isdecimal() and len(text) < 9 and int(text) <= _MOST_PEOPLE)
    return "" if is_fit else "Write a whole number, or leave it empty."


def _line(fields: Fields, name: str) -> str:
    """A field as one line of printable text: databases refuse some control characters, and mails break at others."""
    line = " ".join(fields.get(name, "").split())
    return "".join(letter for letter in line if letter.isprintable())


def _word(kind: type[_Word], fields: Fields, name: str) -> _Word | None:
    sent = fields.get(name, "")
    return kind(sent) if sent in list(kind) else None
