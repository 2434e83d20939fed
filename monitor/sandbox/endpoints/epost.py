"""EPost and EInfo: store PMIDs in the history server; describe the database."""

from __future__ import annotations

from monitor.sandbox.corpus.view import Library
from monitor.sandbox.endpoints import envelopes
from monitor.sandbox.endpoints.efetch import id_words
from monitor.sandbox.endpoints.envelopes import element
from monitor.sandbox.query.fields import BY_TAG, Kind
from monitor.sandbox.request import Request, Response


def epost(library: Library, request: Request) -> Response:
    """The response to an EPost call."""
    db = request.get("db", "pubmed")
    if db != "pubmed":
        return envelopes.error("ePostResult", f"Invalid db name specified: {db}")
    words = id_words(request.all("id"))
    good = [word for word in words if word.isdigit() and int(word)]
    if not good:
        messages = ["Empty ID list; Nothing to store"]
        if words:
            omitted = "Some IDs have invalid value and were omitted. Maximum ID value 18446744073709551615"
            messages.append(omitted)
        return envelopes.error("ePostResult", *messages)
    webenv, number = library.history.add(list(dict.fromkeys(good)), request.get("WebEnv"))
    return envelopes.result("ePostResult", f"\n\t{element('QueryKey', number)}\n\t{element('WebEnv', webenv)}\n")


def einfo(library: Library, request: Request) -> Response:
    """The response to an EInfo call: the list of databases, or PubMed's fields and links."""
    db = request.get("db")
    if not db:
        if request.is_json():
            return envelopes.json_result("einfo", {"einforesult": {"dblist": ["pubmed"]}})
        return envelopes.result("eInfoResult", "\n<DbList>\n\t<DbName>pubmed</DbName>\n</DbList>\n")
    if db != "pubmed":
        return envelopes.error("eInfoResult", f"Can not retrieve DbInfo for db={db}")
    return _json(library) if request.is_json() else _xml(library)


def _facts(library: Library) -> dict[str, str]:
    return {
        "dbname": "pubmed",
        "menuname": "PubMed",
        "description": "PubMed bibliographic record",
        "dbbuild": f"Build-{library.at:%Y.%m.%d.%H.%M}",
        "count": str(len(library.view.states)),
        "lastupdate": f"{library.at:%Y/%m/%d %H:%M}",
    }


def _fields() -> list[tuple[str, str, Kind]]:
    """(short name, full name, kind) of every field, each once."""
    seen = {field: tag for tag, field in reversed(BY_TAG.items())}
    return [(tag.upper(), field.name, field.kind) for field, tag in seen.items()]


def _xml(library: Library) -> Response:
    names = {"dbname": "DbName", "menuname": "MenuName", "description": "Description", "dbbuild": "DbBuild"}
    names |= {"count": "Count", "lastupdate": "LastUpdate"}
    head = "".join(f"\n\t{element(names[name], value)}" for name, value in _facts(library).items())
    fields = "".join(
        f"<Field>{element('Name', tag)}{element('FullName', name)}{element('IsDate', _yes(kind is Kind.DATE))}"
        f"{element('IsNumerical', _yes(kind is Kind.UID))}</Field>"
        for tag, name, kind in _fields()
    )
    # NCBI does not list citedin here, although ELink serves it
    links = "".join(f"<Link>{element('Name', name)}</Link>" for name in ("pubmed_pubmed", "pubmed_pubmed_refs"))
    inside = f"{head}\n\t<FieldList>{fields}</FieldList>\n\t<LinkList>{links}</LinkList>\n"
    return envelopes.result("eInfoResult", f"\n<DbInfo>{inside}</DbInfo>\n")


def _json(library: Library) -> Response:
    fields = [
        {"name": tag, "fullname": name, "isdate": _yes(kind is Kind.DATE), "isnumerical": _yes(kind is Kind.UID)}
        for tag, name, kind in _fields()
    ]
    info = [{**_facts(library), "fieldlist": fields, "linklist": []}]
    return envelopes.json_result("einfo", {"einforesult": {"dbinfo": info}})


def _yes(fact: bool) -> str:
    return "Y" if fact else "N"
