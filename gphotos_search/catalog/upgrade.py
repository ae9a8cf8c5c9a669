"""Bring a catalogue file to the newest schema: under the writer's lock, after a backup copy."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from gphotos_search.catalog.schema import REVISION
from gphotos_search.errors import CatalogTooNew, GphotosError
from gphotos_search.lock import exclusive

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"
WAIT_S = 10.0  # another program's upgrade of a large catalogue takes about that long


def revision_of(connection: Connection) -> str | None:
    """The schema revision of the file; None where it is empty. Raises for a file not ours."""
    tables = set(
        connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars()
    )
    if not tables:
        return None
    if "alembic_version" in tables:
        found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        if found is not None:
            return str(found)
    raise GphotosError(
        "The file catalog.db in the data folder is a database, but not one of gphotos-search.",
        advice="Point storage.data_dir at another folder.",
    )


def needs_upgrade(connection: Connection) -> bool:
    """Cheap: Alembic is imported only where this says yes."""
    return revision_of(connection) != REVISION or not _journals_ahead(connection)


def upgrade(connection: Connection, file: Path, *, migrations: Path = MIGRATIONS) -> None:
    """Raises CatalogTooNew for an unknown revision, Locked while another process is writing.

    The connection is in autocommit: SQLite takes table changes back only inside a BEGIN of ours.
    """
    config = _config(migrations)
    newest, known = _revisions(config)
    _refuse_newer(revision_of(connection), newest, known)
    with exclusive(file.parent / "lock", purpose="upgrading the catalogue", wait_s=WAIT_S):
        before = revision_of(connection)  # another process may have done it while we waited
        _refuse_newer(before, newest, known)
        if not _journals_ahead(connection):
            # Two processes that do this at once fail with "locked", without waiting.
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        if before == newest:
            return
        if before is not None:
            back_up(file, file.with_name(f"{file.name}.before-{newest}"))
        _run(connection, config)


def _journals_ahead(connection: Connection) -> bool:
    return connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


def _refuse_newer(found: str | None, newest: str, known: set[str]) -> None:
    if found is not None and found not in known:
        raise CatalogTooNew(
            f"The catalogue was written by a newer release (schema {found}; this release"
            f" knows up to {newest}). It was not touched."
        )


def back_up(file: Path, copy: Path) -> None:
    """A whole, consistent copy: plainly copying the file would miss what is still in the WAL."""
    part = copy.with_name(f"{copy.name}.part")
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    source, target = sqlite3.connect(file), sqlite3.connect(part)
    try:
        source.backup(target)
    finally:
        target.close()
        source.close()
    part.replace(copy)


def _config(migrations: Path) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _revisions(config: Config) -> tuple[str, set[str]]:
    from alembic.script import ScriptDirectory

    script = ScriptDirectory.from_config(config)
    newest = script.get_current_head()
    assert newest is not None
    return newest, {each.revision for each in script.walk_revisions()}


def _run(connection: Connection, config: Config) -> None:
    from alembic import command

    # Rebuilding a table drops the old one, which would take its child rows along; the setting
    # cannot change inside a transaction.
    connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        try:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
            if broken:
                raise AssertionError(f"a migration left rows without their parent: {broken[:5]}")
            connection.exec_driver_sql("COMMIT")
        except BaseException:
            connection.connection.rollback()
            raise
    finally:
        connection.exec_driver_sql("PRAGMA foreign_keys=ON")
