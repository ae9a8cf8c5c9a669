"""Our own ceiling below Google's daily quotas, kept in the catalogue across runs and processes.

Source of the numbers: https://developers.google.com/photos/overview/api-limits-quotas
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gphotos_search.catalog.quota import spend, used
from gphotos_search.catalog.store import Catalog
from gphotos_search.errors import GphotosError, TryLater

Bucket = Literal["requests", "media"]


def _pacific() -> tzinfo:
    try:
        return ZoneInfo("America/Los_Angeles")
    except ZoneInfoNotFoundError:  # no time zone data: in summer our day then ends an hour late
        return timezone(timedelta(hours=-8))


PACIFIC = _pacific()


def project_day(now: datetime) -> date:
    """The day that Google counts this moment to."""
    return now.astimezone(PACIFIC).date()


def next_reset(now: datetime) -> datetime:
    """The next midnight in the Pacific time zone, aware, UTC."""
    tomorrow = project_day(now) + timedelta(days=1)
    midnight = datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=PACIFIC)
    return midnight.astimezone(UTC)


class Budget:
    """One bucket of the day. Safe to use from several threads; `close` gives back what is left.

    Requests are reserved in blocks, so that each one is not a transaction; a killed process
    loses at most a block of the day.
    """

    def __init__(
        self,
        catalog: Catalog,
        bucket: Bucket,
        ceiling: int,
        *,
        block: int,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._catalog = catalog
        self._bucket: Bucket = bucket
        self._ceiling = ceiling
        self._block = block
        self._now = now
        self._lock = threading.Lock()
        self._day = project_day(now())
        self._left = 0

    def take(self) -> None:
        """Count one request about to be made. Raises TryLater, until the reset, at the ceiling."""
        with self._lock:
            now = self._now()
            if project_day(now) != self._day:
                self._day, self._left = project_day(now), 0  # yesterday's rest is worth nothing
            if self._left == 0:
                self._left = self._reserve()
            if self._left == 0:
                raise self._used_up(now)
            self._left -= 1

    def close(self) -> None:
        """Raises nothing: where the catalogue cannot be written, a block of the day is lost."""
        with self._lock, suppress(GphotosError):
            if self._left:
                with self._catalog.transaction() as tx:
                    spend(tx, self._bucket, self._day, -self._left, self._ceiling)
                self._left = 0

    def _reserve(self) -> int:
        with self._catalog.transaction() as tx:
            free = self._ceiling - used(tx, self._bucket, self._day)
            amount = max(0, min(self._block, free))
            spend(tx, self._bucket, self._day, amount, self._ceiling)
            return amount

    def _used_up(self, now: datetime) -> TryLater:
        until = next_reset(now)
        what = "requests to" if self._bucket == "requests" else "downloads from"
        return TryLater(
            f"Today's budget of {self._ceiling:,} {what} Google is used up;"
            f" it is renewed at {until:%Y-%m-%d %H:%M} UTC.",
            until=until,
        )
