"""NLM's publication types as far as the design of a study depends on them, and when to trust them.

Types are matched on their MeSH unique id; records without ids (JSON lines) are matched on the name.
"""

from __future__ import annotations

import re

from monitor.model import Article

RANDOMIZED = "D016449"
CONTROLLED = "D018848"
CLINICAL_TRIAL = "D016430"
PROTOCOL = "D000078325"
META_ANALYSIS = "D017418"
SYSTEMATIC_REVIEW = "D000078182"
REVIEW = "D016454"
COMMENT = "D016420"
LETTER = "D016422"
EDITORIAL = "D016421"
NEWS = "D016433"
ERRATUM = "D016425"
RETRACTION = "D016440"
RETRACTED = "D016441"
CONCERN = "D000075742"
GUIDELINE = "D016431"
PRACTICE_GUIDELINE = "D017065"
CONSENSUS = "D016446"
CASE_REPORTS = "D002363"
PREPRINT = "D000076942"
THESIS = "D019478"
MEETING_ABSTRACT = "Meeting Abstract"
OBSERVATIONAL = "D064888"

#: MeSH names of the types above, for records that carry names only; spelled as NLM spells them.
_NAMES = {
    "Randomized Controlled Trial": RANDOMIZED,
    "Equivalence Trial": RANDOMIZED,
    "Pragmatic Clinical Trial": CLINICAL_TRIAL,
    "Adaptive Clinical Trial": CLINICAL_TRIAL,
    "Controlled Clinical Trial": CONTROLLED,
    "Clinical Trial": CLINICAL_TRIAL,
    "Clinical Trial, Phase I": CLINICAL_TRIAL,
    "Clinical Trial, Phase II": CLINICAL_TRIAL,
    "Clinical Trial, Phase III": CLINICAL_TRIAL,
    "Clinical Trial, Phase IV": CLINICAL_TRIAL,
    "Clinical Trial Protocol": PROTOCOL,
    "Meta-Analysis": META_ANALYSIS,
    "Network Meta-Analysis": META_ANALYSIS,
    "Systematic Review": SYSTEMATIC_REVIEW,
    "Scoping Review": SYSTEMATIC_REVIEW,
    "Review": REVIEW,
    "Comment": COMMENT,
    "Letter": LETTER,
    "Editorial": EDITORIAL,
    "News": NEWS,
    "Newspaper Article": NEWS,
    "Published Erratum": ERRATUM,
    "Retraction of Publication": RETRACTION,
    "Retraction Notice": RETRACTION,
    "Retracted Publication": RETRACTED,
    "Expression of Concern": CONCERN,
    "Guideline": GUIDELINE,
    "Practice Guideline": PRACTICE_GUIDELINE,
    "Consensus Development Conference": CONSENSUS,
    "Consensus Statement": CONSENSUS,
    "Case Reports": CASE_REPORTS,
    "Observational Study": OBSERVATIONAL,
    "Preprint": PREPRINT,
    "Academic Dissertation": THESIS,
    "Meeting Abstract": MEETING_ABSTRACT,
}
_IDS = {name.casefold(): ui for name, ui in _NAMES.items()}

#: What an article is where it is not a journal's: NLM's type, else the server it is on.
_STAGES = ((PREPRINT, "preprint"), (THESIS, "thesis"), (MEETING_ABSTRACT, "abstract"))
_PREPRINT_SERVERS = re.compile(
    r"^(?:medrxiv|biorxiv|research square|ssrn|preprints|arxiv|authorea|osf preprints)\b", re.I
)


def types_of(article: Article) -> dict[str, str]:
    """Unique id → name as the record spells it; a name we know stands for its id."""
    found: dict[str, str] = {}
    for kind in article.publication_types:
        found[id_of(kind.name) or kind.ui] = kind.name
    return found


def stage(article: Article) -> str:
    """ "preprint", "thesis" or "abstract" (of a congress) where the record says that it is one, else ""."""
    types = types_of(article)
    if _PREPRINT_SERVERS.match(article.journal):
        return "preprint"
    return next((name for ui, name in _STAGES if ui in types), "")


def id_of(name: str) -> str:
    """The unique id that a name stands for, in any case and in British spelling; "" for a name we do not know."""
    return _IDS.get(name.strip().rstrip(".").casefold().replace("randomised", "randomized"), "")


def is_indexed_by_people(article: Article) -> bool:
    """True when a missing or present type means something: Status=MEDLINE and not indexed by a machine alone.

    Trialstreamer trusts types under the same condition. On any other record a missing type is unknown, not "no".
    """
    return article.status == "MEDLINE" and article.indexing_method != "Automated"


def mesh_names(article: Article) -> frozenset[str]:
    """MeSH heading names of the record."""
    return frozenset(heading.name for heading in article.mesh)
