from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from gphotos_search.catalog.store import Catalog
from tests.catalog.filled import fresh


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    opened = fresh(tmp_path / "data")
    yield opened
    opened.close()


@pytest.fixture
def tx(catalog: Catalog) -> Iterator[Connection]:
    """A transaction around the whole test."""
    with catalog.transaction() as connection:
        yield connection
