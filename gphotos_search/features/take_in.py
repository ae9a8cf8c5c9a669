"""`import-features`: page after page into the catalogue, from wherever the last run stopped."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gphotos_search import improving, index
from gphotos_search.catalog import features, items, sets, sources, vectors
from gphotos_search.catalog.sources import SourceRow
from gphotos_search.catalog.store import Catalog
from gphotos_search.config import Config, SourceConfig
from gphotos_search.config.values import source_name
from gphotos_search.errors import UsageError
from gphotos_search.features.pair import Page, Pair, ahead
from gphotos_search.features.space import Space, recognised, settle, space_of
from gphotos_search.lock import exclusive
from gphotos_search.media import FEATURES
from gphotos_search.places import locate
from gphotos_search.progress import Progress
from gphotos_search.remembered import known_as

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sqlalchemy import Connection

    from gphotos_search.media import MediaId, MediaItem

UNFINISHED = "Its import has not come to an end; the same command goes on where it stopped."


@dataclass(slots=True)
class TakenIn:
    """What a run did. `resumed` is the row it went on from; `same`: all was there already."""

    added: int = 0
    changed: int = 0
    resumed: int = 0
    kept: int = 0  # photos of the source that the pair does not have
    indexed: int = 0
    same: bool = False
    stopped: bool = False


def source_for(config: Config, catalog: Catalog, name: str, file: Path) -> SourceConfig:
    """The source called `name`, else the one called like the file; new where there is none.

    Raises UsageError for a name that another kind of source has, and for one that is paused.
    """
    with catalog.reading() as tx:
        rows = sources.all_rows(tx)
    types = {row.name: row.type for row in rows} | {one.name: one.type for one in config.sources}
    if name:
        _check(name, types.get(name, FEATURES))
    chosen = name or next(each for each in _names(file) if types.get(each, FEATURES) == FEATURES)
    if any(row.paused for row in rows if row.name == chosen):
        raise UsageError(
            f'"{chosen}" is paused.', advice=f"Run: gphotos-search sources resume {chosen}"
        )
    return SourceConfig(name=chosen, type=FEATURES, remembered=True)


def foresee(
    catalog: Catalog, pair: Pair, source: SourceConfig, stop: threading.Event
) -> tuple[int, int]:
    """How many of its photos are new, and how many the source has already, as far as was looked
    where `stop` is set. Writes nothing."""
    count, there = int(np.count_nonzero(pair.usable)), 0
    with catalog.reading() as tx:
        row = sources.get(tx, source.name)
        if row is None:
            return count, 0
        for page in pair.pages(0):
            if stop.is_set():
                break
            there += len(items.known(tx, row.id, page.ids))
    return count - there, there


def take_in(
    config: Config,
    catalog: Catalog,
    pair: Pair,
    source: SourceConfig,
    encoder: str,
    *,
    progress: Progress,
    stop: threading.Event,
) -> TakenIn:
    """Import the pair, index it, and let the library answer with it.

    Each page is one transaction, together with how far the import is: killed anywhere, the next
    run goes on behind the last whole page. What the source has is updated, what the pair lacks is
    kept. Raises Locked, TryLater for a full disk, and as `space_of`.
    """
    with exclusive(config.storage.data_dir / "lock", purpose="import-features"):
        if stop.is_set():
            return TakenIn(stopped=True)  # before a download that nobody waits for
        space = space_of(config, catalog, encoder, pair.matrix.dim, fetch=True, say=progress.say)
        space = recognised(catalog, space)
        answers = space.encoder
        run = _Import(config, catalog, pair, source, space, progress=progress, stop=stop)
        report = run(pair.digest(answers.name), answers.name)
        if not report.stopped:
            locate.locate(catalog, stop)
            place = (config.storage.index, answers.id, answers.dim, config.index.engine)
            report.indexed = index.bring_up_to_date(catalog, *place, say=progress.say).count
            improving.improve_active(config, catalog, answers, say=progress.say, stop=stop.is_set)
        return report


class _Import:
    """Use once, inside the writer's lock."""

    def __init__(
        self,
        config: Config,
        catalog: Catalog,
        pair: Pair,
        source: SourceConfig,
        space: Space,
        *,
        progress: Progress,
        stop: threading.Event,
    ) -> None:
        self.config, self.catalog, self.pair, self.source = config, catalog, pair, source
        self.space, self.progress, self.stop = space, progress, stop
        self.encoder_id = space.encoder.id
        self.report = TakenIn()

    def __call__(self, digest: str, model: str) -> TakenIn:
        with self.catalog.transaction() as tx:
            row = known_as(tx, self.source)
            lacks = sets.to_do(tx, self.encoder_id).get(row.name, 0)
        self.report.same = row.fingerprint == digest and not row.listing_open and not lacks
        if not self.report.same:
            self._walk(row, digest)
        if not self.report.stopped:
            self._end(row, digest, model)
        return self.report

    def _walk(self, row: SourceRow, digest: str) -> None:
        row, start, fresh = self._begun(row, digest)
        self.report.resumed, total = start, self.pair.matrix.count
        self.progress.rows("read", start, total)
        for page in ahead(self.pair.pages(start)):
            if self.stop.is_set():
                self.report.stopped = True
                return
            cursor = json.dumps({"of": digest, "row": page.stop, "fresh": fresh})
            with self.catalog.transaction() as tx:
                added, changed = self._store(tx, row, page, fresh)
                if page.items:
                    self.space = settle(tx, self.config, self.space)
                sources.save_page(tx, row.id, cursor, True)
            self.report.added += added
            self.report.changed += changed
            self.progress.rows("read", page.stop, total)

    def _begun(self, row: SourceRow, digest: str) -> tuple[SourceRow, int, bool]:
        """The row to begin at, and whether the source had nothing when the import began."""
        reached = json.loads(row.cursor) if row.listing_open and row.cursor else {}
        if reached.get("of") == digest:
            return row, reached["row"], reached["fresh"]
        with self.catalog.transaction() as tx:
            fresh = not features.item_count(tx, row.id)
            row = sources.begin_listing(tx, row.id, "full", datetime.now(UTC))
            sources.set_state(tx, row.id, "new", UNFINISHED)
        return row, 0, fresh

    def _store(self, tx: Connection, row: SourceRow, page: Page, fresh: bool) -> tuple[int, int]:
        """How many photos of the page were added and changed."""
        now = datetime.now(UTC)
        ids = page.ids
        there = {} if fresh else items.known(tx, row.id, ids)
        add = [one for one in page.items if one.source_id not in there]
        update: list[tuple[MediaId, MediaItem]] = []
        for id, said in zip(ids, page.said, strict=True):
            if id in there and (said_now := replace(there[id].item, **said)) != there[id].item:
                update.append((there[id].media_id, said_now))
        new = items.apply(tx, row.id, add=add, update=update, listing=row.listing, now=now)
        media_ids = [there[id].media_id if id in there else new[id] for id in ids]
        put = media_ids, page.rows
        if there:
            known = {row.media_id for row in there.values()}
            put = self._differing(tx, media_ids, page.rows, known)
        vectors.put(tx, self.encoder_id, list(zip(*put, strict=True)), now)
        changed = {id for id, _ in update} | (set(put[0]) - set(new.values()))
        return len(add), len(changed)

    def _differing(
        self, tx: Connection, media_ids: list[MediaId], rows: NDArray[np.float32], known: set[int]
    ) -> tuple[list[MediaId], NDArray[np.float32]]:
        """Those whose stored vector is another one, as float16 keeps them, or is not there."""
        ids, held = vectors.read(tx, self.encoder_id, known)
        stored = dict(zip(ids.tolist(), held.astype("<f2"), strict=True))
        halves = rows.astype("<f2")
        differ = [
            at
            for at, id in enumerate(media_ids)
            if id not in stored or not np.array_equal(stored[id], halves[at])
        ]
        return [media_ids[at] for at in differ], rows[differ]

    def _end(self, row: SourceRow, digest: str, model: str) -> None:
        usable = int(np.count_nonzero(self.pair.usable))
        with self.catalog.transaction() as tx:
            count = features.item_count(tx, row.id)
            if not self.report.same:
                now = datetime.now(UTC)
                sources.end_listing(tx, row.id, now, fingerprint=digest)
                told = f"{count:,} vectors of {model}, imported on {now:%Y-%m-%d}."
                sources.set_state(tx, row.id, "ok", told)
        self.report.kept = max(count - usable, 0)


def _check(name: str, type: str) -> None:
    try:
        source_name(name)
    except ValueError as error:
        raise UsageError(f"--name: {error}.") from None
    if type != FEATURES:
        raise UsageError(
            f'"{name}" is a source of type {type}; imported features need one of their own.',
            advice="Choose another name, or leave --name out.",
        )


def _names(file: Path) -> Iterator[str]:
    """The file's own, then numbered ones."""
    stem = file.stem.encode(errors="replace").decode().replace(",", " ").strip().lstrip("-")
    yield stem or FEATURES
    number = 1
    while True:
        number += 1
        yield f"{stem or FEATURES}-{number}"
