"""How pictures are turned into vectors from now on: the fastest way whose vectors agree with fp32.

A run that has much to do keeps some of its pictures, has other libraries' forms of the model made
in the background, and then tries every way on these pictures. The fastest that passes the gate goes
on with the run. Its vectors and those that were there are then the same for every purpose, so the
set keeps them and changes its name (architecture: precision).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from gphotos_search import models
from gphotos_search.catalog import sets, settings
from gphotos_search.catalog.features import rename_set
from gphotos_search.encoders import _device, _ways
from gphotos_search.encoders._trial import BATCHES, Stopped, gate, run
from gphotos_search.encoders._two_towers import TwoTowers
from gphotos_search.errors import GphotosError
from gphotos_search.precision import WORTH, key_of
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
FASTER = 1.15  # times: less is not worth a change, and within what a busy machine shows


class Trial:
    """Beside one run, in its model thread. `saw` every batch; `close` it at the end."""

    def __init__(
        self,
        catalog: Catalog,
        model: ModelConfig,
        encoder: Encoder,
        *,
        stop: threading.Event,
        say: Callable[[str], None],
        worth: int = WORTH,
    ) -> None:
        self._catalog, self._model, self._stop, self._say = catalog, model, stop, say
        self._worth = worth
        self._kept: list[NDArray[Any]] = []
        self._seen, self._count_at = 0, 0
        self._making: Making | None = None
        self._over = True
        if isinstance(encoder, TwoTowers) and encoder.exports is not None:
            self._encoder, self._exports = encoder, encoder.exports
            with catalog.reading() as tx:
                told = settings.get(tx, key_of(encoder.family)) or {}
                others = {one.encoder for one in sets.all_sets(tx)} - {encoder.id}
            found = _ways.candidates(model)
            # A set of that id is there already: this one cannot take its name.
            self._ways = [w for w in found if f"{encoder.family}:{w.precision}" not in others]
            wishes = [model.precision, model.runtime]
            done = told.get("machine") == _ways.machine() and told.get("wishes") == wishes
            self._over = done or not [way for way in self._ways if way != encoder.way]

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
        except (GphotosError, OSError) as error:
            log.warning("The ways to compute the model could not be compared: %s", error)
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
            to_do = sum(sets.to_do(tx, self._encoder.id).values())
        return self._seen + to_do >= self._worth

    def _decide(self) -> None:
        encoder, current = self._encoder, self._encoder.way
        words = encoder.encode_texts(PHRASES[:ASKED])
        encoder.release_words()
        encoder.use(current)  # its tower goes, so that two are never in memory
        batches = BATCHES[_device.device_name(self._model.device).partition(":")[0]]
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
                failed[way] = (str(problem).strip().splitlines() or [type(problem).__name__])[0]
                continue
            found[way] = (measured, gate(truth, measured.rows, words))
        self._settle(current, found, failed)

    def _settle(
        self, current: Way, found: dict[Way, tuple[Run, Gate]], failed: dict[Way, str]
    ) -> None:
        """Keep the figures, and go on in the way that they speak for."""
        chosen, why = choose(self._model, current, found)
        told = {
            "precision": chosen.precision,
            "runtime": chosen.runtime,
            "why": why,
            "at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "machine": _ways.machine(),
            "wishes": [self._model.precision, self._model.runtime],
            "pictures": len(self._kept),
            "tried": [_told(way, *both) for way, both in found.items()]
            + [_failed(way, reason) for way, reason in failed.items()],
        }
        encoder, before = self._encoder, self._encoder.id
        batch = found[chosen][0].batch if chosen in found else 0
        encoder.use(chosen, batch)
        try:
            with self._catalog.transaction() as tx:
                if encoder.id != before:
                    _carry_over(tx, before, encoder)
                settings.put(tx, key_of(encoder.family), told)
        except BaseException:
            encoder.use(current)
            raise
        self._exports.tune(chosen.precision, chosen.runtime, batch)
        self._exports.keep([chosen.export])
        if chosen != current:
            self._say(f"From here on pictures are encoded in {chosen}: {why}.")


def choose(model: ModelConfig, current: Way, found: dict[Way, tuple[Run, Gate]]) -> tuple[Way, str]:
    """The way to go on with, and why.

    Without a wish, the fastest that passed, if it is FASTER than the current one; a current
    precision that does not pass itself stays, since its vectors agree with no other's. A precision
    that was wished for stays, and the fastest runtime of it is taken, of those that passed if any.
    """
    passed = {way: one for way, (one, gate) in found.items() if gate.passed}
    allowed = list(passed)
    if model.precision != "auto" or (current in found and current not in passed):
        same = [way for way in found if way.precision == current.precision]
        allowed = [way for way in same if way in passed] or same
    if model.runtime != "auto":
        allowed = [way for way in allowed if way.runtime == model.runtime]
    if not allowed:
        return current, "no other way agrees with fp32"
    best = max(allowed, key=lambda way: found[way][0].rate)
    if current not in found:
        return best, "it was the fastest that could be tried"
    gain = found[best][0].rate / found[current][0].rate
    told = found[best][1]
    if best == current or (gain < FASTER and current in allowed):
        return current, "none that agrees with fp32 is clearly faster"
    agrees = "agrees with" if told.passed else "is wished for, though it differs from"
    return best, (
        f"{gain:.1f} times as fast as {current}, and it {agrees} fp32"
        f" (cosine {told.cosine:.4f}, answers {min(told.pictures, told.words):.0%} the same)"
    )


def _carry_over(tx: Connection, before: str, encoder: TwoTowers) -> None:
    """The set of vectors and all that is remembered of the encoder go by its new id."""
    held = any(one.encoder == before for one in sets.all_sets(tx))
    if held and not rename_set(tx, before, encoder.id, encoder.dim):
        raise GphotosError(f"There is a set of vectors of {encoder.id} already.")
    models.renamed(tx, before, encoder)


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


def _failed(way: Way, reason: str) -> dict[str, Any]:
    told = {"precision": way.precision, "runtime": way.runtime, "passed": False}
    return told | {"reason": reason}
