"""The small records: changes, failures, quota, settings."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection

from gphotos_search.catalog import changes, failures, items, quota, settings
from gphotos_search.catalog.failures import next_try
from tests.catalog.filled import ENCODER, NOW, add, embed

DAY = date(2024, 7, 1)


def test_changes_are_numbered_and_pruned(tx: Connection) -> None:
    assert changes.generation(tx, ENCODER) == 0
    ids = add(tx, range(5))
    embed(tx, ids)
    items.remove(tx, ids[:1])
    last = changes.generation(tx, ENCODER)
    found = changes.since(tx, ENCODER, 0, 100)
    assert [(change.media_id, change.op) for change in found] == [
        *((media_id, "put") for media_id in ids),
        (ids[0], "remove"),
    ]
    assert found[-1].seq == last
    assert changes.since(tx, ENCODER, found[1].seq, 2) == found[2:4]
    changes.prune(tx, ENCODER, found[2].seq)
    assert changes.pruned(tx, ENCODER) == found[2].seq
    assert changes.since(tx, ENCODER, 0, 100) == found[3:]
    changes.prune(tx, ENCODER, 10**9)
    assert (changes.generation(tx, ENCODER), changes.pruned(tx, ENCODER)) == (last, last)
    embed(tx, ids[1:2])
    assert changes.generation(tx, ENCODER) == last + 1
    changes.prune(tx, ENCODER, 1)
    assert changes.pruned(tx, ENCODER) == last


def test_each_encoder_has_its_own_changes(tx: Connection) -> None:
    ids = add(tx, range(2))
    embed(tx, ids)
    embed(tx, ids[:1], "other@1")
    assert len(changes.since(tx, "other@1", 0, 10)) == 1
    changes.prune(tx, ENCODER, 10**9)
    assert len(changes.since(tx, "other@1", 0, 10)) == 1


def test_failures_count_and_wait_longer(tx: Connection) -> None:
    one, two = add(tx, [1, 2])
    failures.record(tx, one, "fetch", "No.", now=NOW, permanent=False)
    failures.record(tx, one, "decode", "Cut off.", now=NOW, permanent=False)
    later = NOW + timedelta(hours=1)
    failures.record(tx, two, "decode", "No picture.", now=later, permanent=True)
    failures.record(tx, 999, "fetch", "Vanished.", now=NOW, permanent=False)
    latest, first = failures.listed(tx, 10)
    assert (latest.media_id, latest.permanent, latest.next_try_at) == (two, True, None)
    assert (first.count, first.stage, first.reason) == (2, "decode", "Cut off.")
    assert (first.source, first.filename) == ("photos", "IMG_0001.jpg")
    assert first.next_try_at == NOW + timedelta(hours=2)
    assert [failure.media_id for failure in failures.listed(tx, 1)] == [two]
    failures.clear(tx, [one, two])
    assert failures.count(tx) == 0


@given(st.integers(1, 10_000))
def test_the_next_try_is_between_an_hour_and_a_week(count: int) -> None:
    wait = next_try(count, NOW) - NOW
    assert timedelta(hours=1) <= wait <= timedelta(days=7)
    assert next_try(count + 1, NOW) - NOW >= wait


@pytest.mark.parametrize("count,hours", [(1, 1), (2, 2), (3, 4), (8, 128), (9, 168), (99, 168)])
def test_the_wait_doubles(count: int, hours: int) -> None:
    assert next_try(count, NOW) - NOW == timedelta(hours=hours)


def test_quota_is_never_passed(tx: Connection) -> None:
    assert quota.spend(tx, "requests", DAY, 7, 10)
    assert not quota.spend(tx, "requests", DAY, 4, 10)
    assert quota.used(tx, "requests", DAY) == 7
    assert quota.spend(tx, "requests", DAY, 3, 10)
    assert not quota.spend(tx, "requests", DAY, 1, 10)
    assert quota.spend(tx, "media", DAY, 1, 10)
    assert quota.spend(tx, "requests", DAY + timedelta(days=1), 10, 10)


def test_old_days_are_forgotten(tx: Connection) -> None:
    quota.spend(tx, "requests", DAY, 7, 10)
    quota.spend(tx, "requests", DAY + timedelta(days=30), 1, 10)
    assert quota.used(tx, "requests", DAY) == 0


@pytest.mark.parametrize("value", [1, "é", None, [1, {"a": False}], {"b": 1.5}])
def test_settings_are_json(tx: Connection, value: object) -> None:
    settings.put(tx, "key", "before")
    settings.put(tx, "key", value)
    assert settings.get(tx, "key") == value
    assert settings.get(tx, "other") is None
