"""The tables of subscribers, digests and mail. Same `metadata` as `tables`.

A person's address is stored in `subscribers` only; everything else refers to it by id, so that
a person can be erased while the record of what was sent remains.
"""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, PrimaryKeyConstraint, Table, UniqueConstraint, literal_column

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
    record,
    ref,
    serial,
    string,
)
from monitor.store.schema.tables import metadata

subscribers = Table(
    "subscribers",
    metadata,
    serial(),
    string("address"),  # "" once erased
    Column("address_key", CleanText, unique=True),  # the normalized address; NULL once erased
    instant("added_at"),
    maybe_instant("erased_at"),
    maybe_instant("links_ended_at"),  # personal links made until then no longer work
    string("channel", server_default=""),  # the name of the channel that this is, "" for a person
    Index("ix_subscribers_channels", "channel", **partial_where("channel <> ''")),
    sqlite_autoincrement=True,
)

#: Not a bound parameter, or the index would not be used.
IS_CHANNEL = subscribers.c.channel != literal_column("''")

subscriptions = Table(
    "subscriptions",
    metadata,
    serial(),
    ref("subscriber_id", "subscribers.id", nullable=False),
    string("topic"),
    enum("frequency", model.Frequency),
    enum("next_frequency", model.Frequency, nullable=True),  # requested; see store.frequency_changes
    enum("state", model.SubscriptionState),
    instant("state_since"),
    string("reason"),
    string("timezone"),
    string("language"),
    record("attachments", tuple[str, ...]),
    instant("added_at"),
    maybe_instant("confirmed_at"),
    maybe_instant("welcomed_at"),
    maybe_instant("withdrawn_at"),  # when its owner last ended it, or an import said so; NULL once confirmed (again)
    UniqueConstraint("subscriber_id", "topic"),
    Index(None, "topic", "state", "frequency", "id"),
    Index("ix_subscriptions_unwelcomed", "topic", "state", "id", **partial_where("welcomed_at IS NULL")),
    Index("ix_subscriptions_switching", "topic", **partial_where("next_frequency IS NOT NULL")),
    sqlite_autoincrement=True,
)

consents = Table(
    "consents",
    metadata,
    serial(),
    ref("subscription_id", "subscriptions.id", nullable=False),
    enum("event", model.ConsentEvent),
    instant("at"),
    string("form"),  # which page, file or command
    string("text"),  # as shown
    string("text_version"),
    string("ip"),  # only if the operator allows
    Index(None, "subscription_id"),
    sqlite_autoincrement=True,
)

suppressions = Table(
    "suppressions",
    metadata,
    Column("hash", CleanText, primary_key=True),  # HMAC of the address, never the address itself
    string("reason"),
    instant("added_at"),
)

digest_schedules = Table(
    "digest_schedules",
    metadata,
    string("topic"),
    enum("frequency", model.Frequency),
    instant("started_at"),
    instant("due_at"),
    maybe_instant("leased_until"),
    lease_token(),
    maybe_instant("last_composed_at"),
    maybe_instant("last_sent_at"),
    PrimaryKeyConstraint("topic", "frequency"),
    Index(None, "frequency", "due_at"),
)

digests = Table(
    "digests",
    metadata,
    serial(),
    string("topic"),
    enum("kind", model.DigestKind),
    enum("frequency", model.Frequency),
    maybe_instant("since"),
    instant("until"),
    instant("composed_at"),
    flag("answer_changed"),
    string("subject"),
    string("text"),
    string("html"),
    string("language"),
    record("record", model.Digest),
    Index(None, "topic", "id"),
    sqlite_autoincrement=True,
)

#: One row for each change and frequency, inserted together with the change. `digested_at` is NULL until a
#: digest of that frequency contains the change: pending changes are a set of rows, never a cursor,
#: so transactions that commit out of order lose nothing.
digest_changes = Table(
    "digest_changes",
    metadata,
    ref("change_id", "changes.id", nullable=False),
    enum("frequency", model.Frequency),
    string("topic"),
    enum("kind", model.ChangeKind),
    maybe_instant("digested_at"),
    ref(
        "digest_id", "digests.id"
    ),  # NULL with digested_at: never told; older than the frequency's schedule, or undone before it was told
    PrimaryKeyConstraint("change_id", "frequency"),
    Index("ix_digest_changes_waiting", "topic", "frequency", "kind", **partial_where("digested_at IS NULL")),
    Index(None, "digest_id"),
    sqlite_with_rowid=False,
)

deliveries = Table(
    "deliveries",
    metadata,
    serial(),
    ref("digest_id", "digests.id", nullable=False),
    ref("subscription_id", "subscriptions.id", nullable=False),
    string("message_id"),
    enum("state", model.DeliveryState),
    number("attempts"),  # those begun
    number("uncertain"),  # attempts begun whose outcome is unknown, also the one under way
    maybe_instant("next_try_at"),  # when it may be claimed, also the end of a lease; NULL when finished
    lease_token(),
    instant("added_at"),
    maybe_instant("last_try_at"),
    maybe_instant("sent_at"),
    Column("last_code", Integer, nullable=False, default=0),
    string("last_reply"),
    UniqueConstraint("digest_id", "subscription_id"),
    Index("ix_deliveries_open", "attempts", "next_try_at", "id", **partial_where("next_try_at IS NOT NULL")),
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
    enum("kind", model.BounceKind),
    string("status"),  # RFC 3463, "5.1.1"
    string("diagnostic"),
    instant("received_at"),
    string("key", unique=True),  # a notification read twice is one bounce
    Index(None, "subscription_id", "received_at"),
    sqlite_autoincrement=True,
)

#: The queue of transactional mails and, in the same rows, the count of requests for the rate limits, which therefore
#: survive a restart. Requesters are identified by keyed hashes only; rows are deleted after a few days, but the address
#: hash of each request to confirm that was sent after a year.
transactional_mails = Table(
    "transactional_mails",
    metadata,
    serial(),
    enum("kind", model.TransactionalKind),
    ref("subscription_id", "subscriptions.id"),  # NULL: counted, but no mail is sent
    string("address_hash"),  # of the canonical mailbox, so not the hash on the suppression list
    string("network_hash"),  # "" when an operator requested it
    string("holder_hash"),  # of the wider network; see subscribers.address_hash.NetworkKey
    number("attempts"),
    number("uncertain"),  # as in deliveries
    maybe_instant("next_try_at"),  # as in deliveries
    lease_token(),
    instant("added_at"),
    maybe_instant("sent_at"),
    string("last_reply"),
    Index(None, "added_at"),
    Index(None, "address_hash", "added_at"),
    Index(None, "network_hash", "added_at"),
    Index(None, "holder_hash", "added_at"),
    Index(None, "subscription_id"),
    Index("ix_transactional_mails_open", "next_try_at", **partial_where("next_try_at IS NOT NULL")),
    sqlite_autoincrement=True,
)
