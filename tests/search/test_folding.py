"""What shows one photograph is one hit, and a search equals a fold of everything there is."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gphotos_search.catalog import items, twins
from gphotos_search.catalog.store import Catalog
from gphotos_search.media import Filters, MediaId, MediaItem, Query, StoredItem
from gphotos_search.search.rank import best, photographs
from gphotos_search.search.run import SPARE, Searcher
from tests.search.test_run import CONFIG, Matrix, Words, fill, fresh

__all__ = ["fresh"]
Scores = dict[MediaId, float]


def sha(number: int) -> str:
    return hashlib.sha256(bytes([number])).hexdigest()


@dataclass(frozen=True)
class Drawn:
    """One item of a random library; numbers stand for bytes, `twin` for a place in the list."""

    source: str
    source_id: str
    edited_of: str
    twin: int | None
    trashed: bool
    score: int


BYTES = st.integers(0, 7).map(sha)
DRAWN = st.builds(
    Drawn,
    source=st.sampled_from("abc"),
    source_id=BYTES | BYTES | st.sampled_from(["AF1", "AF2", "AF3"]),
    edited_of=st.just("") | st.just("") | BYTES,
    twin=st.none() | st.none() | st.integers(0, 60),
    trashed=st.sampled_from([False, False, True]),
    score=st.integers(0, 3),
)
LIBRARIES = st.lists(
    DRAWN, min_size=1, max_size=40, unique_by=lambda one: (one.source, one.source_id)
)


def store(catalog: Catalog, drawn: list[Drawn]) -> tuple[dict[MediaId, StoredItem], Scores]:
    """A twin that lies beyond the list is one that left the catalogue."""
    listed: dict[str, list[MediaItem]] = {"a": [], "b": [], "c": []}
    for one in drawn:
        listed[one.source].append(
            MediaItem(source_id=one.source_id, edited_of=one.edited_of, trashed=one.trashed)
        )
    by_key = {(each.source, each.item.source_id): each for each in fill(catalog, listed).values()}
    ids = [by_key[one.source, one.source_id].media_id for one in drawn]
    with catalog.transaction() as tx:
        for media_id, one in zip(ids, drawn, strict=True):
            if one.twin is not None:
                twins.link(tx, media_id, ids[one.twin] if one.twin < len(ids) else 999)
        stored = items.by_ids(tx, ids)
    return stored, {media_id: one.score / 4 for media_id, one in zip(ids, drawn, strict=True)}


def links(stored: dict[MediaId, StoredItem]) -> Iterator[tuple[str, str]]:
    """Pairs of names that mean one photograph: of bytes, or of an item without known bytes."""
    names = {
        one.media_id: one.item.source_id if len(one.item.source_id) == 64 else f"item {id_}"
        for id_, one in stored.items()
    }
    for name, alike in itertools.groupby(
        sorted(stored, key=lambda id_: (names[id_], id_)), names.get
    ):
        group = [stored[id_] for id_ in alike]
        edits = [one.item.edited_of for one in group if one.item.edited_of]
        pairs = [names[one.twin_of] for one in group if one.twin_of in names]
        yield from ((str(name), goal) for goal in (edits or pairs)[:1])
        yield str(name), str(name)


def groups(stored: dict[MediaId, StoredItem]) -> dict[MediaId, frozenset[str]]:
    """Which names are connected, by looking at all pairs until nothing changes."""
    sets: dict[str, set[str]] = {}
    for left, right in links(stored):
        joined = sets.get(left, {left}) | sets.get(right, {right})
        for name in joined:
            sets[name] = joined
    return {
        id_: frozenset(sets[sid if len(sid := one.item.source_id) == 64 else f"item {id_}"])
        for id_, one in stored.items()
    }


def reference(
    stored: dict[MediaId, StoredItem], scores: Scores, trashed: bool, fold: bool
) -> list[MediaId]:
    connected = groups(stored)
    leaders: list[MediaId] = []
    for media_id in sorted(scores, key=lambda id_: (-scores[id_], id_)):
        if stored[media_id].item.trashed != trashed:
            continue
        if not fold or all(connected[media_id] != connected[other] for other in leaders):
            leaders.append(media_id)
    return leaders


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(LIBRARIES, st.integers(1, 12), st.booleans(), st.booleans(), st.integers(0, 3))
def test_hits_are_the_first_of_a_fold_of_everything(
    fresh: Callable[[], Catalog],
    drawn: list[Drawn],
    limit: int,
    fold: bool,
    trashed: bool,
    spare: int,
) -> None:
    catalog = fresh()
    stored, scores = store(catalog, drawn)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gphotos_search.search.run.SPARE", spare)  # so that it has to ask for more
        searcher = Searcher(catalog, Scored(scores), Words(), CONFIG)
        filters = Filters(flags=("trashed",) if trashed else ())
        answer = searcher.search(Query.of("x", limit=limit, filters=filters, group=fold))
    expected = reference(stored, scores, trashed, fold)[:limit]
    assert [hit.media_id for hit in answer.hits] == expected
    assert [hit.rank for hit in answer.hits] == list(range(1, len(expected) + 1))


class Scored(Matrix):
    """An index whose scores are given."""

    def __init__(self, scores: Scores) -> None:
        super().__init__({})
        self.scores = scores

    def nearest(self, vector, k, within=None):  # type: ignore[no-untyped-def]
        ids = self.scores.keys() if within is None else self.scores.keys() & set(within.tolist())
        return sorted(((id_, self.scores[id_]) for id_ in ids), key=lambda one: (-one[1], one[0]))[
            :k
        ]


def test_copies_edits_and_twins_are_one_hit_shown_by_the_best(fresh: Callable[[], Catalog]) -> None:
    catalog = fresh()
    drawn = [
        Drawn("a", sha(1), "", None, False, 1),  # the original
        Drawn("a", sha(2), sha(1), None, False, 3),  # its edited copy
        Drawn("b", sha(1), "", None, False, 1),  # the same bytes in a folder
        Drawn("c", "AF1", "", 1, False, 2),  # picked, known to be the edited copy
        Drawn("a", sha(3), "", None, False, 0),  # another photograph
    ]
    stored, scores = store(catalog, drawn)
    searcher = Searcher(catalog, Scored(scores), Words(), CONFIG)
    folded = searcher.search(Query.of("x")).hits
    assert [hit.item.source_id for hit in folded] == [sha(2), sha(3)]
    every = searcher.search(Query.of("x", group=False)).hits
    assert len(every) == 5
    # What a filter leaves out does not stand for the others.
    in_folder = Query.of("x", filters=Filters(sources=("b", "c")))
    assert [hit.source for hit in searcher.search(in_folder).hits] == ["c"]
    assert set(photographs(stored.values()).values()) == {sha(1), sha(3)}


def test_edits_of_an_original_that_is_gone_still_belong_together(
    fresh: Callable[[], Catalog],
) -> None:
    drawn = [Drawn("a", sha(n), sha(9), None, False, n) for n in (1, 2, 3)]
    _, scores = store(catalog := fresh(), drawn)
    hits = Searcher(catalog, Scored(scores), Words(), CONFIG).search(Query.of("x")).hits
    assert [hit.item.source_id for hit in hits] == [sha(3)]


def test_pointers_in_a_circle_end() -> None:
    circle = [
        StoredItem(
            media_id=n, source="a", item=MediaItem(source_id=sha(n), edited_of=sha((n + 1) % 3))
        )
        for n in range(3)
    ]
    itself = StoredItem(media_id=9, source="c", item=MediaItem(source_id="AF1"), twin_of=9)
    shows = photographs([*circle, itself])
    assert shows[0] == shows[1] == shows[2]
    assert shows[9] == 9


def test_equal_scores_keep_their_order_whatever_is_asked_for() -> None:
    items_ = {
        n: StoredItem(media_id=n, source="a", item=MediaItem(source_id=f"{n}")) for n in range(9)
    }
    order = [5, 3, 8, 1, 0, 2, 7, 4, 6]
    for limit in range(10):
        assert [id_ for id_, _ in best([(n, 0.5) for n in order], items_, limit)] == order[:limit]


def test_a_library_mostly_in_the_trash_gives_all_that_is_not(fresh: Callable[[], Catalog]) -> None:
    catalog = fresh()
    listed = [MediaItem(source_id=f"{n}", trashed=n % 20 != 19) for n in range(90)]
    stored = fill(catalog, {"a": listed})
    assert len(stored) == 90 > 4 * SPARE
    scores = {media_id: 1 - media_id / 100 for media_id in stored}
    hits = Searcher(catalog, Scored(scores), Words(), CONFIG).search(Query.of("x", limit=4)).hits
    assert [hit.item.source_id for hit in hits] == ["19", "39", "59", "79"]
