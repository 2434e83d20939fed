"""Where a claim can be checked: addresses of articles, trials and our own pages. Pure text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote

from monitor.model import Article
from monitor.render.placeholders import clean

#: PMIDs from here on are the sandbox's own; PubMed will never have them (see docs on the demo).
FIRST_INVENTED_PMID = 990_000_001

#: How many PMIDs one PubMed link may name: its address stays below 2,000 characters, which every client keeps.
PMIDS_IN_A_LINK = 180

_REGISTRIES = (
    (re.compile(r"NCT\d{8}$"), "https://clinicaltrials.gov/study/{}"),
    (re.compile(r"ISRCTN\d+$"), "https://www.isrctn.com/{}"),
    (re.compile(r"ACTRN\d+p?$"), "https://anzctr.org.au/{}.aspx"),
    (re.compile(r"DRKS\d+$"), "https://drks.de/search/en/trial/{}"),
    (re.compile(r"20\d\d-5\d{5}-\d\d(-\d\d)?$"), "https://euclinicaltrials.eu/ctis-public/view/{}"),
    (re.compile(r"\d{4}-\d{6}-\d\d$"), "https://www.clinicaltrialsregister.eu/ctr-search/search?query={}"),
)
#: WHO's portal knows the numbers of all primary registries.
_ANY_REGISTRY = "https://trialsearch.who.int/Trial2.aspx?TrialID={}"


@dataclass(frozen=True, slots=True)
class Link:
    """A word to click and where it leads."""

    label: str
    url: str


def is_in_pubmed(pmid: str) -> bool:
    """Can PubMed show this PMID? Not one of the sandbox's own."""
    return pmid.isdecimal() and int(pmid) < FIRST_INVENTED_PMID


def pubmed(pmid: str) -> str:
    """The address of the record, "" for a PMID that PubMed does not have."""
    return f"https://pubmed.ncbi.nlm.nih.gov/{pmid}/" if is_in_pubmed(pmid) else ""


def doi(name: str) -> str:
    """The address of a DOI, "" for none."""
    return f"https://doi.org/{quote(name[:300], safe='/:;().-_')}" if name else ""


def registry(number: str) -> str:
    """The address of a trial's registration."""
    form = next((form for pattern, form in _REGISTRIES if pattern.match(number)), _ANY_REGISTRY)
    return form.format(quote(number[:60], safe=""))


def report(pmid: str, doi_name: str = "") -> str:
    """The best single address of a report: its PubMed record, else its DOI, else ""."""
    return pubmed(pmid) or doi(doi_name)


def of_article(article: Article) -> tuple[Link, ...]:
    """All addresses of an article: PubMed, DOI, free full text, the registrations it names (at most four)."""
    found = [Link("PubMed", pubmed(article.pmid)), Link("DOI", doi(article.doi))]
    if article.pmcid:
        found.append(
            Link("Full text (PMC)", f"https://pmc.ncbi.nlm.nih.gov/articles/{quote(article.pmcid[:30], safe='')}/")
        )
    found += of_registrations(article.registry_numbers)
    return tuple(link for link in found if link.url)


def of_registrations(numbers: Iterable[str]) -> tuple[Link, ...]:
    """A link for each of the first four registry numbers."""
    return tuple(Link(clean(number[:60]), registry(number)) for number in list(numbers)[:4])


def pubmed_list(pmids: Iterable[str]) -> str:
    """PubMed showing exactly `pmids` (the first PMIDS_IN_A_LINK of them), "" when it has none of them."""
    known = [pmid for pmid in pmids if is_in_pubmed(pmid)][:PMIDS_IN_A_LINK]
    return "https://pubmed.ncbi.nlm.nih.gov/?term=" + ",".join(known) if known else ""


def pubmed_tied(pmid: str, link_name: str) -> str:
    """PubMed's own list of what it ties to an article by `link_name`, "" for a PMID that it does not have."""
    return f"https://pubmed.ncbi.nlm.nih.gov/?linkname={link_name}&from_uid={pmid}" if is_in_pubmed(pmid) else ""


def topic_page(public_url: str, topic: str) -> str:
    """The page of a topic, "" when there are no pages."""
    return f"{public_url.rstrip('/')}/topics/{quote(topic, safe='')}" if public_url else ""


def digest_page(public_url: str, digest_id: int) -> str:
    """The page of one digest as sent, with everything it left out, "" when there are no pages."""
    return f"{public_url.rstrip('/')}/digests/{digest_id}" if public_url else ""


def explanation_page(public_url: str, topic: str, pmid: str) -> str:
    """The page that explains the verdict on one article, "" when there are no pages."""
    return f"{topic_page(public_url, topic)}/articles/{quote(pmid, safe='')}" if public_url else ""
