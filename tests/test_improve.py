"""Lists are made beside searches: taken up when they are there, and missed by nobody until then."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from gphotos_search import index as module
from gphotos_search.catalog import vectors
from gphotos_search.errors import TryLater
from gphotos_search.index import improve, rebuild
from gphotos_search.manifest import describe
from tests.catalog.filled import DIM, ENCODER, NOW, unit
from tests.indexed import Library, opened

if TYPE_CHECKING:
    from gphotos_search.engines.base import Vectors

COUNT, LEAST = 900, 800


def words() -> Vectors:
    return np.stack([unit(seed) for seed in range(5000, 5032)])


def better(library: Library, least: int = LEAST, *, stop: bool = False) -> bool:
    return improve(
        library.catalog,
        library.root,
        ENCODER,
        DIM,
        library.engine,
        words=words,
        say=library.said.append,
        stop=lambda: stop,
        least=least,
    )


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with opened(tmp_path, "faiss") as library:
        library.add(*range(COUNT))
        library.update()
        yield library


def test_a_search_takes_up_what_was_made_beside_it(library: Library) -> None:
    index = library.search()
    assert index.engine.facts()["exact"]
    assert not index.refresh(library.catalog)
    assert better(library)
    assert len(library.said) == 1
    assert index.refresh(library.catalog)  # though the catalogue has nothing new
    assert not index.refresh(library.catalog)
    assert not index.engine.facts()["exact"]
    assert library.agrees(index)
    assert library.verify() == []


def test_a_search_that_is_ahead_of_the_files_stays_so(library: Library) -> None:
    index = library.search()
    late = library.add(COUNT + 1)
    assert index.refresh(library.catalog)
    assert better(library)
    assert index.refresh(library.catalog)
    assert index.nearest(unit(late[0]), 1)[0][0] == late[0]
    assert not index.engine.facts()["exact"]
    assert library.agrees(index)


def test_status_says_how_well_it_finds(library: Library) -> None:
    told = describe(library.folder)
    assert (told["engine"], told["exact"]) == ("faiss", True)
    assert "recall" not in told
    better(library)
    told = describe(library.folder)
    assert (told["count"], told["exact"]) == (COUNT, False)
    assert min(told["recall"]["stored"], told["recall"]["words"]) >= 0.98
    assert told["probes"] < told["lists"]


def test_nothing_is_done_twice_or_too_early(library: Library) -> None:
    def unasked() -> Vectors:
        raise AssertionError("no words are needed")

    place = (library.catalog, library.root, ENCODER, DIM, "faiss")
    say = library.said.append
    assert not improve(*place, words=unasked, say=say, least=COUNT + 1)
    assert not improve(*place, words=unasked, say=say)
    assert not improve(*place[:4], "exact", words=unasked, say=say, least=1)
    assert better(library)
    assert not improve(*place, words=unasked, say=say, least=LEAST)
    rebuild(*place, say=lambda _: None)
    assert describe(library.folder)["exact"]
    assert better(library)


def test_changes_go_on_beside_lists(library: Library) -> None:
    better(library)
    library.add(*range(COUNT, COUNT + 40))
    library.remove(1, 2, 3)
    library.replace(5, 7000)
    library.update()
    index = library.open()
    assert not index.engine.facts()["exact"]
    assert library.agrees(index)
    assert library.verify() == []


def test_asked_to_stop_it_leaves_everything_as_it_was(library: Library) -> None:
    before = library.open().manifest
    assert not better(library, stop=True)
    assert library.open().manifest == before
    assert len(list(library.folder.glob("state-*"))) == 1
    assert better(library)


def test_a_full_disk_leaves_everything_as_it_was(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = library.open().manifest

    def full(*args: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(TryLater, match="disk is full"):
            better(library)
    assert library.open().manifest == before
    assert library.agrees(library.search())
    assert better(library)


KILLED = """
import os, signal, sys
from pathlib import Path
from gphotos_search.catalog.store import Catalog
from tests.indexed import Library
from tests.test_improve import better

library = Library(Catalog.open(Path(sys.argv[1])), Path(sys.argv[2]), "faiss")
left, real = int(sys.argv[3]), os.fsync

def fsync(descriptor):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    real(descriptor)

os.fsync = fsync
if sys.argv[4] == "improve":
    better(library)
else:
    library.update()
"""


@pytest.mark.parametrize("act", ["improve", "merge"])
def test_killed_anywhere_the_old_state_or_the_new_one_answers(
    library: Library, tmp_path: Path, act: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    if act == "merge":
        better(library)
        library.add(*range(COUNT, COUNT + 1100))
    for turn in (0, 7, 12):
        where = [str(tmp_path), str(library.root), str(turn), act]
        done = subprocess.run([sys.executable, "-c", KILLED, *where], check=False, timeout=60)
        assert done.returncode in (0, -signal.SIGKILL)
        index = library.open()
        assert len(index) in (COUNT, COUNT + 1100)
        assert library.agrees(library.search())
    better(library)
    library.update()
    assert len(list(library.folder.glob("state-*"))) == 1
    assert not library.open().engine.facts()["exact"]
    assert library.agrees(library.open())
    assert library.verify() == []


def test_very_many_changes_are_not_learnt_one_by_one(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LEARN_MOST", 50)
    library.add(*range(COUNT, COUNT + 60))
    report = library.update()
    assert (report.count, report.rebuilt) == (COUNT + 60, None)
    assert library.said == []
    assert library.agrees(library.open())
    assert library.verify() == []


def test_changes_of_another_encoder_are_not_counted(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LEARN_MOST", 50)
    with library.catalog.transaction() as tx:
        vectors.put(tx, "second@1", [(id, unit(id)) for id in range(1, 81)], NOW)
    library.add(COUNT)
    assert library.update().added == 1


def test_until_a_rebuild_is_done_searches_use_what_there_is(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also after it was stopped, however often."""
    troubles = []

    def stopped(*_: object) -> None:
        troubles.append(library.search().trouble)
        raise KeyboardInterrupt

    for _ in range(4):
        monkeypatch.setattr(vectors, "read_all", stopped)
        with pytest.raises(KeyboardInterrupt):
            rebuild(library.catalog, library.root, ENCODER, DIM, "faiss", say=library.said.append)
        monkeypatch.undo()
    index = library.search()
    assert [*troubles, index.trouble] == [""] * 5
    assert library.agrees(index)
    assert library.update().rebuilt is None
