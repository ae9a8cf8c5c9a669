"""Runs the sync when it is due: one at a time, at low priority, whatever happened to the last."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from apscheduler.events import EVENT_JOB_MAX_INSTANCES
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger
from tzlocal import get_localzone

from gphotos_search.config import SyncConfig
from gphotos_search.errors import GphotosError, TryLater
from gphotos_search.search.answer import instant
from gphotos_search.service import schedule
from gphotos_search.service.base import Report, Work
from gphotos_search.service.current import Current
from gphotos_search.service.priority import lower_this_thread

JOB, PICKS = "sync", "picks"
LOOK_EVERY_S = 30.0  # for picking sessions; while one is open, as often as Google says
ASK_AGAIN = timedelta(milliseconds=200)
Wish = Literal["", "by hand", "again"]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended. `whole`: its error kept the whole run, not one source, from going on."""

    errors: tuple[GphotosError, ...] = ()
    whole: bool = False
    skipped: bool = False
    message: str = ""


def local_now() -> datetime:
    """Aware, in the clock that cron fields are read in."""
    return datetime.now(get_localzone())


class Indexer:
    """The scheduler and its only job. `tell` gets one line whenever what it does changes."""

    def __init__(
        self,
        current: Current,
        tell: Callable[[str], None],
        draw: Callable[[], float] = random.random,
    ) -> None:
        self.current, self.tell, self.draw = current, tell, draw
        self.message = ""
        self.next_sync: datetime | None = None
        self._lock = threading.Lock()
        self._idle = threading.Event()
        self._idle.set()
        self._stop = threading.Event()  # of the run in progress
        self._closing = False
        self._wish: Wish = ""
        self._failures = 0
        self._attempted: datetime | None = None
        self._picks_ready = False
        self._scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(1), PICKS: ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone=get_localzone(),
        )
        self._scheduler.add_listener(self._missed, EVENT_JOB_MAX_INSTANCES)

    def start(self) -> None:
        """Plans the first run. Raises ConfigError for a schedule that cannot be read."""
        config = self.current.config.sync
        self._scheduler.add_job(
            self._run, schedule.trigger(config, get_localzone()), id=JOB, next_run_time=None
        )
        every = IntervalTrigger(seconds=LOOK_EVERY_S)
        self._scheduler.add_job(self._look_for_picks, every, id=PICKS, executor=PICKS)
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

    def state(self) -> dict[str, Any]:
        """For `status`: what it does, when it goes on, and what it last complained about."""
        upcoming = None if self.running else self.next_sync
        planned = instant(upcoming.replace(microsecond=0)) if upcoming else None
        return {"syncing": self.running, "next_sync": planned, "message": self.message}

    def sync_now(self) -> bool:
        """Starts a run that retries every failed item; False when one is in progress."""
        with self._lock:
            if self.running or self._closing:
                return False
            self._wish = "by hand"
            self._at(local_now())
            return True

    def reload(self) -> None:
        """Takes the schedule of the new configuration; a run in progress starts over with it."""
        trigger = schedule.trigger(self.current.config.sync, get_localzone())
        self._scheduler.modify_job(JOB, trigger=trigger)
        with self._lock:
            if self.running:
                self._wish = self._wish or "again"
                self._stop.set()
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
        lower_this_thread()
        outcome = Outcome()
        try:
            with self.current.use() as (config, work):
                outcome = self._sync(config.sync, work, wish)
        except GphotosError as error:
            log.warning("%s", f"{error} {error.advice}".strip())
            outcome = Outcome((error,), whole=True, message=_sentence([error]))
        except Exception:
            log.exception("A sync ended by a bug; the service goes on")
            outcome = Outcome(message="The last sync ended by a bug; its traceback is in the log.")
        finally:
            self._finish(outcome)

    def _look_for_picks(self) -> None:
        """A person who picked waits for the result: the sync does not wait for its time."""
        try:
            with self.current.use() as (_, work):
                news = work.look_for_picks()
        except GphotosError as error:
            log.warning("%s", error)
            return
        if news is not None:
            self._picks_ready = self._picks_ready or news.ready
            if news.again_s < LOOK_EVERY_S and not self._closing:
                soon = local_now() + timedelta(seconds=news.again_s)
                self._scheduler.modify_job(PICKS, next_run_time=soon)
        if self._picks_ready and self.sync_now():
            self._picks_ready = False

    def _begin(self) -> Wish | None:
        with self._lock:
            if self._closing:
                return None
            wish, self._wish = self._wish, ""
            self._stop = threading.Event()
            self._idle.clear()
            return wish

    def _sync(self, config: SyncConfig, work: Work, wish: Wish) -> Outcome:
        retrying = bool(wish or self._failures)
        if not retrying and not schedule.is_due(work.last_sync_at(), config, local_now()):
            return Outcome(skipped=True, message=self.message)  # made by hand meanwhile
        self.tell("Syncing")
        report = work.sync(scheduled=wish != "by hand", stop=self._stop)
        log.info("Sync ended: %d embedded, %d failed", report.embedded, report.failed)
        return _outcome(report)

    def _finish(self, outcome: Outcome) -> None:
        self.message = outcome.message
        if not outcome.skipped:
            self._attempted = local_now()
            self._failures = self._failures + 1 if _later(outcome) else 0
        with self._lock:
            self._idle.set()
            again = bool(self._wish) and not self._closing
            if again:
                self._at(local_now() + ASK_AGAIN)
        if not again and not self._closing:
            self._plan(outcome)

    def _plan(self, outcome: Outcome) -> None:
        """Sets the next run, and stores it so that `status` in another process shows it."""
        if self.current.config.service.idle_exit:  # scheduling is the sync timer's then
            self._scheduler.pause_job(JOB)
            self.tell("Ready")
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
        self.tell(f"{self.message} Next sync at {_clock(planned)}.".strip())

    def _next(self, outcome: Outcome, config: SyncConfig, stored: datetime | None) -> datetime:
        now, jitter = local_now(), self.draw()
        last = max((at for at in (stored, self._attempted) if at is not None), default=None)
        planned = schedule.next_run(last, config, now, jitter)
        retries = [
            schedule.retry_at(until, max(1, self._failures), planned, now, jitter)
            for until in _later(outcome)
        ]
        if outcome.whole and retries:
            return retries[0]
        return min([planned, *retries])

    def _at(self, when: datetime) -> None:
        self.next_sync = when
        self._scheduler.modify_job(JOB, next_run_time=when)

    def _missed(self, _event: object) -> None:
        # The run before had not quite left its thread when one asked for by hand was to start.
        with self._lock:
            if self._wish and not self.running:
                self._at(local_now() + ASK_AGAIN)


def _clock(when: datetime) -> str:
    return f"{when.astimezone(get_localzone()):%H:%M on %d %B}"


def _outcome(report: Report) -> Outcome:
    errors = tuple(source.error for source in report.sources if source.error is not None)
    return Outcome(errors, message=_sentence(errors))


def _later(outcome: Outcome) -> list[datetime | None]:
    """For each trouble that time may mend, when it will have, where that is known."""
    return [
        error.until if isinstance(error, TryLater) else None
        for error in outcome.errors
        if error.exit_code == TryLater.exit_code
    ]


def _sentence(errors: tuple[GphotosError, ...] | list[GphotosError]) -> str:
    return " ".join(f"{error} {error.advice}".strip() for error in errors)
