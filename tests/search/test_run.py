"""A search equals a look at every item, whatever the library and the filters."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gphotos_search.catalog import items, sources
from gphotos_search.catalog.store import Catalog
from gphotos_search.config import Config, SearchConfig, SourceConfig
from gphotos_search.errors import UsageError
from gphotos_search.media import DayRange, Filters, MediaId, MediaItem, Query, StoredItem
from gphotos_search.search.run import Searcher

if TYPE_CHECKING:
    from numpy.typing import NDArray

DIM = 4
EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
CONFIG = Config(
    sources=tuple(SourceConfig(name=name, type="google_library") for name in ("a", "b")),
    search=SearchConfig(timezone="UTC"),
)


class Words:
    """A direction for each text, from its letters."""

    id = "words"

    def encode_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = [np.random.default_rng(list(text.encode())).normal(size=DIM) for text in texts]
        return np.array([row / np.linalg.norm(row) for row in rows], np.float32)


class Matrix:
    """Every vector in memory, compared with each query."""

    trouble = ""

    def __init__(self, vectors: dict[MediaId, NDArray[np.float32]]) -> None:
        self.vectors = vectors

    def refresh(self, catalog: Catalog) -> bool:
        return False

    def nearest(
        self, vector: NDArray[np.float32], k: int, within: NDArray[np.int64] | None = None
    ) -> list[tuple[MediaId, float]]:
        wanted = (
            self.vectors.keys() if within is None else self.vectors.keys() & set(within.tolist())
        )
        scored = [(id_, float(self.vectors[id_] @ vector)) for id_ in wanted]
        return sorted(scored, key=lambda each: (-each[1], each[0]))[:k]


@pytest.fixture(scope="module")
def fresh() -> Iterator[Callable[[], Catalog]]:
    """Catalogues for a test that needs many."""
    opened: list[Catalog] = []
    with tempfile.TemporaryDirectory() as folder:
        Catalog.open(Path(folder) / "empty").close()

        def make() -> Catalog:
            place = Path(folder) / str(len(opened))
            shutil.copytree(Path(folder) / "empty", place)
            opened.append(Catalog.open(place))
            return opened[-1]

        yield make
        for catalog in opened:
            catalog.close()


def fill(catalog: Catalog, library: dict[str, list[MediaItem]]) -> dict[MediaId, StoredItem]:
    with catalog.transaction() as tx:
        for name, listed in library.items():
            row = sources.ensure(tx, name, "google_library", "default")
            row = sources.begin_listing(tx, row.id, "full", EPOCH)
            items.apply(tx, row.id, add=listed, listing=row.listing, now=EPOCH)
            sources.synced(tx, row.id, datetime.now(UTC))
        return items.by_ids(tx, range(1, 100))


def some_items(prefix: str) -> st.SearchStrategy[list[MediaItem]]:
    days = st.none() | st.integers(0, 40).map(lambda days: EPOCH + timedelta(days=days))
    flags = st.sampled_from([False, False, True])
    one = st.tuples(days, st.sampled_from(["image/jpeg", "video/mp4"]), flags, flags, flags)
    return st.lists(one, max_size=8).map(
        lambda rows: [
            MediaItem(
                source_id=f"{prefix}{n}",
                taken_at=taken,
                mime_type=kind,
                favorite=favorite,
                archived=archived,
                trashed=trashed,
            )
            for n, (taken, kind, favorite, archived, trashed) in enumerate(rows)
        ]
    )


RANGES = st.tuples(st.none() | st.integers(0, 40), st.none() | st.integers(0, 40)).map(
    lambda pair: DayRange(
        *(None if day is None else EPOCH.date() + timedelta(days=day) for day in pair)
    )
)
FILTERS = st.builds(
    Filters,
    days=st.lists(RANGES, max_size=2).map(tuple),
    sources=st.sampled_from([(), ("a",), ("b",), ("a", "b")]),
    kinds=st.sampled_from([(), ("photo",), ("video",)]),
    flags=st.sampled_from([(), ("favorite",), ("trashed",), ("archived", "trashed")]),
)


def meets(filters: Filters, stored: StoredItem) -> bool:
    taken = stored.item.taken_at
    in_time = any(
        taken is not None
        and (each.start is None or taken.date() >= each.start)
        and (each.end is None or taken.date() < each.end)
        for each in filters.days
    )
    return (
        (not filters.days or in_time)
        and (not filters.sources or stored.source in filters.sources)
        and (not filters.kinds or stored.item.kind in filters.kinds)
        and all(getattr(stored.item, flag) for flag in filters.flags)
        and (not stored.item.trashed or "trashed" in filters.flags)
    )


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    some_items("a"),
    some_items("b"),
    FILTERS,
    st.integers(1, 6),
    st.text(min_size=1).filter(str.strip),
    st.randoms(use_true_random=False),
)
def test_hits_are_those_of_a_look_at_everything(  # type: ignore[no-untyped-def]
    fresh: Callable[[], Catalog],
    first: list[MediaItem],
    second: list[MediaItem],
    filters: Filters,
    limit: int,
    text: str,
    random,
) -> None:
    catalog = fresh()
    stored = fill(catalog, {"a": first, "b": second})
    # Few directions, so that scores tie; some items have no vector yet, some vectors no item.
    directions = Words().encode_texts(["x", "y", "z"])
    vectors = {
        id_: directions[random.randrange(3)] for id_ in [*stored, 900, 901] if random.random() < 0.8
    }
    searcher = Searcher(catalog, Matrix(vectors), Words(), CONFIG)

    answer = searcher.search(Query.of(text, limit=limit, filters=filters))

    vector = Words().encode_texts([text])[0]
    expected = sorted(
        (-float(vectors[id_] @ vector), id_)
        for id_, item in stored.items()
        if id_ in vectors and meets(filters, item)
    )[:limit]
    assert [(hit.rank, -hit.score, hit.media_id) for hit in answer.hits] == [
        (rank, score, id_) for rank, (score, id_) in enumerate(expected, 1)
    ]
    for hit in answer.hits:
        assert (hit.source, hit.item) == (stored[hit.media_id].source, stored[hit.media_id].item)
    assert answer.took_ms > 0


def test_months_of_every_year_are_one_question_to_the_catalogue(
    fresh: Callable[[], Catalog],
) -> None:
    catalog = fresh()
    taken = [
        datetime(year, month, 15, tzinfo=UTC) for year in (1900, 2020) for month in range(1, 13)
    ]
    listed = [MediaItem(source_id=str(moment), taken_at=moment) for moment in taken]
    stored = fill(catalog, {"a": listed})
    vectors = {id_: Words().encode_texts(["x"])[0] for id_ in stored}
    searcher = Searcher(catalog, Matrix(vectors), Words(), CONFIG)
    odd = Query.of("x", Filters(months=(1, 3, 5, 7, 9, 11)), limit=100)
    assert {hit.item.taken_at.month for hit in searcher.search(odd).hits if hit.item.taken_at} == {
        *(1, 3, 5, 7, 9, 11)
    }


def test_a_source_nobody_knows_is_answered_with_the_list(fresh: Callable[[], Catalog]) -> None:
    catalog = fresh()
    fill(catalog, {"gone": []})
    searcher = Searcher(catalog, Matrix({}), Words(), CONFIG)
    with pytest.raises(UsageError) as caught:
        searcher.search(Query.of("x", Filters(sources=("fotos",))))
    assert "fotos" in str(caught.value)
    assert caught.value.advice == "There are: a, b, gone."


def test_what_exists_on_this_machine_is_named(fresh: Callable[[], Catalog], tmp_path: Path) -> None:
    catalog = fresh()
    stored = fill(
        catalog,
        {"a": [MediaItem(source_id="1", path="/photos/1.jpg"), MediaItem(source_id="2")]},
    )
    (tmp_path / "1").touch()
    vectors = {id_: Words().encode_texts(["x"])[0] for id_ in stored}
    searcher = Searcher(
        catalog, Matrix(vectors), Words(), CONFIG, thumbnail_of=lambda id_: tmp_path / str(id_)
    )
    hits = searcher.search(Query.of("x")).hits
    assert [(hit.path, hit.thumbnail) for hit in hits] == [
        ("/photos/1.jpg", str(tmp_path / "1")),
        (None, None),
    ]


def test_pending_items_are_mentioned(fresh: Callable[[], Catalog]) -> None:
    catalog = fresh()
    fill(catalog, {"a": [MediaItem(source_id="1")]})
    answer = Searcher(catalog, Matrix({}), Words(), CONFIG).search(Query.of("x"))
    assert answer.hits == ()
    assert any("1 photo is not searchable yet" in each for each in answer.warnings)


class Approximate(Matrix):
    """Overlooks the first items in short answers, as lists of near rows may."""

    def nearest(
        self, vector: NDArray[np.float32], k: int, within: NDArray[np.int64] | None = None
    ) -> list[tuple[MediaId, float]]:
        overlooked = 0 if k > 30 else 3
        found = super().nearest(vector, k + overlooked, within)
        return [hit for hit in found if hit[0] > overlooked][:k]


def test_a_hit_that_only_a_longer_answer_of_the_index_has_is_shown(
    fresh: Callable[[], Catalog],
) -> None:
    catalog = fresh()
    listed = [
        MediaItem(source_id=str(n), mime_type="image/jpeg", trashed=3 < n <= 40) for n in range(60)
    ]
    stored = fill(catalog, {"a": listed})
    vector = Words().encode_texts(["x"])[0]
    vectors = {id: vector * np.float32(1 - id / 1000) for id in stored}
    searcher = Searcher(catalog, Approximate(vectors), Words(), CONFIG)
    answer = searcher.search(Query.of("x", limit=5))
    expected = [id for id, one in stored.items() if not one.item.trashed][:5]
    assert [hit.media_id for hit in answer.hits] == expected
    assert expected[0] == 1
