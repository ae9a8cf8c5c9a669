"""Which encoder a library is searched with, and which one new photos are embedded with.

They are the same but for the time after the model in the config changed: then a sync fills a second
set of vectors while the old one goes on answering, and the new one takes over when nothing lacks a
vector any more (design: encoders).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace

from sqlalchemy import Connection

from gphotos_search import encoders
from gphotos_search.catalog import items, settings, vectors
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
    name: str  # model.name when it was opened
    pin: str  # revision and precision, as the encoder named them


def active(catalog: Catalog) -> ActiveEncoder | None:
    """None before the first sync."""
    with catalog.reading() as tx:
        stored = settings.get(tx, ACTIVE)
    return ActiveEncoder(**stored) if isinstance(stored, dict) else None


def for_search(model: ModelConfig, active: ActiveEncoder) -> Encoder:
    """The active encoder, at the revision and precision its vectors were made with.

    Raises ModelUnavailable when its files are no longer on this machine.
    """
    pinned = replace(model, name=active.name, revision="", precision="auto")
    return encoders.open_encoder(pinned, resolved=active.pin)


def for_indexing(catalog: Catalog, model: ModelConfig, *, say: Callable[[str], None]) -> Encoder:
    """The encoder of the config, its revision resolved once and remembered.

    It becomes the active one at once where nothing is searchable yet. Raises ModelUnavailable.
    """
    key = f"encoder.pin:{model.name}"
    with catalog.reading() as tx:
        stored = settings.get(tx, key)
    encoder = encoders.open_encoder(model, resolved=stored, say=say)
    before = active(catalog)
    with catalog.transaction() as tx:
        if stored != encoder.pin:
            settings.put(tx, key, encoder.pin)
        if before is None or not vectors.count(tx, before.id):
            _activate(tx, model, encoder)
    return encoder


def promote(catalog: Catalog, model: ModelConfig, encoder: Encoder) -> bool:
    """Let `encoder` answer from now on if nothing waits for it; whether that was a change."""
    before = active(catalog)
    with catalog.transaction() as tx:
        if before is not None and before.id == encoder.id:
            return False
        if items.counts(tx, encoder.id).pending:
            return False
        _activate(tx, model, encoder)
    return True


def nothing_indexed(query: Query) -> Answer:
    """The answer before the first sync."""
    warning = "Nothing is indexed yet. Run: gphotos-search sync"
    return Answer(query=query.text, encoder="", took_ms=0.0, hits=(), warnings=(warning,))


def _activate(tx: Connection, model: ModelConfig, encoder: Encoder) -> None:
    chosen = ActiveEncoder(id=encoder.id, dim=encoder.dim, name=model.name, pin=encoder.pin)
    settings.put(tx, ACTIVE, asdict(chosen))
