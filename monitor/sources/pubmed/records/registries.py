"""Trial registry numbers in data bank lists and in text, normalized to the registry's own format.

The formats are those of the registries of the WHO network
(https://www.who.int/clinical-trials-registry-platform/network) as printed in records: with or without a space,
hyphen or colon after the registry's letters.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from monitor.model import Registration

# A "?" stands for any character that is not ASCII, such as the dashes of a typesetter (see `_ascii`).
_GAP = r"[\s:#?-]{0,3}(?:(?:NO|NUMBER|ID)\b[.:\s]*)?"


@dataclass(frozen=True, slots=True)
class _Format:
    """The format of one registry's numbers; `pattern` is tried only on upper-case text that contains `hint`."""

    registry: str
    hint: str
    pattern: re.Pattern[str]
    write: Callable[[re.Match[str]], str]


def _format(registry: str, hint: str, rest: str, written: str) -> _Format:
    """A format that starts with the letters `hint`; `written` is the template of the normalized number."""
    pattern = re.compile(rf"{hint}(?<![A-Z0-9]{hint}){rest}(?![0-9])", re.ASCII)
    return _Format(registry, hint, pattern, lambda match: match.expand(written))


def _chinese(match: re.Match[str]) -> str:
    return f"ChiCTR-{match[1]}-{match[2]}" if match[1] else f"ChiCTR{match[2]}"


def _european(match: re.Match[str]) -> str:
    return f"{match[1]}-{match[2]}-{match[3]}"


def _broken_up(registry: str, hint: str, digits: int) -> _Format:
    """A number that is printed in groups ("NCT 0123 4567"); in one piece it has a format of its own."""
    pattern = rf"{hint}(?<![A-Z0-9]{hint}){_GAP}([0-9]{{2,6}}(?:[ ?-][0-9]{{2,6}}){{1,3}})(?![0-9]|[ -][0-9])"
    counted = re.compile(
        pattern.replace("([0-9]", rf"(?=(?:[0-9][ ?-]?){{{digits}}}(?![0-9]|[ -][0-9]))([0-9]", 1), re.ASCII
    )
    return _Format(registry, hint, counted, lambda match: f"{hint}{re.sub('[^0-9]', '', match[1])}")


#: A number of the European registers needs no letters before it: year, six digits, two digits.
_EUROPEAN = re.compile(r"(?<![0-9/.-])(20[0-3][0-9])[?-]([05][0-9]{5})[?-]([0-9]{2})(?![0-9])(?!/[0-9])", re.ASCII)
_EUROPEAN_HINTS = ("-00", "-01", "-02", "-50", "-51", "-52", "-53", "EUDRA", "EUCTR")

FORMATS = (
    _format("ClinicalTrials.gov", "NCT", rf"{_GAP}([0-9]{{8}})", r"NCT\1"),
    _broken_up("ClinicalTrials.gov", "NCT", 8),
    _format("ISRCTN", "ISRCTN", rf"{_GAP}([0-9]{{8}})", r"ISRCTN\1"),
    _broken_up("ISRCTN", "ISRCTN", 8),
    _format("ANZCTR", "ACTRN", rf"{_GAP}([0-9]{{14}})", r"ACTRN\1"),
    _format("ANZCTR", "ANZCTR", rf"{_GAP}([0-9]{{14}})", r"ACTRN\1"),
    _Format(
        "ChiCTR",
        "CHICTR",
        re.compile(r"CHICTR(?<![A-Z0-9]CHICTR)[\s:-]{0,2}(?:([A-Z]{2,7})[\s-]{0,2})?([0-9]{8,10})(?![0-9])", re.ASCII),
        _chinese,
    ),
    _format("DRKS", "DRKS", rf"{_GAP}([0-9]{{8}})", r"DRKS\1"),
    _format("UMIN-CTR", "UMIN", r"(?:-?CTR)?(?:-?ID)?[\s:,#-]{0,3}([0-9]{9})", r"UMIN\1"),
    _format("UMIN-CTR", "UMIN", r"(?:-?CTR)?(?:[\s-]?(?:ID|NUMBER))?[\s:,#-]{0,3}(C[0-9]{9})", r"\1"),
    _Format(
        "jRCT",
        "JRCT",
        re.compile(r"JRCT(?<![A-Z0-9]JRCT)[\s:-]{0,2}(S?)[\s-]?([0-9]{9,10})(?![0-9])", re.ASCII),
        lambda match: f"jRCT{match[1].lower()}{match[2]}",
    ),
    _format("JapicCTI", "JAPICCTI", r"[\s:-]{0,2}([0-9]{6})", r"JapicCTI-\1"),
    _format("JMACCT", "JMA-IIA", r"([0-9]{5})", r"JMA-IIA\1"),
    _format("CTRI", "CTRI", r"[\s:/-]{0,2}([0-9]{4})\s?/\s?([0-9]{2,3})\s?/\s?([0-9]{5,6})", r"CTRI/\1/\2/\3"),
    _format("OMON", "OMON", r"[\s:#?-]{0,3}(?:NUMBER\s)?([0-9]{4,6})", r"NL-OMON\1"),
    _format("IRCT", "IRCT", rf"{_GAP}([0-9]{{8,14}})\s?N([0-9]{{1,3}})", r"IRCT\1N\2"),
    _format("NTR", "NTR", rf"{_GAP}([0-9]{{3,5}})", r"NTR\1"),
    _format("NTR", "TRIAL REGIST", r"(?:ER|RY)[\s:;,(#-]{0,3}(?:NTR[\s:,-]{0,3})?NL[\s:-]?([0-9]{3,5})", r"NL\1"),
    _format("PACTR", "PACTR", rf"{_GAP}([0-9]{{15,16}})", r"PACTR\1"),
    _Format(
        "ReBEC",
        "RBR-",
        re.compile(r"RBR-(?<![A-Z0-9]RBR-)\s?([0-9A-Z]{6,9})(?![0-9A-Z])", re.ASCII),
        lambda match: f"RBR-{match[1].lower()}",
    ),
    _format("CRiS", "KCT", rf"{_GAP}([0-9]{{7}})", r"KCT\1"),
    _format("SLCTR", "SLCTR", r"[\s:/-]{0,2}([0-9]{4})\s?/\s?([0-9]{3})", r"SLCTR/\1/\2"),
    _format("TCTR", "TCTR", rf"{_GAP}([0-9]{{11}})", r"TCTR\1"),
    _format("REPEC", "PER-", r"([0-9]{3})-([0-9]{2})", r"PER-\1-\2"),
    _format("LBCTR", "LBCTR", rf"{_GAP}([0-9]{{10}})", r"LBCTR\1"),
    _format("RPCEC", "RPCEC", rf"{_GAP}([0-9]{{8}})", r"RPCEC\1"),
    _format("ITMCTR", "ITMCTR", rf"{_GAP}([0-9]{{10}})", r"ITMCTR\1"),
    _format("SNCTP", "SNCTP", rf"{_GAP}([0-9]{{9}})", r"SNCTP\1"),
    _format("PHRR", "PHRR", r"([0-9]{6})-([0-9]{6})", r"PHRR\1-\2"),
    _format("UTN", "U1111", r"-([0-9]{4})-([0-9]{4})", r"U1111-\1-\2"),
)

