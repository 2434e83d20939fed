"""ESummary: short descriptions of records, versions 1 and 2, XML and JSON (recorded responses)."""

from __future__ import annotations

from datetime import datetime

from lxml import etree

from monitor.sandbox.corpus import index_keys
from monitor.sandbox.corpus.lifecycle import State
from monitor.sandbox.corpus.view import Library
from monitor.sandbox.endpoints import envelopes
from monitor.sandbox.endpoints.efetch import RefusedError, wanted
from monitor.sandbox.endpoints.envelopes import element
from monitor.sandbox.endpoints.medline_format import published
from monitor.sandbox.request import Request, Response

#: MedlineCitation/@Status → RecordStatus in NCBI's words.
RECORD_STATUS = {
    "MEDLINE": "PubMed - indexed for MEDLINE",
    "Publisher": "PubMed - as supplied by publisher",
    "In-Process": "PubMed - in process",
    "In-Data-Review": "PubMed - in process",
    "OLDMEDLINE": "PubMed - OLDMEDLINE",
}

Value = str | list[tuple[str, str]]


def esummary(library: Library, request: Request) -> Response:
    """The response to an ESummary call."""
    db = request.get("db", "pubmed")
    if db != "pubmed":
        return _error(request, f"Invalid db name specified: {db}")
    try:
        pmids = wanted(library, request)
    except RefusedError as refusal:
        message = "Empty id list" if request.all("id") else refusal.message
        return _error(request, message)
    found = {pmid: library.view.states.get(pmid) for pmid in dict.fromkeys(pmids)}
    if request.is_json():
        return _json(library, found)
    return _xml(library, found, is_new=request.get("version") == "2.0")


def _error(request: Request, message: str) -> Response:
    if request.is_json():
        return envelopes.json_result("esummary", {"error": message})
    return envelopes.error("eSummaryResult", message)


def _unknown(pmid: str) -> str:
    return f"UID={pmid}: cannot get document summary"


def _xml(library: Library, found: dict[str, State | None], is_new: bool) -> Response:
    write = _document if is_new else _docsum
    inside = "".join(
        write(library, pmid, state) if state else element("ERROR", _unknown(pmid)) + "\n"
        for pmid, state in found.items()
    )
    if is_new:
        build = element("DbBuild", f"Build-{library.at:%Y.%m.%d.%H.%M}")
        inside = f'<DocumentSummarySet status="OK">\n{build}\n{inside}</DocumentSummarySet>'
    return envelopes.result("eSummaryResult", f"\n{inside}")


def _docsum(library: Library, pmid: str, state: State) -> str:
    items = "".join(_item(name, kind, value) for name, kind, value in _values(library, state))
    return f"<DocSum>\n\t{element('Id', pmid)}\n{items}</DocSum>\n"


def _item(name: str, kind: str, value: Value) -> str:
    if isinstance(value, str):
        return element_with(name, kind, value)
    inner = "Date" if name == "History" else "String"
    inside = "".join("\t" + element_with(part, inner, text) for part, text in value)
    return f'\t<Item Name="{name}" Type="List">\n{inside}\t</Item>\n'


def element_with(name: str, kind: str, value: str) -> str:
    """One Item of a version 1 summary."""
    return "\t" + element("Item", value).replace("<Item>", f'<Item Name="{name}" Type="{kind}">') + "\n"


def _document(library: Library, pmid: str, state: State) -> str:
    inside = ""
    for name, _, value in _values(library, state):
        if isinstance(value, str):
            inside += element(name, value)
        else:
            inside += f"<{name}>" + "".join(element(part, text) for part, text in value) + f"</{name}>"
    return f'<DocumentSummary uid="{pmid}">{inside}</DocumentSummary>\n'


