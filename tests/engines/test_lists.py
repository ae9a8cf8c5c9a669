"""Lists of near rows: the contract holds over them, and what is said of their recall is true."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gphotos_search.engines import _mapped, _scan, faiss
from gphotos_search.engines._lists import Centres, Lists
from gphotos_search.engines.base import Improves, Interrupted
from gphotos_search.engines.faiss import COUNTS, FACTS, ROWS, FaissEngine
from tests.contracts.engine import SHARED, EngineContract, Held, array, brute, found, saved, unit
from tests.engines.clustered import DIM, rows, scattered, words

if TYPE_CHECKING:
    from gphotos_search.engines._merged import Merged
    from gphotos_search.engines.base import Vectors

LEAST = 1000


class Listed(FaissEngine):
    """Has lists from the first row on, and looks into all of them: exact all the same."""

    def merge(self, folder: Path, merged: Merged) -> Sequence[Path]:
        if self._base.lists is not None or not len(merged):
            return super().merge(folder, merged)
        centres = Centres(unit(5, seed=77, dim=self.dim), unit(1, seed=78, dim=self.dim)[0])
        assigned = centres.assign(merged.take(np.arange(len(merged))))
        facts = {"exact": False, "probes": 5, "merged": 0, "measured_at": len(merged)}
        facts |= {"probes_at_training": 5, "trained_at": len(merged)}
        (folder / FACTS).write_text(json.dumps(facts))
        return [*Lists.of(centres, assigned).write(folder / ROWS, merged), folder / FACTS]


class TestListed(EngineContract):
    @pytest.fixture
    def module(self) -> Any:
        return SimpleNamespace(open_engine=Listed)


class TestThreads(EngineContract):
    """Every search in several threads, a few rows at a time."""

    @pytest.fixture(autouse=True)
    def small(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(_scan, "_helpers", lambda spans, alone: 2)
        monkeypatch.setattr(_mapped, "STRETCH", (7, 7))
        monkeypatch.setattr(_mapped, "GATHERED", 3)

    @pytest.fixture
    def module(self) -> Any:
        return faiss


def filled(vectors: Vectors, folder: Path) -> FaissEngine:
    folder.mkdir()
    empty = faiss.open_engine(None, vectors.shape[1])
    empty.build(folder, [(np.arange(len(vectors)), vectors)])
    return faiss.open_engine(folder, vectors.shape[1])


def improved(
    engine: FaissEngine, folder: Path, texts: Vectors | None = None, least: int = LEAST
) -> FaissEngine:
    folder.mkdir()
    files = engine.improve(
        folder, words() if texts is None else texts, least=least, stop=lambda: False
    )
    assert sorted(files) == sorted(folder.iterdir())
    return faiss.open_engine(folder, engine.dim)


def reopened(engine: FaissEngine, folder: Path) -> FaissEngine:
    saved(faiss, engine, folder)
    return faiss.open_engine(folder, engine.dim)


def recall(engine: FaissEngine, held: Held, queries: Vectors) -> float:
    shared = [
        len(set(found(engine, query, 10)) & set(brute(held, query, 10))) / 10 for query in queries
    ]
    return float(np.mean(shared))


@pytest.fixture
def listed(tmp_path: Path) -> FaissEngine:
    return improved(filled(rows(2000), tmp_path / "plain"), tmp_path / "listed")


def test_building_holds_a_piece_at_a_time(tmp_path: Path) -> None:
    piece = np.zeros((4096, DIM), np.float32)
    pieces = ((np.arange(4096) + 4096 * number, piece) for number in range(60))
    engine = faiss.open_engine(None, DIM)
    tracemalloc.start()
    engine.build(tmp_path, pieces)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    size = (tmp_path / ROWS).stat().st_size
    assert 0 < size - 60 * 4096 * DIM * 2 < 200  # the rows, and FAISS's head
    assert peak < size  # the ids, eight bytes each, are most of it


def test_a_small_index_stays_as_it_is(tmp_path: Path) -> None:
    engine = filled(rows(LEAST - 1), tmp_path / "a")
    assert isinstance(engine, Improves)
    assert not engine.improvable(LEAST)
    assert not filled(rows(LEAST), tmp_path / "b").improvable()
    assert engine.facts() == {"exact": True}


def test_recall_is_what_is_said_of_it(listed: FaissEngine) -> None:
    facts = listed.facts()
    held = dict(enumerate(rows(2000)))
    assert not facts["exact"]
    assert facts["probes"] < facts["lists"] / 3
    assert min(facts["recall"].values()) >= 0.98
    assert recall(listed, held, rows(200, seed=2)) >= 0.97
    assert recall(listed, held, words(64)) >= 0.97


def test_filters_and_long_answers_are_exact(listed: FaissEngine) -> None:
    held = dict(enumerate(rows(2000)))
    for query in [*rows(5, seed=4), *words(5)]:
        assert found(listed, query, 200) == brute(held, query, 200)
        for share in (3, 70, 1500):
            within = array(*range(5, 2000, 2000 // share))
            assert found(listed, query, 10, within) == brute(held, query, 10, set(within.tolist()))


def test_a_longer_answer_begins_with_the_shorter_one(listed: FaissEngine) -> None:
    for query in rows(20, seed=6):
        assert found(listed, query, 100)[:10] == found(listed, query, 10)


def test_changes_are_merged_into_the_lists(listed: FaissEngine, tmp_path: Path) -> None:
    held = dict(enumerate(rows(2000)))
    fresh = rows(1500, seed=8)
    listed.put(np.arange(1900, 3400), fresh)
    listed.remove(np.arange(100))
    held = {key: row for key, row in held.items() if key >= 100}
    held |= dict(zip(range(1900, 3400), fresh, strict=True))
    assert recall(listed, held, rows(100, seed=10)) >= 0.97
    merged = reopened(listed, tmp_path / "merged")
    assert np.load(tmp_path / "merged" / "delta-ids.npy").size == 0
    assert merged.facts()["merged"] == 1500
    assert merged.ids().tolist() == sorted(held)
    assert recall(merged, held, rows(100, seed=10)) >= 0.97
    assert merged.facts()["lists"] == listed.facts()["lists"]


def test_much_that_is_new_is_measured_and_growth_trains_anew(
    listed: FaissEngine, tmp_path: Path
) -> None:
    assert not listed.improvable(LEAST)
    listed.put(np.arange(2000, 3100), rows(1100, seed=12))
    listed = reopened(listed, tmp_path / "a")
    assert listed.improvable(LEAST)
    inode = (tmp_path / "a" / ROWS).stat().st_ino
    measured = improved(listed, tmp_path / "b")
    assert (tmp_path / "b" / ROWS).stat().st_ino == inode  # the same lists, the same rows
    assert (measured.facts()["merged"], measured.facts()["measured_at"]) == (0, 3100)
    assert measured.facts()["trained_at"] == 2000
    measured.put(np.arange(4000, 5300), rows(1300, seed=14))
    assert measured.improvable(LEAST)
    trained = improved(measured, tmp_path / "c")
    assert trained.facts()["trained_at"] == len(trained) == 4400
    assert not trained.improvable(LEAST)


def test_recall_is_measured_anew_when_much_was_removed(listed: FaissEngine, tmp_path: Path) -> None:
    listed.remove(np.arange(150))
    assert not listed.improvable(LEAST)
    listed.remove(np.arange(400))
    assert listed.improvable(LEAST)
    listed = reopened(listed, tmp_path / "a")
    assert listed.improvable(LEAST)
    assert improved(listed, tmp_path / "b").facts()["measured_at"] == len(listed) == 1600


def test_what_lies_elsewhere_trains_anew(listed: FaissEngine, tmp_path: Path) -> None:
    """Other pictures than those the lists were made for, in groups these lists cut up."""
    listed.put(np.arange(2000, 3900), rows(1900, seed=1, groups=3))
    found_anew = improved(reopened(listed, tmp_path / "a"), tmp_path / "b")
    facts = found_anew.facts()
    assert facts["measured_at"] == 3900
    assert facts["exact"] or min(facts["recall"].values()) >= 0.98


def test_lists_that_find_too_little_are_not_used(tmp_path: Path) -> None:
    texts = scattered(40)
    engine = filled(scattered(1500), tmp_path / "plain")
    refused = improved(engine, tmp_path / "refused", texts)
    facts = refused.facts()
    assert facts["exact"]
    assert min(facts["refused"]["recall"].values()) < 0.98
    assert not refused.improvable(LEAST)  # not tried at each sync
    held = dict(enumerate(scattered(1500)))
    assert found(refused, texts[0], 10) == brute(held, texts[0], 10)
    refused.put(np.arange(2000, 3200), np.roll(scattered(1200), 1, axis=1))
    merged = reopened(refused, tmp_path / "merged")
    assert merged.facts() == facts
    assert merged.improvable(LEAST)  # it has grown by half


def test_building_ends_when_it_is_told_to(tmp_path: Path) -> None:
    engine = filled(rows(2000), tmp_path / "plain")
    for turns in (0, 3, 12, 13):
        left = iter(range(turns))
        folder = tmp_path / f"stopped-{turns}"
        folder.mkdir()
        with pytest.raises(Interrupted):
            engine.improve(folder, words(), least=LEAST, stop=partial(_over, left))


def _over(left: Iterator[int]) -> bool:
    return next(left, None) is None


def test_damaged_lists_are_refused(listed: FaissEngine, tmp_path: Path) -> None:
    for file in sorted((tmp_path / "listed").iterdir()):
        content = file.read_bytes()
        for broken in (b"", b"nonsense" * 40, content[: len(content) // 2]):
            file.unlink()
            file.write_bytes(broken)
            with pytest.raises((OSError, ValueError, EOFError)):
                faiss.open_engine(tmp_path / "listed", DIM)
        file.write_bytes(content)
    assert found(faiss.open_engine(tmp_path / "listed", DIM), rows(1)[0], 3)


def test_lists_without_their_facts_are_refused(listed: FaissEngine, tmp_path: Path) -> None:
    facts = listed.facts()
    assert set(COUNTS) < facts.keys()
    for name in COUNTS:
        told = json.dumps({key: value for key, value in facts.items() if key != name})
        (tmp_path / "listed" / FACTS).write_text(told)
        with pytest.raises(ValueError, match="belong together"):
            faiss.open_engine(tmp_path / "listed", DIM)


@settings(max_examples=15, deadline=None, suppress_health_check=SHARED)
@given(data=st.data())
def test_any_history_with_lists_answers_truly(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Whatever happened, hits are held, scored truly and in order; most of the nearest are there,
    and with a filter all of them."""
    folder = tmp_path_factory.mktemp("any")
    palette = rows(3000)
    engine = improved(filled(palette[:2000], folder / "plain"), folder / "listed")
    held: Held = dict(enumerate(palette[:2000]))
    for step in range(data.draw(st.integers(1, 5))):
        start, length = data.draw(st.integers(0, 2600)), data.draw(st.integers(1, 900))
        ids = np.arange(start, start + length)
        match data.draw(st.sampled_from(["put", "remove", "reopen", "improve"])):
            case "put":
                fresh = palette[np.random.default_rng(step).integers(3000, size=length)]
                engine.put(ids, fresh)
                held |= dict(zip(ids.tolist(), fresh, strict=True))
            case "remove":
                engine.remove(ids)
                held = {key: row for key, row in held.items() if not start <= key < start + length}
            case "reopen":
                engine = reopened(engine, folder / f"state-{step}")
            case _ if engine.improvable(500):
                engine = improved(engine, folder / f"better-{step}", least=500)
    assert engine.ids().tolist() == sorted(held)
    queries = [*rows(10, seed=data.draw(st.integers(20, 30))), *words(10)]
    shares = []
    for query in queries:
        hits = engine.nearest(query, 10)
        assert all(
            score == pytest.approx(float(held[media_id] @ query), abs=1e-6)
            for media_id, score in hits
        )
        assert hits == sorted(hits, key=lambda hit: (-hit[1], hit[0]))
        expected = brute(held, query, 10)
        assert len(hits) == len(expected)
        shares.append(len({media_id for media_id, _ in hits} & set(expected)))
        within = set(range(3, 4000, 7))
        selection = array(*within)
        assert found(engine, query, 10, selection) == brute(held, query, 10, within)
    assert sum(shares) >= 0.85 * sum(min(10, len(held)) for _ in queries)
