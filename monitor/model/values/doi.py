"""DOIs in one form, however they were written, so that they can be compared and linked."""

from __future__ import annotations

import re
from urllib.parse import unquote

#: A DOI's prefix and suffix (DOI handbook, section 2.2).
_DOI = re.compile(r"10\.\d+(?:\.\d+)*/\S+")
#: One as nearly all records have it, which needs nothing done.
_PLAIN = re.compile(r"10\.\d+(?:\.\d+)*/[^\s\[\]%]*[A-Za-z0-9]")
#: What people write before one: "DOI 10.…", "doi:10.…", "info:doi/10.…", "https://www.doi.org/10.…", "(10.…".
_LEAD = re.compile(r"\W*(?:(?:info|urn|url|doi|no|number|https?|www|dx|org)\W*)*?(?=10\.\d)", re.IGNORECASE)
#: What MEDLINE's display format writes behind it: "10.… [doi]".
_TRAIL = re.compile(r"\s*\[doi\]\W*$", re.IGNORECASE)
_PAIRS = {")": "(", "]": "[", ">": "<", "}": "{"}


def normal_doi(text: str) -> str:
    """The DOI in `text`, in lower case since case has no meaning in it; "" when `text` is no DOI or more than one."""
    if _PLAIN.fullmatch(text):
        return text.lower()
    lead = _LEAD.match(text)
    if lead is None:
        return ""
    bare = text[lead.end() :]
    if "org" in lead[0].lower():  # in a URL, a "?" and "#" of the DOI itself would be percent-encoded
        bare = re.split("[?#]", bare, maxsplit=1)[0]
    while bare != (decoded := unquote(bare)):
        bare = decoded
    bare = _without_punctuation(_TRAIL.sub("", bare).rstrip())
    return bare.lower() if _DOI.fullmatch(bare) else ""


def _without_punctuation(doi: str) -> str:
    """Without the stop, quotation mark or unpaired bracket of the sentence that the DOI stood in."""
    while doi and (doi[-1] in ".,;:\"'”’" or doi.count(_PAIRS.get(doi[-1], doi[-1])) < doi.count(doi[-1])):
        doi = doi[:-1].rstrip()
    return doi
