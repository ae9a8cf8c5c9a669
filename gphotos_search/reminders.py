"""Scheduled exports end and get lost: each such occurrence is told once on a search."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import UTC, datetime

from sqlalchemy import Connection

from gphotos_search.catalog import exports, settings
from gphotos_search.catalog.store import Catalog
from gphotos_search.errors import GphotosError
from gphotos_search.takeout.exports import reminder

TOLD = "reminders told"
LOOK_EVERY_S = 3600.0  # what is overdue is so for weeks


def current(tx: Connection, now: datetime) -> dict[str, str]:
    """The reminder of each source that has one."""
    found = {name: reminder(times, now) for name, times in exports.times(tx).items()}
    return {name: sentence for name, sentence in found.items() if sentence}


class Once:
    """Hands out each reminder once, over all programs that use this catalogue."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self._looked = float("-inf")

    def take(self) -> tuple[str, ...]:
        """Those that nobody has been told. Never fails, and never waits for a writer.

        What cannot be noted as told now is told by a later search.
        """
        if time.monotonic() - self._looked < LOOK_EVERY_S:
            return ()
        with suppress(GphotosError):
            with self.catalog.reading() as tx:
                now = current(tx, datetime.now(UTC))
                told = settings.get(tx, TOLD) or {}
            self._looked = time.monotonic()
            if now == told:
                return ()
            try:
                with self.catalog.transaction(wait=False) as tx:
                    settings.put(tx, TOLD, now)
            except GphotosError:
                self._looked = float("-inf")
                return ()
            return tuple(text for name, text in now.items() if told.get(name) != text)
        return ()
