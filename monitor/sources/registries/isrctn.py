"""ISRCTN (https://www.isrctn.com/api, XML in the format "default"): a full list at each request.

The registry states no status: it is derived from the dates of recruitment and what overrides them. It lists no PMIDs:
result papers are lines of text with a link to PubMed. Metadata is CC0.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from http.client import NOT_FOUND, OK
from urllib.parse import quote

from lxml import etree

from monitor.errors import UpstreamError
from monitor.model import (
    Control,
    ReferenceKind,
    RegistryAnswer,
    RegistryDate,
    RegistryEntry,
    RegistryQuestion,
    RegistryReference,
    RegistryStatus,
    SourceName,
)
from monitor.sources.pubmed.records.registries import in_text
from monitor.sources.registries import expressions
from monitor.sources.registries.design import is_randomized
from monitor.sources.transport.web import WebService

#: Pairs of a number, where there is one, and why a record could not be read.
_Unreadable = tuple[tuple[str, str], ...]
PAGE = 100
_MOST_PAGES = 50
_NAMESPACE = "http://www.67bricks.com/isrctn"
_NUMBER = re.compile(r"ISRCTN\d{8}")
_PAPER = re.compile(r"(?:ncbi\.nlm\.nih\.gov/pubmed|pubmed\.ncbi\.nlm\.nih\.gov)/(\d{1,9})")
_YEAR = re.compile(r"^\D{0,3}((?:19|20)\d\d)\b|/((?:19|20)\d\d)\)")
_NAME = "ISRCTN"
#: What stands in an override of the status, by what it means.
_OVERRIDES = (
    ("suspend", RegistryStatus.SUSPENDED),
    ("withdraw", RegistryStatus.WITHDRAWN),
    ("stop", RegistryStatus.TERMINATED),
    ("terminat", RegistryStatus.TERMINATED),
    ("abandon", RegistryStatus.TERMINATED),
)
#: Where what overrides the dates stands: of the whole trial, then of its recruitment.
_STATED = (
    "trialDesign/overallStatusOverride",
    "participants/recruitmentStatusOverride",
    "participants/recruitmentStartStatusOverride",
)
_CONTROLS = (("sham", Control.SHAM), ("placebo", Control.PLACEBO))


class Isrctn:
    """A TrialRegistry."""

    def __init__(self, web: WebService) -> None:
        self._web = web

    def entries(self, asked: RegistryQuestion, watermark: str, today: date) -> RegistryAnswer:  # noqa: ARG002  the protocol's name
        """See the port: always the full list. Raises UpstreamError."""
        sent, query = self._web.requests, expressions.isrctn(asked)
        found, unreadable = self._listed(query, today) if query else ({}, ())
        singly = {n: self._one(n, today) for n in asked.numbers if _NUMBER.fullmatch(n) and n not in found}
        return RegistryAnswer(
            (*found.values(), *(entry for entry in singly.values() if entry)),
            "",  # it has no date of its data, and tells what changed by each trial's version
            by_number=frozenset(number for number, entry in singly.items() if entry),
            unreadable=unreadable,
            missing=tuple(number for number, entry in singly.items() if entry is None),
            requests=self._web.requests - sent,
        )

    def _listed(self, query: str, today: date) -> tuple[dict[str, RegistryEntry], _Unreadable]:
        """Every trial for the query, and why some could not be read.

        Raises UpstreamError when fewer come than the first page counts, and when none could be read.
        """
        entries: dict[str, RegistryEntry] = {}
        problems: list[str] = []
        total = offset = 0
        for number in range(_MOST_PAGES):
            params: dict[str, str | int] = {"q": query, "limit": PAGE, "offset": offset}
            root = _parsed(self._got("/query/format/default", params))
            if number == 0:
                total = _total(root)
            page = [_read(trial, today) for trial in _trials(root)]
            entries |= {one.number: one for one in page if isinstance(one, RegistryEntry)}
            problems += [one for one in page if isinstance(one, str)]
            offset += len(page)
            if not page or offset >= total:
                break
        if problems and not entries:
            raise UpstreamError(problems[0])
        if len(entries) + len(problems) < total:
            raise UpstreamError(f"{_NAME} counted {total} trials and sent {len(entries)}.")
        return entries, tuple(("", problem) for problem in problems)

    def _one(self, number: str, today: date) -> RegistryEntry | None:
        """The trial with this number, None when there is none."""
        response = self._web.get(f"/trial/{quote(number)}/format/default")
        if response.status == NOT_FOUND:
            return None
        if response.status != OK:
            raise UpstreamError(f"{_NAME} answered {response.status} to the number {number}.")
        trial = next(_trials(_parsed(response.body)), None)
        return None if trial is None else _Trial(trial).entry(today)

    def _got(self, path: str, params: dict[str, str | int]) -> bytes:
        response = self._web.get(path, params)
        if response.status != OK:
            raise UpstreamError(f"{_NAME} answered {response.status} to {path}.")
        return response.body


def _parsed(body: bytes) -> etree._Element:
    try:
        root = etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as error:
        raise UpstreamError(f"{_NAME} answered with something that is no XML.") from error
    if etree.QName(root).namespace != _NAMESPACE:
        raise UpstreamError(f"{_NAME}: its answer has another shape: <{etree.QName(root).localname}>")
    return root


def _total(root: etree._Element) -> int:
    written = root.get("totalCount", "")
    if etree.QName(root).localname != "allTrials" or not written.isdigit():
        raise UpstreamError(f"{_NAME}: its answer has another shape: no totalCount.")
    return int(written)


def _trials(root: etree._Element) -> Iterator[etree._Element]:
    yield from root.iter(f"{{{_NAMESPACE}}}trial")


def _read(trial: etree._Element, today: date) -> RegistryEntry | str:
    """The entry of a trial, or why it cannot be read."""
    try:
        return _Trial(trial).entry(today)
    except UpstreamError as error:
        return str(error)


class _Trial:
    """One `trial` element. Contact persons are elsewhere, and never read."""

    def __init__(self, element: etree._Element) -> None:
        self.element = element

    def text(self, path: str) -> str:
        """The text at `path`, without the strings that stand for nothing."""
        found = self.element.find("/".join(f"{{{_NAMESPACE}}}{name}" for name in path.split("/")))
        said = " ".join("".join(str(t) for t in found.itertext()).split()) if found is not None else ""
        return "" if said.lower() in ("nil known", "n/a", "not applicable") else said

    def texts(self, path: str) -> tuple[str, ...]:
        """The texts of all elements at `path`."""
        names = "/".join(f"{{{_NAMESPACE}}}{name}" for name in path.split("/"))
        return tuple(" ".join("".join(str(t) for t in one.itertext()).split()) for one in self.element.findall(names))

    def entry(self, today: date) -> RegistryEntry:
        """The entry; raises UpstreamError when it has no number."""
        digits = re.sub(r"\D", "", self.text("isrctn"))
        if len(digits) != 8:
            raise UpstreamError(f"{_NAME}: a trial has no number.")
        design = f"{self.text('trialDesign/studyDesign')} {self.text('trialDesign/secondaryStudyDesign')}".lower()
        ends = self.dated("trialDesign/overallEndDate")
        return RegistryEntry(
            source=SourceName.ISRCTN,
            number=f"ISRCTN{digits}",
            title=self.text("trialDescription/title") or self.text("trialDescription/scientificTitle"),
            url=f"https://www.isrctn.com/ISRCTN{digits}",
            status=self.status(today),
            official_title=self.text("trialDescription/scientificTitle"),
            acronym=self.text("trialDescription/acronym"),
            other_numbers=self.other_numbers(),
            conditions=self.texts("conditions/condition/description"),
            interventions=(*self.texts("interventions/intervention/drugNames"), *self.given()),
            is_interventional=_is_interventional(self.text("trialDesign/primaryStudyDesign")),
            is_randomized=is_randomized(design),
            control=next((control for word, control in _CONTROLS if word in design), Control.NOT_STATED),
            registered_on=_day(self.attribute("isrctn", "dateAssigned")),
            start=self.dated("participants/recruitmentStart"),
            primary_completion=ends,
            enrolment=_whole(self.text("participants/totalFinalEnrolment"))
            or _whole(self.text("participants/targetEnrolment")),
            is_enrolment_actual=bool(_whole(self.text("participants/totalFinalEnrolment"))),
            primary_outcomes=tuple(filter(None, [self.text("trialDescription/primaryOutcome")])),
            has_results=bool(self.text("results/basicReport") or self.text("results/plainEnglishReport")),
            references=self.references(),
            updated_on=_day(self.element.get("lastUpdated", "")),
            version=self.element.get("version", ""),
        )

    def attribute(self, path: str, name: str) -> str:
        """An attribute of the element at `path`."""
        found = self.element.find(f"{{{_NAMESPACE}}}{path}")
        return found.get(name, "") if found is not None else ""

    def dated(self, path: str) -> RegistryDate | None:
        """A date, without the time of day that follows it."""
        written = self.text(path)[:10]
        return RegistryDate(written) if RegistryDate(written).last_day else None

    def given(self) -> tuple[str, ...]:
        """The first sentences of each intervention's description, which tell what is given."""
        return tuple(text[:500] for text in self.texts("interventions/intervention/description"))

    def other_numbers(self) -> tuple[str, ...]:
        """The numbers that it has in other registries; another number of this one is of another trial."""
        given = [self.text(f"externalRefs/{name}") for name in ("clinicalTrialsGovNumber", "eudraCTNumber")]
        given += self.texts("externalRefs/secondaryNumbers/secondaryNumber")
        found = [one.number for text in given for one in in_text(text, "registry") if one.registry != _NAME]
        return tuple(dict.fromkeys(found))

    def status(self, today: date) -> RegistryStatus:
        """From what overrides the dates, then from the dates."""
        said = " ".join(map(self.text, _STATED)).lower()
        if stated := next((status for word, status in _OVERRIDES if word in said), None):
            return stated
        return _by_dates(
            _day(self.text("participants/recruitmentStart")),
            _day(self.text("participants/recruitmentEnd")),
            _day(self.text("trialDesign/overallEndDate")),
            today,
        )

    def references(self) -> tuple[RegistryReference, ...]:
        """The papers that its list of publications links to in PubMed; a line says what kind of paper it is."""
        found = self.element.find(f"{{{_NAMESPACE}}}results/{{{_NAMESPACE}}}publicationDetails")
        lines = "".join(str(t) for t in found.itertext()).splitlines() if found is not None else []
        papers = [(paper[1], line) for line in lines for paper in _PAPER.finditer(line)]
        return tuple(RegistryReference(pmid, _kind(line), _year(line)) for pmid, line in papers)


def _by_dates(start: date | None, end: date | None, over: date | None, today: date) -> RegistryStatus:
    if over and over < today:
        return RegistryStatus.COMPLETED
    if end and end < today:
        return RegistryStatus.ACTIVE
    if start is None:
        return RegistryStatus.UNKNOWN
    return RegistryStatus.RECRUITING if start <= today else RegistryStatus.NOT_YET_RECRUITING


def _is_interventional(design: str) -> bool | None:
    return design.lower().startswith("intervention") if design else None


def _day(written: str) -> date | None:
    return RegistryDate(written[:10]).last_day


def _whole(written: str) -> int | None:
    digits = written.replace(",", "").strip()
    return int(digits) if digits.isdigit() else None


def _kind(line: str) -> ReferenceKind:
    low = line.lower()
    return ReferenceKind.RESULT if "result" in low and "protocol" not in low else ReferenceKind.BACKGROUND


def _year(line: str) -> int | None:
    found: Sequence[str] = [year for match in _YEAR.finditer(line) for year in match.groups() if year]
    return int(found[0]) if found else None
