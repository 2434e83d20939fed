"""What people call a report in a sentence: its first author and year. Pure."""

from __future__ import annotations

import re

from monitor.model import Article

_COUNTS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
#: Trials that others held, or of which this is one.
_SYNTHESIS = re.compile(r"\bmeta-?analys|\breview\b|\b(?:first|second|third|one) of (?:the )?(?:two|three|\d)\b")
_POOLED = re.compile(rf"\b(?P<n>[2-9]|{'|'.join(_COUNTS)}) (?:[\w-]+,? ){{0,6}}?(?:trials|studies|rcts)\b")


def signed(article: Article) -> str:
    """ "Siddiqui 2014": first author (or group) and year of first publication; only what is known, perhaps ""."""
    author = article.authors[0] if article.authors else None
    who = (author.collective or author.last) if author else ""
    day = article.first_public_on
    return " ".join(part for part in (who, str(day.year) if day else "") if part)


def cited(article: Article) -> str:
    """The report as a sentence names it; a report without authors is named by its title.

    Never by PMID: readers know authors, and a record that PubMed does not hold has a number that leads nowhere.
    """
    has_author = bool(article.authors and (article.authors[0].collective or article.authors[0].last))
    name = signed(article)
    if has_author or not article.title:
        return name or "an unnamed report"
    title = article.title.strip().strip("[]").rstrip(".")
    return f"“{title}”, {name}" if name else f"“{title}”"


def trials_pooled(title: str) -> int:
    """How many trials a title says its report is of: "pooled results of two randomised trials" is two, else one."""
    found = None if _SYNTHESIS.search(title.lower()) else _POOLED.search(title.lower())
    return _COUNTS.get(found["n"]) or int(found["n"]) if found else 1
