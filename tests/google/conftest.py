"""A signed-in account and a patience that never sleeps."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gphotos_search.catalog.drive_files import DriveFile
from gphotos_search.catalog.store import Catalog
from gphotos_search.config import Config
from gphotos_search.demo.emulator import Emulator
from gphotos_search.google.patience import Patience
from gphotos_search.google.tokens import TokenStore
from tests.google.archive_side import CONTENT
from tests.google.drive_side import NAME, YESTERDAY, Reader, open_reader
from tests.signed_in import store_sign_in


@pytest.fixture
def store(google: Emulator, config: Config) -> TokenStore:
    return store_sign_in(google, config)


@pytest.fixture
def catalog(config: Config) -> Iterator[Catalog]:
    opened = Catalog.open(config.storage.data_dir)
    yield opened
    opened.close()


@pytest.fixture
def naps() -> list[float]:
    """How long `patience` would have slept."""
    return []


@pytest.fixture
def patience(naps: list[float]) -> Patience:
    return Patience(sleep=naps.append)


@pytest.fixture
def reader(
    google: Emulator, config: Config, catalog: Catalog, naps: list[float]
) -> Iterator[Reader]:
    """Reads the account's Drive; what it would have slept is in `naps`."""
    opened = open_reader(google, config, catalog, sleep=naps.append)
    yield opened
    opened.api.close()


@pytest.fixture
def file_id(google: Emulator) -> str:
    return google.drive.put(NAME, CONTENT, created_at=YESTERDAY)


@pytest.fixture
def file(reader: Reader, file_id: str) -> DriveFile:
    """The archive as Drive lists it."""
    return reader.api.archive(file_id)
