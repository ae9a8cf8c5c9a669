"""Picking sessions that were handed to the service: somebody who picked waits for the result."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from apscheduler.schedulers.base import BaseScheduler
from apscheduler.triggers.interval import IntervalTrigger
from tzlocal import get_localzone

from gphotos_search.errors import GphotosError
from gphotos_search.service.current import Current

JOB = "picks"  # and the name of the executor, which must be there and have one thread
LOOK_EVERY_S = 30.0  # while a session is open, as often as Google says

log = logging.getLogger(__name__)


class Picks:
    """A job that asks about open sessions. `sync_now` says False while it cannot begin."""

    def __init__(
        self, current: Current, scheduler: BaseScheduler, sync_now: Callable[[], bool]
    ) -> None:
        self.current, self.sync_now = current, sync_now
        self._scheduler = scheduler
        self._ready = False

    def start(self) -> None:
        every = IntervalTrigger(seconds=LOOK_EVERY_S)
        self._scheduler.add_job(self._look, every, id=JOB, executor=JOB, max_instances=1)

    def _look(self) -> None:
        try:
            with self.current.use() as (_, work):
                news = work.look_for_picks()
        except GphotosError as error:
            log.warning("%s", error)
            return
        if news is not None:
            self._ready = self._ready or news.ready
            if news.again_s < LOOK_EVERY_S and self._scheduler.running:
                soon = datetime.now(get_localzone()) + timedelta(seconds=news.again_s)
                self._scheduler.modify_job(JOB, next_run_time=soon)
        if self._ready and self.sync_now():
            self._ready = False
