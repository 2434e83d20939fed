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
| `surroundings` | what PubMed ties to each seed: references, similar articles, full texts |
| `verdicts` · `screenings` · `answers` | what the rules say, what people say, what the question was answered |
| `subscribers` · `rhythms` · `consents` · `suppressions` · `persons` | who asked for what, and one person's data |
| `digests` · `deliveries` · `bounces` | what was written, the outbox, what came back |
| `letters` | mails that pages ask for, and how often |
| `meta` | small facts of the service |

Below them: `engine` (connections, transactions), `migrate` and `migrations/` (the schema over time),
`upkeep` (backup, soundness), `tables` and `mail_tables` (the schema now), `columns` (types), `bulk`
(many rows at once).

Three rules hold everywhere. Who does a unit of work is decided by compare-and-swap with a lease
(`claim…`), and finishing without the claim raises ConflictError. What is waiting is a set of rows
and never a cursor. A long list may be passed to anything that takes many.
"""

from __future__ import annotations

from monitor.store import (
    answers,
    articles,
    bounces,
    changes,
    citations,
    consents,
    deliveries,
    digests,
    letters,
    matches,
    meta,
    migrate,
    persons,
    polls,
    rhythms,
    screenings,
    searches,
    subscribers,
    suppressions,
    surroundings,
    topics,
    upkeep,
    verdicts,
)
from monitor.store.engine import Database, Tx
from monitor.store.engine import open_database as open
from monitor.store.watch import Watch

__all__ = [
    "Database",
    "Tx",
    "Watch",
    "answers",
    "articles",
    "bounces",
    "changes",
    "citations",
    "consents",
    "deliveries",
    "digests",
    "letters",
    "matches",
    "meta",
    "migrate",
    "open",
    "persons",
    "polls",
    "rhythms",
    "screenings",
    "searches",
    "subscribers",
    "suppressions",
    "surroundings",
    "topics",
    "upkeep",
    "verdicts",
]
