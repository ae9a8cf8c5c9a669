"""A signed-in google_library source that never really sleeps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gphotos_search.catalog.store import Catalog
from gphotos_search.config import Config
from gphotos_search.demo.emulator import Emulator
from gphotos_search.google.patience import Patience
from gphotos_search.media import MediaItem
from gphotos_search.sources.google_library import GoogleLibrary, open_source
from tests.conftest import build_config
from tests.signed_in import store_sign_in

Opener = Callable[..., GoogleLibrary]


def items_of(source: GoogleLibrary) -> list[MediaItem]:
    return [item for page in source.pages(None) for item in page.items]


@pytest.fixture
def naps() -> list[float]:
    return []


@pytest.fixture
def opened(tmp_path: Path, naps: list[float]) -> Iterator[Opener]:
    """opened(google): a signed-in source that never really sleeps."""
    closing: list[Any] = []

    def open_(google: Emulator, config: Config | None = None, *scopes: str) -> GoogleLibrary:
        config = config or build_config(google, tmp_path)
        store_sign_in(google, config, *scopes)
        catalog = Catalog.open(config.storage.data_dir)
        patience = Patience(sleep=naps.append)
        source = open_source(config.sources[0], config, catalog, patience=patience)
        closing[:0] = [source, catalog]
        return source

    yield open_
    for each in closing:
        each.close()


@pytest.fixture
def library(google: Emulator, opened: Opener) -> GoogleLibrary:
    return opened(google)
