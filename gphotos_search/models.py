"""Which encoder a library is searched with, and which one new photos are embedded with.

They are the same but for the time after the model in the config changed: then a sync fills a second
set of vectors while the old one goes on answering, and the new one takes over when that loses
nothing any more (design: encoders).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace

from sqlalchemy import Connection

from gphotos_search import encoders
from gphotos_search.catalog import settings, vectors
from gphotos_search.catalog.store import Catalog
from gphotos_search.config import ModelConfig
from gphotos_search.encoders.base import Encoder
from gphotos_search.media import Answer, Query

ACTIVE = "encoder.active"
TRIES = 3  # so often has a photo failed that a new model goes ahead without it


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveEncoder:
    """The encoder whose vectors answer searches, as the catalogue remembers it."""

    id: str
    dim: int
    name: str  # model.name when it was opened
    pin: str  # revision and precision, as the encoder named them
    text_name: str = ""  # model.text_name then


def active(catalog: Catalog) -> ActiveEncoder | None:
    """None before the first sync."""
    with catalog.reading() as tx:
        stored = settings.get(tx, ACTIVE)
    return ActiveEncoder(**stored) if isinstance(stored, dict) else None


def for_search(model: ModelConfig, active: ActiveEncoder, *, say: Callable[[str], None]) -> Encoder:
    """The active encoder, at the revision and precision its vectors were made with.

    Files that left this machine are fetched again, and `say` hears of it. Raises ModelUnavailable.
    """
    words = model.text_name if model.name == active.name else active.text_name
    pinned = replace(model, name=active.name, text_name=words, revision="", precision="auto")
    return encoders.open_encoder(pinned, resolved=active.pin, say=say)


def for_indexing(catalog: Catalog, model: ModelConfig, *, say: Callable[[str], None]) -> Encoder:
    """The encoder of the config, its revision resolved once and remembered.

    It becomes the active one at once where nothing is searchable yet. Raises ModelUnavailable.
    """
    key = f"encoder.pin:{model.name}"
    with catalog.reading() as tx:
        stored = settings.get(tx, key)
    encoder = encoders.open_encoder(model, resolved=stored, say=say)
    before = active(catalog)
    switching = False
    with catalog.transaction() as tx:
        if stored != encoder.pin:
            settings.put(tx, key, encoder.pin)
        if before is None or not vectors.count(tx, before.id):
            _activate(tx, model, encoder)
        else:
            switching = before.id != encoder.id
    if switching:
        say("The model changed: all photos are embedded anew; the old one answers until then.")
    return encoder


def promote(
    catalog: Catalog, model: ModelConfig, encoder: Encoder, *, say: Callable[[str], None]
) -> bool:
    """Let `encoder` answer from now on if that loses no photo that can still be had.

    A photo that failed for good, or TRIES times, holds nothing back, nor does one of a source
    that left the config; `say` hears how many such photos searches no longer find. Whether the
    encoder changed.
    """
    before = active(catalog)
    if before is not None and before.id == encoder.id:
        return False
    lost = 0
    with catalog.transaction() as tx:
        if before is not None:
            if vectors.behind(tx, before.id, encoder.id, tries=TRIES):
                return False
            lost = vectors.behind(tx, before.id, encoder.id)
        _activate(tx, model, encoder)
    if lost:
        say(f'{lost:,} photos could not be had again for "{model.name}": searches miss them.')
    return True


def nothing_indexed(query: Query) -> Answer:
    """The answer before the first sync."""
    warning = "Nothing is indexed yet. Run: gphotos-search sync"
    return Answer(query=query.text, encoder="", took_ms=0.0, hits=(), warnings=(warning,))


def _activate(tx: Connection, model: ModelConfig, encoder: Encoder) -> None:
    chosen = ActiveEncoder(
        id=encoder.id,
        dim=encoder.dim,
        name=model.name,
        pin=encoder.pin,
        text_name=model.text_name,
    )
    settings.put(tx, ACTIVE, asdict(chosen))
