"""The first and the last page of an article from MEDLINE's pagination. Pure.

MEDLINE shortens the last page ("1660-8" ends on 1668, "E101-6" on E106):
https://www.nlm.nih.gov/mesh/indman/chapter_10.html, section 10.2.
"""

from __future__ import annotations

import re

#: What follows the article's own pages: further pages, discussions, continuations in other issues.
_FURTHER = re.compile(r"[,;]|(?<=\d)\. |\s*\b(?:cont|contd|concl|passim)\b", re.IGNORECASE)
#: What stands before them and is no part of them.
_LEAD = re.compile(r"^(?:pp?\b\.?|pages?\b|author reply|reply|discussion|quiz|comment)[\s:]*", re.IGNORECASE)
#: Hyphens, minus signs and dashes, with the spaces around them.
_DASH = re.compile(r"\s*[-\u2010-\u2015\u2212]\s*")
#: A first page: words ("suppl "), prefix ("S", "723.e"), number, what follows it ("P").
_PAGE = re.compile(r"(?:.*[\s:])?(.*?)(\d+)\D*")
#: A last page that may be shortened: its number, what follows it (".e2").
_SHORT = re.compile(r"(\d+)(\D.*)?")
#: Characters of the longest text that is taken for pages.
_LONGEST = 80


def first_and_last(pages: str) -> tuple[str, str]:
    """First and last page; the last is "" for a single page, an electronic identifier, and where there are no pages."""
    own = _LEAD.sub("", _FURTHER.split(pages.strip(), maxsplit=1)[0].strip())
    parts = _DASH.split(own)
    if len(own) > _LONGEST:
        return own, ""
    if "/" in own or ("(" in own and len(parts) > 2):  # an identifier ("10.1000/x-1", "S0140-6736(20)30183-5")
        return own, ""
    first, last = _halves(parts)
    is_padded = re.search(r"(?<!\d)0\d*$", first) or (first[-1:].isdigit() and last.startswith("0"))
    if is_padded and len(first) != len(last):  # numbers of one electronic identifier ("e20.00181-12")
        return own, ""
    return first, _completed(first, last)


def _halves(parts: list[str]) -> tuple[str, str]:
    """The parts between hyphens as first and last page; some pages have a hyphen of their own ("S1-9-S1-16")."""
    middle = 1 if len(parts) == 1 else len(parts) // 2
    if len(parts) == 2 and parts[0].isalpha() and not _is_roman(parts[0]) and parts[1].isdigit():
        middle = 2  # "A-24" is one page
    if len(parts) == 3:
        is_prefixed = not parts[0].isdigit()  # "ORL-704-9"; "389-392-5" is two ranges
        middle, parts = (2, parts) if is_prefixed else (1, parts[:2])
    return "-".join(parts[:middle]), "-".join(parts[middle:])


def _completed(first: str, last: str) -> str:
    """The last page with the digits and the prefix that it shares with the first; "" when it is before the first."""
    start, end = _PAGE.fullmatch(first), _SHORT.fullmatch(last)
    if start is None or end is None or (end[2] and not start[1].isalpha() and start[1]):
        return last
    (prefix, number), (digits, rest) = start.groups(), end.groups(default="")
    whole = f"{number[: max(0, len(number) - len(digits))]}{digits}"
    return f"{prefix}{whole}{rest}" if (len(whole), whole) >= (len(number), number) else ""


def _is_roman(text: str) -> bool:
    return re.fullmatch(r"[ivxlcdm]+", text, re.IGNORECASE) is not None
