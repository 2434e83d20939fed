"""The ledger of a life: every article from published to stored and told, and every mail that came more than once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field

from monitor import store
from monitor.model import ChangeKind, DigestKind
from monitor.store import Tx
from tests.support.long_life import READERS, Life

#: A change of these kinds is told once to each reader.
_UNCERTAIN = "SELECT message_id, uncertain FROM deliveries"
_ONCE = (ChangeKind.NEW, ChangeKind.CITING, ChangeKind.RETRACTED)


@dataclass
class Ledger:
    """What was published and what came of it. `told` has the Message-IDs by (reader, kind, PMID)."""

    published: set[str]
    retracted: set[str]
    stored: set[str]
    told: dict[tuple[str, str, str], set[str]]
    copies: Counter[str]
    uncertain: Counter[str]
    unnamed: set[str]
    readers: Collection[str] = tuple(READERS)
    names: dict[str, str] = field(default_factory=dict)

    @property
    def untold(self) -> list[tuple[str, str, str]]:
        """What a reader who was there all the time was not told of."""
        expected = [(reader, "new", pmid) for reader in self.readers for pmid in self.published]
        expected += [(reader, "retracted", pmid) for reader in self.readers for pmid in self.retracted]
        return sorted(key for key in expected if not self.told.get(key))

    @property
    def repeated(self) -> list[tuple[str, str, str]]:
        """What was told in two different mails."""
        return sorted(key for key, ids in self.told.items() if len(ids) > 1)

    @property
    def unflagged(self) -> list[str]:
        """The Message-IDs that came more often than is on record as uncertain."""
        return sorted(name for name, copies in self.copies.items() if copies - 1 > self.uncertain[name])

    @property
    def columns(self) -> dict[str, int]:
        """The figures."""
        return {
            "published": len(self.published),
            "lost": len(self.published - self.stored),
            "untold": len(self.untold),
            "not named in the mail": len(self.unnamed),
            "told twice": len(self.repeated),
            "mails": len(self.copies),
            "copies, flagged uncertain": sum(min(n - 1, self.uncertain[name]) for name, n in self.copies.items()),
            "copies, not flagged": len(self.unflagged),
        }

    @property
    def faults(self) -> dict[str, object]:
        """What should be empty, and is not."""
        found = {
            "lost": sorted(self.published - self.stored),
            "untold": self.untold,
            "not named": sorted(self.unnamed),
            "told twice": self.repeated,
            "copies, not flagged": self.unflagged,
        }
        return {name: what for name, what in found.items() if what}


def read(life: Life) -> Ledger:
    """The ledger of a life as it stands."""
    published = set(life.literature.published)
    told: defaultdict[tuple[str, str, str], set[str]] = defaultdict(set)
    unnamed: set[str] = set()
    copies: Counter[str] = Counter()
    with life.database() as db, db.read() as tx:
        stored = set(store.articles.which_known(tx, published))
        contents = _changes_by_message(tx)
        for mail in life.mails():
            name = str(mail["Message-ID"])
            if name not in contents:
                continue  # a transactional mail, or one to the operator
            copies[name] += 1
            text = str(mail.get_body(["plain"]).get_content())  # type: ignore[union-attr]
            for kind, pmid in contents[name]:
                told[str(mail["To"]), kind, pmid].add(name)
                if pmid not in text:
                    unnamed.add(pmid)
        uncertain = Counter(dict(tx.exec_driver_sql(_UNCERTAIN).all()))  # type: ignore[arg-type]
    return Ledger(published, life.literature.retracted, stored, dict(told), copies, uncertain, unnamed)


def _changes_by_message(tx: Tx) -> dict[str, list[tuple[str, str]]]:
    """What each delivery's digest tells, as (kind, PMID), by Message-ID; a citing article is a new one."""
    changes = {one.id: one for one in store.changes.recent(tx, "veins", 1_000_000)}
    found: dict[str, list[tuple[str, str]]] = {}
    digests: dict[int, list[tuple[str, str]]] = {}
    for name, number in tx.exec_driver_sql("SELECT message_id, digest_id FROM deliveries").all():
        if number not in digests:
            digest = store.digests.get(tx, number)[0]
            ids = digest.change_ids if digest.kind is not DigestKind.WELCOME else ()
            kinds = [(changes[id_].kind, changes[id_].pmid) for id_ in ids]
            digests[number] = [(_name(kind), pmid) for kind, pmid in kinds if kind in _ONCE]
        found[name] = digests[number]
    return found


def _name(kind: ChangeKind) -> str:
    return "new" if kind is ChangeKind.CITING else kind.value
