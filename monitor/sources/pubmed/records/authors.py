"""Authors, groups and investigators of a record."""

from __future__ import annotations

import re

from lxml import etree

from monitor.model import Author
from monitor.sources.pubmed.records.text import plain_text

# Seen as "0000-0002-1825-0097", "0000000218250097" and "http://orcid.org/0000-0002-1825-0097".
_ORCID = re.compile(r"(\d{4})-?(\d{4})-?(\d{4})-?(\d{3}[\dXx])\s*/?$", re.ASCII)


def of(names: etree._Element | None) -> tuple[Author, ...]:
    """The names in an AuthorList or InvestigatorList, in order.

    A name with ValidYN="N" is a misspelling listed beside its correction; it is left out
    unless there is no valid name.
    """
    if names is None:
        return ()
    listed = [*names.iterchildren("Author", "Investigator")]
    valid = [person for person in listed if person.get("ValidYN") != "N"]
    people = [_person(person) for person in valid or listed]
    return tuple([one for one in people if one.last or one.collective or one.fore or one.initials])


def is_complete(names: etree._Element | None) -> bool:
    """False when the record says that its author list is incomplete (CompleteYN="N")."""
    return names is None or names.get("CompleteYN") != "N"


def _person(person: etree._Element) -> Author:
    last = fore = initials = suffix = collective = orcid = ""
    for part in person:
        tag = part.tag
        if tag == "LastName":
            last = plain_text(part)
        elif tag == "ForeName" or tag == "FirstName":
            fore = plain_text(part)
        elif tag == "Initials":
            initials = plain_text(part)
        elif tag == "Identifier":
            orcid = orcid or _orcid(part)
        elif tag == "CollectiveName":
            collective = plain_text(part)
        elif tag == "Suffix":
            suffix = plain_text(part)
    return Author(last, fore, initials, suffix, collective, orcid)


def _orcid(identifier: etree._Element) -> str:
    match = _ORCID.search(plain_text(identifier)) if identifier.get("Source") == "ORCID" else None
    return "-".join(match.groups()).upper() if match else ""
