"""A year in which everything goes wrong that can: a fixed seed decides on which day what happens."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from email.utils import parsedate_to_datetime

from monitor import store
from monitor.model import Frequency
from monitor.sandbox import Fault
from monitor.subscribers import opt_in, preferences, unsubscribe
from tests.support import killing
from tests.support.killing import AtInstant, Point
from tests.support.long_life import OLD, SEED, VISIT, Life, noon

DAY = timedelta(days=1)
#: What PubMed answers on the days of an outage.
OUTAGES = (Fault.UNAVAILABLE, Fault.SEARCH_BACKEND, Fault.TRUNCATED, Fault.MAINTENANCE, Fault.RESET)
#: What the mail server replies on a bad day: at which command what. Nothing at all ends the connection.
REFUSALS = (
    ("banner", "554 no access for you"),
    ("MAIL", "421 closing"),
    ("MAIL", "450 4.7.1 hourly limit exceeded"),
    ("RCPT", "451 4.2.0 greylisted"),
    ("RCPT", "550 5.7.1 relaying denied"),
    ("DATA", "451 try later"),
    ("after DATA", "451 4.3.0 queue file error"),
    ("after DATA", ""),
)
#: The clock of the machine is wrong by so much for one tick.
JUMPS = (timedelta(days=-1), timedelta(hours=3), timedelta(days=40))
FREQUENCIES = (Frequency.DAILY, Frequency.WEEKLY, Frequency.MONTHLY)


@dataclass
class BadYear:
    """Goes through a life day by day. `outages` are the days on which PubMed gave no answer or nobody looked."""

    life: Life
    first: date
    days: int
    chance: random.Random
    happened: Counter[str] = field(default_factory=Counter)
    outages: list[date] = field(default_factory=list)
    left: dict[str, datetime] = field(default_factory=dict)
    _asked: list[str] = field(default_factory=list)
    _active: list[str] = field(default_factory=list)
    _points: list[Point] = field(default_factory=list)
    _off: int = 0

    def live(self) -> None:
        """Every day but the last few, so that what appeared is told."""
        for number in range(1, self.days):
            day = self.first + number * DAY
            if self._off:
                self._off -= 1
                self.outages.append(day)
                continue
            self._of_the_world(day)
            self._of_people(day)
            self._tick(day)
        self.life.hear_nothing()
        self.life.settle(self.first + self.days * DAY)

    def _is_time(self, every: int) -> bool:
        """About once in so many days."""
        return self.chance.randrange(every) == 0

    def _of_the_world(self, day: date) -> None:
        """What PubMed and the mail server do on this day, and for how long nobody looks afterwards."""
        faults, life = self.life.pubmed.faults, self.life
        life.hear_nothing()
        if self._is_time(25):
            length = self.chance.randint(1, 3)
            fault = self.chance.choice(OUTAGES)
            faults.outage(noon(day, 0), noon(day + length * DAY, 0), fault)
            self.outages += [day + number * DAY for number in range(length)]
            self._note(f"outage of PubMed ({length} d)")
        if self._is_time(60):
            listed = [str(SEED + number) for number in range(OLD)]
            faults.add(
                Fault.IDS_LEFT_OUT, endpoint="esearch", pmids=listed, since=noon(day, 0), until=noon(day + DAY, 0)
            )
            self._note("day on which PubMed left out what it had listed")
        if self._is_time(20):
            word, reply = self.chance.choice(REFUSALS)
            life.mail.replies[word] = reply
            self._note("day on which the mail server refused")
        if self._is_time(90):
            self._off = self.chance.randint(2, 12)
            self._note("time without Monitor")

    def _of_people(self, day: date) -> None:
        """A visitor signs up, yesterday's confirms; one changes the frequency, one leaves; a mail comes back."""
        life, at = self.life, noon(day, 5)
        life.send_back()
        for address in self._asked:
            life.confirm(address, at)
            self._active.append(address)
            self._note("sign-up")
        self._asked.clear()
        if self._is_time(4):
            address = f"visitor{day:%m%d}@d{day.day % 5}.example"
            life.sign_up(address, self.chance.choice(FREQUENCIES), at)
            self._asked.append(address)
        if self._active and self._is_time(10):
            self._switch(self.chance.choice(self._active), at)
        if self._active and self._is_time(12):
            self._leave(self._active.pop(0), at)
        if self._is_time(45):
            life.question = "vein dilation" if "," in life.question else "vein dilation, venoplasty"
            self._note("change of the question")

    def _switch(self, address: str, at: datetime) -> None:
        wish = opt_in.SubscriptionRequest("veins", self.chance.choice(FREQUENCIES))
        with self.life.database() as db:
            with db.read() as tx:
                (found,) = store.subscribers.find(tx, address)
            preferences.change(db, found.id, wish, VISIT, at)
        self._note("change of a frequency")

    def _leave(self, address: str, at: datetime) -> None:
        with self.life.database() as db:
            with db.read() as tx:
                (found,) = store.subscribers.find(tx, address)
            unsubscribe.unsubscribe_by_link(db, found.id, VISIT, at)
        self.left[address] = at
        self._note("reader who left")

    def _tick(self, day: date) -> None:
        """In the morning a process that may be killed, or whose clock may be wrong; then another in the afternoon."""
        morning, life = noon(day, 8), self.life
        if self._is_time(7):
            if killing.strike_at(life, morning, self._point()) == -9:
                self._note("kill -9")
        elif self._is_time(60):
            life.tick(morning + self.chance.choice(JUMPS), true=morning)
            self._note("jump of the clock")
        else:
            life.tick(morning)
            return
        life.tick(noon(day, 15))

    def _point(self) -> Point:
        """The next named point, or a random instant."""
        if self._is_time(4):
            return AtInstant(self.chance.uniform(0.1, 1.0))
        if not self._points:
            self._points = list(killing.named_points().values())
            self.chance.shuffle(self._points)
        return self._points.pop()

    def _note(self, what: str) -> None:
        self.happened[what] += 1

    # --- what came of it ---

    @property
    def unnamed_outages(self) -> list[date]:
        """The days without an answer that the next digest of the daily reader does not name."""
        told = sorted(
            (parsedate_to_datetime(str(mail["Date"])), " ".join(mail.get_body(["plain"]).get_content().split()))  # type: ignore[union-attr]
            for mail in self.life.mails()
            if mail["To"] == "daily@reader.example"
        )
        silent = []
        for day in self.outages:
            after = [text for at, text in told if at >= noon(day, 0)][:6]
            if not any("gave no usable answer" in text or "did not run" in text for text in after):
                silent.append(day)
        return silent

    @property
    def mailed_after_leaving(self) -> list[str]:
        """Who got a mail an hour or more after leaving."""
        hour = timedelta(hours=1)
        return [
            str(mail["To"])
            for mail in self.life.mails()
            if (at := self.left.get(str(mail["To"]))) and parsedate_to_datetime(str(mail["Date"])) > at + hour
        ]
