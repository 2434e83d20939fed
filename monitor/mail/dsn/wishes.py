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

#: Some mail programs leave the blank as it stands in our mailto link.
_WISH = re.compile(r"\bunsubscribe\b(?:[\s:+]|%20)*(?P<rest>.*)", re.IGNORECASE)
_TOKEN = re.compile(r"[A-Za-z0-9_.=-]{8,200}")
#: Tags and prefixes before a subject: [EXTERNAL], ***SPAM***, {Spam?}, (ext), Re:, AW:, Fwd:, SPAM:, EXT -
_TAGS = re.compile(
    r"^(?:\s|\[[^\]\n]{0,40}\]|\*{1,5}[^*\n]{0,40}\*{1,5}|\{[^}\n]{0,40}\}|\([^)\n]{0,40}\)|<[^>\n]{0,40}>|"
    r"(?!unsubscribe)[\w?!]{1,12}(?:\[\d+\])?\s?[:：]|ext(?:ern(?:al)?)?\b\s?-?|[-_#!|]+)*",
    re.IGNORECASE,
)
_LEAVE = re.compile(
    r"(?:(?:please|kindly|bitte|i (?:want|wish|would like|['’]?d like) to|ich (?:möchte|will)(?: mich)?"
    r"|je (?:veux|voudrais|souhaite)|me|se|merci de|veuillez|ik wil(?: me| mij)?|quiero|deseo|vorrei|desidero"
    r"|(?:this|den|diesen|der|de) "
    r"newsletter|newsletter)\s+){0,3}"
    r"(?:unsubscribe|remove|take|opt[ -]?out|sign ?off|stop|cancel|no more|abmelden|abbestellen|austragen|kündigen|"
    r"désabonn\w*|désinscri\w*|baja|darse de baja|darme de baja|cancelar|disiscri\w*|cancellami|afmelden|uitschrijven|"
    r"avregistrera|afmeld|meld av|wypisz|отписаться|配信停止|退订)"
    r"(?:\s+(?:me|my|this|the|your|these|all|sending|mailing|e-?mails?|mails?|messages?|newsletters?|digests?|updates?|"
    r"subscription|list|off|from|of|to|out|please|bitte|de|du|la|una|a|lista|liste|suscripción|subscrição|assinatura))"
    r"{0,8}\W*$",
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
