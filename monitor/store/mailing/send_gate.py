"""What is asked and noted before each mail: is it still wanted, is sending paused, it is begun. Made cheap."""

from __future__ import annotations

from types import TracebackType
from typing import Any

from monitor.errors import StoreError
from monitor.model import SubscriptionState
from monitor.store.database.driver_errors import advice, as_store_error
from monitor.store.database.engine import Database
from monitor.store.mailing.deliveries import PAUSED

_IS_WANTED = (
    "SELECT 1 FROM deliveries JOIN subscriptions ON subscriptions.id = deliveries.subscription_id "
    "WHERE deliveries.id = {0} AND subscriptions.state = {0}"
)
#: Counted as uncertain until the reply is recorded: a process that dies leaves it so.
_BEGIN = "UPDATE deliveries SET attempts = attempts + 1, uncertain = uncertain + 1 WHERE id = {0} AND lease_token = {0}"
#: The mark must survive the death of the process, not that of the machine: waiting for the disk would cost more than
#: sending does. Replies are recorded durably.
_PREPARE = {
    "sqlite": ("PRAGMA synchronous=NORMAL", "PRAGMA query_only=0"),  # a connection of the pool may have been a reader
    "postgresql": ("SET synchronous_commit TO off",),
}
_IS_PAUSED = "SELECT 1 FROM meta WHERE key = {0}"


class SendGate:
    """One open connection in autocommit mode, which sees every commit immediately. For use by one thread.

    On SQLite it is lent by the pool, and goes back as it came: opening one costs more than sending a mail.

    Going through SQLAlchemy (a transaction, its settings, compiling the statement) costs forty times as much. Raises
    StoreError when the database cannot be reached.
    """

    def __init__(self, db: Database) -> None:
        with as_store_error(db.url_safe):
            self._connection = db.engine.connect()
        driver: Any = self._connection.connection.driver_connection
        if not db.is_sqlite:
            self._connection.detach()  # in autocommit mode it must not return to the pool
            driver.autocommit = True
        self._cursor = driver.cursor()
        self._driver_error = db.engine.dialect.loaded_dbapi.Error
        self._restore = self._lent() if db.is_sqlite else ""
        placeholder = "?" if db.is_sqlite else "%s"
        self._wanted, self._paused = _IS_WANTED.format(placeholder), _IS_PAUSED.format(placeholder)
        self._begin = _BEGIN.format(placeholder)
        for statement in _PREPARE[db.engine.dialect.name]:
            self._execute(statement)

    def __enter__(self) -> SendGate:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self._restore:
                self._execute(self._restore)
        except StoreError:
            self._connection.invalidate()
            raise
        finally:
            self._connection.close()

    def _lent(self) -> str:
        """What makes a connection of SQLite's pool as durable again as it was."""
        self._connection.info.pop("query_only", None)  # what `_PREPARE` sets is not known to who uses it next
        (synchronous,) = self._execute("PRAGMA synchronous").fetchone()
        return f"PRAGMA synchronous={synchronous}"

    def is_wanted(self, delivery_id: int) -> bool:
        """Is the delivery's subscription active now? Raises StoreError when the database cannot be queried."""
        return self._is_true(self._wanted, delivery_id, SubscriptionState.ACTIVE.value)

    def is_paused(self) -> bool:
        """Is sending paused (see `store.deliveries.pause`)? Raises StoreError as `is_wanted` does."""
        return self._is_true(self._paused, PAUSED)

    def begin(self, delivery_id: int, lease_token: str) -> bool:
        """Note that a claimed delivery is about to be sent; False when another sender has taken over its lease.

        Committed at once. Raises StoreError as `is_wanted` does.
        """
        return bool(self._execute(self._begin, delivery_id, lease_token).rowcount)

    def _is_true(self, query: str, *values: object) -> bool:
        return bool(self._execute(query, *values).fetchall())

    def _execute(self, query: str, *values: object) -> Any:
        try:
            return self._cursor.execute(query, values)
        except self._driver_error as error:
            reason = " ".join(str(error).split()).rstrip(".")
            raise StoreError(f"The database cannot be used: {reason}. {advice(error)}".rstrip()) from error
