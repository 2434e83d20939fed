"""The answers of mail servers that stand in a text, and whether they say that the mailbox is dead. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from monitor.mail.reply_meaning import Meaning, meaning
from monitor.model import BounceKind, Stage, Whom

#: Characters of a text that are judged at once.
MAX_PARAGRAPH = 900

_CODE = r"(?:4(?:21|3[0-2]|[57]\d)|5(?:0\d|1[0-7]|2[1-3]|3[0-8]|4[1-7]|5\d|71))"
_STATUS = r"[245]\.[0-7]\.\d{1,3}"
#: A reply code (RFC 5321) where servers' answers stand: at the start of a line, after punctuation, after "said" or
#: "error"; or with an enhanced status code (RFC 3463) behind it. "512 patients" in a sentence is none.
_REPLY = re.compile(
    rf"(?:(?:^|[:;(\[\"'>=-]|\b(?:said|error|code|reply|returned|response|with|status|was|got|gave)\b:?)"
    rf"[ \t]*[\[(#\"']?"
    rf"(?P<code>{_CODE})(?=[ \t,:;)\]\-])|(?<![\w.])(?P<sure>{_CODE})[ -](?=#?{_STATUS}))",
    re.IGNORECASE | re.MULTILINE,
)
_STATUS_ALONE = re.compile(rf"(?<![\w.])#?({_STATUS})(?!\d|\.\d)")
#: Numbers that look like a status: of a program's version.
_VERSION = re.compile(
    r"\b(?:version|ver|v|exim|postfix|sendmail|qmail|mailman|mdaemon|exchange|e?smtp\w*|service|build|released?|server|"
    r"mailer|agent|firewall|gateway|rev)[ /(v.:-]{0,3}\d+(?:\.\d+)+[\w.-]*",
    re.IGNORECASE,
)
#: At which command the server answered, as Postfix, Exim and sendmail tell.
_STAGES = (
    # a server that is told all at once refuses the recipient first, and then the DATA that follows nobody
    (re.compile(r"need (?:rcpt|recipient)|no valid recipients|valid rcpt command", re.IGNORECASE), Stage.RCPT),
    (
        re.compile(r"(?:in reply to|after|response to|>>>)\s{0,3}(?:end of data|data|\.\B)", re.IGNORECASE),
        Stage.CONTENT,
    ),
    (re.compile(r"(?:in reply to|after|response to|>>>)\s{0,3}mail from", re.IGNORECASE), Stage.MAIL),
    (re.compile(r"(?:in reply to|after|response to|>>>)\s{0,3}(?:helo|ehlo)", re.IGNORECASE), Stage.EHLO),
    (re.compile(r"(?:in reply to|after|response to|>>>)\s{0,3}rcpt to", re.IGNORECASE), Stage.RCPT),
)


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: its reply code (0: none), its enhanced status code ("": none), and its line."""

    code: int
    status: str
    line: str


def find(text: str) -> list[Answer]:
    """The answers in a text, in their order."""
    found = []
    for line in _VERSION.sub(" ", text).splitlines():
        code, status = _REPLY.search(line), statuses(line)
        if code or status:
            number = int(code["code"] or code["sure"]) if code else 0
            found.append(Answer(number, status[-1] if status else "", " ".join(line.split())))
    return found


def statuses(text: str) -> list[str]:
    """The enhanced status codes of failures in a text, in their order; none that is part of a version."""
    return [status for status in _STATUS_ALONE.findall(_VERSION.sub(" ", text)) if status[0] in "45"]


def stage(text: str) -> Stage | None:
    """The command of the conversation at which the server answered, None when the text does not tell."""
    return next((found for pattern, found in _STAGES if pattern.search(text)), None)


def specific(candidates: Iterable[str]) -> str:
    """The last status that says more than "something failed" (X.0.0): the remote server's, not that of a relay."""
    known = [status for status in candidates if status]
    telling = [status for status in known if not status.endswith(".0.0")]
    return (telling or known or [""])[-1]


def judged(text: str, *, status: str = "") -> Meaning:
    """What the servers' answers in `text` say, the last of which counts; `status` is the telling one of all known."""
    code = next((one.code for one in reversed(find(text)) if one.code), 0)
    return meaning(text, code=code, status=status, stage=stage(text))


def kind(told: Meaning) -> BounceKind:
    """HARD only when the answer says that this mailbox will never get mail."""
    return BounceKind.HARD if told.is_dead_mailbox else BounceKind.SOFT


def kind_of_words(text: str) -> BounceKind:
    """What a notice without an answer of a server says: that the mailbox is full, wherever it stands; else what the
    first of its paragraphs says that blames the mailbox or us. Others explain, and "message" or "server" blames nobody.
    """
    blaming = [one for one in _meanings(text) if one.whom in (Whom.MAILBOX, Whom.US, Whom.LIMIT)]
    is_full = any(one.whom is Whom.MAILBOX and not one.is_permanent for one in blaming)
    return BounceKind.HARD if blaming and blaming[0].is_dead_mailbox and not is_full else BounceKind.SOFT


def blames_mailbox(text: str) -> bool:
    """Does a paragraph of the text say that a mailbox is full, or gone?"""
    return any(one.whom is Whom.MAILBOX for one in _meanings(text))


def _meanings(text: str) -> Iterator[Meaning]:
    """What each paragraph says, as blank lines part them, long ones cut."""
    for paragraph in re.split(r"\n[ \t]*\n", _VERSION.sub(" ", text)):
        line = " ".join(paragraph.split())
        for start in range(0, len(line), MAX_PARAGRAPH):
            yield meaning(line[start : start + MAX_PARAGRAPH])
