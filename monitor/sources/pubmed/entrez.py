"""Builds requests with Bio.Entrez; `retry` sends them.

Bio.Entrez 1.88 sends without a timeout, retries without a delay and keeps its settings in module
globals. So its `urlopen` is replaced for the duration of a call by a function that returns the
request: Bio.Entrez sends nothing, and email and API key are arguments, never globals.
"""

from __future__ import annotations

import threading
from email.message import Message
from types import SimpleNamespace
from typing import Any
from urllib.request import Request

from monitor.model import PubMedSettings

#: The base URL that Bio.Entrez uses; `build` replaces it by the configured one.
OFFICIAL = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils/"

#: Guards the globals of Bio.Entrez, which is not thread-safe.
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
        entrez._open.previous = 0.0  # disables its own rate limit; `rate_limit` has a stricter one
        try:
            request: Request = getattr(entrez, utility)(db="pubmed", **params, **identity).request
        finally:
            entrez.urlopen, entrez.max_tries = opened, tries
    request.full_url = settings.base_url + request.full_url.removeprefix(OFFICIAL)
    request.add_header("Accept-Encoding", "gzip")
    request.add_header("User-Agent", f"{settings.tool} ({settings.contact_email})")
    return request


def _entrez() -> Any:
    """Bio.Entrez, imported at first use: the import takes 60 ms and most commands send nothing to PubMed."""
    from Bio import Entrez

    return Entrez


def _keep(request: Request) -> SimpleNamespace:
    """Replaces urlopen: a response that only has its request."""
    headers = Message()
    headers["Content-Type"] = "text/xml"
    return SimpleNamespace(headers=headers, request=request)
