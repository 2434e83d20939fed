"""URLs of articles, trial registrations and our own pages. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote

from monitor.language.speech import gettext as _
from monitor.model import Article
from monitor.render.placeholders import clean

#: PMIDs from here on are invented by the sandbox; PubMed never assigns them.
FIRST_INVENTED_PMID = 990_000_001

#: PMIDs in one PubMed URL at most: it then stays below 2,000 characters, which every mail client accepts.
PMIDS_IN_A_LINK = 180

_REGISTRIES = (
    (re.compile(r"NCT\d{8}$"), "https://clinicaltrials.gov/study/{}"),
    (re.compile(r"ISRCTN\d+$"), "https://www.isrctn.com/{}"),
    (re.compile(r"ACTRN\d+p?$"), "https://anzctr.org.au/{}.aspx"),
    (re.compile(r"DRKS\d+$"), "https://drks.de/search/en/trial/{}"),
    (re.compile(r"20\d\d-5\d{5}-\d\d(-\d\d)?$"), "https://euclinicaltrials.eu/ctis-public/view/{}"),
    (re.compile(r"\d{4}-\d{6}-\d\d$"), "https://www.clinicaltrialsregister.eu/ctr-search/search?query={}"),
)
#: The WHO ICTRP search portal finds the numbers of all primary registries.
_ANY_REGISTRY = "https://trialsearch.who.int/Trial2.aspx?TrialID={}"


@dataclass(frozen=True, slots=True)
class Link:
    """A link: its text and its URL."""

    label: str
    url: str


def is_in_pubmed(pmid: str) -> bool:
    """True unless the PMID is invented by the sandbox or no number."""
    return pmid.isdecimal() and int(pmid) < FIRST_INVENTED_PMID


def pubmed(pmid: str) -> str:
    """The URL of the PubMed record, "" for a PMID that PubMed does not have."""
    return f"https://pubmed.ncbi.nlm.nih.gov/{pmid}/" if is_in_pubmed(pmid) else ""


def doi(name: str) -> str:
    """The URL that resolves a DOI, "" for none."""
    return f"https://doi.org/{quote(name[:300], safe='/:;().-_')}" if name else ""


def registry(number: str) -> str:
    """The URL of a trial's registration: of its own registry where known, else of the WHO ICTRP."""
    form = next((form for pattern, form in _REGISTRIES if pattern.match(number)), _ANY_REGISTRY)
    return form.format(quote(number[:60], safe=""))


def report(pmid: str, doi_name: str = "") -> str:
    """The one URL of a report: its PubMed record, else its DOI, else ""."""
    return pubmed(pmid) or doi(doi_name)


def article_links(article: Article) -> tuple[Link, ...]:
    """The links of an article: PubMed, DOI, free full texts, and at most four of its trial registrations."""
    found = [Link("PubMed", pubmed(article.pmid)), Link("DOI", doi(article.doi))]
    found += full_text_links(article.pmcid)
    found += registration_links(article.registry_numbers)
    return tuple(link for link in found if link.url)


def full_text_links(pmcid: str) -> tuple[Link, ...]:
    """Where the full text with this PMCID can be read for free: PMC, and Europe PMC, which mirrors it; () for ""."""
    if not pmcid:
        return ()
    name = quote(pmcid[:30], safe="")
    return (
        Link(_("Full text (PMC)"), f"https://pmc.ncbi.nlm.nih.gov/articles/{name}/"),
        Link(_("Full text (Europe PMC)"), f"https://europepmc.org/article/PMC/{name}"),
    )


def registration_links(numbers: Iterable[str]) -> tuple[Link, ...]:
    """A link for each of the first four registry numbers."""
    return tuple(Link(clean(number[:60]), registry(number)) for number in list(numbers)[:4])


def pubmed_list(pmids: Iterable[str]) -> str:
    """The URL of a PubMed list of `pmids` (the first PMIDS_IN_A_LINK of them), "" when PubMed has none of them."""
    known = [pmid for pmid in pmids if is_in_pubmed(pmid)][:PMIDS_IN_A_LINK]
    return "https://pubmed.ncbi.nlm.nih.gov/?term=" + ",".join(known) if known else ""


def pubmed_linked(pmid: str, link_name: str) -> str:
    """The URL of PubMed's list of articles linked by the ELink `link_name`, "" for a PMID that PubMed does not have."""
    return f"https://pubmed.ncbi.nlm.nih.gov/?linkname={link_name}&from_uid={pmid}" if is_in_pubmed(pmid) else ""


def topic_page(public_url: str, topic: str) -> str:
    """The URL of a topic's page, "" without a public URL."""
    return f"{public_url.rstrip('/')}/topics/{quote(topic, safe='')}" if public_url else ""


def digest_page(public_url: str, digest_id: int) -> str:
    """The URL of the page of one digest as sent, with everything it left out; "" without a public URL."""
    return f"{public_url.rstrip('/')}/digests/{digest_id}" if public_url else ""


def explanation_page(public_url: str, topic: str, pmid: str) -> str:
    """The URL of the page that explains the verdict on one article, "" without a public URL."""
    return f"{topic_page(public_url, topic)}/articles/{quote(pmid, safe='')}" if public_url else ""
