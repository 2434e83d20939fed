"""The tables of telling: who asked, what was written, what became of it. Same `metadata` as `tables`.

A person's address stands in `subscribers` alone; everything else refers to it by id, so that
erasing one person is possible and the record of what was sent remains.
"""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, PrimaryKeyConstraint, Table, UniqueConstraint

from monitor import model
from monitor.store.schema.columns import (
    Words,
    flag,
    instant,
    lease_token,
    maybe_instant,
    number,
    only_where,
    record,
    ref,
    serial,
    word,
    words,
)
from monitor.store.schema.tables import metadata

subscribers = Table(
    "subscribers",
    metadata,
    serial(),
    words("address"),  # "" once erased
    Column("address_key", Words, unique=True),  # the address in one spelling; NULL once erased
    instant("added_at"),
    maybe_instant("erased_at"),
    sqlite_autoincrement=True,
)

subscriptions = Table(
    "subscriptions",
    metadata,
    serial(),
    ref("subscriber_id", "subscribers.id", nullable=False),
    words("topic"),
    word("frequency", model.Frequency),
    word("next_frequency", model.Frequency, nullable=True),  # asked for, taken when nothing is lost or told twice by it
    word("state", model.SubscriptionState),
    instant("state_since"),
    words("reason"),
    words("timezone"),
    words("language"),
    record("attachments", tuple[str, ...]),
    instant("added_at"),
    maybe_instant("confirmed_at"),
    maybe_instant("welcomed_at"),
    UniqueConstraint("subscriber_id", "topic"),
    Index(None, "topic", "state", "frequency", "id"),
    Index("ix_subscriptions_unwelcomed", "topic", "state", "id", **only_where("welcomed_at IS NULL")),
    Index("ix_subscriptions_switching", "topic", **only_where("next_frequency IS NOT NULL")),
    sqlite_autoincrement=True,
)

consents = Table(
    "consents",
    metadata,
    serial(),
    ref("subscription_id", "subscriptions.id", nullable=False),
    word("event", model.ConsentEvent),
    instant("at"),
    words("form"),  # which page, file or command
    words("text"),  # as shown
    words("text_version"),
    words("ip"),  # only if the operator allows
    Index(None, "subscription_id"),
    sqlite_autoincrement=True,
)

suppressions = Table(
    "suppressions",
    metadata,
    Column("hash", Words, primary_key=True),  # keyed hash of the address; never the address
    words("reason"),
    instant("added_at"),
)

digest_schedules = Table(
    "digest_schedules",
    metadata,
    words("topic"),
    word("frequency", model.Frequency),
    instant("started_at"),
    instant("due_at"),
    maybe_instant("leased_until"),
    lease_token(),
    maybe_instant("last_composed_at"),
    maybe_instant("last_sent_at"),
    PrimaryKeyConstraint("topic", "frequency"),
)

digests = Table(
    "digests",
    metadata,
    serial(),
    words("topic"),
    word("kind", model.DigestKind),
    word("frequency", model.Frequency),
    maybe_instant("since"),
    instant("until"),
    instant("composed_at"),
    flag("answer_changed"),
    words("subject"),
    words("text"),
    words("html"),
    record("record", model.Digest),
    Index(None, "topic", "id"),
    sqlite_autoincrement=True,
)

#: One row for each change and frequency, from the moment the change is stored. `told_at` is empty until a
#: digest of that frequency accounts for the change: what is waiting is a set of rows and never a cursor,
#: so transactions that commit out of order lose nothing.
digest_changes = Table(
    "digest_changes",
    metadata,
    ref("change_id", "changes.id", nullable=False),
    word("frequency", model.Frequency),
    words("topic"),
    word("kind", model.ChangeKind),
    maybe_instant("told_at"),
    ref("digest_id", "digests.id"),  # NULL with told_at: before this frequency began, so never news in it
    PrimaryKeyConstraint("change_id", "frequency"),
    Index("ix_digest_changes_waiting", "topic", "frequency", "kind", **only_where("told_at IS NULL")),
    Index(None, "digest_id"),
    sqlite_with_rowid=False,
)

deliveries = Table(
    "deliveries",
    metadata,
    serial(),
    ref("digest_id", "digests.id", nullable=False),
    ref("subscription_id", "subscriptions.id", nullable=False),
    words("message_id"),
    word("state", model.DeliveryState),
    number("attempts"),
    number("uncertain"),  # how often it may have arrived without our knowing
    maybe_instant("next_try_at"),  # when somebody may take it (again), also the end of a lease; NULL when it is over
    lease_token(),
    instant("added_at"),
    maybe_instant("last_try_at"),
    maybe_instant("sent_at"),
    Column("last_code", Integer, nullable=False, default=0),
    words("last_answer"),
    UniqueConstraint("digest_id", "subscription_id"),
    Index("ix_deliveries_open", "next_try_at", "id", **only_where("next_try_at IS NOT NULL")),
    Index(None, "subscription_id"),
    Index(None, "message_id"),
    sqlite_autoincrement=True,
)

bounces = Table(
    "bounces",
    metadata,
    serial(),
    ref("subscription_id", "subscriptions.id", nullable=False),
    ref("delivery_id", "deliveries.id"),
    word("kind", model.BounceKind),
    words("status"),  # RFC 3463, "5.1.1"
    words("diagnostic"),
    instant("received_at"),
    words("key", unique=True),  # the same notice read twice is one bounce
    Index(None, "subscription_id", "received_at"),
    sqlite_autoincrement=True,
)

#: The mails that pages ask for, and who asked how often: both in one, so that a limit can never be
#: evaded by a restart. Known by keyed hashes alone; rows are forgotten after a few days.
transactional_mails = Table(
    "transactional_mails",
    metadata,
    serial(),
    word("kind", model.TransactionalKind),
    ref("subscription_id", "subscriptions.id"),  # NULL: counted, but nobody is written to
    words("address_hash"),  # of `address.canonical_mailbox`, so not the one on the suppression list
    words("network_hash"),  # "" when an operator asked
    number("attempts"),
    maybe_instant("next_try_at"),  # as in deliveries
    lease_token(),
    instant("added_at"),
    maybe_instant("sent_at"),
    words("last_answer"),
    Index(None, "added_at"),
    Index(None, "address_hash", "added_at"),
    Index(None, "network_hash", "added_at"),
    Index(None, "subscription_id"),
    Index("ix_transactional_mails_open", "next_try_at", **only_where("next_try_at IS NOT NULL")),
    sqlite_autoincrement=True,
)
