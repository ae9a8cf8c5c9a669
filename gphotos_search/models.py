"""Which encoder a library is searched with, and which one new photos are embedded with.

They are the same but for the time after another model was chosen, in the config or by
`reindex --model`: then a second set of vectors is filled while the old one goes on answering, and
the new one takes over when that loses nothing any more (design: encoders).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from gphotos_search import encoders, precision
from gphotos_search.catalog import items, sets, settings, vectors
from gphotos_search.catalog.sets import Lack
from gphotos_search.catalog.store import Catalog
from gphotos_search.config import ModelConfig, StorageConfig
from gphotos_search.encoders.base import Encoder
from gphotos_search.features import known
from gphotos_search.media import FEATURES, Answer, MediaId, Query
from gphotos_search.sync.plan import removals_allowed

ACTIVE = "encoder.active"
FILLING = "encoder.filling"  # the encoder whose set is filled while another one answers
CHOICE = "encoder.choice"  # what `reindex --model` or an import chose, and instead of what
LOST = "encoder.lost"  # what the last change of the encoder lost
TRIES = 3  # so often has a photo failed that a new model goes ahead without it
UNREAD = 0.1  # a larger share of a source that cannot be read is a disk that is away
LOCAL_TYPES = ("takeout", "drive_takeout", "folder")
NAMED, LISTED = 5, 1000  # of the photos that were lost


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveEncoder:
    """An encoder as the catalogue remembers it: the one that answers, or that is to."""

    id: str
    dim: int
    name: str  # model.name when it was opened
    pin: str  # revision and precision, as the encoder named them
    text_name: str = ""  # model.text_name then


def active(catalog: Catalog) -> ActiveEncoder | None:
    """The encoder whose vectors answer searches; None before the first sync."""
    return _stored(catalog, ACTIVE)


def filling(catalog: Catalog) -> ActiveEncoder | None:
    """The encoder whose set is being filled while another one answers; None at other times."""
    return _stored(catalog, FILLING)


def chosen(catalog: Catalog, model: ModelConfig) -> ModelConfig:
    """What new photos are embedded with: `model`, or what `reindex --model` or an import of
    features chose instead of it.

    That choice lasts as long as the config names the same model; an import's no longer than there
    are vectors.
    """
    with catalog.reading() as tx:
        return _chosen(tx, model)


def choose(catalog: Catalog, model: ModelConfig, name: str) -> None:
    """From now on new photos are embedded with the model `name`, whatever `model` of the config
    says; with the config's own name, by the config again."""
    with catalog.transaction() as tx:
        _choose(tx, model, name)


def choose_imported(tx: Connection, model: ModelConfig, name: str) -> None:
    """As `choose`, because vectors of `name` were imported: as long as the set that answers has
    any."""
    _choose(tx, model, name, imported=True)


def instead(model: ModelConfig, name: str) -> ModelConfig:
    """The settings of `model` for another one; what only fits that one is left out.

    A folder is named by its whole path, since a service may run elsewhere.
    """
    path = Path(name).expanduser()
    if path.is_absolute() or name.startswith(".") or (path / "config.json").exists():
        name = str(path.resolve())
        if Path(model.name).expanduser().resolve() == path.resolve():
            name = model.name
    return model if name == model.name else replace(model, name=name, revision="", text_name="")


def for_search(model: ModelConfig, active: ActiveEncoder, *, say: Callable[[str], None]) -> Encoder:
    """The active encoder, at the revision and precision its vectors were made with.

    Files that left this machine are fetched again, and `say` hears of it. Raises ModelUnavailable,
    and UsageError for features that this encoder did not make.
    """
    words = model.text_name if model.name == active.name else active.text_name
    pinned = replace(
        model, name=active.name, text_name=words, revision="", precision="auto", runtime="auto"
    )
    encoder = encoders.open_encoder(pinned, resolved=active.pin, say=say)
    return known.under(encoder, active.id, active.dim)


