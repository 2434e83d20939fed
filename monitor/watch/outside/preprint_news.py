"""What of a preprint readers are told: that it was posted, withdrawn, published. Pure."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime

from monitor.model import HeldPreprint, Preprint
from monitor.watch.outside import preprint_sentences as say


@dataclass(frozen=True, slots=True)
class News:
    """What is news in one answer.

    Of a baseline nothing new is told. `since`: the query was changed after it, so that only what was posted since then
    is new. `on_record` are the PMIDs of the topic's articles, which are told as themselves.
    """

    is_baseline: bool
    since: datetime | None
    on_record: Set[str]

    def of(self, before: HeldPreprint | None, after: HeldPreprint) -> tuple[str, ...]:
        """The sentences to tell of a preprint; () when there is nothing to tell."""
        preprint, article = after.preprint, after.preprint.article
        published = (say.published(article),) if article else ()
        if before is None:
            return (*say.posted(is_trial=after.is_trial), *published) if self._is_new(preprint) else ()
        withdrawn = say.withdrawn(preprint) if preprint.is_withdrawn and not before.preprint.is_withdrawn else ()
        return (*withdrawn, *(() if before.preprint.article else published))

    def _is_new(self, preprint: Preprint) -> bool:
        is_recent = self.since is None or (preprint.posted_on is not None and preprint.posted_on >= self.since.date())
        article = preprint.article.pmid if preprint.article else ""
        is_told = not self.on_record.isdisjoint({preprint.pmid, article})
        return is_recent and not (self.is_baseline or preprint.is_withdrawn or is_told)
