"""Transactions: whole or not at all, whatever happens; trouble of the file as sentences."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from gphotos_search.catalog import items, settings, store
from gphotos_search.catalog.store import Catalog, CatalogDamaged
from gphotos_search.errors import CatalogTooNew, GphotosError, Locked, TryLater
from tests.catalog.filled import add, embed


def count(catalog: Catalog) -> int:
    with catalog.reading() as tx:
        return items.counts(tx, "").items


def test_the_data_folder_is_private_to_its_owner(tmp_path: Path) -> None:
    Catalog.open(tmp_path / "a" / "data").close()
    assert (tmp_path / "a" / "data").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "a" / "data" / "catalog.db").stat().st_mode & 0o777 == 0o600


def test_a_commit_is_there_after_reopening(tmp_path: Path) -> None:
    first = Catalog.open(tmp_path)
    with first.transaction() as tx:
        add(tx, range(3))
    first.close()
    second = Catalog.open(tmp_path)
    assert count(second) == 3
    second.close()


def test_any_folder_name_will_do(tmp_path: Path) -> None:
    folder = tmp_path / "100% #1? caf\u00e9 %(x)s"
    Catalog.open(folder).close()
    assert [file.name for file in sorted(folder.iterdir())] == ["catalog.db", "lock"]


def test_an_error_takes_the_transaction_back(catalog: Catalog) -> None:
    def broken() -> None:
        with catalog.transaction() as tx:
            add(tx, range(3))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken()
    assert count(catalog) == 0


def test_every_commit_reaches_the_disk(catalog: Catalog) -> None:
    with catalog.reading() as tx:
        assert tx.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert tx.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert tx.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_a_reader_sees_one_state_and_waits_for_nobody(catalog: Catalog) -> None:
    with catalog.transaction() as tx:
        add(tx, range(2))
    with catalog.reading() as reader:
        assert items.counts(reader, "").items == 2
        with catalog.transaction() as tx:
            add(tx, range(2, 5))
            assert items.counts(reader, "").items == 2
        assert items.counts(reader, "").items == 2
    assert count(catalog) == 5


def test_reading_cannot_write(catalog: Catalog) -> None:
    with pytest.raises(GphotosError), catalog.reading() as tx:
        settings.put(tx, "a", 1)
    with catalog.transaction() as tx:
        settings.put(tx, "a", 2)


def test_threads_share_one_catalogue(catalog: Catalog) -> None:
    def work(start: int) -> None:
        for number in range(start, start + 5):
            with catalog.transaction() as tx:
                add(tx, [number])

    threads = [threading.Thread(target=work, args=(1000 * n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert count(catalog) == 30


def test_many_threads_may_read_and_then_write(catalog: Catalog) -> None:
    ready = threading.Barrier(30)

    def work(number: int) -> None:
        with catalog.reading() as reader:
            items.counts(reader, "")
            ready.wait()
            with catalog.transaction() as tx:
                add(tx, [number])

    threads = [threading.Thread(target=work, args=(n,)) for n in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert count(catalog) == 30


def test_several_may_create_it_at_once(tmp_path: Path) -> None:
    opened: list[Catalog] = []
    threads = [
        threading.Thread(target=lambda: opened.append(Catalog.open(tmp_path))) for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 5
    for catalog in opened:
        assert count(catalog) == 0
        catalog.close()


IN_A_TRANSACTION = """
import sys, time
from pathlib import Path
from gphotos_search.catalog.store import Catalog
from tests.catalog.filled import add, embed
catalog = Catalog.open(Path(sys.argv[1]))
with catalog.transaction() as tx:
    embed(tx, add(tx, range(10)))
with catalog.transaction() as tx:
    embed(tx, add(tx, range(10, 500)))
    print("written", flush=True)
    time.sleep(60)
"""


def test_kill_9_loses_only_the_open_transaction(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", IN_A_TRANSACTION, str(tmp_path)],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"written\n"
        os.kill(process.pid, signal.SIGKILL)
    catalog = Catalog.open(tmp_path)
    assert count(catalog) == 10
    with catalog.transaction() as tx:
        embed(tx, add(tx, range(10, 20)))
        assert tx.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
    catalog.close()


def test_a_locked_catalogue_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "PRAGMAS", (*store.PRAGMAS, "PRAGMA busy_timeout=50"))
    catalog = Catalog.open(tmp_path)
    other = sqlite3.connect(catalog.file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Locked, match="Another program is writing"), catalog.transaction():
        pass
    assert count(catalog) == 0
    other.close()
    with catalog.transaction() as tx:
        add(tx, [1])
    catalog.close()


def test_a_full_disk_is_a_sentence_and_loses_nothing(catalog: Catalog) -> None:
    with catalog.transaction() as tx:
        add(tx, range(5))
        pages = tx.exec_driver_sql("PRAGMA page_count").scalar_one()
        tx.exec_driver_sql(f"PRAGMA max_page_count={pages + 2}")
    with pytest.raises(TryLater, match="disk is full"), catalog.transaction() as tx:
        add(tx, range(5, 5000))
    assert count(catalog) == 5


def test_a_file_that_is_no_database_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "catalog.db").write_bytes(b"not a database, but long enough" * 100)
    with pytest.raises(CatalogDamaged, match="damaged"):
        Catalog.open(tmp_path)


def test_a_damaged_page_is_a_sentence(tmp_path: Path) -> None:
    catalog = Catalog.open(tmp_path)
    with catalog.transaction() as tx:
        add(tx, range(2000))
    catalog.close()
    first = 4096 * 90  # behind the schema: it opens
    with catalog.file.open("r+b") as file:
        file.seek(first)
        file.write(b"\xff" * (catalog.file.stat().st_size - first))
    broken = Catalog.open(tmp_path)
    with pytest.raises(CatalogDamaged), broken.reading() as tx:
        items.by_ids(tx, range(2001))
    broken.close()


def test_a_database_of_something_else_is_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "catalog.db") as other:
        other.execute("CREATE TABLE songs (title TEXT)")
    other.close()
    before = (tmp_path / "catalog.db").read_bytes()
    with pytest.raises(GphotosError, match="not one of gphotos-search"):
        Catalog.open(tmp_path)
    assert (tmp_path / "catalog.db").read_bytes() == before


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    catalog = Catalog.open(tmp_path)
    with catalog.transaction() as tx:
        tx.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    catalog.close()
    with pytest.raises(CatalogTooNew, match="schema 9999") as refused:
        Catalog.open(tmp_path)
    assert refused.value.exit_code == 2
    with sqlite3.connect(catalog.file) as raw:
        assert raw.execute("SELECT version_num FROM alembic_version").fetchall() == [("9999",)]
    raw.close()


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(GphotosError, match="Cannot use the data folder"):
        Catalog.open(tmp_path / "file" / "data")


def test_opening_an_existing_one_loads_no_orm_and_no_alembic(tmp_path: Path) -> None:
    Catalog.open(tmp_path).close()
    code = (
        "import sys; from pathlib import Path; from gphotos_search.catalog.store import Catalog;"
        "Catalog.open(Path(sys.argv[1])).close();"
        "print([name for name in ('sqlalchemy.orm', 'alembic', 'faiss') if name in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert run.stdout == "[]\n"
