"""What `reindex` does: verify the index, switch to another model, drop the sets of former ones.

Each of these wants the writer's lock, which the caller holds.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from gphotos_search import improving, index, models, renamed
from gphotos_search.catalog import sets, settings, vectors
from gphotos_search.catalog.sets import Lack
from gphotos_search.catalog.store import Catalog
from gphotos_search.config import Config
from gphotos_search.encoders import _exports
from gphotos_search.encoders.base import Encoder
from gphotos_search.errors import UsageError, most_urgent
from gphotos_search.manifest import folder_of, saves_key
from gphotos_search.media import FEATURES
from gphotos_search.progress import Progress
from gphotos_search.sync.report import SyncReport

if TYPE_CHECKING:
    from gphotos_search.index import Report
    from gphotos_search.models import ActiveEncoder

DROP_AT_ONCE = 5_000  # vectors a transaction: some tens of milliseconds, then others may write
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Switched:
    """How far a switch came."""

    name: str  # of the model that was asked for
    answers: bool  # it answers searches from now on
    changed: bool  # and did not before
    round: SyncReport
    from_thumbnails: int = 0  # so many pictures could not be had any more, but their thumbnails
    behind: tuple[Lack, ...] = ()  # what its set still lacks of the one that answers

    @property
    def exit_code(self) -> int:
        return most_urgent([self.round.exit_code, 0 if self.answers else 5])


@dataclass(slots=True)
class Pruned:
    """What was dropped: (encoder id, photos), and how many bytes the disk got back."""

    dropped: list[tuple[str, int]] = field(default_factory=list)
    bytes_freed: int = 0


def verify(
    config: Config, catalog: Catalog, active: ActiveEncoder, *, rebuild: bool, say: Say
) -> Report:
    """Bring the index up to date, or build it anew where it is wanted or something is wrong; then
    what makes searches of a large one faster."""
    report = _in_step(config, catalog, active, rebuild=rebuild, say=say)
    improving.improve_active(config, catalog, active, say=say)
    return report


def _in_step(
    config: Config, catalog: Catalog, active: ActiveEncoder, *, rebuild: bool, say: Say
) -> Report:
    place = (config.storage.index, active.id, active.dim, config.index.engine)
    problems = [] if rebuild else index.verify(catalog, *place)
    for problem in problems:
        say(problem)
    if problems:
        say("Building it again from the catalogue.")
        return index.rebuild(catalog, *place, say=lambda _why: None)
    if rebuild:
        return index.rebuild(catalog, *place, say=say)
    return index.bring_up_to_date(catalog, *place, say=say)


def switch(
    config: Config, catalog: Catalog, name: str, *, progress: Progress, stop: threading.Event
) -> Switched:
    """Fill the set of the model `name` from what is known already, then let it answer.

    From its beginning on, syncs fill that set too. What was done stays when this is stopped or
    killed, and is not done again. Raises UsageError where nothing is indexed, ModelUnavailable for
    a model that cannot be had or does not work, and then nothing has changed.
    """
    from gphotos_search.refill import Refill  # the Google clients load only here

    before = models.active(catalog)
    if before is None:
        raise UsageError(
            "Nothing is indexed yet, so there is nothing to switch.",
            advice=f'Write name = "{name}" under [model] into the configuration, then run:'
            " gphotos-search sync",
        )
    wanted = models.instead(config.model, name)
    try_out(models.opened(catalog, wanted, say=progress.say))
    _tell_half_done(catalog, wanted.name, progress.say)
    models.choose(catalog, config.model, wanted.name)
    encoder = models.for_indexing(catalog, config.model, say=progress.say)
    _tell_features(catalog, before.id, encoder.id, progress.say)
    try:
        refill = Refill(config, catalog, encoder, stop=stop, progress=progress)
        report = refill.run_all()
    finally:
        encoder.release()
    changed = models.promote(catalog, config.model, encoder, say=progress.say)
    now = models.active(catalog) or before  # what answered may go by another id by now
    answers = now.id == encoder.id
    with catalog.reading() as tx:
        behind = [] if answers else sets.lacks(tx, now.id, encoder.id, tries=models.TRIES)
    return Switched(
        name=wanted.name,
        answers=answers,
        changed=changed,
        round=report,
        from_thumbnails=refill.embedder.outcome.from_thumbnails,
        behind=tuple(lack for lack in behind if models.expected(lack)),
    )


def try_out(encoder: Encoder) -> None:
    """Encode a picture and a text, before anything is built on the model. Raises GphotosError for
    one that does not make a vector of both."""
    from PIL import Image

    try:
        encoder.encode_images([encoder.prepare(Image.new("RGB", (64, 48), (120, 130, 140)))])
        encoder.encode_texts(["a photo"])
    finally:
        encoder.release()


def prune(config: Config, catalog: Catalog, *, say: Say) -> Pruned:
    """Drop every set of vectors that neither answers nor is being filled, with its index and what
    was made of its model.

    A set that holds imported features stays, and `say` hears of it: they cannot be made again.
    Nobody waits for long: searches go on, and a run that is killed is ended by the next.
    """
    kept = {one.id for one in (models.active(catalog), models.filling(catalog)) if one}
    pruned, size = Pruned(), catalog.size()
    with catalog.reading() as tx:  # their folders by their names
        for one in kept:
            renamed.settle(tx, config.storage.index, one)
    for one in _former(catalog, kept):
        with catalog.reading() as tx:
            count = vectors.count(tx, one)
            features = sets.held_of_type(tx, one, FEATURES)
        if features:
            kept.add(one)
            say(
                f"{one} stays: it holds {features:,} imported vectors, which no other model can"
                " make again. Forget their source first: gphotos-search sources forget NAME"
            )
            continue
        _tell_only(catalog, one, say)
        _drop(catalog, one)
        rest = one.startswith(sets.DROPPED)
        pruned.dropped.append(("the rest of a former set" if rest else one, count))
    index_, runtimes = config.storage.index, config.storage.runtimes
    freed = _drop_others(index_, {folder_of(index_, one) for one in kept})
    freed += _drop_others(runtimes, {_forms_of(runtimes, one) for one in kept})
    if pruned.dropped:
        catalog.compact()
    pruned.bytes_freed = freed + max(0, size - catalog.size())
    return pruned


def _former(catalog: Catalog, kept: set[str]) -> list[str]:
    with catalog.reading() as tx:
        return [one.encoder for one in sets.all_sets(tx) if one.encoder not in kept]


def _drop(catalog: Catalog, encoder_id: str) -> None:
    with catalog.transaction() as tx:
        settings.put(tx, saves_key(encoder_id), [])
        nobody = sets.begin_drop(tx, encoder_id)
    removed = DROP_AT_ONCE
    while removed:
        with catalog.transaction() as tx:
            removed = sets.drop_some(tx, nobody, DROP_AT_ONCE)


def _drop_others(root: Path, wanted: set[Path]) -> int:
    """Remove every folder but the wanted ones; how many bytes they were."""
    freed = 0
    for folder in [path for path in root.glob("*") if path.is_dir() and path not in wanted]:
        freed += sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        shutil.rmtree(folder, ignore_errors=True)
    return freed


def _forms_of(runtimes: Path, encoder_id: str) -> Path:
    """Where other libraries' forms of an encoder's model lie: its id is family:NAME@REVISION:…"""
    called = encoder_id.partition(":")[2].rsplit(":", 2)[0]
    name, _, revision = called.rpartition("@")
    return _exports.folder_of(runtimes, name, revision)


def _tell_only(catalog: Catalog, encoder_id: str, say: Say) -> None:
    active = models.active(catalog)
    if active is not None:
        with catalog.reading() as tx:
            lacks = sets.lacks(tx, encoder_id, active.id, tries=models.TRIES)
        if only := sum(lack.photos for lack in lacks):
            photos = "1 photo is" if only == 1 else f"{only:,} photos are"
            say(
                f"{photos} only in {encoder_id}: no search finds them until they can be read again."
            )


def _tell_half_done(catalog: Catalog, name: str, say: Say) -> None:
    half = models.filling(catalog)
    if half is not None and half.name != name:
        with catalog.reading() as tx:
            done = vectors.count(tx, half.id)
        say(
            f'"{half.name}" was being filled: its {done:,} vectors stay until gphotos-search'
            " reindex --prune, and are not made again should you choose it later."
        )


def _tell_features(catalog: Catalog, old: str, new: str, say: Say) -> None:
    with catalog.reading() as tx:
        features = sets.held_of_type(tx, old, FEATURES) if old != new else 0
    if features:
        say(
            f"{features:,} photos were imported as vectors, without their pictures. No other model"
            " can read them: searches will miss them once it answers."
        )