def opened(catalog: Catalog, model: ModelConfig, *, say: Callable[[str], None]) -> Encoder:
    """The encoder of `model` at the revision that was resolved once. Raises ModelUnavailable."""
    with catalog.reading() as tx:
        stored = settings.get(tx, pin_key(model.name))
    runtimes = StorageConfig(data_dir=catalog.file.parent).runtimes
    return encoders.open_encoder(model, resolved=stored, runtimes=runtimes, say=say)


def for_indexing(catalog: Catalog, model: ModelConfig, *, say: Callable[[str], None]) -> Encoder:
    """The encoder of the chosen model, its revision resolved once and remembered.

    It becomes the active one at once where nothing is searchable yet. Raises ModelUnavailable.
    """
    wanted = chosen(catalog, model)
    encoder = opened(catalog, wanted, say=say)
    precision.resume(catalog, wanted, encoder)
    before = active(catalog)
    answering = ""  # the model that goes on answering, where this one is to replace it
    with catalog.transaction() as tx:
        if wanted == model:
            settings.put(tx, CHOICE, None)  # one that was made instead of another model
        stored = settings.get(tx, pin_key(wanted.name))
        if before is None or not vectors.count(tx, before.id):
            _activate(tx, wanted, encoder)
        elif _same_set(tx, before.id, wanted, encoder):
            _activate(tx, wanted, encoder)  # a model in a folder may have moved
        else:
            answering = before.name
            settings.put(tx, FILLING, _told(wanted, encoder))
        settings.put(tx, pin_key(wanted.name), precision.own_pin(wanted, stored, encoder.pin))
    if answering == wanted.name:
        say(f'"{answering}" is computed differently: its former vectors answer until that is done.')
    elif answering:
        say(f'The model changed: "{answering}" answers until "{wanted.name}" has every photo.')
    return encoder


def promote(
    catalog: Catalog, model: ModelConfig, encoder: Encoder, *, say: Callable[[str], None]
) -> bool:
    """Let `encoder` answer from now on if that loses no photo that can still be had.

    See `expected` for what holds it back; `say` hears how many photos searches no longer find.
    Whether the encoder changed.
    """
    before = active(catalog)
    if before is not None and before.id == encoder.id:
        return False
    names: list[str] = []
    with catalog.transaction() as tx:
        wanted, count = _chosen(tx, model), 0
        if before is not None:
            behind = sets.lacks(tx, before.id, encoder.id, tries=TRIES)
            if any(expected(lack) for lack in behind) or not vectors.count(tx, encoder.id):
                return False
            count = sum(lack.photos for lack in behind)
            ids = sets.ids_lacking(tx, before.id, encoder.id, LISTED)
            names = _names(tx, ids[:NAMED])
            settings.put(tx, LOST, {"encoder": encoder.id, "count": count, "ids": ids})
        _activate(tx, wanted, encoder)
    if count:
        photos, them = ("1 photo", "it") if count == 1 else (f"{count:,} photos", "them")
        listed = ", ".join(names) + (", …" if count > len(names) else "")
        say(f'{photos} could not be had again for "{wanted.name}", searches miss {them}: {listed}')
    return True


def expected(lack: Lack) -> int:
    """How many of the photos that a new set lacks it has to wait for.

    Not for those that failed for good or TRIES times, whose source left the config or never had
    pictures; nor for a few that cannot be read on this machine's disk, where trying again is no
    use. Many of them are a disk that is away.
    """
    if not lack.attached or lack.type == FEATURES:
        return 0
    left = lack.photos - lack.given_up
    if lack.type in LOCAL_TYPES and removals_allowed(lack.unreadable, lack.total, UNREAD):
        left -= lack.unreadable
    return left


def described(catalog: Catalog) -> list[dict[str, Any]]:
    """Every set of vectors as `status --json` tells it; the one that answers first."""
    roles = {"answers": active(catalog), "filling": filling(catalog)}
    told = []
    with catalog.reading() as tx:
        widths = {one.encoder: one.dim for one in sets.all_sets(tx)}
        for role, one in roles.items():
            if one is not None:
                widths.pop(one.id, 0)
                told.append(_set(tx, one.id, one.dim, role, one.name))
        told += [_set(tx, encoder, dim, "former", "") for encoder, dim in widths.items()]
        if roles["answers"] is not None:
            told[0]["lost"] = _lost(tx, roles["answers"].id)
        if roles["filling"] is not None:
            told[1]["pending"] = sum(sets.to_do(tx, told[1]["encoder"]).values())
    return told


