"""How pictures are turned into vectors from now on: the fastest way whose vectors agree with fp32.

A run that has much to do keeps some of its pictures, has other libraries' forms of the model made
in the background, and then tries every way on these pictures. The fastest that passes the gate goes
on with the run. Its vectors and those that were there are then the same for every purpose, so the
set keeps them and changes its name (architecture: precision).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from gphotos_search import models, renamed
from gphotos_search.catalog import sets, settings, sources
from gphotos_search.catalog.features import rename_set
from gphotos_search.encoders import _device, _ways
from gphotos_search.encoders._checkpoint import Pin
from gphotos_search.encoders._trial import BATCHES, Stopped, choose, gate, run
from gphotos_search.encoders._two_towers import TwoTowers
from gphotos_search.errors import GphotosError
from gphotos_search.media import FEATURES
from gphotos_search.precision import WORTH, key_of, stamp, tried_ways
from gphotos_search.probes import PHRASES

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sqlalchemy import Connection

    from gphotos_search.catalog.store import Catalog
    from gphotos_search.config import ModelConfig
    from gphotos_search.encoders._exports import Making
    from gphotos_search.encoders._trial import Gate, Run
    from gphotos_search.encoders._ways import Way
    from gphotos_search.encoders.base import Encoder

log = logging.getLogger(__name__)

SAMPLE = 128  # pictures that are kept for the trial: 77 MB
ASKED = 32  # phrases whose answers are compared
CALIBRATE = 64  # of them show OpenVINO the range of its numbers
COUNT_EVERY = 256  # pictures; what is left to do is counted then
AGAIN = timedelta(days=1)  # what failed for want of room or memory may succeed then


class Trial:
    """Beside one run, in its model thread. `saw` every batch; `close` it at the end."""

    def __init__(
        self,
        catalog: Catalog,
        model: ModelConfig,
        encoder: Encoder,
        *,
        stop: threading.Event,
        naming: threading.Lock,
        say: Callable[[str], None],
        worth: int = WORTH,
    ) -> None:
        self._catalog, self._model, self._stop, self._say = catalog, model, stop, say
        self._naming = naming
        self._worth = worth
        self._kept: list[NDArray[Any]] = []
        self._seen, self._count_at = 0, 0
        self._making: Making | None = None
        self._over = True
        if isinstance(encoder, TwoTowers) and encoder.exports is not None:
            self._encoder, self._exports = encoder, encoder.exports
            with catalog.reading() as tx:
                told = settings.get(tx, key_of(encoder.family)) or {}
                ids = [one.encoder for one in sets.all_sets(tx) if one.encoder != encoder.id]
            # A set of that id is there already: this one cannot take its name.
            self._taken = {one.removeprefix(f"{encoder.family}:") for one in ids}
            self._ways = [w for w in _ways.candidates(model) if w.kind not in self._taken]
            self._exports.stop = stop
            self._tried = tried_ways(told)
            # Even without a choice: what fp32 has in common with a wish, a later one may need.
            choice = encoder.way.precision != "fp32" or set(self._ways) - {encoder.way}
            self._over = not (choice and self._is_due(told))

    def saw(self, pixels: Sequence[NDArray[Any]]) -> None:
        """After each batch; now and then this takes a minute, and the encoder may be another one
        after it. Never raises: a trial that fails leaves everything as it was."""
        if self._over:
            return
        self._seen += len(pixels)
        if len(self._kept) < SAMPLE:
            self._kept.extend(pixels[: SAMPLE - len(self._kept)])
            return
        try:
            if self._making is None:
                if self._is_worth_it():
                    kinds = dict.fromkeys(way.export for way in self._ways if way.export)
                    pictures = self._kept[:CALIBRATE] if "openvino-int8" in kinds else []
                    self._making = self._exports.start(list(kinds), pictures)
            elif self._making.ended() and not self._stop.is_set():
                self._decide()
                self.close()
        except Stopped:
            self.close()
        except Exception as problem:  # torch, the libraries and the disk each raise their own
            log.exception("The ways to compute the model could not be compared")
            with suppress(Exception):  # the run meets it too, when it stores its next vectors
                why = f"the comparison failed: {_line_of(problem)}"
                with self._catalog.transaction() as tx:
                    self._put(tx, self._encoder.way, why, {}, again=True)
            self.close()

    def close(self) -> None:
        """Nothing more is tried in this run."""
        if self._making is not None:
            self._making.__exit__()
        self._making, self._over = None, True
        self._kept.clear()

    def _is_worth_it(self) -> bool:
        if self._seen < self._count_at:
            return False
        self._count_at = self._seen + COUNT_EVERY
        with self._catalog.reading() as tx:
            waiting = sets.to_do(tx, self._encoder.id)
            rows = sources.all_rows(tx)
        read = [row.name for row in rows if not row.paused and row.type != FEATURES]
        return self._seen + sum(waiting.get(name, 0) for name in read) >= self._worth

    def _is_due(self, told: dict[str, Any]) -> bool:
        """Whether nothing was compared here yet, or it is time to do it again."""
        again = told.get("again")
        due = again is not None and again <= stamp(datetime.now(UTC))
        here = [_ways.machine(self._model), _wishes(self._model)]
        return due or [told.get("machine"), told.get("wishes")] != here

    def _decide(self) -> None:
        encoder, current = self._encoder, self._encoder.way
        words = encoder.encode_texts(PHRASES[:ASKED])
        encoder.release()  # so that two towers are never in memory
        batches = BATCHES[_device.device_name(self._model.device).partition(":")[0]]
        if self._model.batch_size:
            batches = (self._model.batch_size,)
        exact = _ways.Way("torch", "fp32")
        measured = run(encoder.open_images(exact), self._kept, batches, self._stop)
        truth = measured.rows
        found: dict[Way, tuple[Run, Gate]] = {exact: (measured, gate(truth, truth, words))}
        failed: dict[Way, str] = {}
        for way in dict.fromkeys([current, *self._ways]):
            if way in found:
                continue
            if way.export and self._exports.find(way.export) is None:
                failed[way] = self._making.reason() if self._making else ""
                continue
            try:
                measured = run(encoder.open_images(way), self._kept, batches, self._stop)
            except Stopped:
                raise
            except Exception as problem:  # each library raises its own; the run must go on
                log.warning("%s cannot run this model: %s", way, problem)
                failed[way] = _line_of(problem)
                continue
            found[way] = (measured, gate(truth, measured.rows, words))
        self._settle(current, found, failed)

    def _settle(
        self, current: Way, found: dict[Way, tuple[Run, Gate]], failed: dict[Way, str]
    ) -> None:
        """Keep the figures, and go on in the way that they speak for."""
        encoder = self._encoder
        chosen, why = choose(self._model, current, found, self._taken)
        anew = chosen.kind != current.kind and current in found and not found[current][1].passed
        if anew and self._holds_features():
            chosen, anew, why = current, False, f"{why}, but imported features stay with it"
        told = {way: _told(way, *both) for way, both in found.items()}
        told |= {way: self._failed(way, reason) for way, reason in failed.items()}
        lacks = any(way.export and self._exports.find(way.export) is None for way in failed)
        batch = found[chosen][0].batch if chosen in found else 0
        try:
            with self._naming, self._catalog.transaction() as tx:
                if anew:
                    self._begin_anew(tx, chosen)
                else:
                    _go_on(tx, encoder, chosen, batch)
                self._put(tx, chosen, why, told, batch=batch, again=lacks)
        except BaseException:
            encoder.use(current)
            raise
        self._exports.keep([chosen.export, encoder.way.export])
        if anew:
            self._say(f"{why}. The next run begins to embed every photo anew in {chosen}.")
        elif chosen != current:
            self._say(f"From here on pictures are encoded in {chosen}: {why}.")

    def _holds_features(self) -> bool:
        with self._catalog.reading() as tx:
            return sets.held_of_type(tx, self._encoder.id, FEATURES) > 0

    def _begin_anew(self, tx: Connection, way: Way) -> None:
        """The vectors that are there agree with no others. Until a second set has every photo they
        answer (models.for_indexing), and this run goes on with them."""
        pin = Pin.read(self._encoder.pin)
        settings.put(tx, models.pin_key(pin.name), str(replace(pin, precision=way.kind)))

    def _put(
        self,
        tx: Connection,
        way: Way,
        why: str,
        tried: Mapping[Way, dict[str, Any]],
        *,
        batch: int = 0,
        again: bool = False,
    ) -> None:
        """What is known of the model's ways now; `again`: this is worth another trial later."""
        now = datetime.now(UTC)
        told = {
            "precision": way.precision,
            "runtime": way.runtime,
            "batch": batch,
            "why": why,
            "at": stamp(now),
            "again": stamp(now + AGAIN) if again else None,
            "machine": _ways.machine(self._model),
            "wishes": _wishes(self._model),
            "pictures": len(self._kept),
            "tried": list({**self._tried, **tried}.values()),
        }
        settings.put(tx, key_of(self._encoder.family), told)

    def _failed(self, way: Way, reason: str) -> dict[str, Any]:
        told = {"precision": way.precision, "runtime": way.runtime, "passed": False}
        return told | self._tried.get(way, {}) | {"reason": reason}


