"""Arrays follow the catalogue: what comes, changes and goes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection

from gphotos_search.catalog import arrays, items
from gphotos_search.catalog.filters import matching
from gphotos_search.media import DayRange, Filters
from tests.catalog.filled import NOW, add, item

THIS_YEAR = Filters(days=(DayRange(date(2024, 1, 1), date(2025, 1, 1)),))


def test_nothing_new_costs_nothing(tx: Connection) -> None:
    add(tx, range(5))
    held = arrays.read(tx, UTC)
    assert arrays.advanced(tx, held) is held


def test_what_comes_changes_and_goes(tx: Connection) -> None:
    ids = add(tx, range(10))
    first = arrays.read(tx, UTC)
    old = replace(item(3), taken_at=NOW - timedelta(days=800))
    items.apply(tx, 1, update=[(ids[3], old)], listing=1, now=NOW)
    items.remove(tx, [ids[9]])
    more = add(tx, [20])
    now = arrays.advanced(tx, first)
    assert now is not None
    kept = [id for id in (*ids, *more) if id not in (ids[3], ids[9])]
    assert matching(tx, THIS_YEAR, UTC, now).tolist() == kept
    assert matching(tx, Filters(), UTC, now).tolist() == sorted((*kept, ids[3]))
    assert matching(tx, Filters(sources=("photos",)), UTC, now).tolist() == sorted((*kept, ids[3]))
    # The older ones are as they were: another thread may be reading them.
    assert matching(tx, THIS_YEAR, UTC, first).tolist() == ids


def test_what_comes_into_the_trash_and_out_of_it(tx: Connection) -> None:
    ids = add(tx, range(3))
    held = arrays.read(tx, UTC)
    for trashed, left in ((True, [ids[0], ids[2]]), (False, ids)):
        changed = replace(item(1), trashed=trashed)
        items.apply(tx, 1, update=[(ids[1], changed)], listing=1, now=NOW)
        new = arrays.advanced(tx, held)
        assert new is not None
        held = new
        assert matching(tx, THIS_YEAR, UTC, held).tolist() == left


def test_items_of_a_folder_are_in_whole_years_only(tx: Connection) -> None:
    (known,) = add(tx, [0])
    (folder,) = items.apply(
        tx, 1, add=[replace(item(1), taken_from="folder")], listing=1, now=NOW
    ).values()
    held = arrays.read(tx, UTC)
    longer = Filters(days=(DayRange(date(2023, 7, 1), date(2024, 7, 2)),))
    for filters, found in ((THIS_YEAR, [known, folder]), (longer, [known])):
        assert matching(tx, filters, UTC, held).tolist() == found
        assert matching(tx, filters, UTC).tolist() == found


def test_a_time_that_is_gone(tx: Connection) -> None:
    (one,) = add(tx, [1])
    held = arrays.read(tx, UTC)
    items.apply(tx, 1, update=[(one, replace(item(1), taken_at=None))], listing=1, now=NOW)
    now = arrays.advanced(tx, held)
    assert now is not None
    assert matching(tx, THIS_YEAR, UTC, now).tolist() == []
    assert matching(tx, Filters(), UTC, now).tolist() == [one]


def test_the_day_is_that_of_the_zone(tx: Connection) -> None:
    add(tx, [0])  # noon in Greenwich
    today = Filters(days=(DayRange(date(2024, 7, 2), date(2024, 7, 3)),))
    assert not len(matching(tx, today, UTC, arrays.read(tx, UTC)))
    kiritimati = ZoneInfo("Pacific/Kiritimati")
    assert len(matching(tx, today, kiritimati, arrays.read(tx, kiritimati)))


def test_who_is_too_far_behind_reads_all(tx: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = add(tx, range(3))
    held = arrays.read(tx, UTC)
    for favorite in (True, False):
        changed = [(id, replace(item(id - ids[0]), favorite=favorite)) for id in ids]
        items.apply(tx, 1, update=changed, listing=1, now=NOW)
    tx.exec_driver_sql("DELETE FROM item_changes WHERE seq <= 3")  # as the trigger does
    assert arrays.advanced(tx, held) is None


def test_a_later_state_is_of_no_use_to_an_earlier_one(tx: Connection) -> None:
    add(tx, [1])
    held = arrays.read(tx, UTC)
    ahead = replace(held, state=arrays.State(held.state.top + 1, held.state.seq))
    assert arrays.advanced(tx, ahead) is None
