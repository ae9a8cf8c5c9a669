"""Picking sessions that we have begun and not yet ended, oldest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from sqlalchemy import Connection, and_, delete, func, insert, or_, select, update

from gphotos_search.catalog.schema import (
    encoders,
    failures,
    items,
    picker_sessions,
    sources,
    vectors,
)

if TYPE_CHECKING:
    from gphotos_search.catalog.schema import AnyRow, AnySelect

# waiting: the person has not pressed Done, as far as we know; picked: they have; listed: every
# pick is an item of the catalogue, and some of their pictures are still to come.
SessionState = Literal["waiting", "picked", "listed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PickerSession:
    """One session at Google, recorded from its first moment: there is no way to list them."""

    session_id: str
    source: str  # its name
    picker_uri: str
    state: SessionState
    poll_every_s: int  # how often the service asks whether it is done; 0: somebody else does
    expires_at: datetime | None
    created_at: datetime


def record(tx: Connection, source_pk: int, session: PickerSession) -> None:
    """Remember a session; one that is known keeps its row."""
    values = {
        "session_id": session.session_id,
        "source": source_pk,
        "picker_uri": session.picker_uri,
        "state": session.state,
        "poll_every_s": session.poll_every_s,
        "expires_at": session.expires_at,
        "created_at": session.created_at,
    }
    tx.execute(insert(picker_sessions).prefix_with("OR IGNORE").values(**values))


def of_source(tx: Connection, source: str) -> list[PickerSession]:
    """All recorded sessions of the source of that name."""
    return [_session(row) for row in tx.execute(_SESSIONS.where(sources.c.name == source))]


def polled(tx: Connection) -> list[PickerSession]:
    """The waiting sessions of every attached source that the service asks about."""
    waits = and_(picker_sessions.c.state == "waiting", picker_sessions.c.poll_every_s > 0)
    query = _SESSIONS.where(waits, sources.c.attached, sources.c.paused.is_(False))
    return [_session(row) for row in tx.execute(query)]


def set_state(tx: Connection, session_id: str, state: SessionState) -> None:
    _set(tx, session_id, state=state)


def poll_every(tx: Connection, session_id: str, every_s: int) -> None:
    """From now on the service asks so often; 0: it does not."""
    _set(tx, session_id, poll_every_s=every_s)


def forget(tx: Connection, session_id: str) -> None:
    tx.execute(delete(picker_sessions).where(picker_sessions.c.session_id == session_id))


def outstanding(tx: Connection, source: str, encoder_id: str, *, tries: int) -> int:
    """How many items of the source lack a vector and are not given up.

    Given up is what failed for good, or so often.
    """
    held = and_(
        vectors.c.media_id == items.c.media_id,
        vectors.c.encoder.in_(select(encoders.c.id).where(encoders.c.name == encoder_id)),
    )
    open_ = or_(
        failures.c.media_id.is_(None),
        and_(failures.c.next_try_at.is_not(None), failures.c["count"] < tries),
    )
    query = (
        select(func.count())
        .select_from(items)
        .join(sources, sources.c.id == items.c.source)
        .outerjoin(vectors, held)
        .outerjoin(failures, failures.c.media_id == items.c.media_id)
        .where(sources.c.name == source, vectors.c.id.is_(None), open_)
    )
    return tx.execute(query).scalar_one()


_SESSIONS: AnySelect = (
    select(picker_sessions, sources.c.name)
    .join(sources, sources.c.id == picker_sessions.c.source)
    .order_by(picker_sessions.c.created_at, picker_sessions.c.session_id)
)


def _set(tx: Connection, session_id: str, **values: object) -> None:
    mine = picker_sessions.c.session_id == session_id
    tx.execute(update(picker_sessions).where(mine).values(**values))


def _session(row: AnyRow) -> PickerSession:
    return PickerSession(
        session_id=row.session_id,
        source=row.name,
        picker_uri=row.picker_uri,
        state=row.state,
        poll_every_s=row.poll_every_s,
        expires_at=row.expires_at,
        created_at=row.created_at,
    )
