"""A person's library against the emulator: signed in, with a tiny encoder, ready to sync."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from gphotos_search import models
from gphotos_search.app import App
from gphotos_search.catalog import items, vectors
from gphotos_search.catalog.store import Catalog
from gphotos_search.config import Config, ModelConfig
from gphotos_search.demo.browser import approve
from gphotos_search.demo.emulator import READ_SCOPE, Emulator, Library
from gphotos_search.google.signin import sign_in
from gphotos_search.media import Query
from gphotos_search.sync.report import SyncReport
from tests import tiny

Held = dict[str, tuple[int, str, Any]]  # source id → (media id, file name, vector or None)


def with_tiny_model(config: Config, folder: Path) -> Config:
    """The same config with a random CLIP of a few kilobytes."""
    model = folder / "model"
    if not (model / "config.json").exists():
        tiny.clip(model)
    return replace(config, model=ModelConfig(name=str(model), precision="fp32"))


def agree(config: Config, account: str = "default") -> None:
    """Sign in by the real path; a scripted browser clicks Allow."""
    sign_in(config, account, [READ_SCOPE], open_browser=approve, say=lambda _line: None)


def sync(config: Config, **options: Any) -> SyncReport:
    with App(config) as app:
        return app.sync(**options)


def search(config: Config, words: str = "anything", limit: int = 100) -> list[str]:
    """Source ids of the hits, best first, nothing folded."""
    with App(config) as app:
        hits = app.search(Query.of(words, limit=limit, group=False)).hits
    return [hit.item.source_id for hit in hits]


def held(config: Config) -> Held:
    """All that must converge after a crash."""
    catalog = Catalog.open(config.storage.data_dir)
    try:
        active = models.active(catalog)
        with catalog.reading() as tx:
            every = items.by_ids(tx, range(1, 100_000))
            found = vectors.read(tx, active.id, every) if active else ((), ())
        by_id = dict(zip(map(int, found[0]), found[1], strict=True))
        return {
            one.item.source_id: (one.media_id, one.item.filename, by_id.get(one.media_id))
            for one in every.values()
        }
    finally:
        catalog.close()


def assert_same(left: Held, right: Held) -> None:
    """Same items under the same ids, vectors to a cosine of 0.9999."""
    assert {key: value[:2] for key, value in left.items()} == {
        key: value[:2] for key, value in right.items()
    }
    for key, (_, _, vector) in left.items():
        other = right[key][2]
        assert (vector is None) == (other is None), key
        if vector is not None:
            lengths = np.linalg.norm(vector) * np.linalg.norm(other)  # halves are not quite 1
            assert float(np.dot(vector, other) / lengths) >= 0.9999, key


def ids_of(library: Library) -> list[str]:
    """Newest first."""
    return [photo.id for photo in library]


def stop_after(google: Emulator, kind: str, count: int) -> threading.Event:
    """An event that is set when the emulator got `count` requests of a kind."""
    stop, seen = threading.Event(), [0]

    def watch(asked: str, _request: object) -> None:
        seen[0] += asked == kind
        if seen[0] >= count:
            stop.set()

    google.before = watch
    return stop
