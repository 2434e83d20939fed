"""A digest as a chat message: short, in Markdown or plain, within the service's limit, no link cut. Pure."""

from __future__ import annotations

import re

from monitor.language.speech import gettext as _
from monitor.language.speech import ngettext, speaking
from monitor.model import ChannelMessage, Paragraph

#: Bytes of a message at most, whatever a service allows: who wants to read on follows the link.
LONGEST = 3_000
#: What is kept free of a service's limit for what it adds, such as the title.
_MARGIN = 60
#: Signs that mean something in the Markdown of some service; each becomes one that looks alike, because not all know
#: the backslash, and one that is left open makes some refuse the whole message.
_ALIKE = str.maketrans({"*": "∗", "`": "ʼ", "~": "∼", "\\": "∖", "|": "∣"})
#: An underscore at the edge of a word, a tag, and a name that would call somebody.
_EDGE, _TAG, _CALL = re.compile(r"(?<!\w)_+|_+(?!\w)"), re.compile(r"<(?=[\w/!])"), re.compile(r"@(?=\w)")


def chat_text(message: ChannelMessage, limit: int, *, is_markdown: bool) -> str:
    """The message in at most `limit` bytes of UTF-8: as many paragraphs as fit, and where the rest is."""
    with speaking(message.catalogue):
        return _chat_text(message, limit, is_markdown=is_markdown)


def _chat_text(message: ChannelMessage, limit: int, *, is_markdown: bool) -> str:
    room = min(limit, LONGEST) - len(message.subject.encode()) - _MARGIN
    page = Paragraph(_("The whole digest"), message.page, _("read it here")) if message.page else Paragraph("")
    ending = _written(page, is_markdown=is_markdown)
    written = [_written(one, is_markdown=is_markdown) for one in message.paragraphs]
    room -= _size(ending)
    shown: list[str] = []
    for number, text in enumerate(written):
        left_out = _left_out(len(written) - number - 1)
        if _size(text) + _size(left_out) > room:
            cut = _cut(message.paragraphs[0].text, room - _size(left_out)) if not shown else ""
            shown += [part for part in (_plain(cut, is_markdown=is_markdown), _left_out(len(written) - number)) if part]
            break
        shown.append(text)
        room -= _size(text)
    return "\n\n".join([*shown, ending] if ending else shown)


def _written(one: Paragraph, *, is_markdown: bool) -> str:
    """The paragraph with its link, which is left whole."""
    text = _plain(one.text, is_markdown=is_markdown)
    if not one.url:
        return text
    if not is_markdown:
        return f"{text}: {one.url}"
    url = one.url.replace("(", "%28").replace(")", "%29").replace(" ", "%20")
    return f"{text}: [{one.label or 'link'}]({url})"


def _plain(text: str, *, is_markdown: bool) -> str:
    """Text of anybody's as nothing but text."""
    text = _CALL.sub("@\u200b", text)
    if not is_markdown:
        return text
    text = _TAG.sub("‹", _EDGE.sub("-", text.translate(_ALIKE)))
    return text.replace("[", "\\[").replace("]", "\\]")


def _left_out(number: int) -> str:
    if not number:
        return ""
    return ngettext(
        "And %(number)s more line in the whole digest.", "And %(number)s more lines in the whole digest.", number
    )


def _cut(text: str, size: int) -> str:
    """The beginning of text that has no link, in at most `size` bytes, whatever Markdown adds to it."""
    short = text.encode()[: max(0, size * 2 // 3)].decode(errors="ignore")
    return f"{short.rpartition(' ')[0] or short} …"


def _size(text: str) -> int:
    return len(text.encode()) + len("\n\n") if text else 0