#: DataBankName values that are trial registries, unlike GENBANK, figshare ….
REGISTRIES = frozenset(
    {
        "clinicaltrials.gov",
        "isrctn",
        "eudract",
        "ctis",
        "anzctr",
        "actr",
        "chictr",
        "drks",
        "omon",
        "jprn",
        "jrct",
        "umin",
    }
    | {"umin-ctr", "umin ctr", "ctri", "irct", "ntr", "pactr", "rebec", "cris", "kct", "slctr", "tctr", "thaictr"}
    | {"repec", "rpcec", "lbctr", "japiccti", "jmacct", "itmctr"}
)


def in_text(text: str, found_in: str) -> Iterator[Registration]:
    """Every registry number in `text`, normalized; a number may be repeated."""
    if not _may_hold_a_number(text):
        return
    upper = _ascii(text)
    for number_format in FORMATS:
        if number_format.hint in upper:
            for match in number_format.pattern.finditer(upper):
                yield Registration(number_format.registry, number_format.write(match), found_in)
    if any(hint in upper for hint in _EUROPEAN_HINTS):
        for match in _EUROPEAN.finditer(upper):
            registry = "CTIS" if match[2].startswith("5") else "EudraCT"
            yield Registration(registry, _european(match), found_in)


def _ascii(text: str) -> str:
    """`text` in upper case with "?" for non-ASCII characters: no number has any, and searching it is faster."""
    return text.encode("ascii", "replace").upper().decode("ascii")


#: Maps all digits to 0, so that a run of five digits is found by a substring search, many times faster.
_DIGITS_TO_ZERO = bytes.maketrans(string.digits.encode(), b"0" * 10)
_SHORT = re.compile(rb"NCT|ISRCTN|NTR|NL|SLCTR|PER-0|U0000-")


def _may_hold_a_number(text: str) -> bool:
    """A fast test that excludes most texts: a number has five digits in a row or one of the short formats."""
    folded = text.encode("ascii", "replace").translate(_DIGITS_TO_ZERO)
    if b"00000" in folded or b"RBR-" in folded:
        return True
    return b"000" in folded and _SHORT.search(folded) is not None


def in_databank(name: str, number: str) -> Iterator[Registration]:
    """The registry numbers of one AccessionNumber; one in no known format is kept as printed."""
    found = [*in_text(number, "databank")]
    if not found and name.lower() in REGISTRIES and number:
        letters = _PREFIXES.get(name.lower(), "")
        found = [*in_text(f"{letters}{number}", "databank")] or [Registration(name, number, "databank")]
    yield from found


#: Letters that are missing from some accession numbers, by registry.
_PREFIXES = {
    "clinicaltrials.gov": "NCT",
    "isrctn": "ISRCTN",
    "drks": "DRKS",
    "ntr": "NTR",
    "pactr": "PACTR",
    "anzctr": "ACTRN",
    "chictr": "ChiCTR",
    "ctri": "CTRI/",
    "cris": "KCT",
    "irct": "IRCT",
    "itmctr": "ITMCTR",
    "jrct": "jRCT",
    "kct": "KCT",
    "lbctr": "LBCTR",
    "omon": "NL-OMON",
    "rebec": "RBR-",
    "rpcec": "RPCEC",
    "slctr": "SLCTR/",
    "tctr": "TCTR",
    "thaictr": "TCTR",
    "umin": "UMIN",
    "umin ctr": "UMIN",
    "umin-ctr": "UMIN",
}


def without_duplicates(registrations: Iterable[Registration]) -> tuple[Registration, ...]:
    """The registrations in order, without duplicates; one number found in two places is two registrations."""
    return tuple(dict.fromkeys(registrations))
