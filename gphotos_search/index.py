"""Catalogue changes → engine → files. The index is a cache: deleting its folder loses nothing.

Only `bring_up_to_date`, `rebuild` and `improve` write, and their caller holds the writer's lock.
Searches hold none: see `live`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

import numpy as np

from gphotos_search import manifest as files
from gphotos_search import renamed
from gphotos_search.catalog import changes, settings, vectors
from gphotos_search.engines.base import Improves, Interrupted
from gphotos_search.live import Index, for_search, opened, unread
from gphotos_search.manifest import IndexMissing, IndexUnusable, Place

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gphotos_search.catalog.store import Catalog
    from gphotos_search.engines.base import Vectors
    from gphotos_search.manifest import Save

__all__ = ["Index", "Report", "bring_up_to_date", "for_search", "improve", "rebuild", "verify"]

# Changes: beyond, reading everything anew takes less memory than learning them, and hardly longer.
LEARN_MOST = 262_144
SAMPLE_EVERY = 64  # one vector of so many is compared by `verify`


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What an update did; `rebuilt` says why everything was read from the catalogue again."""

    added: int
    removed: int
    count: int
    rebuilt: str | None


def bring_up_to_date(
    catalog: Catalog,
    root: Path,
    encoder_id: str,
    dim: int,
    engine_name: str,
    *,
    say: Callable[[str], None],
) -> Report:
    """Apply the changes since the saved state and save; the caller holds the writer's lock.

    Files that are missing, damaged, foreign or stale are rebuilt from the catalogue, and a line
    through `say` tells why. Raises TryLater where the disk does not take the new state.
    """
    place = Place(root, encoder_id, dim, engine_name)
    with catalog.reading() as tx:
        renamed.settle(tx, root, encoder_id)
        try:
            index = opened(tx, place)
            before = index.generation
            if changes.more_than(tx, encoder_id, before, LEARN_MOST):
                return _rebuilt(catalog, tx, place, None, say)
            added, removed = index.learn(tx)
            index.check_count(tx)
        except IndexUnusable as error:
            # The very first one is nothing to explain.
            first = isinstance(error, IndexMissing) and not changes.pruned(tx, encoder_id)
            return _rebuilt(catalog, tx, place, None if first else str(error), say)
    if before != index.generation:
        _save(catalog, place, index)
    elif index.manifest is not None:
        files.tidy(place.folder, index.manifest.state)
    return Report(added=added, removed=removed, count=len(index), rebuilt=None)


def rebuild(
    catalog: Catalog,
    root: Path,
    encoder_id: str,
    dim: int,
    engine_name: str,
    *,
    say: Callable[[str], None],
) -> Report:
    """Read every vector from the catalogue again, whatever the files say. As bring_up_to_date."""
    place = Place(root, encoder_id, dim, engine_name)
    with catalog.reading() as tx:
        renamed.settle(tx, root, encoder_id)
        return _rebuilt(catalog, tx, place, "is to be rebuilt", say)


def improve(
    catalog: Catalog,
    root: Path,
    encoder_id: str,
    dim: int,
    engine_name: str,
    *,
    words: Callable[[], Vectors],
    say: Callable[[str], None],
    stop: Callable[[], bool] = lambda: False,
    least: int | None = None,
) -> bool:
    """Let the engine do what makes a large index faster, where there is anything to do.

    Minutes of work for millions of vectors. Searches go on with the state there is and take up the
    new one at their next refresh; the caller holds the writer's lock. `words` gives vectors of
    texts, to measure recall with, and is asked only if they are needed; `least` is the number of
    vectors from which on it pays (None: the engine knows). Whether a new state was saved; False
    also soon after `stop` says so. Raises TryLater where the disk does not take it.
    """
    place = Place(root, encoder_id, dim, engine_name)
    with catalog.reading() as tx:
        renamed.settle(tx, root, encoder_id)
        try:
            index = opened(tx, place)
        except IndexUnusable:
            return False
    engine = index.engine
    if not isinstance(engine, Improves) or not engine.improvable(least):
        return False
    texts = words()
    say(f"Measuring how to search {len(index):,} photos faster; searches go on meanwhile.")
    try:
        _save(catalog, place, index, partial(engine.improve, words=texts, least=least, stop=stop))
    except Interrupted:
        return False
    return True


def verify(catalog: Catalog, root: Path, encoder_id: str, dim: int, engine_name: str) -> list[str]:
    """Everything that is wrong with the saved state, a sentence each. Reads all of it."""
    place = Place(root, encoder_id, dim, engine_name)
    with catalog.reading() as tx:
        renamed.settle(tx, root, encoder_id)
        try:
            index = opened(tx, place)
        except IndexUnusable as error:
            return [f"The index {error}."]
        assert index.manifest is not None
        if names := files.damaged(place.folder, index.manifest):
            return [
                f"The index has a damaged file {name} (its checksum differs)." for name in names
            ]
        index.learn(tx)
        return _differences(tx, encoder_id, index)


def _differences(tx: Connection, encoder_id: str, index: Index) -> list[str]:
    held = index.ids()
    found = stale = 0
    for ids, rows in vectors.read_all(tx, encoder_id):
        places = np.searchsorted(held, ids)
        inside = places < len(held)
        found += int(np.count_nonzero(held[places[inside]] == ids[inside]))
        for place in range(0, len(ids), SAMPLE_EVERY):
            nearest = index.nearest(rows[place], 1, ids[place : place + 1])
            stale += bool(nearest) and abs(nearest[0][1] - float(rows[place] @ rows[place])) > 1e-3
    counted = {
        "vectors of the catalogue are not in it": vectors.count(tx, encoder_id) - found,
        "of its vectors are not in the catalogue": len(held) - found,
        "of its vectors differ from the catalogue's": stale,
    }
    return [
        f"The index does not match: {count} {what}." for what, count in counted.items() if count
    ]


def _rebuilt(
    catalog: Catalog,
    tx: Connection,
    place: Place,
    reason: str | None,
    say: Callable[[str], None],
) -> Report:
    """Straight from the catalogue into files: memory holds a piece at a time."""
    if reason is not None:
        say(f"The index {reason}. Building it again from the catalogue.")
    index = unread(tx, place)
    pieces = vectors.read_all(tx, place.encoder_id)
    _save(catalog, place, index, partial(index.engine.build, pieces=pieces))
    return Report(added=len(index), removed=0, count=len(index), rebuilt=reason)


def _save(catalog: Catalog, place: Place, index: Index, how: Save | None = None) -> None:
    # The catalogue knows each save by a random name, so that a copy of it that is put back, with
    # changes of the same numbers, is told apart. Both names are good: a crash leaves either state,
    # and searches use the one that is there until a rebuild has taken its minutes.
    name = token_hex(8)
    with catalog.transaction() as tx:
        settings.put(tx, place.saves_key, [*_standing(tx, place), name])
    index.save(name, how)
    with catalog.transaction() as tx:
        changes.prune(tx, place.encoder_id, index.generation)


def _standing(tx: Connection, place: Place) -> list[str]:
    """The name of the state on disk, where this catalogue knows it."""
    try:
        save = files.read(place.folder).save
    except IndexUnusable:
        return []
    return [save] if save in (settings.get(tx, place.saves_key) or []) else []
