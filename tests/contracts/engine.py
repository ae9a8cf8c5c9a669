"""What every vector engine must do: each engine's test inherits this and supplies `module`."""

from __future__ import annotations

import os
import random
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gphotos_search.engines import _layers

if TYPE_CHECKING:
    from gphotos_search.engines.base import Engine, Ids, Vectors

DIM = 8
# The fixture is a module, the same for every input, and each engine runs the test by itself.
SHARED = [HealthCheck.function_scoped_fixture, HealthCheck.differing_executors]
Held = dict[int, "Vectors"]


def unit(count: int, seed: int = 0, dim: int = DIM) -> Vectors:
    rows = np.random.default_rng(seed).normal(size=(count, dim)).astype(np.float32)
    unit_rows: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit_rows.astype(np.float16).astype(np.float32)


def array(*ids: int) -> Ids:
    return np.array(ids, np.int64)


def brute(held: Held, query: Vectors, k: int, within: set[int] | None = None) -> list[int]:
    scores = {
        media_id: float(np.multiply(row, query, dtype=np.float64).sum())
        for media_id, row in held.items()
        if within is None or media_id in within
    }
    return sorted(scores, key=lambda media_id: (-scores[media_id], media_id))[:k]


def found(engine: Engine, query: Vectors, k: int, within: Ids | None = None) -> list[int]:
    hits = engine.nearest(query, k, within)
    assert [score for _, score in hits] == sorted((score for _, score in hits), reverse=True)
    return [media_id for media_id, _ in hits]


def saved(module: ModuleType, engine: Engine, folder: Path) -> Engine:
    folder.mkdir()
    files = engine.save(folder)
    assert sorted(files) == sorted(folder.iterdir())
    opened: Engine = module.open_engine(folder, engine.dim)
    return opened


