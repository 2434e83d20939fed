"""A year of operating, from the first day to a month after the last: what is done on which day, and its ledger."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from itertools import pairwise

from monitor import store
from monitor.links import Purpose
from monitor.model import Change, Frequency
from monitor.subscribers import do_not_mail, opt_in, unsubscribe
from monitor.subscribers.address_hash import AddressKey
from tests.support.long_life import VISIT
from tests.support.operated import DAY, FIRST, LAST, NEW_KEY, OLD_KEY, Literature, Operated, morning
from tests.support.operated_ledger import Post, Row, Stay, Told, rows, told_in

LOST_REPLY, ADDED, WIDENED = date(2013, 2, 14), date(2013, 3, 1), date(2013, 3, 20)
CHANGED_WHILE_POLLED, JOINED, ASKED_OTHERWISE = date(2013, 4, 16), date(2013, 5, 10), date(2013, 6, 3)
TO_POSTGRESQL, NEW_KEY_ON, LEFT = date(2013, 7, 1), date(2013, 8, 15), date(2013, 9, 10)
BACK_TO_SQLITE, LISTED, REMOVED = date(2013, 10, 1), date(2013, 10, 15), date(2013, 11, 4)
RETRACTED_ON = date(2013, 12, 2)
END = LAST + 36 * DAY

#: Trials: of what, and the day on which PubMed lists the report.
TRIALS = {
    70_001: ("vein dilation", date(2013, 2, 10)),
    70_002: ("vein stenting", date(2013, 4, 25)),  # the question names it only from ASKED_OTHERWISE on
    70_003: ("vein dilation", date(2013, 8, 20)),
}
READERS = {f"{word.replace('_', '-')}@reader.example": word for word in ("at_once", "daily", "weekly", "monthly")}
JUGULAR, JOINER, LEAVER, BARRED = (f"{name}@elsewhere.example" for name in ("jugular", "joiner", "leaver", "barred"))
JUGULAR_TOPIC = """\
  jugular:
    name: Jugular veins
    question:
      text: Are jugular veins narrow in multiple sclerosis?
      population: {name: multiple sclerosis, words: [multiple sclerosis]}
      intervention: {name: vein dilation, words: [vein dilation]}
    searches:
      - {name: necks, every: 12h, query: "jugular[tiab]"}
    digest: {at: "06:00", timezone: UTC, frequency: daily}
