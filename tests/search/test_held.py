"""Arrays are there from the second look on, and never of another state than the reader's."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path
from zoneinfo import ZoneInfo

from gphotos_search.catalog.filters import matching
from gphotos_search.media import Filters
from gphotos_search.search.held import Held
from tests.catalog.filled import add, fresh

PHOTOS = Filters(kinds=("photo",))


def test_a_program_that_looks_once_reads_nothing(tmp_path: Path) -> None:
    catalog = fresh(tmp_path)
    held = Held(catalog)
    with catalog.reading() as tx:
        assert held.at(tx, UTC) is None
        held.wait(10)
        assert held.at(tx, UTC) is None  # this look begins to read
        held.wait(10)
        assert held.at(tx, UTC) is not None
    catalog.close()


def test_arrays_follow_and_belong_to_one_state(tmp_path: Path) -> None:
    catalog = fresh(tmp_path)
    held = Held(catalog)
    for _ in range(2):
        with catalog.reading() as tx:
            held.at(tx, UTC)
        held.wait(10)
    with catalog.reading() as earlier:
        assert not len(matching(earlier, PHOTOS, UTC, held.at(earlier, UTC)))
        with catalog.transaction() as tx:
            ids = add(tx, range(3))
        with catalog.reading() as tx:
            now = held.at(tx, UTC)
            assert now is not None
            assert matching(tx, PHOTOS, UTC, now).tolist() == ids
        assert held.at(earlier, UTC) is None
    catalog.close()


def test_another_zone_is_read_anew(tmp_path: Path) -> None:
    catalog = fresh(tmp_path)
    held, zones = Held(catalog), (UTC, UTC, ZoneInfo("Asia/Tokyo"))
    for zone in zones:
        with catalog.reading() as tx:
            found = held.at(tx, zone)
        held.wait(10)
    assert found is None
    with catalog.reading() as tx:
        found = held.at(tx, zones[-1])
    assert found is not None
    assert found.zone is zones[-1]
    catalog.close()
