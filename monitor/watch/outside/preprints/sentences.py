"""What readers are told of preprints, each sentence as one message of the context "outside"."""

from __future__ import annotations

from urllib.parse import quote

from monitor.language.messages import DAY, message
from monitor.model import HeldPreprint, OutsideItem, Preprint, PublishedAs, SourceName

_C = "outside"
#: So much of the text that stands in place of a withdrawn preprint is quoted, in characters.
_QUOTED = 300
#: So many authors are named.
_NAMED = 3

_POSTED = message(_C, "Preprint, not peer-reviewed.")
_IS_TRIAL = message(_C, "It describes itself as a randomised trial of the question.")
_WITHDRAWN = message(_C, "This preprint has been withdrawn.")
_WITHDRAWN_ON = message(_C, "This preprint was withdrawn on %(day)s.", day=DAY)
_IN_ITS_PLACE = message(_C, "In its place stands: “%(notice)s”")
_PUBLISHED = message(_C, "Now published as %(article)s (%(why)s).", why=_C)
_TOLD_BEFORE = message("change", "told before, on %(day)s, as a preprint", day=DAY)
_AND_TOLD_BEFORE = message("change", "%(why)s; told before, on %(day)s, as a preprint", why="change", day=DAY)


def posted(*, is_trial: bool) -> tuple[str, ...]:
    """Of a new preprint."""
    return (_POSTED(), _IS_TRIAL()) if is_trial else (_POSTED(),)


def withdrawn(preprint: Preprint) -> tuple[str, ...]:
    """Of one that is withdrawn, with the words that its server says instead."""
    day = preprint.withdrawn_on
    told = _WITHDRAWN_ON(day=f"{day.day} {day:%B %Y}") if day else _WITHDRAWN()
    notice = "" if preprint.title in preprint.notice else preprint.notice
    if len(notice) > _QUOTED:
        notice = f"{notice[:_QUOTED].rsplit(' ', 1)[0]} …"
    return (told, _IN_ITS_PLACE(notice=notice)) if notice else (told,)


def published(article: PublishedAs) -> str:
    """Of one whose article has appeared."""
    named = article.citation or (f"PMID {article.pmid}" if article.pmid else f"doi:{article.doi}")
    return _PUBLISHED(article=named.rstrip("."), why=article.why)


def told_before(held: HeldPreprint, why: str) -> str:
    """Why an article is listed, and when readers were told of its preprint, if they were."""
    if held.told_at is None:
        return why
    told = f"{held.told_at.day} {held.told_at:%B %Y}"
    return _AND_TOLD_BEFORE(why=why, day=told) if why else _TOLD_BEFORE(day=told)


def item(preprint: Preprint, *sentences: str) -> OutsideItem:
    """The preprint as digests and pages show it."""
    return OutsideItem(
        key=preprint.id,
        title=preprint.title,
        url=url(preprint),
        source=SourceName.EUROPE_PMC.label,
        sentences=sentences,
        details=_details(preprint),
        on=preprint.posted_on,
        pmids=tuple(pmid for pmid in (preprint.pmid, preprint.article.pmid if preprint.article else "") if pmid),
    )


def url(preprint: Preprint) -> str:
    """Where to read it: by its DOI at the server, else at Europe PMC."""
    if preprint.doi:
        return f"https://doi.org/{quote(preprint.doi, safe='/')}"
    return f"https://europepmc.org/article/PPR/{quote(preprint.id, safe='')}"


def _details(preprint: Preprint) -> str:
    """Authors, server, year and version as the record has them."""
    names = [str(author) for author in preprint.authors]
    authors = ", ".join([*names[:_NAMED], *(["et al"] if len(names) > _NAMED else [])])
    year = str(preprint.posted_on.year) if preprint.posted_on else ""
    version = f"v{preprint.version}" if preprint.version else ""
    return " · ".join(filter(None, (authors, preprint.server, year, version)))