"""
NARROW = 'query: "vein*[tiab]"'
WIDE = 'query: "vein*[tiab] OR venoplasty[tiab]"'
WIDEST = 'query: "vein*[tiab] OR venoplasty[tiab] OR jugular[tiab]"'
QUESTION, OTHER_QUESTION = "words: [vein dilation]", "words: [vein dilation, vein stenting]"
#: The words with which titles of the articles begin that the topic's query lists, from which day on.
LISTED_BY = {FIRST: ("vein",), WIDENED: ("vein", "venoplasty"), CHANGED_WHILE_POLLED: ("vein", "venoplasty", "jugular")}


@dataclass
class Year:
    """The installation and what is remembered of its year. `told` has each topic as its database had it at its end."""

    site: Operated
    articles: Literature
    readers: list[str]
    histories: list[str] = field(default_factory=list)
    told: dict[str, Told] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    ticks: list[date] = field(default_factory=list)

    # --- what is done on which day, before the service looks whether anything is due ---

    @property
    def doings(self) -> dict[date, Callable[[date], object]]:
        """What is done on its day."""
        site, faults = self.site, self.site.mailbox.faults
        return {
            FIRST + 2 * DAY: self.sign_up,
            LOST_REPLY: lambda _: faults.drop_after_data("daily@reader.example"),
            ADDED: self.add_topic,
            WIDENED: lambda _: site.edit(NARROW, WIDE),
            CHANGED_WHILE_POLLED: lambda day: site.when_polled(partial(self.change_while_polled, day)),
            JOINED: lambda _: self.list_reader(f"{JOINER},veins,daily"),
            ASKED_OTHERWISE: lambda _: site.edit(f"{QUESTION}}}\n", f"{OTHER_QUESTION}}}\n"),
            TO_POSTGRESQL: lambda _: faults.refuse("weekly@reader.example", "451 4.3.0 try later", times=1),
            NEW_KEY_ON: lambda _: site.put_keys(NEW_KEY, OLD_KEY),
            LEFT: self.leave,
            BACK_TO_SQLITE: lambda _: faults.refuse("monthly@reader.example", "451 4.3.0 try later", times=1),
            LISTED: lambda _: self.list_reader(f"{BARRED},veins,daily"),
            REMOVED: self.remove_topic,
        }

    def sign_up(self, day: date) -> None:
        """A stranger enters the address of somebody who wants no mail; she is asked to confirm and does not."""
        wish = opt_in.SubscriptionRequest("veins", Frequency.DAILY)
        assert opt_in.request(self.site.works.db, wish, AddressKey(BARRED, (OLD_KEY,)), VISIT, morning(day))

    def list_reader(self, line: str) -> None:
        """The subscribers file gets one more."""
        self.readers.append(line)
        self.site.list_readers(*self.readers)

    def add_topic(self, _day: date) -> None:
        """With a reader of its own."""
        text = self.site.config.read_text(encoding="utf-8")
        self.site.edit(text, text + JUGULAR_TOPIC)
        self.list_reader(f"{JUGULAR},jugular,daily")

    def change_while_polled(self, day: date) -> None:
        """PubMed works on the old query, and the service takes the new one."""
        self.site.edit(WIDE, WIDEST)
        self.site.reload_now(morning(day))

    def leave(self, day: date) -> None:
        """Two people use the links in mails of January, which were signed by the key of then."""
        works = self.site.works
        number = works.links.read(Purpose.UNSUBSCRIBE, _link(self.site, LEAVER, Purpose.UNSUBSCRIBE))
        assert unsubscribe.unsubscribe_by_link(works.db, number, VISIT, morning(day)) == 1
        hashed, number = works.links.read_do_not_mail(_link(self.site, BARRED, Purpose.DO_NOT_MAIL))
        do_not_mail.decline(works.db, hashed, number, works.settings.secret_keys, VISIT, morning(day))

    def remove_topic(self, _day: date) -> None:
        """And its reader from the subscribers file."""
        self.told["jugular"] = told_in(self.site.works.db, "jugular", self.articles.days)
        self.site.edit(JUGULAR_TOPIC, "")
        self.site.list_readers(*(line for line in self.readers if JUGULAR not in line))

    # --- its course ---

    def live(self, *databases: str) -> None:
        """On the first database until TO_POSTGRESQL, and then on each of `databases`."""
        self._run(FIRST, TO_POSTGRESQL)
        for url, (first, last) in zip(databases, pairwise((TO_POSTGRESQL, BACK_TO_SQLITE, END)), strict=True):
            self.site.command("db", "copy", url)
            self.site.database_url = url
            self._run(first + DAY, last)
        self.site.command("topics", "archive", "jugular", str(self.site.folder / "jugular.zip"), "--yes")
        self.site.command("db", "check")
        with closing(store.open(self.site.database_url)) as db:
            self.told["veins"] = told_in(db, "veins", self.articles.days)
            with db.read() as tx:
                self.changes = store.changes.recent(tx, "veins", 1_000_000)[::-1]

    def _run(self, first: date, last: date) -> None:
        """The service looks on every fifth day, and on those on which something is done or a trial is listed."""
        doings = self.doings
        wanted = {*doings, last, *(day for _, day in TRIALS.values()), RETRACTED_ON}
        with self.site.running(morning(first)):
            for day in (first + number * DAY for number in range((last - first).days + 1)):
                if day in wanted or (day - FIRST).days % 5 == 0:
                    doings.get(day, lambda _: None)(day)
                    self.site.tick(morning(day))
                    self.ticks.append(day)
        self.histories.append(self.site.command("export", "veins", "-f", "answers"))

    # --- what came of it ---

    def last_look_before(self, day: date) -> date:
        """The last day before `day` on which the service looked."""
        return max(one for one in self.ticks if one < day)

    def ledger(self, post: Post) -> list[Row]:
        """Every article for every subscriber of a topic whose query listed it as it appeared."""
        before_left, before_removed = self.last_look_before(LEFT), self.last_look_before(REMOVED)
        stays = [Stay("veins", reader, FIRST, LAST) for reader in READERS]
        stays += [Stay("veins", JOINER, JOINED, LAST), Stay("veins", LEAVER, FIRST, before_left)]
        stays += [Stay("jugular", JUGULAR, ADDED, before_removed)]
        listed = {"veins": LISTED_BY, "jugular": {ADDED: ("jugular",)}}
        return rows(self.articles, listed, stays, self.told, post)


def _link(site: Operated, reader: str, purpose: Purpose) -> str:
    """The token of the link in the first mail to a reader."""
    mail = site.mailbox.to(reader)[0].message
    body = mail.get_body(["plain"])
    found = re.search(rf"/{purpose}/([\w.-]+)", f"{mail['List-Unsubscribe']} {body.get_content() if body else ''}")
    assert found
    return found[1]
