"""Names that items carry: titles of albums, people, cameras."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from typing import Any, Literal

from sqlalchemy import Connection, Select, select, text

from gphotos_search.catalog.columns import among
from gphotos_search.catalog.schema_search import labels

Kind = Literal["album", "person", "camera"]
Wanted = Callable[[str], bool]

# One look into the index for each name, however many items carry it.
_NAMES = text(
    """WITH RECURSIVE found (name) AS (
    SELECT min(name) FROM labels WHERE kind = :kind
    UNION ALL
    SELECT (SELECT min(name) FROM labels WHERE kind = :kind AND name > found.name)
    FROM found WHERE found.name IS NOT NULL
) SELECT name FROM found WHERE name IS NOT NULL"""
)


def names(tx: Connection, kind: Kind) -> list[str]:
    """Every name of that kind that some item carries, in order."""
    return list(tx.execute(_NAMES, {"kind": kind}).scalars())


def fold(name: str) -> str:
    """What names are compared by: neither case nor how its accents are written matters."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def alike(wanted: Iterable[str]) -> Wanted:
    """Whether a name is one of these."""
    folded = {fold(name) for name in wanted}
    return lambda name: fold(name) in folded


def part_of(wanted: Iterable[str]) -> Wanted:
    """Whether one of these is a part of a name."""
    folded = [fold(part) for part in wanted]
    return lambda name: any(part in fold(name) for part in folded)


def holding(tx: Connection, kind: Kind, wanted: Wanted) -> Select[Any]:
    """The ids of items that carry a name that is wanted."""
    named = [name for name in names(tx, kind) if wanted(name)]
    return select(labels.c.media_id).where(labels.c.kind == kind, among(labels.c.name, named))
