"""Every table of the store. The words are the ones in docs and code; `…_at` is an instant in UTC.

PMIDs are text. `record` holds the whole value as JSON; the columns beside it are those that are
searched or counted. Rows that are history (polls, revisions, changes, verdicts, answers, digests)
are added and never changed, except for flags such as `is_current`.
"""

from __future__ import annotations

from sqlalchemy import Column, Date, Double, Index, Integer, MetaData, PrimaryKeyConstraint, Table

from monitor import model
from monitor.store.schema.columns import (
    Words,
    flag,
    instant,
    lease_token,
    maybe_instant,
    number,
    only_when,
    only_where,
    pmid,
    record,
    ref,
    serial,
    word,
    words,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

meta = Table("meta", metadata, Column("key", Words, primary_key=True), words("value"), instant("set_at"))

#: Pieces of work of which there is one in the whole service, and who is doing them.
leases = Table(
    "leases", metadata, Column("name", Words, primary_key=True), maybe_instant("leased_until"), lease_token()
)

# --- watching: what is searched, what was found -----------------------------------------------

topics = Table(
    "topics",
    metadata,
    Column("key", Words, primary_key=True),
    words("configured_seed"),  # the seed as configured; a changed one is resolved anew
    words("seed_pmid"),
    maybe_instant("seed_resolved_at"),
    instant("added_at"),
)

searches = Table(
    "searches",
    metadata,
    words("topic", primary_key=True),
    words("name", primary_key=True),
    word("kind", model.SearchKind),
    words("query"),
    number("every_s"),
    flag("is_active"),
    instant("due_at"),
    maybe_instant("leased_until"),
    lease_token(),
    words("translation"),
    maybe_instant("last_success_at"),
    maybe_instant("last_full_check_at"),
    number("failures_in_row"),
    maybe_instant("first_failure_at"),
    words("last_error"),
    flag("has_baseline"),
    record("warnings_seen", tuple[str, ...]),
)

polls = Table(
    "polls",
    metadata,
    serial(),
    words("topic"),
    words("search"),
    instant("started_at"),
    instant("finished_at"),
    word("outcome", model.Outcome),
    flag("is_baseline"),
    words("query_sent"),
    words("translation"),
    Column("count", Integer),
    number("new"),
    number("revised"),
    number("gone"),
    number("requests"),
    record("warnings", tuple[str, ...]),
    words("error"),
    Index(None, "topic", "search", "finished_at"),
    sqlite_autoincrement=True,
)

matches = Table(
    "matches",
    metadata,
    words("topic"),
    words("search"),
    pmid(),
    instant("first_seen_at"),
    ref("first_poll_id", "polls.id"),
    maybe_instant("missing_since"),
    maybe_instant("gone_at"),
    PrimaryKeyConstraint("topic", "search", "pmid"),
    Index(None, "pmid", "topic"),
    Index("ix_matches_suspected", "topic", "search", **only_where("missing_since IS NOT NULL AND gone_at IS NULL")),
    sqlite_with_rowid=False,
)

articles = Table(
    "articles",
    metadata,
    pmid(primary_key=True),
    words("title"),
    words("doi"),  # in lower case: DOIs do not tell case apart
    words("journal"),
    words("status"),
    Column("first_public_on", Date),
    Column("revised_on", Date),
    instant("first_seen_at"),
    instant("saved_at"),
    ref("first_poll_id", "polls.id"),
    record("record", model.Article),
    Index(None, "doi", **only_where("doi <> ''")),
)

revisions = Table(
    "revisions",
    metadata,
    serial(),
    pmid("pmid", index=True),
    words("field"),
    words("old"),
    words("new"),
    instant("seen_at"),
    ref("poll_id", "polls.id"),
    sqlite_autoincrement=True,
)

citations = Table(
    "citations",
    metadata,
    pmid("cited"),
    pmid("citing"),
    words("source"),
    instant("first_seen_at"),
    ref("first_poll_id", "polls.id"),
    PrimaryKeyConstraint("cited", "citing", "source"),
    sqlite_with_rowid=False,
)

#: What PubMed ties to a seed, told on its card; a PMID in here is neither a match nor an article held.
seed_context = Table(
    "seed_context",
    metadata,
    pmid("seed", primary_key=True),
    instant("due_at"),
    number("failures_in_row"),
    words("last_error"),
    record("record", model.SeedContext),
)

summaries = Table(
    "summaries",
    metadata,
    pmid(primary_key=True),
    instant("seen_at"),
    record("record", model.ArticleSummary),
)

changes = Table(
    "changes",
    metadata,
    serial(),
    words("topic"),
    word("kind", model.ChangeKind),
    instant("at"),
    pmid(),  # "" for a change of the answer
    words("key", unique=True),  # what makes it one and the same change; see store.changes
    ref("answer_id", "answers.id"),
    ref("poll_id", "polls.id"),
    record("record", model.Change),
    Index(None, "topic", "pmid"),
    Index(None, "topic", "at"),
    sqlite_autoincrement=True,
)

# --- judging: what the articles show -----------------------------------------------------------

verdicts = Table(
    "verdicts",
    metadata,
    serial(),
    words("topic"),
    pmid(),
    word("design", model.Design),
    word("level", model.Level),
    Column("score", Double, nullable=False),
    words("rules_version"),
    flag("is_match"),
    flag("has_bearing"),  # matches the question, or is a design that bears on the answer: see store.verdicts
    flag("is_current"),
    instant("made_at"),
    record("record", model.Verdict),
    Index("uq_verdicts_current", "topic", "pmid", unique=True, **only_when("is_current")),
    Index("ix_verdicts_bearing", "topic", **only_when("is_current", "has_bearing")),
    Index(None, "pmid", "topic"),
    sqlite_autoincrement=True,
)

screenings = Table(
    "screenings",
    metadata,
    serial(),
    words("topic"),
    pmid(),
    words("by"),
    instant("made_at"),
    flag("is_current"),
    maybe_instant("withdrawn_at"),
    words("withdrawn_by"),
    record("record", model.Verdict),
    Index("uq_screenings_current", "topic", "pmid", unique=True, **only_when("is_current")),
    Index(None, "topic", "pmid"),
    sqlite_autoincrement=True,
)

trial_links = Table(
    "trial_links",
    metadata,
    serial(),
    words("topic"),
    pmid(),  # the smaller of the two as text, so that a pair is one pair whichever way it is given
    pmid("other_pmid"),
    flag("joined"),
    words("by"),
    words("because"),
    instant("made_at"),
    flag("is_current"),
    maybe_instant("withdrawn_at"),
    words("withdrawn_by"),
    Index("uq_trial_links_current", "topic", "pmid", "other_pmid", unique=True, **only_when("is_current")),
    sqlite_autoincrement=True,
)

answers = Table(  # append-only: a trigger refuses UPDATE and DELETE
    "answers",
    metadata,
    serial(),
    words("topic"),
    instant("at"),
    word("state", model.AnswerState),
    word("previous", model.AnswerState, nullable=True),
    flag("is_baseline"),
    words("fingerprint"),
    ref("poll_id", "polls.id"),
    record("record", model.Answer),
    Index(None, "topic", "id"),
    sqlite_autoincrement=True,
)
