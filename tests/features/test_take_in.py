"""Pairs taken into a library: once, again, newer ones, and killed on the way."""

from __future__ import annotations

import os
import random
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from gphotos_search.catalog.store import Catalog
from gphotos_search.errors import Locked, UsageError
from gphotos_search.features import pair as pairs
from gphotos_search.features.pair import Template, open_pair
from gphotos_search.features.take_in import foresee, source_for
from gphotos_search.lock import exclusive
from tests.features.library import Heard, Library, opened, rows_of, write_pair


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairs, "AT_ONCE", 4)


def test_everything_is_there_in_order(library: Library, tmp_path: Path) -> None:
    numbers = [*range(11)]
    done = library.take_in(open_pair(*write_pair(tmp_path, numbers), template="https://u.c/{id}?x"))
    assert (done.added, done.changed, done.kept, done.indexed) == (11, 0, 0, 11)
    state = library.state()
    assert [one[0] for one in state] == [number + 1 for number in numbers]
    expected = rows_of(numbers).astype(np.float16).astype(np.float32) / 3
    for number, (_, source, item, vector) in enumerate(state):
        assert (source, item.source_id, item.filename) == ("set", f"p{number}", f"p{number}")
        assert (item.url, item.taken_at) == (f"https://u.c/p{number}?x", None)
        assert np.allclose(np.frombuffer(vector, np.float16), expected[number], atol=2e-3)
    row = library.source()
    assert (row.type, row.state, row.remembered, row.last_sync_at) == ("features", "ok", True, None)
    assert "11 vectors of nobody/nowhere" in row.message


def test_the_same_pair_again_is_no_work(library: Library, tmp_path: Path) -> None:
    pair = write_pair(tmp_path, range(9))
    library.take_in(pair)
    before = library.state()
    done = library.take_in(pair)
    assert (done.same, done.added, done.changed, done.indexed) == (True, 0, 0, 9)
    os.utime(pair[0], (1, 1))  # copied elsewhere and back: looked at, and nothing changes
    done = library.take_in(pair)
    assert (done.same, done.added, done.changed) == (False, 0, 0)
    assert library.state() == before


def test_a_newer_pair_updates_adds_and_keeps(library: Library, tmp_path: Path) -> None:
    library.take_in(open_pair(*write_pair(tmp_path, range(9)), template="https://u.c/{id}"))
    before = library.state()
    newer = write_pair(tmp_path, [2, 3, 20, 4, 21], seeds=[2, 33, 20, 4, 21])
    done = library.take_in(newer)
    assert (done.added, done.changed, done.kept, done.indexed) == (2, 1, 7 - 1, 11)
    after = library.state()
    assert [one[2].source_id for one in after] == [*(f"p{n}" for n in range(9)), "p20", "p21"]
    assert after[3][3] != before[3][3]
    assert after[3][2] == before[3][2]  # its link stays, though no template was given
    assert [*after[:3], *after[4:9]] == [*before[:3], *before[4:9]]


def test_of_a_repeated_id_the_first_row_counts(library: Library, tmp_path: Path) -> None:
    library.take_in(write_pair(tmp_path, [1, 2, 3, 4, 1, 5, 1], seeds=[1, 2, 3, 4, 9, 5, 8]))
    with opened(tmp_path / "plain") as plain:
        plain.take_in(write_pair(tmp_path / "plain", [1, 2, 3, 4, 5]))
        assert library.state() == plain.state()


def test_rows_that_cannot_be_used_are_left_out(library: Library, tmp_path: Path) -> None:
    matrix, ids = write_pair(tmp_path, range(6))
    rows = np.load(matrix)
    rows[1], rows[4, 2] = 0, np.nan
    np.save(matrix, rows)
    ids.write_text('photo_id,x\np0,\np1,\np2,\n"",\np4,\np5,\n')
    done = library.take_in((matrix, ids))
    assert (done.added, done.kept) == (3, 0)
    assert [one[2].source_id for one in library.state()] == ["p0", "p2", "p5"]
    np.save(matrix, np.zeros_like(rows))
    with pytest.raises(UsageError, match="No row of"):
        open_pair(matrix, ids)


def test_a_stop_is_gone_on_from(library: Library, tmp_path: Path) -> None:
    pair, stop = write_pair(tmp_path, range(14)), threading.Event()

    class Stopping(Heard):
        def rows(self, did: str, done: int, total: int) -> None:
            if done == 8:
                stop.set()

    done = library.take_in(pair, stop=stop, progress=Stopping([]))
    assert (done.stopped, done.added, done.indexed) == (True, 8, 0)
    assert library.source().state == "new"
    assert "goes on where it stopped" in library.source().message
    done = library.take_in(pair)
    assert (done.resumed, done.added, done.indexed) == (8, 6, 14)
    assert library.source().state == "ok"


def test_a_stop_before_the_beginning_opens_no_model(library: Library, tmp_path: Path) -> None:
    stop = threading.Event()
    stop.set()
    pair, nowhere = write_pair(tmp_path, range(3)), str(tmp_path / "none")
    done = library.take_in(pair, encoder=nowhere, stop=stop)  # which cannot be opened
    assert (done.stopped, done.added, done.indexed) == (True, 0, 0)


