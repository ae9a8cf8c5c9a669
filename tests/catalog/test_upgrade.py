"""Every released schema is brought up to date, with rows hanging on rows, and nothing is lost."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from gphotos_search.catalog import (
    changes,
    items,
    places_known,
    schema_local,  # noqa: F401  (its tables join the metadata)
    schema_search,  # noqa: F401  (as well)
    settings,
    sources,
    vectors,
)
from gphotos_search.catalog.columns import metadata
from gphotos_search.catalog.schema import REVISION
from gphotos_search.catalog.store import Catalog
from gphotos_search.catalog.upgrade import MIGRATIONS, upgrade
from gphotos_search.errors import GphotosError, Locked
from gphotos_search.lock import exclusive
from tests.catalog.filled import ENCODER, add, embed

RELEASED = sorted((Path(__file__).parents[1] / "data").glob("catalog-*.sql"))

REBUILDS = """
from __future__ import annotations
import sqlalchemy as sa
from alembic import op
from gphotos_search.catalog.migrations.rebuild import rebuilt
revision = "9000"
down_revision = "{before}"
def upgrade() -> None:
    with rebuilt("items") as batch:
        batch.add_column(sa.Column("rating", sa.Integer, nullable=False, server_default="3"))
        batch.alter_column("url", existing_type=sa.Text, nullable=True)
    with rebuilt("sources") as batch:
        batch.alter_column("message", existing_type=sa.Text, nullable=True)
    {more}
"""


@pytest.fixture(params=RELEASED, ids=lambda path: path.stem)
def released(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A populated catalogue as that release left it."""
    with closing(sqlite3.connect(tmp_path / "catalog.db")) as raw:
        raw.executescript(request.param.read_text())
    return tmp_path