def _values(library: Library, state: State) -> list[tuple[str, str, Value]]:
    """Name, type and value of every item of a summary, in NCBI's order."""
    whole = etree.fromstring(state.xml())
    source = index_keys.citation(whole)
    authors = [("Author", name) for name in _authors(source)]
    ids = [("pubmed", state.record.pmid), *_ids(whole)]
    doi = next((value for kind, value in ids if kind == "doi"), "")
    volume, issue, pages = (_first(source, path) for path in (".//Volume", ".//JournalIssue/Issue", ".//MedlinePgn"))
    day = published(source)
    return [
        ("PubDate", "Date", day),
        ("EPubDate", "Date", " ".join(part.text or "" for part in source.iterfind("Article/ArticleDate/*"))),
        ("Source", "String", _first(source, "MedlineJournalInfo/MedlineTA") or _first(source, ".//BookTitle")),
        ("AuthorList", "List", authors),
        ("LastAuthor", "String", authors[-1][1] if authors else ""),
        ("Title", "String", _first(source, ".//ArticleTitle") or _first(source, ".//BookTitle")),
        ("Volume", "String", volume),
        ("Issue", "String", issue),
        ("Pages", "String", pages),
        ("LangList", "List", [("Lang", text) for text in index_keys.texts_of(source, ".//Language")]),
        ("NlmUniqueID", "String", _first(source, "MedlineJournalInfo/NlmUniqueID")),
        ("PubTypeList", "List", [("PubType", text) for text in index_keys.texts_of(source, ".//PublicationType")]),
        ("RecordStatus", "String", RECORD_STATUS.get(source.get("Status", ""), "PubMed")),
        ("PubStatus", "String", _first(whole, "PubmedData/PublicationStatus")),
        ("ArticleIds", "List", ids),
        ("DOI", "String", doi),
        ("History", "List", [(status, _stamp(at)) for status, at in index_keys.history(whole).items()]),
        ("HasAbstract", "Integer", "1" if state.facts.line("ab") else "0"),
        ("PmcRefCount", "Integer", str(len(library.public(list(library.corpus.citing(state.record.pmid)))))),
        ("FullJournalName", "String", _first(source, ".//Journal/Title")),
        ("ELocationID", "String", f"doi: {doi}" if doi else ""),
        ("SO", "String", f"{day};{volume}({issue}):{pages}"),
    ]


def _first(source: etree._Element, path: str) -> str:
    return index_keys.text_of(source.find(path))


def _authors(source: etree._Element) -> list[str]:
    people = source.iterfind(".//AuthorList/Author")
    return [
        a.findtext("CollectiveName") or f"{a.findtext('LastName') or ''} {a.findtext('Initials') or ''}".strip()
        for a in people
    ]


def _ids(whole: etree._Element) -> list[tuple[str, str]]:
    found = whole.iterfind("PubmedData/ArticleIdList/ArticleId")
    return [(each.get("IdType", ""), each.text or "") for each in found if each.get("IdType") != "pubmed"]


def _stamp(at: datetime) -> str:
    return f"{at:%Y/%m/%d %H:%M}"


def _json(library: Library, found: dict[str, State | None]) -> Response:
    content: dict[str, object] = {"uids": list(found)}
    for pmid, state in found.items():
        content[pmid] = (
            _record(library, pmid, state) if state else {"uid": pmid, "error": "cannot get document summary"}
        )
    return envelopes.json_result("esummary", {"result": content})


def _record(library: Library, pmid: str, state: State) -> dict[str, object]:
    values = {name: value for name, _, value in _values(library, state)}
    record: dict[str, object] = {"uid": pmid}
    record |= {name.lower(): value for name, value in values.items() if isinstance(value, str)}
    lists = {name: value for name, value in values.items() if not isinstance(value, str)}
    record["authors"] = [{"name": name, "authtype": "Author"} for _, name in lists["AuthorList"]]
    record["pubtype"] = [text for _, text in lists["PubTypeList"]]
    record["lang"] = [text for _, text in lists["LangList"]]
    record["articleids"] = [{"idtype": kind, "value": value} for kind, value in lists["ArticleIds"]]
    record["history"] = [{"pubstatus": status, "date": at} for status, at in lists["History"]]
    return record
