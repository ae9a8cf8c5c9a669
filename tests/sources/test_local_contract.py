"""Takeout archives and folders keep what every source promises."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from gphotos_search import parts
from gphotos_search.catalog import sources
from gphotos_search.sources.base import Source
from tests.contracts.source import SourceContract
from tests.exports import Library as Photos
from tests.exports import Photo, lay_out, write_tgzs, write_tree, write_zips
from tests.local import NAME, Library
from tests.sources.test_takeout import settle

PHOTOS = Photos(
    photos=tuple(
        Photo(number=number, content="mp4" if number % 40 == 0 else "jpeg")
        for number in range(1, 81)
    )
)


@pytest.fixture(scope="class", params=["zip", "tgz", "tree", "folder"])
def library(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Library:
    folder = tmp_path_factory.mktemp("local")
    export = lay_out(PHOTOS)
    (folder / "in").mkdir()
    if request.param == "zip":
        write_zips(export, folder / "in", parts=2)
    elif request.param == "tgz":
        write_tgzs(export, folder / "in", parts=2)
    else:
        write_tree(export, folder / "in")
    settle(folder / "in")
    type = "folder" if request.param == "folder" else "takeout"
    return Library(folder / "data", folder / "in", type)


class TestLocalSources(SourceContract):
    @pytest.fixture
    def source(self, library: Library) -> Iterator[Source]:
        with library.catalog.transaction() as tx:
            sources.ensure(tx, NAME, library.source.type, "default")
        part = parts.load("sources", library.source.type)
        opened = part.open_source(
            library.source, library.config, library.catalog, stop=library.stop
        )
        with closing(opened):
            for _ in opened.pages(None):
                pass  # the first walk reads all files, and names a copy's item once more
            yield opened