class EngineContract:
    @pytest.fixture
    def module(self) -> ModuleType:
        raise NotImplementedError

    @pytest.fixture
    def engine(self, module: ModuleType, tmp_path: Path) -> Engine:
        """Ids 10 to 49 in a saved base, 20 to 24 replaced and 50 to 59 added since, 30 removed."""
        empty: Engine = module.open_engine(None, DIM)
        empty.put(np.arange(10, 50), unit(40))
        engine = saved(module, empty, tmp_path / "base")
        engine.put(np.arange(20, 25), unit(5, seed=1))
        engine.put(np.arange(50, 60), unit(10, seed=2))
        engine.remove(array(30, 999))
        return engine

    @pytest.fixture
    def held(self) -> Held:
        held = dict(zip(range(10, 50), unit(40), strict=True))
        held |= dict(zip(range(20, 25), unit(5, seed=1), strict=True))
        held |= dict(zip(range(50, 60), unit(10, seed=2), strict=True))
        del held[30]
        return held

    def test_an_empty_one_works(self, module: ModuleType, tmp_path: Path) -> None:
        engine: Engine = module.open_engine(None, DIM)
        for each in (engine, saved(module, engine, tmp_path / "a")):
            assert len(each) == 0
            assert each.nearest(unit(1)[0], 5) == []
            assert each.nearest(unit(1)[0], 5, array(1, 2)) == []
            assert each.ids().tolist() == []
            each.remove(array(1))

    def test_finds_what_brute_force_finds(self, engine: Engine, held: Held) -> None:
        for query in unit(20, seed=7):
            for k in (1, 3, 30, 49):
                assert found(engine, query, k) == brute(held, query, k)

    def test_knows_what_it_holds(self, engine: Engine, held: Held) -> None:
        assert len(engine) == len(held)
        assert engine.ids().tolist() == sorted(held)

    def test_scores_are_cosines(self, engine: Engine, held: Held) -> None:
        for media_id, score in engine.nearest(held[12], 5):
            assert score == pytest.approx(float(held[media_id] @ held[12]), abs=1e-6)

    def test_more_wanted_than_there_are(self, engine: Engine, held: Held) -> None:
        assert found(engine, held[12], 1000) == brute(held, held[12], 1000)
        assert found(engine, held[12], 9, array(12, 13)) == brute(held, held[12], 9, {12, 13})
        assert engine.nearest(held[12], 0) == []

    @pytest.mark.parametrize("share", [0.02, 0.1, 0.5, 1.0])
    def test_searches_inside_a_selection(self, engine: Engine, held: Held, share: float) -> None:
        chance = random.Random(5)
        for query in unit(10, seed=8):
            within = {media_id for media_id in held if chance.random() < share}
            ids = [*within, 5, 30, 777]  # unknown and removed ones, in any order, twice
            chance.shuffle(ids)
            assert found(engine, query, 7, array(*ids, *ids)) == brute(held, query, 7, within)

    @pytest.mark.parametrize("nearest", [True, False])
    def test_a_large_selection_with_a_sense(
        self, module: ModuleType, tmp_path: Path, nearest: bool
    ) -> None:
        """All that is near the question is inside, or nothing of it: where chance guesses wrong."""
        rows, query = unit(600), unit(1, seed=9)[0]
        held = dict(enumerate(rows))
        engine: Engine = module.open_engine(None, DIM)
        engine.put(np.arange(600), rows)
        engine = saved(module, engine, tmp_path / "a")
        engine.remove(array(1, 2))
        held = {key: row for key, row in held.items() if key not in (1, 2)}
        ranked = brute(held, query, 600)
        within = set(ranked[:400] if nearest else ranked[200:])
        ids = np.sort(array(*within))
        for k in (1, 5, 100, 399):
            assert found(engine, query, k, ids) == brute(held, query, k, within)

    def test_a_place_outside_of_the_base_is_refused(
        self, module: ModuleType, engine: Engine, tmp_path: Path
    ) -> None:
        saved(module, engine, tmp_path / "a")
        for places in ([40], [-1], [3, 4000]):
            np.save(tmp_path / "a" / "dead.npy", array(*places))
            with pytest.raises(ValueError, match="belong together"):
                module.open_engine(tmp_path / "a", DIM)

    def test_a_selection_of_which_nothing_is_left(self, engine: Engine, held: Held) -> None:
        engine.remove(np.arange(10, 50))
        ids = np.arange(10, 50)
        assert engine.nearest(unit(1)[0], 5, ids) == []
        held = {key: row for key, row in held.items() if key >= 50}
        within = np.arange(10, 55)
        expected = brute(held, unit(1)[0], 9, set(within.tolist()))
        assert found(engine, unit(1)[0], 9, within) == expected
        engine.put(array(17), unit(1))
        assert found(engine, unit(1)[0], 9, ids) == [17]

    def test_an_empty_selection_has_no_hits(self, engine: Engine) -> None:
        assert engine.nearest(unit(1)[0], 5, array()) == []

    def test_a_replaced_vector_never_answers_again(self, engine: Engine, held: Held) -> None:
        old = unit(40)[10]  # what id 20 had in the base
        hits = dict(engine.nearest(old, 60))
        assert hits[20] == pytest.approx(float(held[20] @ old), abs=1e-6)
        assert len(hits) == len(held)

    def test_a_removed_vector_can_be_put_again(self, engine: Engine) -> None:
        vector = unit(1, seed=3)
        engine.put(array(30), vector)
        assert found(engine, vector[0], 1) == [30]
        engine.remove(array(30, 50, 59))
        assert not {30, 50, 59} & set(engine.ids().tolist())

    def test_equal_vectors_rank_by_id_wherever_they_are(
        self, module: ModuleType, tmp_path: Path
    ) -> None:
        vector = unit(1)
        engine: Engine = module.open_engine(None, DIM)
        ids = np.arange(2, 400, 2)
        engine.put(ids, np.repeat(vector, len(ids), axis=0))
        engine = saved(module, engine, tmp_path / "a")
        engine.put(array(1, 3, 399), np.repeat(vector, 3, axis=0))
        assert found(engine, vector[0], 6) == [1, 2, 3, 4, 6, 8]
        assert found(engine, vector[0], 3, array(*range(200, 400, 2), 399)) == [200, 202, 204]
        assert found(engine, vector[0], 2, array(399, 396, 398)) == [396, 398]

    def test_saving_keeps_every_answer(
        self, module: ModuleType, engine: Engine, held: Held, tmp_path: Path
    ) -> None:
        again = saved(module, engine, tmp_path / "b")
        third = saved(module, again, tmp_path / "c")
        for query in unit(5, seed=9):
            answer = engine.nearest(query, 20)
            assert again.nearest(query, 20) == answer
            assert third.nearest(query, 20) == answer
        assert third.ids().tolist() == sorted(held)

    def test_what_was_saved_never_changes(
        self, module: ModuleType, engine: Engine, tmp_path: Path
    ) -> None:
        opened = saved(module, engine, tmp_path / "b")
        before = {file: file.read_bytes() for file in (tmp_path / "b").iterdir()}
        opened.put(np.arange(10, 70), unit(60, seed=4))
        opened.remove(np.arange(0, 40))
        saved(module, opened, tmp_path / "c")
        assert {file: file.read_bytes() for file in (tmp_path / "b").iterdir()} == before

    def test_a_few_changes_do_not_write_the_base_again(
        self, module: ModuleType, engine: Engine, tmp_path: Path
    ) -> None:
        saved(module, engine, tmp_path / "b")
        base = {file.name: file.stat().st_ino for file in (tmp_path / "base").iterdir()}
        kept = {file.name: file.stat().st_ino for file in (tmp_path / "b").iterdir()}
        again = {name for name, inode in kept.items() if base[name] != inode}
        assert again == {"dead.npy", "delta-ids.npy", "delta.npy"}

    def test_works_where_links_do_not(
        self, module: ModuleType, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refused(*args: object) -> None:
            raise PermissionError

        monkeypatch.setattr(os, "link", refused)
        assert saved(module, engine, tmp_path / "b").ids().tolist() == engine.ids().tolist()

    def test_many_changes_become_a_new_base(
        self, module: ModuleType, engine: Engine, held: Held, tmp_path: Path
    ) -> None:
        rows = unit(_layers.MERGE_LEAST + 1, seed=6)
        ids = np.arange(100, 100 + len(rows))
        engine.put(ids, rows)
        merged = saved(module, engine, tmp_path / "b")
        held |= dict(zip(ids.tolist(), rows, strict=True))
        assert np.load(tmp_path / "b" / "delta-ids.npy").size == 0
        for query in unit(5, seed=9):
            assert found(merged, query, 12) == brute(held, query, 12)

    def test_rows_of_another_width_are_refused(self, engine: Engine) -> None:
        with pytest.raises(ValueError, match="width"):
            engine.put(array(1), unit(1, dim=DIM + 1))

    def test_files_it_cannot_use_are_refused(
        self, module: ModuleType, engine: Engine, tmp_path: Path
    ) -> None:
        saved(module, engine, tmp_path / "b")
        with pytest.raises((OSError, ValueError, RuntimeError)):
            module.open_engine(tmp_path / "b", DIM + 1)
        for name in sorted(file.name for file in (tmp_path / "b").iterdir()):
            file = tmp_path / "b" / name
            content = file.read_bytes()
            for broken in (b"", b"nonsense" * 40, content[: len(content) // 2]):
                file.unlink()
                file.write_bytes(broken)
                with pytest.raises((OSError, ValueError, RuntimeError, EOFError)):
                    module.open_engine(tmp_path / "b", DIM)
            file.write_bytes(content)

    @settings(max_examples=40, deadline=None, suppress_health_check=SHARED)
    @given(data=st.data())
    def test_any_history_ends_like_brute_force(
        self, module: ModuleType, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
    ) -> None:
        """Puts, removals and reopenings in any order, over vectors that often tie."""
        palette = unit(6, seed=11)
        engine: Engine = module.open_engine(None, DIM)
        held: Held = {}
        ids = st.lists(st.integers(0, 40), unique=True, max_size=25)
        for _ in range(data.draw(st.integers(1, 6))):
            chosen = data.draw(ids)
            match data.draw(st.sampled_from(["put", "remove", "reopen"])):
                case "put":
                    drawn = st.lists(st.integers(0, 5), min_size=len(chosen), max_size=len(chosen))
                    rows = palette[data.draw(drawn)].reshape(-1, DIM)
                    engine.put(array(*chosen), rows)
                    held |= dict(zip(chosen, rows, strict=True))
                case "remove":
                    engine.remove(array(*chosen))
                    held = {key: row for key, row in held.items() if key not in chosen}
                case "reopen":
                    engine = saved(module, engine, tmp_path_factory.mktemp("any") / "state")
        assert engine.ids().tolist() == sorted(held)
        query = palette[data.draw(st.integers(0, 5))]
        k = data.draw(st.integers(1, 30))
        within = data.draw(st.none() | ids)
        selection = None if within is None else array(*within)
        expected = brute(held, query, k, None if within is None else set(within))
        assert found(engine, query, k, selection) == expected
