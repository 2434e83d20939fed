"""What several records say of one preprint, as one value: its versions, and what is held of it already. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from monitor.model import Preprint, PublishedAs
from monitor.model.outside.preprint import doi_of_all_versions


def together(found: Iterable[Preprint], held: Iterable[Preprint] = ()) -> dict[str, Preprint]:
    """Each preprint of `found`, all its versions in one and with what is `held` of it, by its id.

    Servers give each version a record and a DOI of its own, or all of them one.
    """
    known = {one.id: one for one in held}
    ids = {key: one.id for one in known.values() for key in _keys(one)}
    seen: dict[str, Preprint] = {}
    for one in found:
        number = next((ids[key] for key in sorted(_keys(one)) if key in ids), one.id)
        before = known.get(number)
        known[number] = seen[number] = updated(before, one) if before else one
        ids |= dict.fromkeys(_keys(known[number]), number)
    return seen


def _keys(preprint: Preprint) -> set[str]:
    """By what its records are known: their ids, and the DOI without the version."""
    return {*preprint.ids, doi_of_all_versions(preprint.doi)} - {""}


def updated(before: Preprint, now: Preprint) -> Preprint:
    """`before` as a further record of it says. The newest version speaks; nothing that was known is lost.

    A withdrawn preprint keeps its title and abstract, and stays withdrawn until a later version says otherwise.
    """
    older, newer = (before, now) if now.version >= before.version else (now, before)
    speaks = older if newer.notice and _has_its_words(older) else newer
    is_withdrawn = newer.is_withdrawn or (older.is_withdrawn and newer.version == older.version)
    told = newer if newer.is_withdrawn else older
    versions = {(one.id, one.number): one for one in (*before.versions, *now.versions)}
    return replace(
        newer,
        id=before.id,
        title=speaks.title,
        abstract=speaks.abstract or older.abstract,
        authors=newer.authors or older.authors,
        registrations=speaks.registrations or older.registrations,
        server=newer.server or older.server,
        doi=newer.doi or older.doi,
        posted_on=min(filter(None, (before.posted_on, now.posted_on)), default=None),
        versions=tuple(sorted(versions.values(), key=lambda one: (one.number, one.id))),
        is_withdrawn=is_withdrawn,
        withdrawn_on=(told.withdrawn_on or older.withdrawn_on) if is_withdrawn else None,
        notice=(told.notice or older.notice) if is_withdrawn else "",
        pmid=now.pmid or before.pmid,
        article=_better(before.article, now.article),
    )


def _better(held: PublishedAs | None, told: PublishedAs | None) -> PublishedAs | None:
    """What is held, until something surer than a guess is told."""
    is_surer = held is None or (held.is_guess and told is not None and not told.is_guess)
    return told if is_surer else held


def _has_its_words(preprint: Preprint) -> bool:
    """Not only those that stand in place of a withdrawn one's."""
    return not preprint.notice or preprint.notice != " ".join(section.text for section in preprint.abstract)
