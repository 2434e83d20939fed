"""What of a preprint readers are told: that it was posted, withdrawn, published. Pure."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from datetime import date

from monitor.model import HeldPreprint, Preprint, SourceState
from monitor.watch.outside.preprints import sentences as say


@dataclass(frozen=True, slots=True)
class News:
    """What is news in one answer: what was posted since `since`, and nothing new where it is None, in a first baseline.

    `on_record` are the PMIDs of the topic's articles, which are told as themselves.
    """

    since: date | None
    on_record: Set[str]

    @classmethod
    def after(cls, state: SourceState, on_record: Set[str]) -> News:
        """Everything; of what is asked for something else than before only what was posted since the last answer."""
        if state.has_baseline:
            return cls(date.min, on_record)
        return cls(state.last_success_at.date() if state.last_success_at else None, on_record)

    def of(self, before: HeldPreprint | None, after: HeldPreprint) -> tuple[str, ...]:
        """The sentences to tell of a preprint; () when there is nothing to tell."""
        preprint, article = after.preprint, after.preprint.article
        published = (say.published(article),) if article else ()
        if before is None:
            return (*say.posted(is_trial=after.is_trial), *published) if self._is_new(preprint) else ()
        withdrawn = say.withdrawn(preprint) if preprint.is_withdrawn and not before.preprint.is_withdrawn else ()
        known = before.preprint.article
        return (*withdrawn, *(published if known is None or (article and article.is_other(known)) else ()))

    def _is_new(self, preprint: Preprint) -> bool:
        is_recent = self.since is not None and (preprint.posted_on or date.min) >= self.since
        records = {preprint.pmid} | ({preprint.article.pmid} if preprint.article else set())
        is_told = not self.on_record.isdisjoint(records)
        return is_recent and not (preprint.is_withdrawn or is_told)
