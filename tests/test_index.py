"""The index follows the catalogue, survives every kind of file, and is never in a search's way."""

from __future__ import annotations

import errno
import json
import os
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gphotos_search.catalog import changes, items, vectors
from gphotos_search.catalog.store import Catalog
from gphotos_search.errors import TryLater
from gphotos_search.index import (
    Index,
    Report,
    bring_up_to_date,
    describe,
    for_search,
    rebuild,
    verify,
)
from gphotos_search.manifest import IndexMissing, IndexUnusable, folder_of
from tests.catalog.filled import DIM, ENCODER, NOW, add, embed, fresh, unit


@dataclass
class Library:
    """A catalogue, its index folder, and what was said."""

    catalog: Catalog
    root: Path
    engine: str
    said: list[str] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        return folder_of(self.root, ENCODER)

    def add(self, *numbers: int) -> list[int]:
        with self.catalog.transaction() as tx:
            ids = add(tx, numbers)
            embed(tx, ids)
        return ids

    def remove(self, *ids: int) -> None:
        with self.catalog.transaction() as tx:
            items.remove(tx, ids)

    def replace(self, media_id: int, seed: int) -> None:
        with self.catalog.transaction() as tx:
            vectors.put(tx, ENCODER, [(media_id, unit(seed))], NOW)

    def update(self) -> Report:
        return bring_up_to_date(
            self.catalog, self.root, ENCODER, DIM, self.engine, say=self.said.append
        )

    def open(self) -> Index:
        return Index.open(self.root, ENCODER, DIM, self.engine)

    def search(self) -> Index:
        return for_search(self.catalog, self.root, ENCODER, DIM, self.engine)

    def verify(self) -> list[str]:
        return verify(self.catalog, self.root, ENCODER, DIM, self.engine)

    def agrees(self, index: Index) -> bool:
        """It answers every stored vector with its own id, and holds nothing else."""
        with self.catalog.reading() as tx:
            ids = [int(one) for found, _ in vectors.read_all(tx, ENCODER) for one in found]
            _, rows = vectors.read(tx, ENCODER, ids)
        best = [index.nearest(row, 1)[0] for row in rows]
        scores = np.einsum("ij,ij->i", rows, rows)
        return index.ids().tolist() == ids and np.allclose([s for _, s in best], scores)

    def state(self) -> Path:
        return self.folder / str(json.loads((self.folder / "manifest.json").read_text())["state"])


@pytest.fixture(params=["faiss", "exact"])
def library(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Library]:
    catalog = fresh(tmp_path)
    yield Library(catalog, tmp_path / "index", request.param)
    catalog.close()


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
    assert describe(library.root, ENCODER)["count"] == 2
    assert describe(library.root, "other@1") == {"state": "missing", "count": 0}


def test_encoders_with_like_names_have_their_own_folders(tmp_path: Path) -> None:
    names = {
        folder_of(tmp_path, name).name for name in ("a/b@1", "a-b@1", "a b@1", "../b", "é" * 300)
    }
    assert len(names) == 5
    assert all(len(name) < 100 and "/" not in name for name in names)


def damage_file(library: Library) -> None:
    file = next(library.state().glob("ids.npy"))
    file.unlink()
    file.write_bytes(b"x" * 10)


def lose_file(library: Library) -> None:
    next(library.state().glob("dead.npy")).unlink()


def lose_everything(library: Library) -> None:
    shutil.rmtree(library.root)


def damage_manifest(library: Library) -> None:
    (library.folder / "manifest.json").write_text('{"format": 1')


def edit(library: Library, **facts: object) -> None:
    path = library.folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | facts))


TROUBLE = {
    "a damaged file": (damage_file, "damaged file ids.npy"),
    "a lost file": (lose_file, "lacks its file dead.npy"),
    "nothing there": (lose_everything, "is not there"),
    "a damaged manifest": (damage_manifest, "damaged manifest"),
    "an odd manifest": (lambda library: edit(library, files=[1]), "damaged manifest"),
    "a later format": (lambda library: edit(library, format=2), "another release"),
    "another encoder": (lambda library: edit(library, encoder="x@2"), "another encoder"),
    "another engine": (lambda library: edit(library, engine="x"), "another engine"),
    "another catalogue": (lambda library: edit(library, catalog="x"), "another catalogue"),
    "the future": (lambda library: edit(library, generation=999), "ahead of the catalogue"),
    "the past": (lambda library: edit(library, generation=1), "older than the changes"),
    "a wrong count": (lambda library: edit(library, count=7), "holds 20 vectors instead of 7"),
}


