"""The index survives every kind of file: damaged, foreign, stale, lost, or not written."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from gphotos_search.catalog.store import Catalog
from gphotos_search.errors import TryLater
from gphotos_search.index import Index, Report, rebuild
from gphotos_search.manifest import IndexMissing, IndexUnusable
from tests.catalog.filled import DIM, ENCODER
from tests.indexed import Library, opened


@pytest.fixture(params=["faiss", "exact"])
def library(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Library]:
    with opened(tmp_path, request.param) as library:
        yield library


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
    "a later format": (lambda library: edit(library, format=3), "another release"),
    "an earlier format": (lambda library: edit(library, format=1), "another release"),
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
