"""Archives from poll to poll, and which of them have given all they hold."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import insert

from gphotos_search.catalog import drive_files, failures, items, sources, spent, vectors
from gphotos_search.catalog.drive_files import DriveFile
from gphotos_search.catalog.schema_local import archives, files
from gphotos_search.catalog.store import Catalog
from gphotos_search.media import MediaItem

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
FILE = DriveFile(file_id="one", name="takeout-1.zip", size=10, md5="a" * 32, revision="r1")
ENCODER = "tiny"


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    opened = Catalog.open(tmp_path)
    yield opened
    opened.close()


def source(catalog: Catalog, name: str = "drive") -> int:
    with catalog.transaction() as tx:
        return sources.ensure(tx, name, "drive_takeout", "default").id


def test_the_same_content_keeps_its_first_time_and_name(catalog: Catalog) -> None:
    pk = source(catalog)
    with catalog.transaction() as tx:
        drive_files.see(tx, pk, FILE, since=NOW, now=NOW)
        drive_files.set_state(tx, pk, "one", "ready")
        later = NOW + timedelta(hours=1)
        renamed = DriveFile(file_id="one", name="x.zip", size=10, md5="a" * 32, revision="r1")
        row = drive_files.see(tx, pk, renamed, since=later, now=later)
    assert (row.since, row.last_seen_at, row.state) == (NOW, later, "ready")
    assert row.file == FILE


@pytest.mark.parametrize("change", ["size", "md5", "revision"])
def test_other_content_begins_anew(change: str, catalog: Catalog) -> None:
    pk = source(catalog)
    values = {"size": 10, "md5": "a" * 32, "revision": "r1"}
    values[change] = {"size": 11, "md5": "b" * 32, "revision": "r2"}[change]
    later = NOW + timedelta(hours=1)
    with catalog.transaction() as tx:
        drive_files.see(tx, pk, FILE, since=NOW, now=NOW)
        drive_files.set_state(tx, pk, "one", "imported", "done")
        other = DriveFile(file_id="one", name="takeout-1.zip", **values)  # type: ignore[arg-type]
        row = drive_files.see(tx, pk, other, since=later, now=later)
    assert (row.since, row.state, row.message) == (later, "seen", "")


def test_sources_do_not_see_each_others_archives(catalog: Catalog) -> None:
    one, two = source(catalog), source(catalog, "other")
    with catalog.transaction() as tx:
        drive_files.see(tx, one, FILE, since=NOW, now=NOW)
        drive_files.set_state(tx, one, "one", "fetched")
        assert drive_files.have(tx, one, FILE.md5)
        assert not drive_files.have(tx, two, FILE.md5)
        assert drive_files.rows(tx, two) == []
        drive_files.forget(tx, one, "one")
        assert drive_files.rows(tx, one) == []


def hold(
    catalog: Catalog, pk: int, path: str, *shas: str, state: str = "paired", message: str = ""
) -> None:
    """An archive with a media file for each hash."""
    with catalog.transaction() as tx:
        archive = tx.execute(
            insert(archives)
            .values(
                source=pk, path=path, kind="zip", export="e", size=1, stamp=1, state=state,
                message=message, present=True, refused=0,
            )
            .returning(archives.c.id)
        ).scalar_one()  # fmt: skip
        for number, sha in enumerate(shas):
            tx.execute(
                insert(files).values(
                    archive=archive, directory="d", name=f"{number}.jpg", name_there="", size=1,
                    stamp=1, position=0, sha256=sha, trouble="", role="media", rule="", why="",
                )
            )  # fmt: skip


def embed(catalog: Catalog, pk: int, *shas: str) -> None:
    """Items for all hashes; those that do not begin with "-" get a vector."""
    added = [MediaItem(source_id=sha.lstrip("-")) for sha in shas]
    with catalog.transaction() as tx:
        ids = items.apply(tx, pk, add=added, update=[], seen=[], listing=1, now=NOW)
        unit = np.eye(1, 4, dtype=np.float32)[0]
        rows = [(ids[sha], unit) for sha in shas if not sha.startswith("-")]
        vectors.put(tx, ENCODER, rows, NOW)


def spent_paths(catalog: Catalog, encoder: str = ENCODER) -> dict[str, str]:
    with catalog.reading() as tx:
        return spent.archives(tx, "drive", encoder, tries=3)


def test_an_archive_is_spent_when_all_its_photos_are_embedded(catalog: Catalog) -> None:
    pk = source(catalog)
    hold(catalog, pk, "/whole.zip", "a", "b")
    hold(catalog, pk, "/open.zip", "b", "c")
    hold(catalog, pk, "/unread.zip", "")
    hold(catalog, pk, "/damaged.zip", "a", message="It ends too early.")
    hold(catalog, pk, "/listed.zip", "a", state="listed")
    hold(catalog, pk, "/empty.zip")
    embed(catalog, pk, "a", "b", "-c")
    damaged = {"/damaged.zip": "It ends too early."}  # and was read as far as that
    assert spent_paths(catalog) == {"/whole.zip": "", "/empty.zip": ""} | damaged
    assert spent_paths(catalog, "another model") == {}


def test_what_waits_in_another_source_holds_no_archive_back(catalog: Catalog) -> None:
    pk, other = source(catalog), source(catalog, "other")
    hold(catalog, pk, "/one.zip", "a")
    hold(catalog, other, "/two.zip", "a")
    embed(catalog, pk, "a")
    embed(catalog, other, "-a")
    assert spent_paths(catalog) == {"/one.zip": ""}


def test_a_photo_that_failed_for_good_is_not_waited_for(catalog: Catalog) -> None:
    pk = source(catalog)
    hold(catalog, pk, "/one.zip", "a", "c")
    embed(catalog, pk, "a", "-c")
    with catalog.transaction() as tx:
        lost = items.known(tx, pk, ["c"])["c"].media_id
        failures.record(tx, lost, "decode", "it is no picture", now=NOW, permanent=True)
    assert spent_paths(catalog) == {"/one.zip": ""}