def renamed(tx: Connection, old: str, encoder: Encoder) -> None:
    """What was remembered of the encoder `old` is said of `encoder` now, whose vectors agree."""
    for key in (ACTIVE, FILLING):
        told = settings.get(tx, key)
        if told and told["id"] == old:
            settings.put(tx, key, told | {"id": encoder.id, "pin": encoder.pin})
            settings.put(tx, pin_key(told["name"]), encoder.pin)
    lost = settings.get(tx, LOST)
    if lost and lost["encoder"] == old:
        settings.put(tx, LOST, lost | {"encoder": encoder.id})


def nothing_indexed(query: Query) -> Answer:
    """The answer before the first sync."""
    warning = "Nothing is indexed yet. Run: gphotos-search sync"
    return Answer(query=query.text, encoder="", took_ms=0.0, hits=(), warnings=(warning,))


def _set(tx: Connection, encoder: str, dim: int, role: str, name: str) -> dict[str, Any]:
    count = vectors.count(tx, encoder)
    return {"encoder": encoder, "name": name, "role": role, "vectors": count, "dim": dim}


def _lost(tx: Connection, encoder_id: str) -> dict[str, Any]:
    """What the change to this encoder lost, less what was had again or removed since."""
    told = settings.get(tx, LOST)
    if not told or told["encoder"] != encoder_id:
        return {"count": 0, "first": []}
    ids = told["ids"]
    lacking = vectors.lacking(tx, encoder_id, ids, now=datetime.now(UTC), retry_all=True)
    left = [media_id for media_id in ids if media_id in lacking]
    return {"count": told["count"] - len(ids) + len(left), "first": _names(tx, left[:NAMED])}


def _names(tx: Connection, ids: Sequence[MediaId]) -> list[str]:
    found = items.by_ids(tx, ids)
    return [one.item.filename or one.item.source_id for one in map(found.get, ids) if one]


def _stored(catalog: Catalog, key: str) -> ActiveEncoder | None:
    with catalog.reading() as tx:
        told = settings.get(tx, key)
    return ActiveEncoder(**told) if isinstance(told, dict) else None


def _chosen(tx: Connection, model: ModelConfig) -> ModelConfig:
    choice = settings.get(tx, CHOICE)
    if not choice or choice["instead_of"] != model.name:
        return model
    answers = settings.get(tx, ACTIVE)
    if choice.get("imported") and not (answers and vectors.count(tx, answers["id"])):
        return model
    return instead(model, choice["chosen"])


def _choose(tx: Connection, model: ModelConfig, name: str, *, imported: bool = False) -> None:
    choice = {"instead_of": model.name, "chosen": name, "imported": imported}
    settings.put(tx, CHOICE, None if name == model.name else choice)


def _same_set(tx: Connection, before: str, wanted: ModelConfig, encoder: Encoder) -> bool:
    """Whether the set that answers is this encoder's, if need be under the id it has now."""
    if before == encoder.id:
        return True
    found = known.recognised(tx, before, wanted.name, encoder)
    if found or precision.recognised(tx, before, encoder):
        renamed(tx, before, encoder)
        return True
    return False


def pin_key(name: str) -> str:
    """Of the settings of the catalogue: where the pin of this model's encoder is kept."""
    return f"encoder.pin:{name}"


def _told(model: ModelConfig, encoder: Encoder) -> dict[str, Any]:
    told = ActiveEncoder(
        id=encoder.id,
        dim=encoder.dim,
        name=model.name,
        pin=encoder.pin,
        text_name=model.text_name,
    )
    return asdict(told)


def _activate(tx: Connection, model: ModelConfig, encoder: Encoder) -> None:
    settings.put(tx, ACTIVE, _told(model, encoder))
    settings.put(tx, FILLING, None)