def test_another_pair_after_a_stop_begins_anew(library: Library, tmp_path: Path) -> None:
    stop = threading.Event()

    class Stopping(Heard):
        def rows(self, did: str, done: int, total: int) -> None:
            if done == 8:
                stop.set()

    library.take_in(write_pair(tmp_path, range(14)), stop=stop, progress=Stopping([]))
    done = library.take_in(write_pair(tmp_path, range(5, 14)))
    assert (done.resumed, done.added, done.changed, done.kept) == (0, 6, 0, 5)


@pytest.mark.parametrize("seed", range(4))
def test_killed_anywhere_it_ends_the_same(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    first, second = range(13), [*range(4, 17)]
    with opened(tmp_path / "calm") as calm:
        for name, numbers in (("a", first), ("b", second)):
            calm.take_in(write_pair(tmp_path / name, numbers))
        expected = calm.state()
    with opened(tmp_path / "struck") as struck:
        for name in ("a", "b"):
            for _ in range(chance.randrange(1, 4)):
                die_importing(
                    struck, tmp_path / name, chance.randrange(1, 11), chance.random() < 0.5
                )
            struck.take_in((tmp_path / name / "set.npy", tmp_path / name / "set.csv"))
        assert struck.state() == expected
        assert struck.source().state == "ok"


def die_importing(library: Library, folder: Path, fatal: int, after_commit: bool) -> None:
    """Import in a child process that is killed at one of its transactions."""
    child = os.fork()
    if child == 0:
        try:
            again = Library(Catalog.open(library.config.storage.data_dir), library.config)
            real, number = again.catalog.transaction, 0

            @contextmanager
            def transaction(**options: bool) -> Iterator[Connection]:
                nonlocal number
                number += 1
                with real(**options) as tx:
                    yield tx
                    if number == fatal and not after_commit:
                        os.kill(os.getpid(), signal.SIGKILL)
                if number == fatal:
                    os.kill(os.getpid(), signal.SIGKILL)

            again.catalog.transaction = transaction  # type: ignore[method-assign]
            again.take_in((folder / "set.npy", folder / "set.csv"))
        finally:
            os._exit(0)
    os.waitpid(child, 0)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.lists(st.integers(0, 15), min_size=1, max_size=12, unique=True), max_size=3),
    st.integers(0, 1000),
)
def test_pairs_add_up(tmp_path: Path, pairs_given: list[list[int]], salt: int) -> None:
    folder = tmp_path / f"{salt}-{len(list(tmp_path.iterdir()))}"
    with opened(folder) as library:
        holds: dict[str, int] = {}
        for turn, numbers in enumerate(pairs_given):
            seeds = [number + 100 * turn for number in numbers]
            done = library.take_in(write_pair(folder, numbers, seeds=seeds))
            told = {f"p{number}": seed for number, seed in zip(numbers, seeds, strict=True)}
            assert done.added == len(told.keys() - holds.keys())
            assert done.kept == len(holds.keys() - told.keys())
            holds |= told
            assert done.indexed == len(holds)
        state = library.state() if pairs_given else []
        halves = {one[2].source_id: one[3] for one in state}
        assert halves.keys() == holds.keys()
        for id, seed in holds.items():
            row = rows_of([seed])[0] / 3
            assert np.allclose(np.frombuffer(halves[id], np.float16), row, atol=2e-3)


def test_what_would_be_done_is_told_before(library: Library, tmp_path: Path) -> None:
    pair = open_pair(*write_pair(tmp_path, range(9)))
    source = source_for(library.config, library.catalog, "", pair.matrix.path)
    stop = threading.Event()
    assert foresee(library.catalog, pair, source, stop) == (9, 0)
    library.take_in(pair)
    newer = open_pair(*write_pair(tmp_path, [8, 9, 10, 8]))
    assert foresee(library.catalog, newer, source, stop) == (2, 1)
    stop.set()
    assert foresee(library.catalog, newer, source, stop) == (3, 0)


def test_only_one_writes(library: Library, tmp_path: Path) -> None:
    with (
        exclusive(library.config.storage.data_dir / "lock", purpose="sync"),
        pytest.raises(Locked, match="sync"),
    ):
        library.take_in(write_pair(tmp_path, [1]))


@pytest.mark.parametrize(
    "text",
    [
        *("https://u.c/", "u.c/{id}", "https://u.c/ {id}", "ftp://u/{id}"),
        *("https://u.c/{id}/{size}", "https://u.c/{{id}}", "https://u.c/{id}}", "https://{u/{id}"),
    ],
)
def test_a_template_that_makes_no_link(text: str) -> None:
    with pytest.raises(UsageError, match="--url-template"):
        Template(text)


def test_links_are_escaped() -> None:
    assert Template("https://u.c/{id}").link("a b/é?") == "https://u.c/a%20b%2F%C3%A9%3F"