@pytest.mark.parametrize("trouble", TROUBLE)
def test_unusable_files_are_rebuilt_and_the_reason_said(library: Library, trouble: str) -> None:
    break_it, reason = TROUBLE[trouble]
    library.add(*range(20))
    library.update()
    break_it(library)
    assert library.verify() != []
    assert library.agrees(library.search())  # a search answers all the same
    report = library.update()
    assert report.rebuilt is not None
    assert reason in report.rebuilt
    assert len(library.said) == 1
    assert reason in library.said[0]
    assert library.agrees(library.open())
    assert library.verify() == []
    assert library.update().rebuilt is None


def test_a_catalogue_put_back_from_a_copy_is_noticed(library: Library, tmp_path: Path) -> None:
    library.add(*range(5))
    library.update()
    copy = tmp_path / "copy"
    copy.mkdir()
    library.catalog.close()
    shutil.copy(library.catalog.file, copy / "catalog.db")
    library.catalog = Catalog.open(tmp_path)
    library.add(5, 6)
    library.replace(6, 6)
    library.replace(7, 7)
    library.update()
    library.catalog.close()
    library.catalog = Catalog.open(copy)
    assert library.add(7, 8) == [6, 7]  # the same ids and change numbers as the lost ones
    library.replace(6, 99)
    library.replace(7, 98)
    assert library.agrees(library.search())
    assert library.update().rebuilt == "was saved for another copy of the catalogue"
    assert library.agrees(library.open())


def test_bit_rot_is_found_by_verify_and_mended_by_rebuild(library: Library) -> None:
    library.add(*range(20))
    library.update()
    base = next(
        file for file in library.state().iterdir() if file.name in ("base.faiss", "rows.f32")
    )
    content = bytearray(base.read_bytes())
    content[-5] ^= 0xFF
    base.write_bytes(content)
    assert library.update().rebuilt is None  # opening does not read everything
    assert library.verify() == [f"The index has a damaged file {base.name} (its checksum differs)."]
    rebuild(library.catalog, library.root, ENCODER, DIM, library.engine, say=library.said.append)
    assert library.verify() == []
    assert library.said == ["The index is to be rebuilt. Building it again from the catalogue."]


def test_verify_compares_with_the_catalogue(library: Library) -> None:
    library.add(*range(3))
    library.update()
    with library.catalog.transaction() as tx:  # behind the change log's back
        tx.exec_driver_sql("DELETE FROM vectors WHERE media_id = 2")
    assert library.verify() == [
        "The index does not match: 1 of its vectors are not in the catalogue."
    ]
    report = library.update()
    assert report.rebuilt == "holds 3 vectors where the catalogue has 2"


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
    lose_everything(library)
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


@pytest.mark.parametrize("step", ["os.fsync", "pathlib.Path.replace"])
def test_a_full_disk_keeps_the_old_state(
    library: Library, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    library.add(*range(5))
    library.update()
    before = library.open().generation
    library.add(10)

    def full(*args: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(step, full)
        with pytest.raises(TryLater, match="disk is full"):
            library.update()
    assert library.open().generation == before
    assert len(list(library.folder.glob("state-*"))) == 1
    assert library.agrees(library.search())
    assert library.update() == Report(added=1, removed=0, count=6, rebuilt=None)


def test_a_crash_between_the_files_and_the_manifest_is_harmless(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.add(*range(5))
    library.update()
    library.add(10)

    class Killed(BaseException):
        pass

    def killed(*args: object, **options: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(json, "dump", killed)
        patch.setattr(shutil, "rmtree", lambda *args, **options: None)
        with pytest.raises(Killed):
            library.update()
    assert len(list(library.folder.glob("state-*"))) == 2
    assert library.update() == Report(added=1, removed=0, count=6, rebuilt=None)
    assert len(list(library.folder.glob("state-*"))) == 1


def test_opening_says_why_it_cannot(library: Library) -> None:
    with pytest.raises(IndexMissing):
        library.open()
    library.add(1)
    library.update()
    with pytest.raises(IndexUnusable, match="another dim"):
        Index.open(library.root, ENCODER, DIM + 1, library.engine)


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
