"""One SQLite file, opened, upgraded and handed out as transactions."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError

from gphotos_search.catalog.upgrade import needs_upgrade, upgrade
from gphotos_search.errors import DataFolderUnusable, GphotosError, Locked, TryLater

BUSY_S = 10.0  # a page's transaction takes milliseconds; who waits longer should be told

PRAGMAS = (
    f"PRAGMA busy_timeout={int(BUSY_S * 1000)}",
    "PRAGMA foreign_keys=ON",
    # FULL, not NORMAL: a power cut then loses no commit. Under NORMAL it may take back the last
    # ones, and with them media ids and a change log that the index on disk has already used.
    # The price is one fsync for each page or batch.
    "PRAGMA synchronous=FULL",
    # SQLite's 2 MB hold too little of the indexes of a large library: pages of the file were read
    # and written again and again.
    "PRAGMA cache_size=-32768",  # KiB
    # Pages of the file that change often are carried over from the journal once for many commits.
    "PRAGMA wal_autocheckpoint=4000",  # pages: 16 MB
)


class CatalogDamaged(GphotosError):
    """SQLite cannot read the file. A person has to choose what becomes of it: exit code 2."""

    exit_code = 2
    advice = (
        "Put a copy back if there is one (a backup, or catalog.db.before-… beside it), or move"
        " catalog.db away: the next sync fetches the library again."
    )


class TextSearchMissing(GphotosError):
    """Triggers of the catalogue write into an FTS5 table: nothing works without it."""

    exit_code = 2
    advice = "Use another build of Python; python.org's and all distributions' have FTS5."


class Catalog:
    """The truth of the program. Safe to use from several threads; each transaction belongs to one.

    Promise: a finished `transaction()` survives a power cut whole (WAL, synchronous=FULL), one
    that was interrupted by anything, kill -9 included, leaves no trace.
    """

    def __init__(self, engine: Engine, file: Path) -> None:
        self._engine = engine
        self.file = file

    @classmethod
    def open(cls, data_dir: Path) -> Catalog:
        """Open `data_dir`/catalog.db, creating or upgrading it where needed.

        Only creating and upgrading take the writer's lock, so a process that holds the lock
        opens its catalogue first. Raises CatalogTooNew, Locked, TryLater, GphotosError.
        """
        file = data_dir / "catalog.db"
        try:
            data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
            if not file.exists():  # SQLite would let everyone read it
                file.touch(mode=0o600)
        except OSError as error:
            raise DataFolderUnusable(
                f"Cannot use the data folder {data_dir}: {error.strerror}.",
                advice="Choose another folder for storage.data_dir.",
            ) from error
        engine = _engine(file)
        try:
            with _sentences(file), engine.connect() as connection:
                _require_text_search(connection)
                if needs_upgrade(connection):
                    upgrade(connection, file)
        except BaseException:
            engine.dispose()
            raise
        return cls(engine, file)

    @contextmanager
    def transaction(self, *, wait: bool = True) -> Iterator[Connection]:
        """Write: all of it or nothing. Keep it short, with no network and no model inside.

        Raises Locked when another process writes for longer than 10 s, without `wait` when it
        writes now; TryLater when the disk is full or failing, CatalogDamaged.
        """
        with _sentences(self.file), self._engine.connect() as connection:
            self._begin(connection, wait)
            try:
                yield connection
                connection.exec_driver_sql("COMMIT")
            except BaseException:
                connection.connection.rollback()
                raise

    @staticmethod
    def _begin(connection: Connection, wait: bool) -> None:
        if wait:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            return
        connection.exec_driver_sql("PRAGMA busy_timeout=0")
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        finally:
            connection.exec_driver_sql(f"PRAGMA busy_timeout={int(BUSY_S * 1000)}")

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Read one consistent state, however long; neither waits for a writer nor holds it up."""
        with _sentences(self.file), self._engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA query_only=ON")
            try:
                connection.exec_driver_sql("BEGIN")
                yield connection
            finally:
                connection.connection.rollback()
                connection.exec_driver_sql("PRAGMA query_only=OFF")

    def size(self) -> int:
        """Bytes of the file as it is now, free pages included."""
        with self.reading() as tx:
            pages = tx.exec_driver_sql("PRAGMA page_count").scalar_one()
            return int(pages * tx.exec_driver_sql("PRAGMA page_size").scalar_one())

    def compact(self) -> bool:
        """Give the disk back what deleted rows left (VACUUM). Who reads goes on meanwhile, who
        writes waits; False where the disk has no room for the copies that this takes."""
        if shutil.disk_usage(self.file.parent).free < 3 * self.size():
            return False
        with suppress(TryLater), _sentences(self.file), self._engine.connect() as connection:
            connection.exec_driver_sql("VACUUM")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            return True
        return False

    def close(self) -> None:
        self._engine.dispose()


def _engine(file: Path) -> Engine:
    # AUTOCOMMIT: neither sqlite3 nor SQLAlchemy begins transactions of its own, we do.
    # No limit to connections: a thread that reads may want to write without waiting for the others.
    engine = create_engine(
        URL.create("sqlite", database=str(file)),
        isolation_level="AUTOCOMMIT",
        connect_args={"timeout": BUSY_S},
        max_overflow=-1,
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: Any) -> None:
        for pragma in PRAGMAS:
            connection.execute(pragma)

    return engine


def _require_text_search(connection: Connection) -> None:
    asked = "SELECT 1 FROM pragma_module_list WHERE name = 'fts5'"
    if connection.exec_driver_sql(asked).first() is None:
        raise TextSearchMissing("The SQLite of this Python was built without FTS5.")


@contextmanager
def _sentences(file: Path) -> Iterator[None]:
    """SQLite's error codes as our errors; a programming error stays what it is."""
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        said = _said(file, getattr(cause, "sqlite_errorcode", 0) & 0xFF)
        if said is None:
            raise
        raise said from error


def _said(file: Path, code: int) -> GphotosError | None:
    match code:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return Locked(f"Another program is writing to the catalogue {file}.")
        case sqlite3.SQLITE_FULL:
            return TryLater(
                f"The disk is full: the catalogue {file} cannot grow.",
                advice="Free some space and run again; what was saved before is safe.",
            )
        case sqlite3.SQLITE_IOERR:
            return TryLater(f"The disk that holds the catalogue {file} does not answer properly.")
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return CatalogDamaged(f"The catalogue {file} is damaged.")
        case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM | sqlite3.SQLITE_READONLY:
            return DataFolderUnusable(
                f"The catalogue {file} cannot be opened for writing.",
                advice="Check who owns the data folder and whether its disk is mounted read-only.",
            )
    return None
