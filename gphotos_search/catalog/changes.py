"""What an index on disk has still to learn: one numbered row for each vector put or removed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, delete, func, select, update

from gphotos_search.catalog.schema import changes, encoders
from gphotos_search.media import MediaId


@dataclass(frozen=True, slots=True)
class Change:
    seq: int
    media_id: MediaId
    op: Literal["put", "remove"]


def since(tx: Connection, encoder_id: str, seq: int, limit: int) -> Sequence[Change]:
    """The first `limit` changes after `seq`. Whole only where `pruned` is not beyond `seq`."""
    query = (
        select(changes.c.seq, changes.c.media_id, changes.c.op)
        .join(encoders, encoders.c.id == changes.c.encoder)
        .where(encoders.c.name == encoder_id, changes.c.seq > seq)
        .order_by(changes.c.seq)
        .limit(limit)
    )
    return [Change(*row) for row in tx.execute(query)]


def more_than(tx: Connection, encoder_id: str, seq: int, count: int) -> bool:
    """Whether more than so many changes of this encoder came after `seq`; other encoders' numbers
    lie between them."""
    key = select(encoders.c.id).where(encoders.c.name == encoder_id).scalar_subquery()
    later = select(changes.c.seq).where(changes.c.encoder == key, changes.c.seq > seq)
    return tx.execute(later.offset(count).limit(1)).first() is not None


def generation(tx: Connection, encoder_id: str) -> int:
    """The highest number that a change of this encoder ever had; 0 before the first."""
    query = select(encoders.c.generation).where(encoders.c.name == encoder_id)
    return tx.execute(query).scalar() or 0


def pruned(tx: Connection, encoder_id: str) -> int:
    """Changes up to here are gone: an index that is older must be rebuilt."""
    query = select(encoders.c.pruned).where(encoders.c.name == encoder_id)
    return tx.execute(query).scalar() or 0


def prune(tx: Connection, encoder_id: str, upto: int) -> None:
    """Forget changes up to number `upto`: the index on disk has them."""
    key = select(encoders.c.id).where(encoders.c.name == encoder_id).scalar_subquery()
    tx.execute(delete(changes).where(changes.c.encoder == key, changes.c.seq <= upto))
    reached = func.max(encoders.c.pruned, func.min(encoders.c.generation, upto))
    tx.execute(update(encoders).where(encoders.c.name == encoder_id).values(pruned=reached))
