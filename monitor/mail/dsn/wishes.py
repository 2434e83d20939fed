"""A wish to leave, mailed to the List-Unsubscribe address (RFC 2369): "unsubscribe" and our token as subject. Pure.

Gateways write before and behind the subject of a mail from outside, and mail programs encode and fold it.
"""

from __future__ import annotations

import re
from email.message import Message

from monitor.mail.dsn import parts

#: Words behind "unsubscribe" that may be parts of one token: cut by a mail program, or at an "_" that a Q-encoded word
#: (RFC 2047) was made to contain as it is, where it stands for a blank.
_MAX_PIECES = 8
#: Characters of the text in which its first line is looked for.
MAX_TEXT = 2_000

_WISH = re.compile(r"\bunsubscribe\b[\s:]*(?P<rest>.*)", re.IGNORECASE)
_TOKEN = re.compile(r"[A-Za-z0-9_.=-]{8,200}")
#: Tags and prefixes before a subject: [EXTERNAL], ***SPAM***, {Spam?}, (ext), Re:, AW:, Fwd:, SPAM:, EXT -
_TAGS = re.compile(
    r"^(?:\s|\[[^\]\n]{0,40}\]|\*{1,5}[^*\n]{0,40}\*{1,5}|\{[^}\n]{0,40}\}|\([^)\n]{0,40}\)|<[^>\n]{0,40}>|"
    r"(?!unsubscribe)[\w?!]{1,12}(?:\[\d+\])?\s?[:：]|ext(?:ern(?:al)?)?\b\s?-?|[-_#!|]+)*",
    re.IGNORECASE,
)
_LEAVE = re.compile(
    r"(?:please )?(?:unsubscribe|remove(?: me)?|opt[ -]?out|sign ?off|stop|cancel(?: (?:my )?subscription)?|abmelden|"
    r"abbestellen|austragen|désabonn\w*|désinscri\w*|se désabonner|baja|darse de baja|cancelar (?:la )?suscripción|"
    r"disiscri\w*|cancellami|cancelar (?:a )?(?:subscrição|assinatura)|afmelden|uitschrijven|avregistrera|afmeld|"
    r"meld av|wypisz|отписаться|配信停止|退订)(?: me)?(?: (?:from|from this list|please|me))?\W*$",
    re.IGNORECASE,
)


def tokens(message: Message) -> tuple[str, ...]:
    """What may be our token in the subject, the likeliest first; the caller checks its signature."""
    found = _WISH.search(parts.header(message, "Subject"))
    pieces = found["rest"].split()[:_MAX_PIECES] if found else []
    candidates = (
        joint.join(pieces[:number]).strip("<>[]()\"'.,;") for number in range(1, len(pieces) + 1) for joint in ("", "_")
    )
    return tuple(dict.fromkeys(one for one in candidates if _TOKEN.fullmatch(one)))


def is_wish(message: Message) -> bool:
    """Does a person ask to leave, in the subject alone or in the first line of the text alone?"""
    subject = _TAGS.sub("", parts.header(message, "Subject"), count=1)
    if _LEAVE.match(subject) or (_WISH.match(subject) and tokens(message)):
        return True
    lines = (line.strip() for line in parts.text(message)[:MAX_TEXT].splitlines())
    return bool(_LEAVE.match(next((line for line in lines if line), "")))
