"""Fetch, decode, encode, store: a small pipeline whose parts overlap.

    submit ─▶ todo ─▶ workers: fetch, decode, prepare ─▶ ready ─▶ model thread: encode, store

Downloads wait on the network and decoding leaves the interpreter lock, so threads are enough. Both
queues are bounded: memory stays flat, and the links of a page are used while they are young. What
fails is tried once more with a fresh link, when the host has had time to recover; after that every
failure is a row in the catalogue and never stops the run. Only trouble of the whole source does.
"""

from __future__ import annotations

import logging
import os
import queue
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from gphotos_search.catalog import failures, vectors
from gphotos_search.catalog.store import Catalog
from gphotos_search.embed import thumbnails
from gphotos_search.embed.images import open_picture
from gphotos_search.encoders.base import Encoder
from gphotos_search.errors import GphotosError, ItemFailed, LinkExpired, ModelUnavailable
from gphotos_search.media import MediaId, StoredItem
from gphotos_search.sources.base import Source

if TYPE_CHECKING:
    from gphotos_search.encoders.base import Pixels

log = logging.getLogger(__name__)

# Google's links live 60 minutes on paper and have died after 30; one older than this is renewed
# instead of tried (facts: base URLs, google/java-photoslibrary issue 38).
LINK_AGE_S = 25 * 60
GATHER_S = 0.2  # how long a batch waits for more pictures before it runs half full
POLL_S = 0.2  # how soon a waiting caller notices that it was told to stop
LEAVE_S = 3.0  # what a stop grants to downloads in flight; a host may hold one for minutes


@dataclass(frozen=True, slots=True)
class Job:
    """One item to embed. `final`: another link would not help, or was tried already."""

    source: Source
    stored: StoredItem
    link: str | None
    made_at: float = field(default_factory=time.monotonic)
    final: bool = False


@dataclass(frozen=True, slots=True)
class Prepared:
    stored: StoredItem
    pixels: Pixels


@dataclass(slots=True)
class Outcome:
    """What a run did; `stopped` holds, by source name, the trouble that ended its downloads."""

    downloaded: int = 0
    embedded: int = 0
    failed: int = 0
    from_thumbnails: int = 0  # of the embedded: their pictures cannot be had any more
    stopped: dict[str, GphotosError] = field(default_factory=dict)
    again: set[MediaId] = field(default_factory=set)  # worth a second try, with a fresh link


