"""Typed helpers that build XML elements."""

from __future__ import annotations

from datetime import date

from lxml import etree


def tag(name: str, *content: str | etree._Element, **attributes: str) -> etree._Element:
    """An element called `name` holding one text or several elements."""
    node = etree.Element(name, attributes)
    for part in content:
        if isinstance(part, str):
            node.text = part
        else:
            node.append(part)
    return node


def day(name: str, value: date, **attributes: str) -> etree._Element:
    """A date as NLM writes it: Year, Month and Day with two digits."""
    parts = (tag("Year", f"{value.year}"), tag("Month", f"{value.month:02}"), tag("Day", f"{value.day:02}"))
    return tag(name, *parts, **attributes)
