"""The forms of the screening pages: a Verdict or a TrialLink from the submitted fields, or what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar

from monitor.errors import ConfigError, MonitorError
from monitor.evidence import screening
from monitor.language.speech import gettext as _
from monitor.language.speech import later
from monitor.model import Article, Control, Design, Direction, Topic, TrialLink, Verdict
from monitor.model.values.clean_text import one_line
from monitor.web.account.forms import Fields

_Enum = TypeVar("_Enum", bound=StrEnum)

#: No trial has allocated more participants: a larger number is a typing error.
_MAX_PARTICIPANTS = 10_000_000

_NO_REASON = later("Give your reason in a few words. It is stored and shown with your name.")


class InvalidForm(MonitorError):
    """The form cannot be accepted; `problems` says why, by field."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = problems


def choices() -> dict[str, Any]:
    """For the templates: everything that can be chosen."""
    return {
        "designs": list(Design),
        "controls": list(Control),
        "directions": [one for one in Direction if one is not Direction.NOT_STATED],
    }


def verdict_from(topic: Topic, article: Article, by: str, fields: Fields) -> Verdict:
    """The person's verdict on the article. Raises InvalidForm."""
    design, tests_question = _enum_value(Design, fields, "design"), fields.get("question")
    because = _text(fields, "because")
    problems = {
        "design": "" if design else _("Choose what this article is."),
        "question": "" if tests_question in ("yes", "no") else _("Say whether it tests this question."),
        "because": "" if because else _(_NO_REASON),
        "people": _participants_problem(fields),
    }
    if any(problems.values()) or design is None:
        raise InvalidForm({field: problem for field, problem in problems.items() if problem})
    is_match = tests_question == "yes"
    verdict = screening.verdict_of_person(topic, article, design, is_match=is_match, by=by, because=because)
    try:
        return screening.amended(
            verdict,
            article,
            control=_enum_value(Control, fields, "control"),
            people=int(_text(fields, "people")) if _text(fields, "people") else None,
            direction=_enum_value(Direction, fields, "direction"),
            sentence=_text(fields, "sentence"),
        )
    except ConfigError as error:
        raise InvalidForm({"sentence": str(error)}) from error


def trial_link_from(article: Article, by: str, fields: Fields, *, joined: bool) -> TrialLink:
    """The person's decision whether this report and another are of one trial (`joined`). Raises InvalidForm."""
    other, because = other_pmid_from(fields), _text(fields, "pair_because")
    if not because:
        raise InvalidForm({"pair_because": _(_NO_REASON)})
    return TrialLink(article.pmid, other, joined, by, because)


def other_pmid_from(fields: Fields) -> str:
    """The PMID of the other report. Raises InvalidForm."""
    other = parse_pmid(fields, "other")
    if not other:
        raise InvalidForm({"other": _("Enter the PMID of the other report: digits only, such as 29150995.")})
    return other


def parse_pmid(fields: Fields, name: str) -> str:
    """A field as a PMID, also when written as "PMID: 29150995"; "" when it is not one."""
    text = _text(fields, name).upper().removeprefix("PMID").strip(" :")
    return text.lstrip("0") if text.isascii() and text.isdecimal() and len(text) < 10 else ""


def _participants_problem(fields: Fields) -> str:
    text = _text(fields, "people")
    is_valid = not text or (text.isascii() and text.isdecimal() and len(text) < 9 and int(text) <= _MAX_PARTICIPANTS)
    return "" if is_valid else _("Enter a whole number, or leave the field empty.")


def _text(fields: Fields, name: str) -> str:
    """A field as one line of printable text: databases refuse some control characters, and others break mails."""
    return one_line(fields.get(name, ""))


def _enum_value(enum: type[_Enum], fields: Fields, name: str) -> _Enum | None:
    submitted = fields.get(name, "")
    return enum(submitted) if submitted in list(enum) else None
