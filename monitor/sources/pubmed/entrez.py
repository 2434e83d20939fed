"""Requests as Bio.Entrez builds them. Sending them is `transport`'s part.

Bio.Entrez 1.88 sends with no timeout, retries without a pause and keeps its settings in module
globals. So its `urlopen` is replaced, for the length of one call, by a function that keeps the
request; nothing is sent from inside it, and identity and key are arguments, never globals.
"""

from __future__ import annotations

import threading
from email.message import Message
from types import SimpleNamespace
from typing import Any
from urllib.request import Request

from monitor.model import PubMedSettings

#: Where Bio.Entrez points every request to; `build` puts the configured address in its place.
OFFICIAL = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils/"

#: Guards the globals of Bio.Entrez, which is not made for threads.
_lock = threading.Lock()


def build(settings: PubMedSettings, utility: str, **params: Any) -> Request:
    """The request for one E-utility ("esearch", "efetch", "elink"), with tool, email and key.

    Long input becomes a POST by Bio.Entrez's own rule: over 1,000 characters, or 200 ids. A list of
    ids is sent as repeated `id=` by elink and with commas by efetch.
    """
    identity = {"tool": settings.tool, "email": settings.contact_email, "api_key": settings.api_key or None}
    with _lock:
        entrez = _entrez()
        opened, tries = entrez.urlopen, entrez.max_tries
        entrez.urlopen, entrez.max_tries = _keep, 1
        entrez._open.previous = 0.0  # its own pause between two calls; `throttle` keeps a stricter one
        try:
            request: Request = getattr(entrez, utility)(db="pubmed", **params, **identity).request
        finally:
            entrez.urlopen, entrez.max_tries = opened, tries
    request.full_url = settings.base_url + request.full_url.removeprefix(OFFICIAL)
    request.add_header("Accept-Encoding", "gzip")
    request.add_header("User-Agent", f"{settings.tool} ({settings.contact_email})")
    return request


def _entrez() -> Any:
    """Bio.Entrez, imported at first use: it costs 60 ms and most commands never ask PubMed."""
    from Bio import Entrez

    return Entrez


def _keep(request: Request) -> SimpleNamespace:
    """Stands in for urlopen: an answer that is nothing but its request."""
    headers = Message()
    headers["Content-Type"] = "text/xml"
    return SimpleNamespace(headers=headers, request=request)
