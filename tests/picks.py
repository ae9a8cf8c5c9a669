"""A person's picks against the emulator: signed in, with an encoder that costs nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from gphotos_search.catalog import items, vectors
from gphotos_search.catalog import picker as recorded
from gphotos_search.catalog.store import Catalog
from gphotos_search.config import Config, SourceConfig
from gphotos_search.demo.emulator import PICK_SCOPE, Emulator
from gphotos_search.picking import Picking
from gphotos_search.progress import Silent
from gphotos_search.round import Round
from gphotos_search.sync.report import SyncReport
from tests.conftest import build_config
from tests.signed_in import store_sign_in

SOURCE = SourceConfig(name="picks", type="google_picker")


class Averages:
    """An encoder: the mean colour of a picture, as a unit vector of four numbers."""

    id, pin, dim = "averages", "", 4
    batch_size = 1  # a full batch is never waited for
    picture_size = short_side = 64

    def prepare(self, image: Any) -> Any:
        return np.asarray(image.convert("RGB").resize((4, 4)), np.float32)

    def encode_images(self, pixels: Sequence[Any]) -> Any:
        rows = np.stack([np.append(one.mean(axis=(0, 1)), 1.0) for one in pixels])
        unit: Any = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
        return unit

    def encode_texts(self, texts: Sequence[str]) -> Any:
        raise AssertionError("nobody asks")

    def release(self) -> None:
        pass

    def release_pictures(self) -> None:
        pass


class Telling(Silent):
    """Keeps what was said; `on_page` is called after each page that is safe."""

    def __init__(self, on_page: Callable[[], None] = lambda: None) -> None:
        self.said: list[str] = []
        self._on_page = on_page

    def listing(self, source: str, pages: int, items: int) -> None:
        self._on_page()

    def say(self, line: str) -> None:
        self.said.append(line)


def ready(google: Emulator, folder: Path, *scopes: str) -> Config:
    """Signed in with the permission to pick; one google_picker source."""
    config = replace(build_config(google, folder), sources=(SOURCE,))
    store_sign_in(google, config, *(scopes or (PICK_SCOPE,)))
    return config


def fetch(
    config: Config,
    catalog: Catalog,
    *,
    progress: Telling | None = None,
    stop: threading.Event | None = None,
    retry_all: bool = True,
) -> SyncReport:
    """One round over the picks."""
    encoder = Averages()
    stop = stop or threading.Event()
    progress = progress or Telling()
    round_ = Round(config, catalog, encoder, stop=stop, progress=progress, retry_all=retry_all)
    return round_.run([SOURCE])


def embedded(catalog: Catalog) -> set[str]:
    """Source ids of the items that have a vector."""
    with catalog.reading() as tx:
        every = items.by_ids(tx, range(1, 1000))
        ids, _ = vectors.read(tx, Averages.id, every)
    return {every[int(media_id)].item.source_id for media_id in ids}


def sessions(catalog: Catalog) -> list[recorded.PickerSession]:
    with catalog.reading() as tx:
        return recorded.of_source(tx, SOURCE.name)


def begin(google: Emulator, config: Config, catalog: Catalog, *picked: str) -> str:
    """A recorded session; its person has pressed Done, unless nothing is picked."""
    with Picking.opened(config, catalog, SOURCE) as one:
        session = one.begin()
    if picked:
        google.picker.pick(session.id, picked)
    return session.id
