"""What each source besides PubMed is, and what it is asked for a topic, as it is sent. Pure."""

from __future__ import annotations

from pathlib import PurePath
from urllib.parse import urlsplit

from monitor.model import SourceName, Topic
from monitor.sources.preprints.query import preprints_of
from monitor.sources.registries import expressions
from monitor.store.outside.source_states import SourcePlan
from monitor.watch.outside import plan
from monitor.watch.outside.registries import ask as registries

_INTERFACE = {
    SourceName.EUROPE_PMC: "web service (REST)",
    SourceName.ICITE: "web service (API)",
    SourceName.OPENCITATIONS: "web service (API: Index and Meta)",
    SourceName.OPENALEX: "web service (API)",
    SourceName.CLINICAL_TRIALS: "web service (API v2)",
    SourceName.ISRCTN: "web service (API, XML)",
    SourceName.ICTRP: "file exported from its search portal",
    SourceName.CROSSREF: "web service (REST)",
    SourceName.RETRACTION_WATCH: "its list as a file (CSV)",
    SourceName.PREPRINTS: "web service (REST) of Europe PMC",
}


def interface(name: SourceName, location: str) -> str:
    """How a source is asked, and where: its address without user and parameters, or the name of the file."""
    return f"{_INTERFACE[name]}, {_address(location)}" if location else _INTERFACE[name]


def _address(location: str) -> str:
    """Without what may be secret: keys and people's addresses among the parameters, a password, a folder."""
    parts = urlsplit(location)
    if parts.scheme not in ("http", "https"):
        return PurePath(location).name
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def asked(stored: SourcePlan, topic: Topic | None) -> tuple[str, str]:
    """What kind of question it is, in words, and the question as sent, "" where the words say it all.

    When the topic is no longer configured, or asks something else since, the terms stand there as they were recorded.
    """
    name = stored.source
    if name in plan.RETRACTIONS:
        return _of_notices(name), ""
    if name in plan.INDEXES:
        return "Works that cite the seed", stored.asked
    if name is SourceName.ICTRP:
        return "Every trial of the file is read; whether it is of the question is decided by Monitor's rules", ""
    if topic is None or plan.asked(name, topic) != stored.asked:
        return "Terms for condition and intervention, or the operator's own query, as recorded", stored.asked
    if name in plan.PREPRINTS:
        return _kind(topic.preprints_query), topic.preprints_query or preprints_of(topic.question)
    numbers = "; besides, by number, the trials that the operator lists and those that articles of the topic report"
    return f"{_kind(topic.registry_query)}{numbers}", _for_registry(name, topic)


def _kind(own: str) -> str:
    return "The operator's own query" if own else "Made of the topic's words for condition and intervention"


def _for_registry(name: SourceName, topic: Topic) -> str:
    question = registries.question(topic)
    if name is SourceName.ISRCTN:
        return expressions.isrctn(question)
    return "\n".join(f"{field}={words}" for field, words in expressions.clinical_trials(question).items())


def _of_notices(name: SourceName) -> str:
    if name is SourceName.CROSSREF:
        return "Updates (retractions, concerns, corrections) of each article of the topic, by its DOI"
    return "Every row of the list is read and joined with the topic's articles by DOI, else by PMID"
