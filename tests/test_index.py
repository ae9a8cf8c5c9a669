"""The index follows the catalogue and is never in a search's way."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gphotos_search.catalog import changes
from gphotos_search.index import Report
from gphotos_search.manifest import describe, folder_of
from tests.catalog.filled import DIM, ENCODER, fresh, unit
from tests.indexed import Library, opened


@pytest.fixture(params=["faiss", "exact"])
def library(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Library]:
    with opened(tmp_path, request.param) as library:
        yield library


def test_an_empty_catalogue_has_an_empty_index(library: Library) -> None:
    assert library.search().nearest(unit(1), 5) == []
    assert library.update() == Report(added=0, removed=0, count=0, rebuilt=None)
    assert library.open().nearest(unit(1), 5, np.array([1])) == []
    assert library.verify() == []
    assert library.said == []


def test_additions_replacements_and_removals(library: Library) -> None:
    ids = library.add(*range(20))
    assert library.update() == Report(added=20, removed=0, count=20, rebuilt=None)
    library.add(30, 31)
    library.replace(ids[3], 1000)
    library.remove(ids[0], ids[1])
    report = library.update()
    assert (report.added, report.removed, report.count) == (3, 2, 20)
    index = library.open()
    assert library.agrees(index)
    assert len(index) == 20
    assert index.nearest(unit(1000), 1)[0][0] == ids[3]
    assert library.verify() == []
    assert library.said == []


def test_nothing_new_writes_nothing(library: Library) -> None:
    library.add(1, 2)
    library.update()
    before = {file: file.stat().st_mtime_ns for file in library.root.rglob("*")}
    assert library.update() == Report(added=0, removed=0, count=2, rebuilt=None)
    assert {file: file.stat().st_mtime_ns for file in library.root.rglob("*")} == before


def test_only_the_newest_state_is_kept(library: Library) -> None:
    for number in range(4):
        library.add(number)
        library.update()
    assert sorted(file.name for file in library.folder.iterdir()) == ["manifest.json", "state-4"]


def test_learnt_changes_are_forgotten_by_the_catalogue(library: Library) -> None:
    library.add(1, 2)
    library.update()
    with library.catalog.reading() as tx:
        assert changes.since(tx, ENCODER, 0, 10) == []
        assert library.open().generation == changes.generation(tx, ENCODER) == 2


def test_the_manifest_tells_what_the_index_is_of(library: Library) -> None:
    library.add(1, 2)
    library.update()
    told = json.loads((library.folder / "manifest.json").read_text())
    assert (told["encoder"], told["dim"], told["engine"]) == (ENCODER, DIM, library.engine)
    assert (told["count"], told["generation"]) == (2, 2)
    assert set(told["files"]) == {file.name for file in library.state().iterdir()}
    assert describe(library.folder)["count"] == 2
    assert describe(folder_of(library.root, "other@1")) == {"state": "missing", "count": 0}


def test_encoders_with_like_names_have_their_own_folders(tmp_path: Path) -> None:
    names = {
        folder_of(tmp_path, name).name for name in ("a/b@1", "a-b@1", "a b@1", "../b", "é" * 300)
    }
    assert len(names) == 5
    assert all(len(name) < 100 and "/" not in name for name in names)


def test_a_search_sees_what_was_committed_since(library: Library) -> None:
    library.add(1, 2)
    library.update()
    ids = library.add(3)
    index = library.search()
    assert index.nearest(unit(ids[0]), 1)[0][0] == ids[0]
    assert not index.refresh(library.catalog)
    more = library.add(4)
    library.remove(ids[0])
    assert index.refresh(library.catalog)
    assert library.agrees(index)
    library.update()
    library.add(5)
    library.update()
    assert index.refresh(library.catalog)
    assert library.agrees(index)
    assert index.nearest(unit(more[0]), 1)[0][0] == more[0]


def test_a_search_outlives_the_state_it_opened(library: Library) -> None:
    library.add(*range(30))
    library.update()
    index = library.search()
    shutil.rmtree(library.root)
    assert library.agrees(index)
    library.add(40)
    assert index.refresh(library.catalog)
    assert library.agrees(index)


def test_a_search_prefers_the_saved_state_to_memory(library: Library) -> None:
    library.add(*range(5))
    index = library.search()
    library.add(6)
    library.update()
    saved = library.open().manifest
    assert index.manifest != saved
    assert index.refresh(library.catalog)
    assert index.manifest == saved
    assert library.agrees(index)


def test_searching_writes_nothing(library: Library) -> None:
    library.add(1)
    index = library.search()
    library.add(2)
    index.refresh(library.catalog)
    assert not library.root.exists()


def test_searches_and_a_writer_at_once(library: Library) -> None:
    library.add(*range(10))
    library.update()
    index = library.search()
    trouble: list[BaseException] = []
    done = threading.Event()

    def look() -> None:
        try:
            while not done.is_set():
                index.refresh(library.catalog)
                assert len(index.nearest(unit(1), 5)) == 5
                library.search().nearest(unit(2), 3)
        except BaseException as error:
            trouble.append(error)

    threads = [threading.Thread(target=look) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(20, 26):
        library.add(number)
        library.update()
    done.set()
    for thread in threads:
        thread.join()
    assert trouble == []
    index.refresh(library.catalog)
    assert library.agrees(index)


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(st.tuples(st.sampled_from("arsu"), st.integers(0, 30)), max_size=12))
def test_any_history_ends_in_step(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]
) -> None:
    """Additions, removals, replacements and saves in any order; a searcher looks on."""
    folder = tmp_path_factory.mktemp("any")
    library = Library(fresh(folder), folder / "index", "faiss")
    onlooker = library.search()
    for kind, number in steps:
        match kind:
            case "a":
                library.add(number)
            case "r":
                library.remove(number)
            case "s" if library.search().ids().tolist():
                library.replace(int(library.search().ids()[0]), number)
            case _:
                library.update()
        onlooker.refresh(library.catalog)
    library.update()
    assert library.said == []
    assert library.agrees(library.open())
    assert library.agrees(onlooker)
    assert library.verify() == []
    library.catalog.close()
