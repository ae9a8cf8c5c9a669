from __future__ import annotations

import threading
from datetime import UTC, date, datetime

import pytest

from gphotos_search.catalog.quota import used
from gphotos_search.catalog.store import Catalog
from gphotos_search.errors import TryLater
from gphotos_search.google.quota import Budget, next_reset, project_day

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
TODAY = date(2026, 11, 21)


def spent(catalog: Catalog, bucket: str = "media", day: date = TODAY) -> int:
    with catalog.reading() as tx:
        return used(tx, bucket, day)


@pytest.mark.parametrize(
    "now, day, reset",
    [
        ("2026-11-21T07:59:59+00:00", "2026-11-20", "2026-11-21T08:00:00+00:00"),
        ("2026-11-21T08:00:00+00:00", "2026-11-21", "2026-11-22T08:00:00+00:00"),
        ("2026-07-01T06:59:59+00:00", "2026-06-30", "2026-07-01T07:00:00+00:00"),
        ("2026-11-01T08:30:00+00:00", "2026-11-01", "2026-11-02T08:00:00+00:00"),  # 25 hours
        ("2026-03-08T09:00:00+00:00", "2026-03-08", "2026-03-09T07:00:00+00:00"),  # 23 hours
    ],
)
def test_the_day_is_pacific(now: str, day: str, reset: str) -> None:
    moment = datetime.fromisoformat(now)
    assert project_day(moment).isoformat() == day
    assert next_reset(moment) == datetime.fromisoformat(reset)


def test_the_ceiling_is_never_passed_and_says_until_when(catalog: Catalog) -> None:
    budget = Budget(catalog, "media", 12, block=5, now=lambda: NOON)
    for _ in range(12):
        budget.take()
    with pytest.raises(TryLater) as caught:
        budget.take()
    assert caught.value.until == datetime(2026, 11, 22, 8, tzinfo=UTC)
    assert "12 downloads" in str(caught.value)
    assert spent(catalog) == 12


def test_requests_are_reserved_in_blocks_and_the_rest_given_back(catalog: Catalog) -> None:
    budget = Budget(catalog, "media", 100, block=10, now=lambda: NOON)
    for _ in range(11):
        budget.take()
    assert spent(catalog) == 20
    budget.close()
    budget.close()
    assert spent(catalog) == 11


def test_it_is_kept_across_runs_and_starts_anew_each_day(catalog: Catalog) -> None:
    now = NOON
    first = Budget(catalog, "media", 3, block=10, now=lambda: NOON)
    first.take()
    first.close()
    second = Budget(catalog, "media", 3, block=10, now=lambda: now)
    second.take()
    second.take()
    with pytest.raises(TryLater):
        second.take()
    now = datetime(2026, 11, 22, 8, 0, 1, tzinfo=UTC)
    second.take()
    assert spent(catalog, day=date(2026, 11, 22)) == 3


def test_buckets_are_separate(catalog: Catalog) -> None:
    Budget(catalog, "media", 1, block=1, now=lambda: NOON).take()
    Budget(catalog, "requests", 1, block=1, now=lambda: NOON).take()
    assert (spent(catalog), spent(catalog, "requests")) == (1, 1)


def test_threads_share_one_budget(catalog: Catalog) -> None:
    budgets = [Budget(catalog, "media", 60, block=7, now=lambda: NOON) for _ in range(2)]
    taken: list[int] = []

    def take(budget: Budget) -> None:
        for _ in range(40):
            try:
                budget.take()
            except TryLater:
                return
            taken.append(1)

    threads = [threading.Thread(target=take, args=(budgets[n % 2],)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for budget in budgets:
        budget.close()
    assert len(taken) == 60 == spent(catalog)


def test_an_overdrawn_bucket_reserves_nothing(catalog: Catalog) -> None:
    Budget(catalog, "media", 10, block=10, now=lambda: NOON).take()
    lowered = Budget(catalog, "media", 5, block=10, now=lambda: NOON)
    with pytest.raises(TryLater):
        lowered.take()


def test_closing_never_raises(catalog: Catalog) -> None:
    budget = Budget(catalog, "media", 10, block=10, now=lambda: NOON)
    budget.take()
    catalog.file.write_bytes(b"no database any more" * 1000)
    budget.close()