def _go_on(tx: Connection, encoder: TwoTowers, way: Way, batch: int) -> None:
    """Encode so from now on; the set of vectors and all that is remembered of the encoder go by its
    new id. Inside of the transaction, so that whoever writes next finds both changed."""
    before = encoder.id
    encoder.use(way, batch)
    if encoder.id == before:
        return
    held = any(one.encoder == before for one in sets.all_sets(tx))
    if held and not rename_set(tx, before, encoder.id, encoder.dim):
        raise GphotosError(f"There is a set of vectors of {encoder.id} already.")
    renamed.carry(tx, before, encoder.id)
    models.renamed(tx, before, encoder)


def _wishes(model: ModelConfig) -> list[str]:
    return [model.precision, model.runtime]


def _line_of(problem: Exception) -> str:
    return (str(problem).strip().splitlines() or [type(problem).__name__])[0]


def _told(way: Way, measured: Run, gate: Gate) -> dict[str, Any]:
    return {
        "precision": way.precision,
        "runtime": way.runtime,
        "pictures_per_s": round(measured.rate, 1),
        "batch": measured.batch,
        "cosine": round(gate.cosine, 5),
        "same_pictures": round(gate.pictures, 3),
        "same_for_words": round(gate.words, 3),
        "passed": gate.passed,
    }
