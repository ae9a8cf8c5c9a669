"""Runs the sync when it is due, and over what has changed: one at a time, at low priority,
whatever happened to the last.
"""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any, Literal

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.date import DateTrigger
from tzlocal import get_localzone

from gphotos_search.config import Config, SyncConfig
from gphotos_search.errors import GphotosError
from gphotos_search.search.answer import instant
from gphotos_search.service import outcome as outcomes
from gphotos_search.service import picks, schedule
from gphotos_search.service.base import Work
from gphotos_search.service.current import Current
from gphotos_search.service.outcome import Outcome
from gphotos_search.service.priority import lower_this_thread

JOB, CHANGED = "sync", "changed"
ASK_AGAIN = timedelta(milliseconds=200)
LOCKED_AGAIN = timedelta(seconds=30)  # an import or a sync by hand has the library
Wish = Literal["", "by hand", "again"]

log = logging.getLogger(__name__)


def local_now() -> datetime:
    """Aware, in the clock that cron fields are read in."""
    return datetime.now(get_localzone())


class Indexer:
    """The scheduler and its jobs: syncs of everything when due, and of what changed on the disk.

    Both run in one thread, so one waits for the other. `tell` gets one line whenever what it does
    changes.
    """

    def __init__(
        self,
        current: Current,
        tell: Callable[[str], None],
        draw: Callable[[], float] = random.random,
    ) -> None:
        self.current, self.tell, self.draw = current, tell, draw
        self.next_sync: datetime | None = None
        self._lock = threading.Lock()
        self._idle = threading.Event()
        self._idle.set()
        self._stop = threading.Event()  # of the run in progress
        self._closing = False
        self._whole = False  # a sync of everything is in progress
        self._wish: Wish = ""
        self._changed: set[str] = set()  # sources that want a sync of their own
        self._told: dict[str, str] = {}
        self._failures = 0
        self._attempted: datetime | None = None
        self._scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(1), picks.JOB: ThreadPoolExecutor(1)},
            # Two instances: the one that runs, and one that waits for what came too late for it.
            job_defaults={"coalesce": True, "max_instances": 2, "misfire_grace_time": None},
            timezone=get_localzone(),
        )
        self._picks = picks.Picks(current, self._scheduler, self.sync_now)

    def start(self) -> None:
        """Plans the first run. Raises ConfigError for a schedule that cannot be read."""
        config = self.current.config.sync
        self._scheduler.add_job(
            self._run, schedule.trigger(config, get_localzone()), id=JOB, next_run_time=None
        )
        self._picks.start()
        self._scheduler.start()
        self._plan(Outcome(skipped=True))

    @property
    def alive(self) -> bool:
        """Whether the scheduler's thread still turns."""
        thread = getattr(self._scheduler, "_thread", None)
        return bool(self._scheduler.running and thread is not None and thread.is_alive())

    @property
    def running(self) -> bool:
        return not self._idle.is_set()

    @property
    def message(self) -> str:
        """What it last complained about."""
        return " ".join(self._told.values())

    def state(self) -> dict[str, Any]:
        """For `status`: what it does, when it goes on, and what it last complained about."""
        upcoming = None if self.running else self.next_sync
        planned = instant(upcoming.replace(microsecond=0)) if upcoming else None
        return {"syncing": self.running, "next_sync": planned, "message": self.message}

    def sync_now(self) -> bool:
        """Starts a run that retries every failed item; False when one is in progress."""
        with self._lock:
            if self._whole or self._closing:
                return False
            self._wish = "by hand"
            self._at(local_now())
            return True

    def sync_changed(self, names: Collection[str]) -> None:
        """Syncs these sources as soon as the run in progress, if any, is over."""
        with self._lock:
            self._changed.update(names)
        self._look_at_changed(local_now())

    def reload(self) -> None:
        """Takes the schedule of the new configuration; a run in progress starts over with it."""
        trigger = schedule.trigger(self.current.config.sync, get_localzone())
        self._scheduler.modify_job(JOB, trigger=trigger)
        with self._lock:
            if self.running:
                self._stop.set()
            if self._whole:
                self._wish = self._wish or "again"
                return
        self._plan(Outcome(skipped=True))

    def wake(self) -> None:
        """Looks at the clock: timers stand still while a machine sleeps, its clock does not."""
        self._scheduler.wakeup()

    def stop(self, wait_s: float) -> bool:
        """Ends the run in progress at its next safe point; False when it still goes on."""
        with self._lock:
            self._closing = True
            self._stop.set()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        return self._idle.wait(wait_s)

    def _run(self) -> None:
        wish = self._begin()
        if wish is None:
            return
        outcome = Outcome()
        try:
            outcome = self._guarded(lambda config, work: self._sync(config.sync, work, wish))
        finally:
            self._finish(outcome)

    def _run_changed(self) -> None:
        names = self._begin_changed()
        if not names:
            return
        outcome = Outcome()
        try:
            outcome = self._guarded(lambda _, work: self._sync_some(names, work))
        finally:
            self._finish_changed(names, outcome)

    def _guarded(self, run: Callable[[Config, Work], Outcome]) -> Outcome:
        lower_this_thread()
        try:
            with self.current.use() as (config, work):
                return run(config, work)
        except GphotosError as error:
            log.warning("%s", outcomes.sentence(error))
            return outcomes.ended_by(error)
        except Exception:
            log.exception("A sync ended by a bug; the service goes on")
            return Outcome(told={outcomes.ALL: outcomes.BUG})

    def _begin(self) -> Wish | None:
        with self._lock:
            if self._closing:
                return None
            wish, self._wish = self._wish, ""
            self._whole = True
            self._stop = threading.Event()
            self._idle.clear()
            return wish

    def _begin_changed(self) -> set[str]:
        with self._lock:
            if self._closing or not self._changed:
                return set()
            names, self._changed = self._changed, set()
            self._stop = threading.Event()
            self._idle.clear()
            return names

    def _sync(self, config: SyncConfig, work: Work, wish: Wish) -> Outcome:
        retrying = bool(wish or self._failures)
        if not retrying and not schedule.is_due(work.last_sync_at(), config, local_now()):
            return Outcome(skipped=True)  # made by hand meanwhile
        self.tell("Syncing")
        with self._lock:
            self._changed.clear()
        report = work.sync(scheduled=wish != "by hand", stop=self._stop)
        log.info("Sync ended: %d embedded, %d failed", report.embedded, report.failed)
        return outcomes.of(report)

    def _sync_some(self, names: Collection[str], work: Work) -> Outcome:
        there = {place.source for place in work.places()}  # some may have been forgotten since
        wanted = sorted(there.intersection(names))
        if not wanted:
            return Outcome(skipped=True)
        listed = ", ".join(wanted)
        self.tell(f"Syncing {listed}")
        report = work.sync(wanted, scheduled=True, stop=self._stop)
        log.info("Sync of %s ended: %d embedded, %d failed", listed, report.embedded, report.failed)
        return outcomes.of(report)

    def _finish(self, outcome: Outcome) -> None:
        if not outcome.skipped:
            self._told = dict(outcome.told)
            self._attempted = local_now()
            self._failures = self._failures + 1 if outcome.later else 0
        with self._lock:
            self._whole = False
            self._idle.set()
            again = bool(self._wish) and not self._closing
            if again:
                self._at(local_now() + ASK_AGAIN)
        if not again and not self._closing:
            self._plan(outcome)

    def _finish_changed(self, names: set[str], outcome: Outcome) -> None:
        """The plan for the next sync of everything stays as it is."""
        with self._lock:
            cut_short = self._stop.is_set() or outcome.locked
            if cut_short:
                self._changed |= names
            elif not outcome.skipped:
                gone = {*names, outcomes.ALL}
                kept = {name: told for name, told in self._told.items() if name not in gone}
                self._told = kept | dict(outcome.told)
            self._idle.set()
        if cut_short:
            wait = LOCKED_AGAIN if outcome.locked else ASK_AGAIN
            self._look_at_changed(local_now() + wait)
        if not self._closing:
            self._tell_next()

    def _look_at_changed(self, when: datetime) -> None:
        if not self._closing:
            again = DateTrigger(when)
            self._scheduler.add_job(self._run_changed, again, id=CHANGED, replace_existing=True)

    def _plan(self, outcome: Outcome) -> None:
        """Sets the next run, and stores it so that `status` in another process shows it."""
        if self.current.config.service.idle_exit:  # scheduling is the sync timer's then
            self._scheduler.pause_job(JOB)
            self._tell_next()
            return
        try:
            with self.current.use() as (config, work):
                planned = self._next(outcome, config.sync, work.last_sync_at())
                self._at(planned)
                work.plan_next(planned)
        except Exception as error:  # a catalogue that fails now must not be the end of all syncs
            bug = None if isinstance(error, GphotosError) else error
            log.error(
                "The next sync is planned without the stored last one: %s", error, exc_info=bug
            )
            planned = local_now() + schedule.FIRST_RETRY
            self._at(planned)
        self._tell_next()

    def _tell_next(self) -> None:
        upcoming = f"Next sync at {_clock(self.next_sync)}." if self.next_sync else "Ready"
        self.tell(f"{self.message} {upcoming}".strip())

    def _next(self, outcome: Outcome, config: SyncConfig, stored: datetime | None) -> datetime:
        now, jitter = local_now(), self.draw()
        last = max((at for at in (stored, self._attempted) if at is not None), default=None)
        planned = schedule.next_run(last, config, now, jitter)
        retries = [
            schedule.retry_at(until, max(1, self._failures), planned, now, jitter)
            for until in outcome.later
        ]
        if outcome.whole and retries:
            return retries[0]
        return min([planned, *retries])

    def _at(self, when: datetime) -> None:
        self.next_sync = when
        self._scheduler.modify_job(JOB, next_run_time=when)


def _clock(when: datetime) -> str:
    return f"{when.astimezone(get_localzone()):%H:%M on %d %B}"
