"""Everything that is indexed, as two files."""

from __future__ import annotations

import csv
import errno
import os
import signal
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gphotos_search import models
from gphotos_search.catalog import items, sources, vectors
from gphotos_search.catalog.store import Catalog
from gphotos_search.errors import UsageError
from gphotos_search.features import hand_out as module
from gphotos_search.features.hand_out import HandedOut, hand_out
from gphotos_search.media import MediaItem
from gphotos_search.progress import Silent
from tests.features.library import DIM, MODEL, Library, opened, rows_of, write_pair

FULL = MediaItem(
    source_id="sha, of ü",
    filename="IMG 1.jpg",
    mime_type="image/jpeg",
    taken_at=datetime(2024, 5, 1, 10, 11, 12, 345678, tzinfo=UTC),
    taken_from="source",
    width=640,
    height=480,
    description='a "quoted"\nline',
    url="https://photos.google.com/x",
    camera_make="Google",
    camera_model="Pixel 7",
    latitude=0.0,
    longitude=-7.5,
)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AT_ONCE", 4)


def out(library: Library, folder: Path, **options: Any) -> HandedOut | None:
    chosen: dict[str, Any] = {"dtype": "float16", "overwrite": False}
    chosen |= {"progress": Silent(), "stop": threading.Event()} | options
    return hand_out(library.catalog, folder / "o.npy", folder / "o.csv", **chosen)


def filled(library: Library, tmp_path: Path) -> None:
    library.take_in(write_pair(tmp_path, range(9)))
    active = models.active(library.catalog)
    assert active is not None
    with library.catalog.transaction() as tx:
        row = sources.ensure(tx, "pictures", "folder", "default")
        now = datetime.now(UTC)
        ids = items.apply(tx, row.id, add=[FULL], listing=1, now=now)
        vectors.put(tx, active.id, [(ids[FULL.source_id], rows_of([77])[0] / 3)], now)


def test_rows_and_lines_in_the_order_of_ids(library: Library, tmp_path: Path) -> None:
    filled(library, tmp_path)
    assert out(library, tmp_path) == HandedOut(10, DIM, MODEL)
    matrix = np.load(tmp_path / "o.npy")
    assert (matrix.dtype, matrix.shape) == (np.dtype("float16"), (10, DIM))
    with (tmp_path / "o.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    state = library.state()
    assert [int(line["media_id"]) for line in lines] == [one[0] for one in state]
    assert [row.tobytes() for row in matrix] == [one[3] for one in state]
    assert [line["source"] for line in lines] == ["set"] * 9 + ["pictures"]
    assert lines[9]["photo_id"] == FULL.source_id
    assert lines[9]["taken_at"] == "2024-05-01T10:11:12.345678Z"
    assert sorted(path.name for path in tmp_path.iterdir() if "o." in path.name) == [
        "o.csv",
        "o.npy",
    ]


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_what_is_handed_out_comes_back(library: Library, tmp_path: Path, dtype: str) -> None:
    filled(library, tmp_path)
    out(library, tmp_path, dtype=dtype)
    with opened(tmp_path / "other") as other:
        other.take_in((tmp_path / "o.npy", tmp_path / "o.csv"))
        assert [(one[0], *one[2:]) for one in other.state()] == [
            (one[0], *one[2:]) for one in library.state()
        ]
        out(other, tmp_path / "other", dtype=dtype)
    again = (tmp_path / "other" / "o.npy").read_bytes()
    assert again == (tmp_path / "o.npy").read_bytes()


def test_files_that_are_there_are_not_replaced_unasked(library: Library, tmp_path: Path) -> None:
    filled(library, tmp_path)
    (tmp_path / "o.csv").write_text("mine")
    with pytest.raises(UsageError, match="is there already") as refused:
        out(library, tmp_path)
    assert "import-features" in refused.value.advice
    assert (tmp_path / "o.csv").read_text() == "mine"
    out(library, tmp_path, overwrite=True)
    assert np.load(tmp_path / "o.npy").shape == (10, DIM)


def test_a_stop_leaves_nothing(library: Library, tmp_path: Path) -> None:
    filled(library, tmp_path)
    stop = threading.Event()
    stop.set()
    assert out(library, tmp_path, stop=stop) is None
    assert not list(tmp_path.glob("o.*"))


def test_a_full_disk_leaves_what_was_there(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(library, tmp_path)
    out(library, tmp_path)
    before = (tmp_path / "o.npy").read_bytes()

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        out(library, tmp_path, overwrite=True)
    assert (tmp_path / "o.npy").read_bytes() == before
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize("step", range(4))
def test_killed_at_the_end_no_false_pair_is_left(
    library: Library, tmp_path: Path, step: int
) -> None:
    library.take_in(write_pair(tmp_path, range(3)))
    out(library, tmp_path)
    before = (tmp_path / "o.npy").read_bytes()
    library.take_in(write_pair(tmp_path, range(9)))
    child = os.fork()
    if child == 0:
        try:
            steps = [0]

            def dying(real: Any) -> Any:
                def call(self: Path, *args: Any, **more: Any) -> Any:
                    if steps[0] == step:
                        os.kill(os.getpid(), signal.SIGKILL)
                    steps[0] += 1
                    return real(self, *args, **more)

                return call

            for name in ("replace", "unlink"):
                setattr(Path, name, dying(getattr(Path, name)))
            catalog = Catalog.open(library.config.storage.data_dir)
            out(Library(catalog, library.config), tmp_path, overwrite=True)
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    matrix, table = tmp_path / "o.npy", tmp_path / "o.csv"
    if table.exists():
        rows = len(table.read_text().splitlines()) - 1
        assert len(np.load(matrix)) == rows == (3 if step == 0 else 9)
    if step == 0:
        assert matrix.read_bytes() == before
    out(library, tmp_path, overwrite=True)
    assert len(np.load(matrix)) == 9
    assert not list(tmp_path.glob("*.part"))


def test_places_that_cannot_be(library: Library, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Nothing is indexed yet"):
        out(library, tmp_path)
    filled(library, tmp_path)
    with pytest.raises(UsageError, match="a folder that is not there"):
        out(library, tmp_path / "none")
    (tmp_path / "o.npy").mkdir()
    with pytest.raises(UsageError, match="is a folder"):
        out(library, tmp_path)
    same = tmp_path / "x"
    options: dict[str, Any] = {"dtype": "float16", "overwrite": True}
    options |= {"progress": Silent(), "stop": threading.Event()}
    with pytest.raises(UsageError, match="a file each"):
        hand_out(library.catalog, same, same, **options)
