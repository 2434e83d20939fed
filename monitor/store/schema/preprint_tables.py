"""The tables of preprints. Same `metadata` as `tables`."""

from __future__ import annotations

from sqlalchemy import Index, PrimaryKeyConstraint, Table

from monitor import model
from monitor.store.schema.columns import flag, instant, maybe_instant, record, string
from monitor.store.schema.tables import metadata

#: The preprints of each topic. `is_trial`: the rules judge it a randomised trial of the question.
preprints = Table(
    "preprints",
    metadata,
    string("topic"),
    string("id"),  # Europe PMC's, of the first version
    string("pmid"),  # of its own record, "" for none
    string("article_pmid"),  # "" until its article is known
    flag("is_trial"),
    string("judged_by"),  # the version of question and rules
    instant("seen_at"),
    maybe_instant("told_at"),  # NULL for what the first answer listed
    maybe_instant("asked_at"),  # Crossref, for its article
    record("record", model.Preprint),
    record("verdict", model.Verdict),
    PrimaryKeyConstraint("topic", "id"),
    Index("ix_preprints_pmid", "topic", "pmid"),
    Index("ix_preprints_article", "topic", "article_pmid"),
    sqlite_with_rowid=False,
)

#: Every state in which a preprint was seen, oldest first.
preprint_states = Table(
    "preprint_states",
    metadata,
    string("topic"),
    string("id"),
    instant("seen_at"),
    record("record", model.Preprint),
    PrimaryKeyConstraint("topic", "id", "seen_at"),
    sqlite_with_rowid=False,
)
