"""What NLM's types say of a record: by their names in any spelling, and by the journal it stands in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monitor.evidence.article.classification import publication_types
from monitor.model import PublicationType
from tests.support.articles import article

#: NLM's unique ids (MeSH descriptors), each with the types that count as it.
TYPES = {
    "D016449": "Randomized Controlled Trial|Equivalence Trial",
    "D018848": "Controlled Clinical Trial",
    "D016430": "Clinical Trial|Pragmatic Clinical Trial|Adaptive Clinical Trial|Clinical Trial, Phase I|"
    "Clinical Trial, Phase II|Clinical Trial, Phase III|Clinical Trial, Phase IV",
    "D000078325": "Clinical Trial Protocol",
    "D017418": "Meta-Analysis|Network Meta-Analysis",
    "D000078182": "Systematic Review|Scoping Review",
    "D016454": "Review",
    "D016420": "Comment",
    "D016422": "Letter",
    "D016421": "Editorial",
    "D016433": "News|Newspaper Article",
    "D016425": "Published Erratum",
    "D016440": "Retraction of Publication|Retraction Notice",
    "D016441": "Retracted Publication",
    "D000075742": "Expression of Concern",
    "D016431": "Guideline",
    "D017065": "Practice Guideline",
    "D016446": "Consensus Development Conference|Consensus Statement",
    "D002363": "Case Reports",
    "D000076942": "Preprint",
    "D019478": "Academic Dissertation",
    "Meeting Abstract": "Meeting Abstract",
    "D064888": "Observational Study",
    "": "Journal Article",
}


@pytest.mark.parametrize(("ui", "name"), [(ui, name) for ui, names in TYPES.items() for name in names.split("|")])
def test_a_type_is_known_by_its_name(ui: str, name: str) -> None:
    """In any case, with blanks or a full stop."""
    assert publication_types.id_of(name) == ui
    assert publication_types.id_of(f" {name.upper()}. ") == ui


def test_british_spelling_names_the_same_type() -> None:
    """As other databases export it."""
    assert publication_types.id_of("Randomised Controlled Trial") == "D016449"


def test_the_types_of_a_record_are_kept_under_their_ids() -> None:
    """A name that we know stands for its id, an id alone for itself."""
    kinds = (PublicationType("D016430", "Clinical Trial, Phase I"), PublicationType("D999", "Other"))
    found = publication_types.types_of(replace(article("1", "T"), publication_types=kinds))
    assert found == {"D016430": "Clinical Trial, Phase I", "D999": "Other"}


@pytest.mark.parametrize(
    ("kind", "journal", "stage"),
    [
        ("Preprint", "", "preprint"),
        ("Academic Dissertation", "", "thesis"),
        ("Meeting Abstract", "", "abstract"),
        ("Review", "", ""),
        ("Review", "Neurology", ""),
        ("Review", "medRxiv : the preprint server", "preprint"),
        ("Review", "bioRxiv", "preprint"),
        ("Review", "Research Square", "preprint"),
        ("Review", "SSRN", "preprint"),
        ("Review", "Preprints", "preprint"),
        ("Review", "arXiv", "preprint"),
        ("Review", "Authorea", "preprint"),
        ("Review", "OSF Preprints", "preprint"),
        ("Review", "Preprintology", ""),
        ("Review", "The bioRxiv reader", ""),
        ("Academic Dissertation", "medRxiv", "preprint"),
    ],
)
def test_a_record_that_is_no_journal_article_says_what_it_is(kind: str, journal: str, stage: str) -> None:
    """By its type, or by the server it stands on."""
    assert publication_types.stage(article("1", "T", types=(kind,), journal=journal)) == stage


@pytest.mark.parametrize(
    ("status", "method", "is_trusted"),
    [("MEDLINE", "", True), ("MEDLINE", "Curated", True), ("MEDLINE", "Automated", False), ("Publisher", "", False)],
)
def test_a_type_means_something_where_a_person_indexed_the_record(
    status: str, method: str, *, is_trusted: bool
) -> None:
    """Not before, and not by a machine alone."""
    one = article("1", "T", status=status, indexing_method=method)
    assert publication_types.is_indexed_by_people(one) is is_trusted
