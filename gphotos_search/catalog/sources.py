"""What the catalogue knows about each source: its place in the listing, its state, its times."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import Connection, delete, func, insert, select, update

from gphotos_search.catalog.columns import Moment, among
from gphotos_search.catalog.schema import sources

if TYPE_CHECKING:
    from gphotos_search.catalog.schema import AnyRow, AnySelect

State = Literal["new", "ok", "needs-sign-in", "scope-missing", "try-later", "error"]
ListingKind = Literal["full", "head"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    """One source. A listing is a numbered walk over it, in pages, that runs can interrupt."""

    id: int
    name: str
    type: str
    account: str
    attached: bool  # named by the config now
    state: State
    message: str
    cursor: str | None  # after the last page that was saved; None: from the beginning
    listing: int  # number of the listing in progress, or of the last one; 0: none yet
    listing_kind: ListingKind
    listing_open: bool
    listing_complete: bool  # nothing skipped so far
    listing_pages: int
    listing_began_at: datetime | None
    last_full: int | None  # the last two finished full listings that skipped nothing
    previous_full: int | None
    completed_listings: int  # how many such listings there were
    last_full_at: datetime | None  # end of the last finished full listing, complete or not
    last_full_pages: int
    last_sync_at: datetime | None
    next_sync_at: datetime | None
    retry_at: datetime | None  # not before this time (quota)
    remembered: bool = False  # by `import` or `pick`, not by the config
    paused: bool = False  # no run touches it until it is resumed
    fingerprint: str = ""  # of the state that the last full listing saw whole, "" for none
    items: int = 0  # how many there are


def ensure(
    tx: Connection, name: str, type: str, account: str, *, remembered: bool = False
) -> SourceRow:
    """The source of that name, attached; made where it is new.

    Where its type or account differs from what is stored, listings begin anew: what the old ones
    saw says nothing about the items of another account.
    """
    found = tx.execute(select(sources).where(sources.c.name == name)).first()
    if found is None:
        fresh = _FRESH | {"remembered": remembered, "paused": False}
        tx.execute(insert(sources).values(name=name, type=type, account=account, **fresh))
    elif (found.type, found.account) != (type, account):
        _set(
            tx,
            found.id,
            type=type,
            account=account,
            **{key: value for key, value in _FRESH.items() if key != "listing"},
        )
    elif not found.attached:
        _set(tx, found.id, attached=True)
    if found is not None and found.remembered != remembered:
        _set(tx, found.id, remembered=remembered)
    return _one(tx, select(sources).where(sources.c.name == name))


_FRESH: dict[str, Any] = {
    "attached": True,
    "state": "new",
    "message": "",
    "cursor": None,
    "listing": 0,
    "listing_kind": "full",
    "listing_open": False,
    "listing_complete": True,
    "listing_pages": 0,
    "listing_began_at": None,
    "last_full": None,
    "previous_full": None,
    "completed_listings": 0,
    "last_full_at": None,
    "last_full_pages": 0,
    "last_sync_at": None,
    "next_sync_at": None,
    "retry_at": None,
    "fingerprint": "",
}


def detach_others(tx: Connection, names: Iterable[str]) -> None:
    """Sources that the config no longer names keep their items, which stay searchable.

    Those remembered without it stay attached.
    """
    left = ~among(sources.c.name, names) & ~sources.c.remembered
    tx.execute(update(sources).where(left).values(attached=False))


def remembered(tx: Connection) -> list[SourceRow]:
    """Sources that work without the config, by name."""
    query = select(sources).where(sources.c.remembered).order_by(sources.c.name)
    return [_row(row) for row in tx.execute(query)]


def pause(tx: Connection, id: int, paused: bool) -> None:
    _set(tx, id, paused=paused)


def forget(tx: Connection, id: int) -> None:
    """Delete a source that has no items any more, with everything known of its places."""
    tx.execute(delete(sources).where(sources.c.id == id))


def get(tx: Connection, name: str) -> SourceRow | None:
    row = tx.execute(select(sources).where(sources.c.name == name)).first()
    return None if row is None else _row(row)


def all_rows(tx: Connection) -> list[SourceRow]:
    """Attached ones first, then by name."""
    order = (sources.c.attached.desc(), sources.c.name)
    return [_row(row) for row in tx.execute(select(sources).order_by(*order))]


def last_run(tx: Connection) -> datetime | None:
    """Since when all attached sources have been synced, but paused and new ones; None for none.

    The oldest of their times: a run over one of them must not put off that of the others.
    """
    oldest = select(func.min(sources.c.last_sync_at, type_=Moment))
    return tx.execute(oldest.where(sources.c.attached, ~sources.c.paused)).scalar()


def begin_listing(tx: Connection, id: int, kind: ListingKind, now: datetime) -> SourceRow:
    """Start a new listing at the beginning; one still open is given up."""
    _set(
        tx,
        id,
        listing=sources.c.listing + 1,
        listing_kind=kind,
        listing_open=True,
        listing_complete=True,
        listing_pages=0,
        listing_began_at=now,
        cursor=None,
    )
    return by_id(tx, id)


def save_page(tx: Connection, id: int, cursor: str | None, complete: bool) -> None:
    """A page of the open listing is stored in this transaction; the next run goes on after it."""
    seen_all = sources.c.listing_complete if complete else False
    _set(
        tx,
        id,
        cursor=cursor,
        listing_complete=seen_all,
        listing_pages=sources.c.listing_pages + 1,
    )


def end_listing(tx: Connection, id: int, now: datetime, fingerprint: str = "") -> None:
    """The open listing reached its end; a full one that skipped nothing is evidence of absence."""
    row = by_id(tx, id)
    _set(tx, id, listing_open=False, cursor=None, fingerprint=fingerprint)
    if row.listing_kind != "full":
        return
    _set(tx, id, last_full_at=now, last_full_pages=row.listing_pages)
    if row.listing_complete:
        _set(
            tx,
            id,
            previous_full=row.last_full,
            last_full=row.listing,
            completed_listings=row.completed_listings + 1,
        )


def set_state(
    tx: Connection, id: int, state: State, message: str, retry_at: datetime | None = None
) -> None:
    _set(tx, id, state=state, message=message, retry_at=retry_at)


def synced(tx: Connection, id: int, now: datetime) -> None:
    """A run over the source finished well."""
    _set(tx, id, state="ok", message="", retry_at=None, last_sync_at=now)


def plan_next(tx: Connection, id: int, at: datetime | None) -> None:
    _set(tx, id, next_sync_at=at)


def by_id(tx: Connection, id: int) -> SourceRow:
    return _one(tx, select(sources).where(sources.c.id == id))


def _set(tx: Connection, id: int, **values: Any) -> None:
    tx.execute(update(sources).where(sources.c.id == id).values(**values))


def _one(tx: Connection, query: AnySelect) -> SourceRow:
    return _row(tx.execute(query).one())


def _row(row: AnyRow) -> SourceRow:
    return SourceRow(**row._asdict())
