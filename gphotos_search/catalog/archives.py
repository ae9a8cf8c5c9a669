"""The archives, unpacked exports and folders of a source, and what was left out of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from gphotos_search.catalog.columns import among
from gphotos_search.catalog.schema_local import archives, refusals

if TYPE_CHECKING:
    from gphotos_search.catalog.schema import AnyRow
    from gphotos_search.files.base import ContainerKind

# new: being listed; listed: its sidecars are not paired with their media yet; paired: done.
State = Literal["new", "listed", "paired"]
REFUSALS_KEPT = 200  # an archive made of nothing but trouble must not fill the catalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveRow:
    """One archive of a source, as it was when it was listed last."""

    id: int
    path: str  # absolute
    kind: ContainerKind
    export: str  # the same for all parts of one export
    exported_at: datetime | None
    size: int
    stamp: int
    state: State
    message: str  # what was wrong with it, "" for nothing
    present: bool  # it lay on the disk at the last look
    refused: int  # members left out


def of(tx: Connection, source_pk: int) -> dict[str, ArchiveRow]:
    """Every archive the source ever read, by path, in the order they were found."""
    query = select(archives).where(archives.c.source == source_pk).order_by(archives.c.id)
    return {row.path: _row(row) for row in tx.execute(query)}


def begin(
    tx: Connection,
    source_pk: int,
    path: str,
    *,
    kind: ContainerKind,
    export: str,
    exported_at: datetime | None,
    size: int,
    stamp: int,
) -> int:
    """The archive's id; whether it is new or lies there changed, it is listed from now on."""
    values: dict[str, Any] = {
        "kind": kind,
        "export": export,
        "exported_at": exported_at,
        "size": size,
        "stamp": stamp,
        "state": "new",
        "message": "",
        "present": True,
        "refused": 0,
    }
    row = upsert(archives).values(source=source_pk, path=path, **values)
    again = row.on_conflict_do_update(index_elements=["source", "path"], set_=values)
    id: int = tx.execute(again.returning(archives.c.id)).scalar_one()
    tx.execute(delete(refusals).where(refusals.c.archive == id))
    return id


def listed(tx: Connection, id: int, *, stamp: int, message: str, changed: bool) -> None:
    """Its listing reached the end, or the point where the archive breaks off."""
    state = "listed" if changed else "paired"
    _set(tx, [id], state=state, stamp=stamp, message=message)


def paired(tx: Connection, ids: Iterable[int]) -> None:
    _set(tx, ids, state="paired")


def moved(tx: Connection, id: int, path: str) -> None:
    """The same archive lies elsewhere now."""
    _set(tx, [id], path=path, present=True)


def set_present(tx: Connection, ids: Iterable[int], present: bool) -> None:
    _set(tx, ids, present=present)


def refuse(tx: Connection, id: int, refused: Sequence[tuple[str, str]]) -> None:
    """Members that were left out: all are counted, the first ones named."""
    if not refused:
        return
    _set(tx, [id], refused=archives.c.refused + len(refused))
    kept = len(named(tx, id))
    rows = [{"archive": id, "path": path, "reason": why} for path, why in refused]
    if some := rows[: max(0, REFUSALS_KEPT - kept)]:
        tx.execute(upsert(refusals).on_conflict_do_nothing(), some)


def named(tx: Connection, id: int) -> list[tuple[str, str]]:
    """Path and reason of the members left out, as far as they were kept."""
    query = select(refusals.c.path, refusals.c.reason).where(refusals.c.archive == id)
    return [(row.path, row.reason) for row in tx.execute(query.order_by(refusals.c.path))]


def drop(tx: Connection, ids: Iterable[int]) -> None:
    """Forget archives with everything known of their members."""
    tx.execute(delete(archives).where(among(archives.c.id, ids)))


def _set(tx: Connection, ids: Iterable[int], **values: Any) -> None:
    tx.execute(update(archives).where(among(archives.c.id, ids)).values(**values))


def _row(row: AnyRow) -> ArchiveRow:
    fields = ArchiveRow.__dataclass_fields__
    return ArchiveRow(**{name: row._mapping[name] for name in fields})
