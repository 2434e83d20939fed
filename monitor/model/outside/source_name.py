"""The sources beside PubMed, by name."""

from __future__ import annotations

from enum import StrEnum


class SourceName(StrEnum):
    """A source beside PubMed, by its key in the configuration, in the tables and in `monitor status`."""

    EUROPE_PMC = "europe_pmc"
    ICITE = "icite"
    OPENCITATIONS = "opencitations"
    OPENALEX = "openalex"
    CLINICAL_TRIALS = "clinicaltrials"
    ISRCTN = "isrctn"
    ICTRP = "ictrp"
    CROSSREF = "crossref"
    RETRACTION_WATCH = "retraction_watch"
    PREPRINTS = "preprints"

    @property
    def label(self) -> str:
        """Its name for people."""
        return _TITLES[self]


_TITLES = {
    SourceName.EUROPE_PMC: "Europe PMC",
    SourceName.ICITE: "NIH iCite",
    SourceName.OPENCITATIONS: "OpenCitations",
    SourceName.OPENALEX: "OpenAlex",
    SourceName.CLINICAL_TRIALS: "ClinicalTrials.gov",
    SourceName.ISRCTN: "ISRCTN",
    SourceName.ICTRP: "WHO ICTRP",
    SourceName.CROSSREF: "Crossref",
    SourceName.RETRACTION_WATCH: "Retraction Watch",
    SourceName.PREPRINTS: "Europe PMC preprints",
}
