"""What is known of the archives that Google delivered to Drive, from poll to poll."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, Select, delete, insert, select, update

from gphotos_search.catalog.schema import drive_files

State = Literal[
    "seen",  # listed, and perhaps still being delivered
    "ready",  # unchanged for long enough to be fetched
    "fetched",  # lies in the archives folder, whole
    "imported",  # everything in it is embedded
    "failed",  # not to be had as Drive describes it; a changed file begins anew
]


@dataclass(frozen=True, slots=True, kw_only=True)
class DriveFile:
    """One archive as Drive describes it. `size` 0 or `md5` "": Drive does not say yet."""

    file_id: str
    name: str
    size: int
    md5: str  # 32 hex digits in lower case
    revision: str
    unchanged_since: datetime | None = None  # as Drive says; not kept

    @property
    def described(self) -> bool:
        return self.size > 0 and bool(self.md5)

    def same_content(self, other: DriveFile) -> bool:
        return (self.size, self.md5, self.revision) == (other.size, other.md5, other.revision)


@dataclass(frozen=True, slots=True, kw_only=True)
class DriveRow:
    """An archive of one source. `since` is when this content was first known."""

    file: DriveFile
    state: State
    message: str
    since: datetime
    last_seen_at: datetime


def see(
    tx: Connection, source: int, file: DriveFile, *, since: datetime, now: datetime
) -> DriveRow:
    """Note that a poll listed `file`; content that differs from what is known begins anew.

    `since` is taken where the content is new to us. The name is kept, for our copy has it, unless
    something was wrong with the file, which another name may mend.
    """
    known = get(tx, source, file.file_id)
    content = {"size": file.size, "md5": file.md5, "revision": file.revision}
    fresh = {"state": "seen", "message": "", "first_seen_at": since, "name": file.name, **content}
    if known is None:
        values = {"last_seen_at": now, **fresh}
        tx.execute(insert(drive_files).values(source=source, file_id=file.file_id, **values))
    elif not known.file.same_content(file):
        _set(tx, source, file.file_id, last_seen_at=now, **fresh)
    else:
        renamed = {"name": file.name} if known.message else {}
        _set(tx, source, file.file_id, last_seen_at=now, **renamed)
    row = get(tx, source, file.file_id)
    assert row is not None
    return row


def get(tx: Connection, source: int, file_id: str) -> DriveRow | None:
    found = rows_of(tx, source, drive_files.c.file_id == file_id)
    return found[0] if found else None


def rows_of(tx: Connection, source: int, *conditions: object) -> list[DriveRow]:
    """By name, so that the parts of an export follow each other."""
    query: Select[*tuple[object, ...]] = select(drive_files).where(
        drive_files.c.source == source,
        *conditions,  # type: ignore[arg-type]
    )
    return [
        DriveRow(
            file=DriveFile(
                file_id=row.file_id,
                name=row.name,
                size=row.size,
                md5=row.md5,
                revision=row.revision,
            ),
            state=row.state,
            message=row.message,
            since=row.first_seen_at,
            last_seen_at=row.last_seen_at,
        )
        for row in tx.execute(query.order_by(drive_files.c.name, drive_files.c.file_id))
    ]


def rows(tx: Connection, source: int, *states: State) -> list[DriveRow]:
    """All of a source, or those in one of `states`."""
    return rows_of(tx, source, *([drive_files.c.state.in_(states)] if states else []))


def have(tx: Connection, source: int, md5: str) -> bool:
    """Whether the source fetched an archive of this content already, under whatever name."""
    fetched = drive_files.c.state.in_(("fetched", "imported"))
    return bool(rows_of(tx, source, drive_files.c.md5 == md5, fetched))


def awaited(tx: Connection, file_id: str) -> bool:
    """Whether some source still means to fetch this file."""
    query = select(drive_files.c.source).where(
        drive_files.c.file_id == file_id, drive_files.c.state == "ready"
    )
    return tx.execute(query.limit(1)).first() is not None


def set_state(tx: Connection, source: int, file_id: str, state: State, message: str = "") -> None:
    _set(tx, source, file_id, state=state, message=message)


def forget(tx: Connection, source: int, file_id: str) -> None:
    tx.execute(
        delete(drive_files).where(drive_files.c.source == source, drive_files.c.file_id == file_id)
    )


def _set(tx: Connection, source: int, file_id: str, **values: object) -> None:
    tx.execute(
        update(drive_files)
        .where(drive_files.c.source == source, drive_files.c.file_id == file_id)
        .values(**values)
    )
