"""Which encoder a library is searched with, and which one new photos are embedded with.

They are the same but for the time after the model in the config changed: then a sync fills a second
set of vectors while the old one goes on answering, and the new one takes over when nothing lacks a
vector any more (design: encoders).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime

from gphotos_search import encoders
from gphotos_search.catalog import settings, vectors
from gphotos_search.catalog.store import Catalog
from gphotos_search.config import ModelConfig
from gphotos_search.encoders.base import Encoder
from gphotos_search.media import Answer, Query

ACTIVE = "encoder.active"


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveEncoder:
    """The encoder whose vectors answer searches, as the catalogue remembers it."""

    id: str
    dim: int
    name: str
    revision: str
    precision: str


def active(catalog: Catalog) -> ActiveEncoder | None:
    """None before the first sync."""
    with catalog.reading() as tx:
        stored = settings.get(tx, ACTIVE)
    return ActiveEncoder(**stored) if isinstance(stored, dict) else None
