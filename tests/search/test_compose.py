"""Sums of meanings, numbers that name photos, refinement, and the orders of a list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from gphotos_search.catalog import vectors
from gphotos_search.catalog.store import Catalog
from gphotos_search.errors import UsageError
from gphotos_search.media import Filters, MediaItem, Query, Term
from gphotos_search.search.compose import DISLIKED, EXCLUDED, LIKED
from gphotos_search.search.operands import Operand, resolve
from gphotos_search.search.run import Searcher
from tests.search.test_run import CONFIG, DIM, Matrix, Words, fill, fresh

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["fresh"]
NOW = datetime(2024, 7, 1, tzinfo=UTC)


def unit(row: NDArray[np.float32]) -> NDArray[np.float32]:
    scaled: NDArray[np.float32] = row / np.linalg.norm(row)
    return scaled


def word(text: str) -> NDArray[np.float32]:
    row: NDArray[np.float32] = Words().encode_texts([text])[0]
    return row


class Kept(Matrix):
    """Remembers what was looked for."""

    asked: NDArray[np.float32]

    def nearest(self, vector, k, within=None):  # type: ignore[no-untyped-def]
        self.asked = vector
        return super().nearest(vector, k, within)


@pytest.fixture
def library(fresh: Callable[[], Catalog]) -> tuple[Searcher, Kept, dict[int, NDArray[np.float32]]]:
    """Six photos, a day apart, with vectors in the catalogue and in the index."""
    catalog = fresh()
    taken = [NOW - timedelta(days=n) for n in range(6)]
    stored = fill(
        catalog, {"a": [MediaItem(source_id=f"{n}", taken_at=t) for n, t in enumerate(taken)]}
    )
    rows = {id_: word(f"photo {id_}") for id_ in stored}
    with catalog.transaction() as tx:
        vectors.put(tx, Words.id, list(rows.items()), NOW)
        held = dict(zip(*(part.tolist() for part in vectors.read(tx, Words.id, rows)), strict=True))
    index = Kept(rows)
    exact = {id_: unit(np.array(row, np.float32)) for id_, row in held.items()}
    return Searcher(catalog, index, Words(), CONFIG, picture=lambda _: word("file")), index, exact


Library = tuple[Searcher, Kept, dict[int, "NDArray[np.float32]"]]


def looked_for(
    library: Library, terms: Sequence[Term], **more: tuple[str, ...]
) -> NDArray[np.float32]:
    searcher, index, _ = library
    searcher.search(Query(text="x", terms=tuple(terms), **more))  # type: ignore[arg-type]
    return index.asked


def test_terms_are_added_by_weight_and_exclusions_taken_off_the_whole(library: Library) -> None:
    _, _, rows = library
    terms = [
        Term("words", "beach", 2.0),
        Term("item", "#3"),
        Term("image", "/a.jpg"),
        Term("words", "people", -1.0),
    ]
    wanted = unit(2 * word("beach") + rows[3] + word("file"))
    expected = unit(wanted - EXCLUDED * word("people"))
    np.testing.assert_allclose(looked_for(library, terms), expected, atol=1e-5)
    np.testing.assert_array_equal(looked_for(library, terms[:1]), word("beach"))


def test_what_leaves_nothing_is_an_error(library: Library) -> None:
    terms = [Term("words", "beach"), Term("words", "beach", -1 / EXCLUDED)]
    with pytest.raises(UsageError, match="Nothing is left"):
        looked_for(library, terms)


def test_the_last_list_is_refined_again_and_again(library: Library) -> None:
    searcher, index, rows = library
    first = searcher.search(Query.of("beach"), remember=True).hits
    liked, disliked = first[2].media_id, first[4].media_id
    answer = searcher.search(Query(text="", more=("3",), less=("5",)), remember=True)
    once = unit(word("beach") + LIKED * rows[liked] - DISLIKED * rows[disliked])
    np.testing.assert_allclose(index.asked, once, atol=1e-5)
    assert answer.query == "beach"
    again = answer.hits[0].media_id
    searcher.search(Query(text="", more=("1",)))
    np.testing.assert_allclose(index.asked, unit(once + LIKED * rows[again]), atol=1e-5)


def test_numbers_are_of_the_last_list_as_far_as_it_goes(library: Library) -> None:
    searcher, _, _ = library
    hits = searcher.search(Query(text="", limit=3), remember=True).hits
    assert [hit.media_id for hit in hits] == [1, 2, 3]
    searcher.search(Query(text="", limit=2, filters=Filters(sources=("b",))))  # is not remembered
    newest = searcher.search(Query(text="", limit=2, sort="random", seed=8), remember=True).hits
    with searcher.catalog.reading() as tx:
        assert resolve(tx, "2") == Operand(newest[1].media_id, 2)
        assert resolve(tx, "3") == Operand(3, None)
        assert resolve(tx, "#2") == resolve(tx, "id:2") == Operand(2, None)
        for nobody in ("99", "#99", "x", "-1"):
            with pytest.raises(UsageError):
                resolve(tx, nobody)


def test_lists_without_a_meaning_are_by_date_or_by_a_seed(library: Library) -> None:
    searcher, _, _ = library
    every = searcher.search(Query(text="")).hits
    assert [(hit.media_id, hit.score) for hit in every] == [(n, 0.0) for n in range(1, 7)]
    chosen = [
        [hit.media_id for hit in searcher.search(Query(text="", sort="random", seed=seed)).hits]
        for seed in (1, 1, 2)
    ]
    assert chosen[0] == chosen[1] != chosen[2]
    by_date = searcher.search(Query.of("beach", limit=4, sort="date")).hits
    best = searcher.search(Query.of("beach", limit=4)).hits
    assert [hit.media_id for hit in by_date] == sorted(hit.media_id for hit in best)


def test_shots_of_a_burst_are_one_hit_with_a_count(fresh: Callable[[], Catalog]) -> None:
    catalog = fresh()
    shots = [MediaItem(source_id=f"{n}", taken_at=NOW + timedelta(seconds=2 * n)) for n in range(5)]
    later = MediaItem(source_id="later", taken_at=NOW + timedelta(seconds=60))
    stored = fill(catalog, {"a": [*shots, later]})
    row = np.eye(DIM, dtype=np.float32)[0]
    other = np.eye(DIM, dtype=np.float32)[1]
    rows = {id_: other if one.item.source_id == "4" else row for id_, one in stored.items()}
    with catalog.transaction() as tx:
        vectors.put(tx, Words.id, list(rows.items()), NOW)
    searcher = Searcher(catalog, Matrix(rows), Words(), CONFIG)
    hits = searcher.search(Query.of("x")).hits
    assert {(hit.item.source_id, hit.folded) for hit in hits} == {("0", 3), ("4", 0), ("later", 0)}
    assert len(searcher.search(Query.of("x", group=False)).hits) == 6


def test_a_picture_that_cannot_be_read_is_a_sentence(tmp_path: Path) -> None:
    from gphotos_search.search.pictures import vector_of

    (tmp_path / "a.jpg").write_bytes(b"no picture")
    for name in ("a.jpg", "missing.jpg"):
        with pytest.raises(UsageError, match=name):
            vector_of(tmp_path / name, _Encoder())


class _Encoder:
    short_side = 64

    def prepare(self, image: object) -> NDArray[np.float32]:
        raise AssertionError(image)

    def encode_images(self, pixels: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
        raise AssertionError(pixels)