@pytest.fixture
def next_release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our migrations and one more, that rebuilds the tables on which others hang."""
    return with_one_more(tmp_path_factory.mktemp("release"))


def with_one_more(folder: Path, more: str = "") -> Path:
    copy = folder / "migrations"
    shutil.copytree(MIGRATIONS, copy, ignore=shutil.ignore_patterns("__pycache__"))
    script = REBUILDS.format(before=REVISION, more=more)
    (copy / "versions" / "9000_next.py").write_text(script)
    return copy


def run(folder: Path, migrations: Path) -> None:
    engine = create_engine(f"sqlite:///{folder / 'catalog.db'}", isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            upgrade(connection, folder / "catalog.db", migrations=migrations)
    finally:
        engine.dispose()


def rows(file: Path, tables: tuple[str, ...]) -> dict[str, list[Any]]:
    with closing(sqlite3.connect(file)) as raw:
        return {table: sorted(raw.execute(f"SELECT * FROM {table}"), key=repr) for table in tables}


CHILDREN = ("vectors", "pending", "failures", "changes", "encoders", "quota", "settings")


def test_the_newest_script_is_the_schema_of_this_release() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_current_head() == REVISION


def test_each_release_has_its_sample() -> None:
    revisions = {script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()}
    assert revisions == {path.stem.removeprefix("catalog-") for path in RELEASED}


def shape(file: Path) -> dict[str, Any]:
    """Columns, indexes and references of every table of ours."""
    with closing(sqlite3.connect(file)) as raw:

        def asked(columns: str, pragma: str, name: str) -> list[Any]:
            return raw.execute(f"SELECT {columns} FROM pragma_{pragma}('{name}')").fetchall()

        found = raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        names = {name for (name,) in found if not name.startswith("item_texts")}
        names -= {"alembic_version", "sqlite_sequence"}
        return {
            name: (
                asked('name, "notnull", pk', "table_info", name),
                sorted(
                    asked("name", "index_info", index)
                    for (index,) in asked("name", "index_list", name)
                ),
                sorted(asked('"table", "from", on_delete', "foreign_key_list", name)),
            )
            for name in names
        }


def test_the_scripts_make_the_tables_that_the_code_reads(tmp_path: Path) -> None:
    Catalog.open(tmp_path).close()
    engine = create_engine(f"sqlite:///{tmp_path / 'declared.db'}")
    metadata.create_all(engine)
    engine.dispose()

    assert shape(tmp_path / "catalog.db") == shape(tmp_path / "declared.db")


def test_a_released_catalogue_opens_with_all_it_held(released: Path) -> None:
    catalog = Catalog.open(released)
    with catalog.reading() as tx:
        assert [row.name for row in sources.all_rows(tx)] == ["photos", "old phone"]
        counts = items.counts(tx, ENCODER)
        assert (counts.items, counts.embedded, counts.failed) == (9, 6, 1)
        assert vectors.read(tx, ENCODER, range(100))[1].shape == (6, 4)
        assert changes.generation(tx, ENCODER) == 8
        assert settings.get(tx, "model") == {"revision": "abc"}
        places_known.known(tx)
        assert tx.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    with catalog.transaction() as tx:
        assert add(tx, [100]) == [13]  # 12 was handed out once, and is gone
        embed(tx, [13])
    catalog.close()


WITH_PLACES = [path for path in RELEASED if path.stem >= "catalog-0003"]


@pytest.mark.parametrize("released", WITH_PLACES, ids=lambda path: path.stem, indirect=True)
def test_places_of_a_released_catalogue_are_known_by_every_name(released: Path) -> None:
    catalog = Catalog.open(released)
    with catalog.reading() as tx:
        places = places_known.known(tx)
    catalog.close()
    assert places.ids["lyon"] == places.ids["lione"] == (2996944,)
    assert places.ids["auvergne rhone alpes"] == (11071625,)
    assert places.within[2996944] == (11071625, 3017382)


def test_rebuilding_a_table_keeps_what_hangs_on_it(released: Path, next_release: Path) -> None:
    Catalog.open(released).close()
    before = rows(released / "catalog.db", CHILDREN)
    assert all(before[table] for table in ("vectors", "pending", "failures", "changes"))
    run(released, next_release)
    assert rows(released / "catalog.db", CHILDREN) == before
    with closing(sqlite3.connect(released / "catalog.db")) as raw:
        assert raw.execute("SELECT count(*), sum(rating) FROM items").fetchone() == (9, 27)
        assert raw.execute("PRAGMA foreign_key_check").fetchall() == []


def test_rebuilding_a_table_reuses_no_id_and_keeps_its_triggers(
    released: Path, next_release: Path
) -> None:
    Catalog.open(released).close()
    run(released, next_release)
    with closing(sqlite3.connect(released / "catalog.db")) as raw:
        (sql,) = raw.execute("SELECT sql FROM sqlite_master WHERE name = 'items'").fetchone()
        assert "AUTOINCREMENT" in sql
        pending = raw.execute("SELECT count(*) FROM pending").fetchone()[0]
        columns = [name for _, name, *_ in raw.execute("PRAGMA table_info(items)")]
        fresh = {"media_id": "NULL", "source_id": "'new'"}
        values = ", ".join(fresh.get(name, f'"{name}"') for name in columns)
        new = raw.execute(f"INSERT INTO items SELECT {values} FROM items LIMIT 1")
        assert new.lastrowid == 13
        assert raw.execute("SELECT count(*) FROM pending").fetchone()[0] == pending + 1


def test_a_copy_is_made_before(released: Path, next_release: Path) -> None:
    catalog = Catalog.open(released)
    with catalog.transaction() as tx:
        embed(tx, add(tx, [200]))
    # Still open: the last commit may be in the WAL alone.
    before = rows(catalog.file, ("items", "vectors"))
    run(released, next_release)
    catalog.close()
    copy = released / "catalog.db.before-9000"
    assert rows(copy, ("items", "vectors")) == before
    assert copy.stat().st_mode & 0o777 == 0o600


def test_a_migration_that_fails_leaves_the_file_as_it_was(
    released: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    Catalog.open(released).close()
    tables = (*CHILDREN, "items", "sources", "alembic_version")
    before = rows(released / "catalog.db", tables)
    for more in ("raise ZeroDivisionError", 'op.execute("DELETE FROM sources")'):
        broken = with_one_more(tmp_path_factory.mktemp("broken"), more)
        with pytest.raises((ZeroDivisionError, AssertionError)):
            run(released, broken)
        assert rows(released / "catalog.db", tables) == before


def test_an_upgrade_waits_for_the_writer_and_then_says_who_it_is(
    released: Path, next_release: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Catalog.open(released).close()
    monkeypatch.setattr("gphotos_search.catalog.upgrade.WAIT_S", 0.2)
    with exclusive(released / "lock", purpose="sync"), pytest.raises(Locked, match="sync, process"):
        run(released, next_release)


def test_a_newer_one_is_refused_before_anything_is_written(
    released: Path, next_release: Path
) -> None:
    Catalog.open(released).close()
    run(released, next_release)
    before = rows(released / "catalog.db", ("items",))
    with pytest.raises(GphotosError, match="schema 9000"):
        Catalog.open(released)
    assert rows(released / "catalog.db", ("items",)) == before
