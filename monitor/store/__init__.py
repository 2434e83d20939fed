"""The database: `store.open(url)`, its transactions, and SQL by noun.

    db = store.open("sqlite:///monitor.db")
    with db.begin() as tx:
        known = store.articles.known(tx, pmids)

Every function takes an open transaction, returns frozen dataclasses or plain values, and opens,
commits or rolls back nothing. What goes in and comes out are the words of `monitor.model`.

| module | keeps |
|---|---|
| `topics` · `searches` · `matches` · `polls` | what is watched, when it is due, what it matches, how each poll went |
| `articles` · `citations` · `changes` | records and their revisions, who cites whom, what is worth telling |
| `seed_context` | what PubMed ties to each seed: references, similar articles, full texts |
| `verdicts` · `screenings` · `answers` | what the rules say, what people say, what the question was answered |
| `subscribers` · `frequency_changes` · `consents` · `suppressions` | who asked for what, and agreed to what |
| `personal_data` | everything held about one person, and its erasure |
| `digests` · `deliveries` · `bounces` | what was written, the outbox, what came back |
| `transactional` | mails that pages ask for, and how often |
| `leases` | who is doing which work, and who comes too late to save it |
| `meta` | small facts of the service |

The nouns stand in `literature/`, `judgements/`, `mailing/` and `people/`. Below them: `database/` (`engine`:
connections, transactions; `migrate` and `migrations/`: the schema over time; `maintenance`: backup, soundness; `bulk`:
many rows at once) and `schema/` (`tables` and `mail_tables`: the schema now; `columns`: types).

Three rules hold everywhere. Who does a unit of work is decided by compare-and-swap with a lease
(`claim…`), and finishing without the lease's token raises ConflictError. What is waiting is a set of rows
and never a cursor. A long list may be passed to anything that takes many.
"""

from __future__ import annotations

from monitor.store.database import leases, maintenance, meta, migrate
from monitor.store.database.engine import Database, Tx
from monitor.store.database.engine import open_database as open
from monitor.store.judgements import answers, screenings, verdicts
from monitor.store.literature import articles, changes, citations, matches, polls, searches, seed_context, topics
from monitor.store.mailing import bounces, deliveries, digests, frequency_changes, transactional
from monitor.store.mailing.send_gate import SendGate
from monitor.store.people import consents, personal_data, subscribers, suppressions

__all__ = [
    "Database",
    "SendGate",
    "Tx",
    "answers",
    "articles",
    "bounces",
    "changes",
    "citations",
    "consents",
    "deliveries",
    "digests",
    "frequency_changes",
    "leases",
    "maintenance",
    "matches",
    "meta",
    "migrate",
    "open",
    "personal_data",
    "polls",
    "screenings",
    "searches",
    "seed_context",
    "subscribers",
    "suppressions",
    "topics",
    "transactional",
    "verdicts",
]
