"""Items with coordinates get their place; what occurs is what a sentence may name."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from gphotos_search.catalog import items, places_known, sources
from gphotos_search.catalog.schema import items as items_table
from gphotos_search.catalog.store import Catalog
from gphotos_search.places import locate
from tests.catalog.filled import NOW, fresh, item

LYON, MUNICH, ROME, SEA = (45.76, 4.84), (48.14, 11.58), (41.89, 12.49), (40.0, -40.0)


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    opened = fresh(tmp_path / "data")
    yield opened
    opened.close()


def add(catalog: Catalog, *points: tuple[float, float] | None, first: int = 1) -> list[int]:
    """Items taken at these points; their media ids."""
    found = [
        replace(item(first + i), latitude=at[0], longitude=at[1]) if at else item(first + i)
        for i, at in enumerate(points)
    ]
    with catalog.transaction() as tx:
        source = sources.ensure(tx, "photos", "folder", "")
        ids = items.apply(tx, source.id, add=found, listing=1, now=NOW)
    return [ids[each.source_id] for each in found]


def places(catalog: Catalog) -> dict[int, int | None]:
    with catalog.reading() as tx:
        rows = tx.execute(select(items_table.c.media_id, items_table.c.place_id))
        return {row[0]: row[1] for row in rows}


def known(catalog: Catalog) -> places_known.KnownPlaces:
    with catalog.reading() as tx:
        return places_known.known(tx)


def test_items_get_their_city_with_its_region_and_country(catalog: Catalog) -> None:
    lyon, again, munich, none, sea = add(catalog, LYON, LYON, MUNICH, None, SEA)
    assert locate.locate(catalog) == 4
    assert places(catalog) == {
        lyon: 2996944,
        again: 2996944,
        munich: 2867714,
        none: None,
        sea: places_known.NOWHERE,
    }
    found = known(catalog)
    assert found.ids["lyon"] == found.ids["lione"] == (2996944,)
    assert found.ids["münchen"] == found.ids["munchen"] == (2867714,)
    assert set(found.within[2996944]) == {*found.ids["auvergne-rhone-alpes"], *found.ids["france"]}
    assert found.ids["deutschland"] == found.ids["alemania"] == found.ids["allemagne"]
    assert found.where["lione"] == pytest.approx(LYON, abs=0.1)
    assert "rome" not in found.ids
    assert "lion" in found.common
    assert not {"lyon", "france", "münchen", "bavaria"} & set(found.common)


def test_it_is_done_once(catalog: Catalog) -> None:
    add(catalog, LYON, SEA)
    assert locate.locate(catalog) == 2
    assert locate.locate(catalog) == 0


def test_an_item_that_moves_is_located_again(catalog: Catalog) -> None:
    [lyon] = add(catalog, LYON)
    locate.locate(catalog)
    moved = replace(item(1), latitude=ROME[0], longitude=ROME[1])
    with catalog.transaction() as tx:
        source = sources.ensure(tx, "photos", "folder", "")
        items.apply(tx, source.id, update=[(lyon, moved)], listing=2, now=NOW)
    assert locate.locate(catalog) == 1
    locate.forget_unused(catalog)
    found = known(catalog)
    assert places(catalog) == {lyon: 3169070}
    assert "lyon" not in found.ids
    assert "france" not in found.ids
    assert found.ids["roma"] == (3169070,)


def test_a_place_whose_items_are_gone_is_forgotten(catalog: Catalog) -> None:
    lyon, _, nice = add(catalog, LYON, MUNICH, (43.70, 7.27))
    locate.locate(catalog)
    with catalog.transaction() as tx:
        items.remove(tx, [lyon])
    locate.forget_unused(catalog)
    assert "lyon" not in known(catalog).ids
    assert known(catalog).ids["france"] == (3017382,)  # Nice is left
    with catalog.transaction() as tx:
        items.remove(tx, [nice])
    locate.forget_unused(catalog)
    assert "france" not in known(catalog).ids
    assert "germany" in known(catalog).ids


def test_what_moves_while_it_is_looked_up_is_left_for_the_next_time(catalog: Catalog) -> None:
    [lyon] = add(catalog, LYON)
    with catalog.transaction() as tx:
        places_known.assign(tx, [(lyon, *ROME, 3169070)])
    assert places(catalog) == {lyon: None}


def test_a_stop_is_obeyed(catalog: Catalog) -> None:
    add(catalog, LYON)
    stop = threading.Event()
    stop.set()
    assert locate.locate(catalog, stop) == 0


KILLED = """
import os, signal, sys
from pathlib import Path
from gphotos_search.catalog import places_known
from gphotos_search.catalog.store import Catalog
from gphotos_search.places import locate

locate.AT_ONCE = 2
catalog, calls, assign = Catalog.open(Path(sys.argv[1])), [0], places_known.assign

def dies(tx, rows):
    assign(tx, rows)
    calls[0] += 1
    if calls[0] == 2:
        os.kill(os.getpid(), signal.SIGKILL)

places_known.assign = dies
locate.locate(catalog)
"""


def test_a_kill_costs_one_chunk(catalog: Catalog) -> None:
    ids = add(catalog, LYON, LYON, MUNICH, ROME, SEA)
    folder = str(catalog.file.parent)
    done = subprocess.run([sys.executable, "-c", KILLED, folder], check=False)
    assert done.returncode == -signal.SIGKILL
    assert [places(catalog)[id] for id in ids] == [2996944, 2996944, None, None, None]
    assert "rome" not in known(catalog).ids
    assert locate.locate(catalog) == 3
    assert None not in places(catalog).values()
    assert known(catalog).ids["rome"] == (3169070,)
