"""Vectors and what is still to be embedded."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from numpy.typing import NDArray
from sqlalchemy import Connection

from gphotos_search.catalog import changes, failures, items, sources, vectors
from gphotos_search.media import MediaId, MediaItem
from tests.catalog.filled import DIM, ENCODER, NOW, add, embed, item, unit


def waiting(
    tx: Connection,
    limit: int = 100,
    *,
    retry_all: bool = False,
    only: list[str] | None = None,
    after: MediaId | None = None,
    hours: float = 0,
) -> list[MediaId]:
    now = NOW + timedelta(hours=hours)
    found = vectors.pending(
        tx, ENCODER, now=now, limit=limit, retry_all=retry_all, sources=only, after=after
    )
    ids = [stored.media_id for stored in found]
    everything = [stored.media_id for stored in vectors.pending(tx, ENCODER, now=now, limit=10**6)]
    lacking = vectors.lacking(tx, ENCODER, range(10**4), now=now)
    assert lacking == set(everything)
    return ids


def test_vectors_come_back_as_half_floats(tx: Connection) -> None:
    ids = add(tx, range(5))
    embed(tx, ids)
    found, rows = vectors.read(tx, ENCODER, [ids[3], ids[1], 999])
    assert found.tolist() == [ids[1], ids[3]]
    assert rows.dtype == np.float32
    for media_id, row in zip(found.tolist(), rows, strict=True):
        assert row @ unit(media_id) > 0.999
        assert np.array_equal(row, unit(media_id).astype(np.float16).astype(np.float32))


def test_all_of_them_in_pieces(tx: Connection) -> None:
    ids = add(tx, range(10))
    embed(tx, ids[::-1])
    pieces = list(vectors.read_all(tx, ENCODER, chunk=4))
    assert [len(found) for found, _ in pieces] == [4, 4, 2]
    assert [int(one) for found, _ in pieces for one in found] == ids
    assert all(rows.shape[1] == DIM for _, rows in pieces)
    assert list(vectors.read_all(tx, "nobody")) == []
    assert vectors.read(tx, "nobody", ids)[0].tolist() == []
    assert vectors.count(tx, "nobody") == 0


def test_putting_again_replaces_and_is_told(tx: Connection) -> None:
    (one,) = add(tx, [1])
    embed(tx, [one])
    vectors.put(tx, ENCODER, [(one, unit(77))], NOW)
    assert vectors.count(tx, ENCODER) == 1
    assert vectors.read(tx, ENCODER, [one])[1][0] @ unit(77) > 0.999
    assert [change.op for change in changes.since(tx, ENCODER, 0, 9)] == ["put", "put"]


def test_an_item_that_vanished_is_skipped(tx: Connection) -> None:
    one, two = add(tx, [1, 2])
    items.remove(tx, [one])
    embed(tx, [one, two])
    assert vectors.read(tx, ENCODER, [one, two])[0].tolist() == [two]
    assert [change.media_id for change in changes.since(tx, ENCODER, 0, 9)] == [two]
    embed(tx, [one])
    embed(tx, [])


@pytest.mark.parametrize("bad", [np.full(DIM, np.nan), np.zeros(DIM), np.full(DIM, 2.0)])
def test_rows_that_are_no_unit_vectors_are_refused(
    tx: Connection, bad: NDArray[np.float64]
) -> None:
    (one,) = add(tx, [1])
    with pytest.raises(ValueError, match="unit length"):
        vectors.put(tx, ENCODER, [(one, bad.astype(np.float32))], NOW)


def test_an_encoder_has_one_width(tx: Connection) -> None:
    (one,) = add(tx, [1])
    embed(tx, [one])
    with pytest.raises(ValueError, match="width 4, not 2"):
        vectors.put(tx, ENCODER, [(one, np.array([1, 0], np.float32))], NOW)


def test_pending_is_newest_taken_first(tx: Connection) -> None:
    ids = add(tx, [5, 3, 9, 1])
    row = sources.ensure(tx, "photos", "folder", "default")
    (undated,) = items.apply(
        tx, row.id, add=[MediaItem(source_id="x")], listing=0, now=NOW
    ).values()
    order = [ids[3], ids[1], ids[0], ids[2], undated]
    assert waiting(tx) == order  # before the encoder's first vector
    embed(tx, [ids[1]])
    order.remove(ids[1])
    assert waiting(tx) == order
    assert waiting(tx, 2) == order[:2]
    assert waiting(tx, 2, after=order[1]) == order[2:]
    assert waiting(tx, after=undated) == []
    assert waiting(tx, after=10**6) == order  # gone: from the start


def test_pending_before_the_first_vector_goes_on_too(tx: Connection) -> None:
    ids = add(tx, [1, 2, 3])
    assert waiting(tx, 2, after=ids[0]) == ids[1:]


def test_new_items_are_pending_for_every_encoder(tx: Connection) -> None:
    embed(tx, add(tx, [1]))
    (two,) = add(tx, [2])
    assert waiting(tx) == [two]
    other = vectors.pending(tx, "other@1", now=NOW, limit=9)
    assert len(other) == 2


def test_pending_follows_a_corrected_date(tx: Connection) -> None:
    ids = add(tx, [1, 2, 3])
    embed(tx, ids[:1])
    newer = MediaItem(source_id="id-3", taken_at=NOW)
    items.apply(tx, 1, update=[(ids[2], newer)], listing=1, now=NOW)
    assert waiting(tx) == [ids[2], ids[1]]


def test_pending_of_some_sources(tx: Connection) -> None:
    here, there = add(tx, [1, 4]), add(tx, [2, 3], "other")
    assert waiting(tx) == [here[0], *there, here[1]]
    assert waiting(tx, only=["other", "nobody"]) == there
    assert waiting(tx, only=[]) == []


def test_a_failed_item_waits_for_its_next_try(tx: Connection) -> None:
    ids = add(tx, [1, 2, 3])
    embed(tx, ids[2:])
    failures.record(tx, ids[0], "fetch", "No.", now=NOW, permanent=False)
    failures.record(tx, ids[1], "decode", "Not a picture.", now=NOW, permanent=True)
    assert waiting(tx) == []
    assert waiting(tx, hours=1) == [ids[0]]
    assert waiting(tx, hours=10_000) == [ids[0]]
    assert waiting(tx, retry_all=True) == ids[:2]
    embed(tx, ids[:2])
    assert failures.count(tx) == 0
    assert waiting(tx, retry_all=True) == []


def test_a_page_of_items_seen_again_is_not_pending_again(tx: Connection) -> None:
    ids = add(tx, [1])
    embed(tx, ids)
    items.apply(tx, 1, add=[item(1)], listing=2, now=NOW)
    assert waiting(tx) == []
