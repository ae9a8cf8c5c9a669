"""Items: ids that are never reused, pages applied twice, removal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import Connection

from gphotos_search.catalog import changes, failures, items, sets, sources, vectors
from gphotos_search.catalog.filters import matching
from gphotos_search.catalog.schema import UNKNOWN_TIME
from gphotos_search.catalog.store import Catalog
from gphotos_search.media import Filters, MediaItem
from tests.catalog.filled import ENCODER, NOW, add, embed, item

FULL = MediaItem(
    source_id="AH0my-\u00e9",
    filename="caf\u00e9 \N{SMILING FACE WITH SUNGLASSES}.heic",
    mime_type="image/heic",
    taken_at=datetime(2024, 5, 1, 12, 11, 12, 345678, timezone(timedelta(hours=2))),
    width=4000,
    height=3000,
    description="Snow",
    url="https://photos.google.com/lr/photo/x",
    camera_make="Google",
    camera_model="Pixel",
    path="/photos/a.heic",
)


def test_an_item_comes_back_as_it_was(tx: Connection) -> None:
    row = sources.ensure(tx, "photos", "folder", "default")
    bare = MediaItem(source_id="bare")
    ids = items.apply(tx, row.id, add=[FULL, bare], listing=3, now=NOW)
    stored = items.get(tx, ids[FULL.source_id])
    assert stored is not None
    assert (stored.source, stored.item) == ("photos", FULL)
    assert stored.item.taken_at is not None
    assert stored.item.taken_at.utcoffset() == timedelta(0)
    known = items.known(tx, row.id, ["bare", "nobody"])
    assert {key: (it.item, it.last_seen) for key, it in known.items()} == {"bare": (bare, 3)}
    assert items.get(tx, 99) is None


@pytest.mark.parametrize("year", [1, 1826, 1969, 9999])
def test_old_and_far_times_are_exact(tx: Connection, year: int) -> None:
    row = sources.ensure(tx, "photos", "folder", "default")
    taken = datetime(year, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
    one = MediaItem(source_id="a", taken_at=taken)
    ids = items.apply(tx, row.id, add=[one], listing=1, now=NOW)
    assert items.by_ids(tx, ids.values())[ids["a"]].item.taken_at == taken


def test_a_page_may_be_applied_twice_and_repeat_an_item(tx: Connection) -> None:
    row = sources.ensure(tx, "photos", "folder", "default")
    first = items.apply(tx, row.id, add=[item(1), item(2), item(1)], listing=1, now=NOW)
    again = items.apply(tx, row.id, add=[item(1), item(2)], listing=2, now=NOW)
    assert first == again
    assert {it.last_seen for it in items.known(tx, row.id, ["id-1", "id-2"]).values()} == {2}
    assert items.counts(tx, "").items == 2


def test_update_and_seen(tx: Connection) -> None:
    one, two, three = add(tx, [1, 2, 3])
    changed = MediaItem(source_id="id-1", filename="new.mp4", mime_type="video/mp4")
    items.apply(tx, 1, update=[(one, changed)], seen=[two], listing=7, now=NOW)
    known = items.known(tx, 1, ["id-1", "id-2", "id-3"])
    assert [known[key].last_seen for key in ("id-1", "id-2", "id-3")] == [7, 7, 0]
    assert known["id-1"].item == changed
    assert matching(tx, Filters(kinds=("video",)), UTC).tolist() == [one]
    assert three in items.by_ids(tx, [three])


def test_the_same_id_in_two_sources_is_two_items(tx: Connection) -> None:
    (here,), (there,) = add(tx, [1]), add(tx, [1], "other")
    assert here != there
    assert items.counts_by_source(tx) == {"photos": 1, "other": 1}


def test_more_ids_than_a_statement_has_parameters(tx: Connection) -> None:
    add(tx, range(40))
    assert len(items.known(tx, 1, [f"id-{number}" for number in range(50_000)])) == 40
    assert len(items.by_ids(tx, range(50_000))) == 40
    items.remove(tx, range(6, 50_000))
    assert items.counts(tx, "").items == 5


def test_removal_takes_everything_along_and_tells_the_indexes(tx: Connection) -> None:
    ids = add(tx, range(4))
    embed(tx, ids[:3])
    embed(tx, ids[:1], "other@1")
    failures.record(tx, ids[3], "fetch", "Gone.", now=NOW, permanent=True)
    before = changes.generation(tx, ENCODER), changes.generation(tx, "other@1")
    items.remove(tx, [ids[0], ids[3], 999])
    assert [
        [(change.media_id, change.op) for change in changes.since(tx, name, seq, 10)]
        for name, seq in zip((ENCODER, "other@1"), before, strict=True)
    ] == [[(ids[0], "remove")], [(ids[0], "remove")]]
    assert vectors.count(tx, ENCODER) == 2
    assert failures.count(tx) == 0
    counts = items.counts(tx, ENCODER)
    assert (counts.items, counts.embedded, counts.pending, counts.failed) == (2, 2, 0, 0)


def test_an_id_is_never_used_again(tmp_path: Path) -> None:
    catalog = Catalog.open(tmp_path)
    with catalog.transaction() as tx:
        items.remove(tx, add(tx, [1, 2, 3]))
    catalog.close()
    catalog = Catalog.open(tmp_path)
    with catalog.transaction() as tx:
        assert add(tx, [1]) == [4]
    catalog.close()


def test_counts_add_up(tx: Connection) -> None:
    ids = add(tx, range(10))
    assert items.counts(tx, ENCODER) == items.Counts(items=10, embedded=0, pending=10, failed=0)
    failures.record(tx, ids[9], "fetch", "No.", now=NOW, permanent=False)
    assert items.counts(tx, ENCODER) == items.Counts(items=10, embedded=0, pending=9, failed=1)
    embed(tx, ids[:6])
    assert items.counts(tx, ENCODER) == items.Counts(items=10, embedded=6, pending=3, failed=1)
    assert items.counts(tx, "new@1") == items.Counts(items=10, embedded=0, pending=9, failed=1)


def test_kept_counts_are_what_counting_gives(tx: Connection) -> None:
    """Whatever came, changed and went, by whichever way."""
    ids, others = add(tx, range(30)), add(tx, range(5), "other")
    embed(tx, [*ids[:20], *others])
    embed(tx, ids[:10])
    embed(tx, ids[5:25], "second@1")
    items.apply(tx, 1, add=[item(2), item(77)], listing=2, now=NOW)
    items.apply(tx, 1, update=[(ids[3], item(90)), (ids[28], item(91))], listing=2, now=NOW)
    items.remove(tx, [*ids[4:9], others[0]])
    tx.exec_driver_sql("DELETE FROM vectors WHERE media_id = ?", (ids[0],))
    tx.exec_driver_sql("DELETE FROM items WHERE media_id = ?", (ids[1],))
    assert_counts(tx)
    queue = "SELECT encoder, source, taken, media_id FROM pending ORDER BY 1, 2, 3, 4"
    lacking = f"""SELECT encoders.id, source, coalesce(taken_at, {UNKNOWN_TIME}), items.media_id
    FROM items, encoders LEFT JOIN vectors
    ON vectors.media_id = items.media_id AND vectors.encoder = encoders.id
    WHERE vectors.id IS NULL AND NOT (items.media_id = {ids[0]} AND encoders.id = 1)
    ORDER BY 1, 2, 3, 4"""
    assert tx.exec_driver_sql(queue).all() == tx.exec_driver_sql(lacking).all()


def assert_counts(tx: Connection) -> None:
    for table, kept, column in (("items", "sources", "source"), ("vectors", "encoders", "encoder")):
        counted = f"""SELECT id, (SELECT count(*) FROM {table} WHERE {column} = {kept}.id)
        FROM {kept} ORDER BY 1"""
        told = f"SELECT id, {table} FROM {kept} ORDER BY 1"
        assert tx.exec_driver_sql(told).all() == tx.exec_driver_sql(counted).all()


def test_counts_when_a_source_goes(tx: Connection) -> None:
    ids, others = add(tx, range(8)), add(tx, range(5), "other")
    embed(tx, [*ids[:6], *others[:3]])
    embed(tx, others, "second@1")
    failures.record(tx, others[4], "fetch", "No.", now=NOW, permanent=True)
    gone = sources.get(tx, "other")
    assert gone is not None
    sources.forget(tx, gone.id)
    assert_counts(tx)
    assert items.counts(tx, ENCODER) == items.Counts(items=8, embedded=6, pending=2, failed=0)
    assert items.counts(tx, "second@1") == items.Counts(items=8, embedded=0, pending=8, failed=0)
    assert items.counts_by_source(tx) == {"photos": 8}
    assert add(tx, [1], "other") > others  # a source of that name begins at nothing
    assert items.counts_by_source(tx) == {"photos": 8, "other": 1}
    assert_counts(tx)


def test_counts_when_a_set_goes(tx: Connection) -> None:
    ids = add(tx, range(9))
    embed(tx, ids[:6])
    embed(tx, ids[2:], "second@1")
    nobody = sets.begin_drop(tx, "second@1")
    for left in (3, 0):
        assert sets.drop_some(tx, nobody, 4) == (4 if left else 3)
        assert_counts(tx)
        assert vectors.count(tx, nobody) == left
    assert vectors.count(tx, "second@1") == 0
    assert sets.drop_some(tx, nobody, 4) == 0
    assert_counts(tx)
    assert items.counts(tx, ENCODER) == items.Counts(items=9, embedded=6, pending=3, failed=0)
    embed(tx, ids[:1], "second@1")
    assert_counts(tx)
    assert vectors.count(tx, "second@1") == 1
