"""The last list of results that somebody saw, and the query behind it."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection, delete, func, insert, select

from gphotos_search.catalog import settings
from gphotos_search.catalog.schema_search import last_results
from gphotos_search.media import MediaId

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector = NDArray[np.float32]

KEY = "last query"


@dataclass(frozen=True, slots=True)
class LastQuery:
    """What the last list was ranked by; `vector` is of the space of `encoder`."""

    text: str
    encoder: str
    vector: Vector


def replace(tx: Connection, ids: Sequence[MediaId], query: LastQuery | None) -> None:
    """From now on this is the last list; `query` None: it was not ranked by a meaning."""
    tx.execute(delete(last_results))
    if ids:
        rows = [{"rank": rank, "media_id": id} for rank, id in enumerate(ids, 1)]
        tx.execute(insert(last_results), rows)
    told = query and {
        "text": query.text,
        "encoder": query.encoder,
        "vector": b64encode(query.vector.astype("<f4").tobytes()).decode(),
    }
    settings.put(tx, KEY, told)


def count(tx: Connection) -> int:
    """How long the list is."""
    return tx.execute(select(func.count()).select_from(last_results)).scalar_one()


def at(tx: Connection, rank: int) -> MediaId | None:
    """The item of that number, which may have been removed since."""
    query = select(last_results.c.media_id).where(last_results.c.rank == rank)
    return tx.execute(query).scalar()


def renamed(tx: Connection, old: str, new: str) -> None:
    """The encoder of that query goes by another id: the space is the same."""
    told = settings.get(tx, KEY)
    if told and told["encoder"] == old:
        settings.put(tx, KEY, told | {"encoder": new})


def query(tx: Connection, encoder: str) -> LastQuery | None:
    """The query behind the list, where it had a meaning and was asked in this encoder's space."""
    import numpy as np

    told = settings.get(tx, KEY)
    if not told or told["encoder"] != encoder:
        return None
    vector = np.frombuffer(b64decode(told["vector"]), "<f4").astype(np.float32)
    return LastQuery(told["text"], encoder, vector)