class Embedder:
    """The running pipeline. Use as a context manager; leaving it waits for what was submitted.

    Once `stop` is set nothing more is fetched, stored or noted: the batch in flight is the last,
    and a download that does not come back is left behind, in a thread that then ends by itself.
    """

    def __init__(
        self,
        catalog: Catalog,
        encoder: Encoder,
        *,
        workers: int,
        stop: threading.Event,
        shelf: thumbnails.Shelf | None = None,
        after: Callable[[Sequence[Pixels]], None] = lambda _: None,
        on_batch: Callable[[], None] = lambda: None,
    ) -> None:
        self.catalog, self.encoder, self.stop = catalog, encoder, stop
        self.shelf = shelf
        self.after, self.on_batch = after, on_batch
        self.outcome = Outcome()
        self._bug: BaseException | None = None
        self._todo: queue.Queue[Job | None] = queue.Queue(maxsize=4 * workers)
        self._batch_size = encoder.batch_size
        self._ready: queue.Queue[Prepared | None] = queue.Queue(maxsize=2 * self._batch_size)
        # Decoding more pictures at once than there are cores only takes time from the model.
        self._decoding = threading.BoundedSemaphore(os.cpu_count() or 1)
        self._state = threading.Condition()
        self._open = 0  # submitted and not yet stored, failed or given up
        self._threads = [
            threading.Thread(target=self._guard, args=(self._work,), name=f"fetch-{n}", daemon=True)
            for n in range(workers)
        ]
        self._model = threading.Thread(
            target=self._guard, args=(self._encode,), name="encode", daemon=True
        )

    def __enter__(self) -> Embedder:
        for thread in (*self._threads, self._model):
            thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        if exc[0] is not None:
            self.stop.set()
        if self.stop.is_set():
            self._forget_waiting()
        for _ in self._threads:
            self._todo.put(None)
        self._join_fetchers()
        self._ready.put(None)
        self._model.join()
        if exc[0] is None:
            self._raise_bug()

    def submit(self, job: Job) -> None:
        """Queue one item; blocks while the pipeline is full. Raises what a thread died of."""
        self._raise_bug()
        with self._state:
            self._open += 1
        while not self.stop.is_set():
            with suppress(queue.Full):
                self._todo.put(job, timeout=POLL_S)
                return
        self._done()

    def drain(self) -> None:
        """Wait until everything submitted so far is stored, failed or given up, or for `stop`."""
        with self._state:
            while self._open and self._bug is None and not self.stop.is_set():
                self._state.wait(POLL_S)
        self._raise_bug()

    def _forget_waiting(self) -> None:
        with suppress(queue.Empty):
            while True:
                self._todo.get_nowait()

    def _join_fetchers(self) -> None:
        patience = LEAVE_S
        for thread in self._threads:
            while thread.is_alive() and patience > 0:
                thread.join(POLL_S)
                if self.stop.is_set() and thread.is_alive():
                    patience -= POLL_S

    def _raise_bug(self) -> None:
        if self._bug is not None:
            raise self._bug

    def _guard(self, body: Callable[[], None]) -> None:
        try:
            body()
        except BaseException as error:  # handed to the thread that waits for us
            if not (isinstance(error, ModelUnavailable) and self.stop.is_set()):
                self._bug = error  # unlike a model that was not waited for any longer
            self.stop.set()
            with self._state:
                self._state.notify_all()
            self._swallow(self._ready if threading.current_thread() is self._model else self._todo)

    def _swallow(self, waiting: queue.Queue[Job | None] | queue.Queue[Prepared | None]) -> None:
        while waiting.get() is not None:  # or the others would wait for ever
            pass

    def _done(self, count: int = 1) -> None:
        with self._state:
            self._open -= count
            if self._open == 0:
                self._state.notify_all()

    def _work(self) -> None:
        while (job := self._todo.get()) is not None:
            prepared = None
            if not self.stop.is_set() and job.stored.source not in self.outcome.stopped:
                prepared = self._fetch(job)
            if prepared is None or self.stop.is_set():
                self._done()
            else:
                self._ready.put(prepared)

    def _fetch(self, job: Job) -> Prepared | None:
        """The picture of one item, ready for the model; None when it has to wait or failed."""
        stage = "fetch"
        try:
            if job.link is not None and time.monotonic() - job.made_at > LINK_AGE_S:
                raise LinkExpired("The link is too old to be tried.")
            size = self.encoder.picture_size
            # What lies on this machine's disk comes at once: reading more originals than can be
            # decoded would only hold them in memory.
            with self._decoding if job.source.local else nullcontext():
                data = job.source.picture(job.stored.item, job.link, size=size)
                with self._state:
                    self.outcome.downloaded += 1
                stage = "decode"
                with nullcontext() if job.source.local else self._decoding:
                    return self._decode(job, data)
        except ItemFailed as error:
            if not (job.final or error.permanent):
                with self._state:
                    self.outcome.again.add(job.stored.media_id)
            elif (kept := self._from_thumbnail(job)) is not None:
                return kept
            else:
                self._note(job.stored, stage, error)
        except GphotosError as error:
            with self._state:
                self.outcome.stopped.setdefault(job.stored.source, error)
        except Exception as bug:  # met by one picture, it must not keep all others from being found
            if self.stop.is_set():  # what it was reading was closed before it came back
                return None
            log.exception("A bug, met by item %d", job.stored.media_id)
            reason = f"A bug of this program ({type(bug).__name__}); its traceback is in the log."
            self._note(job.stored, stage, ItemFailed(reason))
        return None

    def _decode(self, job: Job, data: bytes) -> Prepared:
        image = open_picture(data, short_side=self.encoder.short_side)
        pixels = self.encoder.prepare(image)
        if self.shelf and (job.source.may_keep_bytes or self.shelf.everything):
            thumbnails.put(self.shelf, job.stored.media_id, image)
        return Prepared(job.stored, pixels)

    def _from_thumbnail(self, job: Job) -> Prepared | None:
        """What was kept of a picture that cannot be had again serves another model too."""
        image = self.shelf and thumbnails.opened(self.shelf.folder, job.stored.media_id)
        if not image:
            return None
        with self._state:
            self.outcome.from_thumbnails += 1
        return Prepared(job.stored, self.encoder.prepare(image))

    def _note(self, stored: StoredItem, stage: str, error: ItemFailed) -> None:
        if self.stop.is_set():
            return
        log.warning("%s: %s", stored.item.filename or stored.item.source_id, error)
        with self.catalog.transaction() as tx:
            failures.record(
                tx, stored.media_id, stage, str(error), now=_now(), permanent=error.permanent
            )
        with self._state:
            self.outcome.failed += 1

    def _encode(self) -> None:
        while batch := self._gather():
            if not self.stop.is_set():
                self._store(batch)
            self._done(len(batch))
            self.on_batch()

    def _store(self, batch: Sequence[Prepared]) -> None:
        pixels = [prepared.pixels for prepared in batch]
        rows, found = self.encoder.encode_images(pixels), []
        for prepared, row in zip(batch, rows, strict=True):
            if np.isfinite(row).all():
                found.append((prepared.stored.media_id, row))
            else:
                self._note(prepared.stored, "encode", ItemFailed("The model has no vector for it."))
        with self.catalog.transaction() as tx:
            vectors.put(tx, self.encoder.id, found, now=_now())
        self.outcome.embedded += len(found)  # by this thread alone
        self.after(pixels)  # it may be another encoder after this
        self._batch_size = self.encoder.batch_size

    def _gather(self) -> Sequence[Prepared]:
        """The next batch: full, or what came within GATHER_S; empty at the end."""
        batch: list[Prepared] = []
        while len(batch) < self._batch_size:
            try:
                prepared = self._ready.get(timeout=GATHER_S if batch else None)
            except queue.Empty:
                break
            if prepared is None:
                self._ready.put(None)  # seen again by the next call, which then ends
                break
            batch.append(prepared)
        return batch


def _now() -> datetime:
    return datetime.now(UTC)
