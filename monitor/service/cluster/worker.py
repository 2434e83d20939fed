"""Several machines: procrastinate, on the same PostgreSQL, says which worker does which unit of work, and when.

A job says only "do this unit now". What is due stands in the tables of Monitor and is claimed there, row by row, as
without this engine; so a job that is lost, late or done twice loses no mail and sends none twice. Every worker puts
the jobs of its queues into the database, and there only one of each unit and time is kept. Work that several workers
can share (searches, deliveries) is done for some seconds at a time: a job that finds more of it than its own has the
next one put into the queue before it begins, so that every idle worker joins in within about a second.

A worker that gives no sign of life for a while counts as dead: its leases end, and its units are put into their queues
again.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from procrastinate import App
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import DeleteJobCondition, Job, Status
from procrastinate.worker import Worker as JobWorker

from monitor import __version__, log, store
from monitor.errors import StoreError
from monitor.service import memory
from monitor.service.alerting.failures import Unit
from monitor.service.cluster import database
from monitor.service.cluster.queues import LEASES, QUEUES, SHARED, IsMore
from monitor.service.reload import Live
from monitor.service.reload.live import LOOK_EVERY
from monitor.service.running.clock import ClockWatch
from monitor.service.running.scheduler import BEAT_EVERY, BEATS, RELOADS, STOPS, is_hangup
from monitor.service.units import Units

#: For so many seconds a job does work that others can share.
SHARE = 10.0
#: Seconds without a sign of life after which a worker counts as dead; it gives three in that time.
DEAD_AFTER = 30.0
#: Seconds after which an idle worker looks for jobs of a unit that is shared or often due, and of any other.
PROMPT, RELAXED = 1.0, 5.0
#: Seconds until a worker tries again what the database did not allow.
TRY_AGAIN = 3.0
#: Hours for which a failed job is counted by `monitor status`.
FAILED_KEPT = 24


class UnitFailed(Exception):
    """A unit of work failed, which its guard has logged and recorded; so the job counts as failed."""


class Worker:
    """Carries out the jobs of `queues` until it is told to stop; each unit in a lane of its own, one job at a time."""

    def __init__(self, live: Live, queues: Sequence[str], dead_after: float = DEAD_AFTER) -> None:
        self._live, self._dead_after = live, dead_after
        self._db = live.works.db
        self._units = [unit for queue in queues for unit in QUEUES[queue]]
        self._connector = database.connector(self._db)
        self._queue = App(connector=self._connector)
        self._stopping = threading.Event()
        self._clock = ClockWatch()  # from before the first lane: none begins in another time unseen
        # It logs what fails with its traceback; here the guard of the unit says so, or the lane, in a line.
        logging.getLogger("procrastinate").setLevel(logging.CRITICAL)

    def run(self) -> None:
        """Work until SIGTERM or SIGINT; the jobs under way are finished. The second signal ends the process at once."""
        signal.pthread_sigmask(signal.SIG_BLOCK, (*STOPS, RELOADS))  # until they can be handled
        asyncio.run(self._run())
        log.get().info("stopped")

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(len(self._units) + 2))
        stopped = asyncio.Event()
        for number in STOPS:
            loop.add_signal_handler(number, self._stop, number, stopped)
        loop.add_signal_handler(RELOADS, self._reload, os.isatty(0), stopped)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, (*STOPS, RELOADS))
        await self._connector.open_async()
        try:
            while not stopped.is_set():
                await self._work_until(stopped)
        finally:
            await self._connector.close_async()

    def _reload(self, had_terminal: bool, stopped: asyncio.Event) -> None:
        if is_hangup(had_terminal):
            self._stop(RELOADS, stopped)
        else:
            self._live.ask()

    def _stop(self, number: int, stopped: asyncio.Event) -> None:
        log.get().info("stopping", signal=signal.Signals(number).name)
        self._stopping.set()
        stopped.set()
        for again in STOPS:
            asyncio.get_running_loop().add_signal_handler(again, os._exit, 128 + again)

    async def _work_until(self, stopped: asyncio.Event) -> None:
        """All lanes at once; when `stopped`, or when the clock jumps, each finishes its job.

        They are asked to end, not cancelled: a cancellation that comes while one waits for a connection can be lost
        (`asyncio.wait_for` of Python 3.11, within psycopg's pool), and the lane would go on for ever.
        """
        with suppress(StoreError):
            await asyncio.to_thread(self._give_sign)  # before the first lease is taken
        ending, idle = asyncio.Event(), asyncio.Event()
        lanes = [asyncio.create_task(self._lane(unit, ending)) for unit in self._units]
        lanes.append(asyncio.create_task(self._watch_configuration(ending)))
        alive = asyncio.create_task(self._stay_alive(ending, idle))
        units = [str(unit) for unit in self._units]
        log.get().info("worker started", version=__version__, database=self._db.url_safe, units=units)
        ends = [asyncio.create_task(one.wait()) for one in (stopped, ending)]
        await asyncio.wait([*ends, *lanes, alive], return_when=asyncio.FIRST_COMPLETED)
        ending.set()
        ended = await asyncio.gather(*lanes, return_exceptions=True)
        idle.set()
        ended += await asyncio.gather(alive, return_exceptions=True)
        with suppress(StoreError), self._db.begin() as tx:
            store.processes.leave(tx)
        for error in ended:
            if isinstance(error, Exception):  # a lane goes on after whatever the world does; this is a bug
                raise error

    # --- jobs ----------------------------------------------------------------------------------------

    async def _lane(self, unit: Unit, ending: asyncio.Event) -> None:
        """Take the jobs of one unit, one after the other; go on when the database is there again."""
        app = self._app(unit)
        while not ending.is_set():
            try:
                await self._take_jobs(app, unit, ending)
            except ConnectorException as error:
                log.get().warning("no jobs: the database cannot be used", unit=str(unit), error=database.reason(error))
            await _rest(TRY_AGAIN, ending)

    async def _take_jobs(self, app: App, unit: Unit, ending: asyncio.Event) -> None:
        """Do jobs until `ending`; the one under way is finished. Raises ConnectorException."""
        is_prompt = unit in SHARED or BEATS[unit].every < BEAT_EVERY
        worker = JobWorker(
            app,
            queues=[unit],
            name=unit,
            concurrency=1,
            listen_notify=False,
            fetch_job_polling_interval=PROMPT if is_prompt else RELAXED,
            delete_jobs=DeleteJobCondition.SUCCESSFUL,
            install_signal_handlers=False,
            update_heartbeat_interval=self._dead_after / 3,
            stalled_worker_timeout=self._dead_after,
        )
        running = asyncio.create_task(worker.run())  # type: ignore[no-untyped-call]  # it has no annotations
        ends = asyncio.create_task(ending.wait())
        await asyncio.wait([running, ends], return_when=asyncio.FIRST_COMPLETED)
        worker.stop()  # type: ignore[no-untyped-call]
        ends.cancel()
        await running

    def _app(self, unit: Unit) -> App:
        """One unit as procrastinate's only task, put into its queue once for each time that it is due."""
        app = App(connector=self._connector)

        async def job(timestamp: int | None = None) -> None:  # the time that it is due, in Unix seconds
            await self._do(unit, is_periodic=timestamp is not None)

        task = app.task(name=unit, queue=unit, queueing_lock=unit, lock=self._lock(unit))(job)
        app.periodic(cron=_cron(BEATS[unit].every))(task)
        return app

    def _lock(self, unit: Unit) -> str | None:
        """While a job with this lock is done no other is begun; None where several workers share the work.

        A mail server with a limit of its own is for one worker at a time, which keeps it.
        """
        is_limited = unit is Unit.DELIVERIES and self._live.latest.settings.smtp.rate
        return None if unit in SHARED and not is_limited else unit

    async def _do(self, unit: Unit, *, is_periodic: bool) -> None:
        """One job. Raises UnitFailed."""
        if unit in SHARED:
            if await asyncio.to_thread(self._is_more, SHARED[unit]):
                await self._put(unit)
            elif not is_periodic:
                return  # the others have done all of it
        did, failures = await asyncio.to_thread(self._work, unit)
        for woken in BEATS[unit].wakes if did else ():
            await self._put(woken)
        if unit is Unit.CLEAN_UP:
            await self._queue.job_manager.delete_old_jobs(FAILED_KEPT, include_failed=True, include_aborted=True)
        if failures:
            await self._give_back(unit)
            raise UnitFailed(failures)

    async def _give_back(self, unit: Unit) -> None:
        """End the leases that a failed unit left because the database went away, as soon as it is there again."""
        while unit in LEASES and not self._stopping.is_set():
            with suppress(StoreError):
                if await asyncio.to_thread(self._free, LEASES[unit]):
                    await self._put(unit)
                return
            await asyncio.sleep(TRY_AGAIN)

    def _free(self, table: str) -> int:
        with self._db.begin() as tx:
            return store.processes.free_own_leases(tx, table)

    def _is_more(self, is_more: IsMore) -> bool:
        with self._db.read() as tx:
            return is_more(tx, self._live.works.settings, datetime.now(UTC))

    def _work(self, unit: Unit) -> tuple[object, str]:
        """Do the unit once; what it did, and why it failed."""
        ends = time.monotonic() + SHARE if unit in SHARED else float("inf")
        works = self._live.works

        def is_to_end() -> bool:
            return self._stopping.is_set() or time.monotonic() > ends or not self._live.is_current(works)

        units = Units(works, datetime.now(UTC), is_stopping=is_to_end)
        did = BEATS[unit].work(units)
        if did:
            memory.give_back()
        return did, "; ".join(failure.error for failure in units.failures)

    async def _put(self, unit: Unit) -> None:
        """Put a unit into its queue, unless it waits there already."""
        with suppress(AlreadyEnqueued):
            task = self._queue.configure_task(unit, queue=unit, queueing_lock=unit, lock=self._lock(unit))
            await task.defer_async()

    async def _watch_configuration(self, ending: asyncio.Event) -> None:
        """Take a changed configuration, and put into the queues what it made due; ends when the lanes must begin anew.

        They must when the mail server gets a limit, or loses it: that decides whether its jobs exclude each other.
        """
        lock = self._lock(Unit.DELIVERIES)
        while not ending.is_set() and lock == self._lock(Unit.DELIVERIES):
            if await asyncio.to_thread(self._live.look, datetime.now(UTC)):
                with suppress(ConnectorException):  # else the next minute does it
                    for unit in self._units:
                        await self._put(unit)
            await _rest(LOOK_EVERY.total_seconds(), ending)

    # --- life and death ------------------------------------------------------------------------------

    async def _stay_alive(self, ending: asyncio.Event, idle: asyncio.Event) -> None:
        """Give signs of life, and take up the work of those who give none, until `idle`.

        Also while the last jobs are finished, or this worker would seem dead. When the clock jumps it sets `ending`:
        the times for which this process has put jobs into the queues say nothing any more, and it begins anew.
        """
        while not idle.is_set():
            if self._clock.has_jumped():
                log.get().warning("the clock has jumped: jobs are put into the queues by the new time")
                ending.set()
            try:
                await asyncio.to_thread(self._give_sign)
                if not ending.is_set():  # else its own last jobs, for which procrastinate gives no sign, seem dead
                    await self._take_up_stalled()
            except (StoreError, ConnectorException) as error:
                log.get().warning("no sign of life given: the database cannot be used", error=database.reason(error))
            await _rest(self._dead_after / 3, idle)

    def _give_sign(self) -> None:
        """Say in the database that this worker is alive, and end the leases of those who are not."""
        Units(self._live.works, datetime.now(UTC)).beat()
        with self._db.begin() as tx:
            store.processes.stay_alive(tx, timedelta(seconds=self._dead_after))
        with self._db.begin() as tx:
            freed = store.processes.free_leases_of_dead(tx)
        if freed:
            log.get().warning("a worker has died: what it had begun is due again", leases=freed)

    async def _take_up_stalled(self) -> None:
        """Put the units of dead workers' jobs into their queues again."""
        for job in await self._queue.job_manager.get_stalled_jobs(seconds_since_heartbeat=self._dead_after):
            await self._take_up(job)

    async def _take_up(self, job: Job) -> None:
        with suppress(ConnectorException):  # another worker was first
            await self._queue.job_manager.finish_job(job, Status.ABORTED, delete_job=True)
            log.get().warning("a worker has died: its job is put into the queue again", unit=job.task_name)
            await self._put(Unit(job.task_name))


async def _rest(seconds: float, ending: asyncio.Event) -> None:
    """Wait so long, or until `ending`."""
    with suppress(TimeoutError):
        await asyncio.wait_for(ending.wait(), seconds)


def _cron(every: timedelta) -> str:
    """An interval of whole seconds that divide a minute, or of one minute, for procrastinate."""
    return "* * * * *" if every == BEAT_EVERY else f"* * * * * */{every.seconds}"
