"""The database: `store.open(url)`, its transactions, and SQL by noun.

    db = store.open("sqlite:///monitor.db")
    with db.begin() as tx:
        known = store.articles.known(tx, pmids)

Every function takes an open transaction and returns frozen dataclasses or plain values; none of them begins,
commits or rolls back a transaction. Parameters and results are the types of `monitor.model`.

| module | stores |
|---|---|
| `topics` · `searches` · `matches` · `polls` | what is watched, when it is due, what it matches, how each poll went |
| `topic_deletion` | what is held of one topic alone, and its deletion |
| `search_edits` | what configurations did to each search, and who |
| `reversals` | which changes undo each other, and which of them no digest tells |
| `unread` | articles that are listed and whose record could not be read |
| `articles` · `citations` · `changes` | records and their revisions, who cites whom, what is reportable |
| `seed_context` | what PubMed links to each seed: references, similar articles, full texts |
| `citing_works` | works that citation indexes list as citing a seed, also those outside PubMed |
| `notices` | retractions and other notices that PubMed does not have, and articles as they stand with them |
| `source_states` · `held` | how each source besides PubMed stands with each topic, and what they hold of it |
| `registry_entries` · `preprints` | trials as registries show them, preprints, and their revisions |
| `verdicts` · `screenings` · `answers` | verdicts of the rules, verdicts of people, the history of answers |
| `subscribers` · `frequency_changes` · `consents` · `suppressions` | subscriptions, consent, the suppression list |
| `personal_data` | export and erasure of everything stored about one person |
| `digests` · `deliveries` · `bounces` | digests and their schedules, the outbox, mail that was returned |
| `delivery_counts` | how many deliveries are in which state, and who has which digest |
| `due_topics` | for which topics a digest may have to be composed now |
| `transactional` | confirmation and preferences-link mails, and how many were requested |
| `leases` | which process does which work; fencing tokens |
| `processes` · `turns` | on several machines: whose leases have ended, who may send the next request |
| `clock` | instants later than now, after a clock that jumped |
| `meta` · `counters` | key-value pairs of the service · what happened how often |

These modules are in `literature/`, `judgements/`, `outside/`, `mailing/` and `people/`. They build on `database/`
(`engine`: connections, transactions; `migrate` and `migrations/`: schema versions; `maintenance`: backup, integrity
checks; `copy`: into another database; `bulk`: statements on many rows; `prepared`: statements of every tick) and
`schema/` (`tables`, `mail_tables`, `outside_tables`, `service_tables`: the current schema; `columns`: column types).

Three rules apply throughout. Work is claimed by compare-and-swap on a lease (`claim…`), and finishing it without the
lease's token raises ConflictError. Pending work is a set of rows, never a cursor. Every function that takes a
collection accepts any number of values.
"""

from __future__ import annotations

from monitor.store.database import clock, copy, counters, leases, maintenance, meta, migrate, processes, turns
from monitor.store.database.drivers import connection_name, process_name
from monitor.store.database.engine import Database, SharedRead, Tx
from monitor.store.database.engine import open_database as open
from monitor.store.judgements import answers, screenings, verdicts
from monitor.store.literature import (
    articles,
    changes,
    citations,
    matches,
    polls,
    reversals,
    search_edits,
    searches,
    seed_context,
    topic_deletion,
    topics,
    unread,
)
from monitor.store.mailing import (
    bounces,
    deliveries,
    delivery_counts,
    digests,
    due_topics,
    frequency_changes,
    transactional,
)
from monitor.store.mailing.send_gate import SendGate
from monitor.store.outside import citing_works, held, notices, preprints, registry_entries, source_states
from monitor.store.people import consents, personal_data, subscribers, suppressions

__all__ = [
    "Database",
    "SendGate",
    "SharedRead",
    "Tx",
    "answers",
    "articles",
    "bounces",
    "changes",
    "citations",
    "citing_works",
    "clock",
    "connection_name",
    "consents",
    "copy",
    "counters",
    "deliveries",
    "delivery_counts",
    "digests",
    "due_topics",
    "frequency_changes",
    "held",
    "leases",
    "maintenance",
    "matches",
    "meta",
    "migrate",
    "notices",
    "open",
    "personal_data",
    "polls",
    "preprints",
    "process_name",
    "processes",
    "registry_entries",
    "reversals",
    "screenings",
    "search_edits",
    "searches",
    "seed_context",
    "source_states",
    "subscribers",
    "suppressions",
    "topic_deletion",
    "topics",
    "transactional",
    "turns",
    "unread",
    "verdicts",
]
