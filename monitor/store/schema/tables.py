"""The tables of literature and evidence. Mail and the service have their own: `mail_tables`, `service_tables`.

`…_at` is an instant in UTC; PMIDs are text. `record` contains the whole value as JSON; the columns beside it are
those that are searched or counted. History (polls, revisions, changes, verdicts, answers, digests) is inserted and
never updated, except for flags such as `is_current`.
"""

from __future__ import annotations

from sqlalchemy import Column, Date, Double, Index, Integer, MetaData, PrimaryKeyConstraint, Table

from monitor import model
from monitor.store.schema.columns import (
    CleanText,
    enum,
    flag,
    instant,
    lease_token,
    maybe_instant,
    number,
    partial_where,
    partial_where_flags,
    pmid,
    record,
    ref,
    serial,
    string,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# --- literature: searches, polls, articles ----------------------------------------------------

#: Searches about which the operator may have to be told something; a failure is told after hours.
UNNOTICED = "polls_ended <> polls_noticed OR failures_in_row > 0"

topics = Table(
    "topics",
    metadata,
    Column("key", CleanText, primary_key=True),
    string("configured_seed"),  # the seed as configured; when it changes it is resolved again
    string("seed_pmid"),
    maybe_instant("seed_resolved_at"),
    string("judged_by"),  # the version of question and rules by which all its articles were judged
    string("configured_version"),  # that of the configuration; while they differ its articles are judged again
    instant("added_at"),
    Index("ix_topics_to_reassess", "key", **partial_where("judged_by <> configured_version")),
)

searches = Table(
    "searches",
    metadata,
    string("topic", primary_key=True),
    string("name", primary_key=True),
    enum("kind", model.SearchKind),
    string("query"),
    number("every_s"),
    flag("is_active"),
    instant("due_at"),
    maybe_instant("leased_until"),
    lease_token(),
    string("translation"),
    maybe_instant("last_success_at"),
    maybe_instant("last_full_check_at"),
    number("failures_in_row"),
    maybe_instant("first_failure_at"),
    string("last_error"),
    flag("has_baseline"),
    record("warnings_seen", tuple[str, ...]),
    string("doubt"),  # "" while the last answer is believed
    maybe_instant("doubt_since"),
    number("polls_ended"),
    number("polls_noticed"),  # so many had ended when the operator was last told what there is to tell
    Index("ix_searches_due", "due_at", **partial_where_flags("is_active")),
    Index("ix_searches_unnoticed", "topic", "name", **partial_where(UNNOTICED)),
)

polls = Table(
    "polls",
    metadata,
    serial(),
    string("topic"),
    string("search"),
    instant("started_at"),
    instant("finished_at"),
    enum("outcome", model.Outcome),
    flag("is_baseline"),
    string("query_sent"),
    string("translation"),
    Column("count", Integer),
    number("new"),
    number("revised"),
    number("gone"),
    number("requests"),
    record("warnings", tuple[str, ...]),
    string("error"),
    number("unread"),
    string("doubt"),
    string("version"),  # of Monitor
    Index(None, "topic", "search", "finished_at"),
    sqlite_autoincrement=True,
)

matches = Table(
    "matches",
    metadata,
    string("topic"),
    string("search"),
    pmid(),
    instant("first_seen_at"),
    ref("first_poll_id", "polls.id"),
    maybe_instant("missing_since"),
    maybe_instant("gone_at"),
    PrimaryKeyConstraint("topic", "search", "pmid"),
    Index(None, "pmid", "topic"),
    Index("ix_matches_suspected", "topic", "search", **partial_where("missing_since IS NOT NULL AND gone_at IS NULL")),
    sqlite_with_rowid=False,
)

#: Articles that a search lists and whose record could not be read; see `model.Unread`.
unread = Table(
    "unread",
    metadata,
    string("topic"),
    pmid(),
    string("search"),
    string("cause"),
    instant("since"),
    instant("due_at"),
    number("tries"),
    flag("is_held"),
    flag("is_news"),
    maybe_instant("missing_since"),
    PrimaryKeyConstraint("topic", "pmid"),
    sqlite_with_rowid=False,
)

articles = Table(
    "articles",
    metadata,
    pmid(primary_key=True),
    string("title"),
    string("doi"),  # in lower case: DOIs are not case-sensitive
    string("journal"),
    string("status"),
    Column("first_public_on", Date),
    Column("revised_on", Date),
    instant("first_seen_at"),
    instant("saved_at"),
    ref("first_poll_id", "polls.id"),
    record("record", model.Article),
    Index(None, "doi", **partial_where("doi <> ''")),
)

revisions = Table(
    "revisions",
    metadata,
    serial(),
    pmid("pmid", index=True),
    string("field"),
    string("old"),
    string("new"),
    instant("seen_at"),
    ref("poll_id", "polls.id"),
    sqlite_autoincrement=True,
)

citations = Table(
    "citations",
    metadata,
    pmid("cited"),
    pmid("citing"),
    string("source"),
    instant("first_seen_at"),
    ref("first_poll_id", "polls.id"),
    flag("is_clinical"),  # the source calls it a clinical article
    PrimaryKeyConstraint("cited", "citing", "source"),
    sqlite_with_rowid=False,
)

#: Works that citation indexes beside PubMed list as citing a topic's seed, those outside PubMed too.
citing_works = Table(
    "citing_works",
    metadata,
    string("topic"),
    pmid("cited"),
    string("key"),  # identifies the work; see `model.ListedWork`
    pmid(),  # "" while it is outside PubMed
    flag("is_news"),
    record("record", model.ListedWork),
    PrimaryKeyConstraint("topic", "cited", "key"),
    sqlite_with_rowid=False,
)

#: What PubMed links to a seed, shown on its card; a PMID in here is neither a match nor a stored article.
seed_context = Table(
    "seed_context",
    metadata,
    pmid("seed", primary_key=True),
    instant("due_at"),
    number("failures_in_row"),
    string("last_error"),
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
    string("topic"),
    enum("kind", model.ChangeKind),
    instant("at"),
    pmid(),  # "" for a change of the answer
    string("key", unique=True),  # identifies the change; see store.changes
    ref("answer_id", "answers.id"),
    ref("poll_id", "polls.id"),
    record("record", model.Change),
    Index(None, "topic", "pmid"),
    Index(None, "topic", "at"),
    sqlite_autoincrement=True,
)

# --- evidence: verdicts, screenings, answers -----------------------------------------------------

verdicts = Table(
    "verdicts",
    metadata,
    serial(),
    string("topic"),
    pmid(),
    enum("design", model.Design),
    enum("level", model.Level),
    Column("score", Double, nullable=False),
    string("rules_version"),
    flag("is_match"),
    flag("has_bearing"),  # is a match, or of a design that affects the answer: see store.verdicts
    flag("is_current"),
    instant("made_at"),
    record("record", model.Verdict),
    Index("uq_verdicts_current", "topic", "pmid", unique=True, **partial_where_flags("is_current")),
    Index("ix_verdicts_bearing", "topic", **partial_where_flags("is_current", "has_bearing")),
    Index(None, "pmid", "topic"),
    sqlite_autoincrement=True,
)

screenings = Table(
    "screenings",
    metadata,
    serial(),
    string("topic"),
    pmid(),
    string("by"),
    instant("made_at"),
    flag("is_current"),
    maybe_instant("withdrawn_at"),
    string("withdrawn_by"),
    record("record", model.Verdict),
    Index("uq_screenings_current", "topic", "pmid", unique=True, **partial_where_flags("is_current")),
    Index(None, "topic", "pmid"),
    sqlite_autoincrement=True,
)

trial_links = Table(
    "trial_links",
    metadata,
    serial(),
    string("topic"),
    pmid(),  # the smaller of the two as text, so that a pair has one row in either order
    pmid("other_pmid"),
    flag("joined"),
    string("by"),
    string("because"),
    instant("made_at"),
    flag("is_current"),
    maybe_instant("withdrawn_at"),
    string("withdrawn_by"),
    Index("uq_trial_links_current", "topic", "pmid", "other_pmid", unique=True, **partial_where_flags("is_current")),
    sqlite_autoincrement=True,
)

answers = Table(  # append-only: a trigger rejects UPDATE and DELETE
    "answers",
    metadata,
    serial(),
    string("topic"),
    instant("at"),
    enum("state", model.AnswerState),
    enum("previous", model.AnswerState, nullable=True),
    flag("is_baseline"),
    string("fingerprint"),
    ref("poll_id", "polls.id"),
    record("record", model.Answer),
    Index(None, "topic", "id"),
    sqlite_autoincrement=True,
)
