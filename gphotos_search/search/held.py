"""Arrays for filters, in a program that answers more than once. The first answer never waits."""

from __future__ import annotations

import logging
import threading
from datetime import tzinfo
from typing import TYPE_CHECKING

from gphotos_search.catalog import arrays
from gphotos_search.catalog.arrays import Arrays
from gphotos_search.catalog.store import Catalog
from gphotos_search.errors import GphotosError

if TYPE_CHECKING:
    from sqlalchemy import Connection

FAR = 100_000  # so many new items are read in the background, and SQLite answers meanwhile

log = logging.getLogger(__name__)


class Held:
    """Keeps the arrays in step with the catalogue. Safe to use from several threads."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._held: Arrays | None = None
        self._asked = False
        self._changing = threading.Lock()
        self._reading: threading.Thread | None = None

    def at(self, tx: Connection, zone: tzinfo) -> Arrays | None:
        """For the state that `tx` sees. None for the first caller, while they are being read, and
        where others have moved on to a later state."""
        if not self._asked:  # a program that answers once would read all items for nothing
            self._asked = True
            return None
        with self._changing:
            held, now = self._held, arrays.state(tx)
            if held is None or str(held.zone) != str(zone) or now.top > held.state.top + FAR:
                self._read(zone)
                return None
            if held.state == now:
                return held
            if not held.state.before(now):
                return None
            self._held = arrays.advanced(tx, held)
            return self._held

    def _read(self, zone: tzinfo) -> None:
        if self._reading is None or not self._reading.is_alive():
            self._reading = threading.Thread(
                target=self._read_all, args=(zone,), name="arrays", daemon=True
            )
            self._reading.start()

    def _read_all(self, zone: tzinfo) -> None:
        try:
            with self._catalog.reading() as tx:
                found = arrays.read(tx, zone)
        except GphotosError as error:
            log.warning("Filters are left to the catalogue: %s", error)
            return
        with self._changing:
            self._held = found

    def wait(self, timeout_s: float) -> None:
        """Until what is being read is there."""
        if self._reading is not None:
            self._reading.join(timeout_s)
