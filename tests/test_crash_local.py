"""kill -9 anywhere while an export or a folder is taken in; a rerun ends as if nothing happened."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select

from gphotos_search.catalog import schema, schema_local
from gphotos_search.catalog.store import Catalog
from tests.exports import Library as Photos
from tests.exports import lay_out, write_tgzs, write_tree, write_zips
from tests.local import Library

Transaction = AbstractContextManager[Connection]

SETTLED = (1_750_000_000, 1_750_000_000)
TABLES = (schema.items, schema_local.files, schema_local.sidecars, schema_local.contents)
# What differs between any two runs.
TIMES = {"added_at", "last_seen", "stamp", "archive"}


def write(kind: str, folder: Path) -> None:
    export = lay_out(Photos.typical(48, layout="json albums"))
    folder.mkdir()
    if kind == "zip":
        write_zips(export, folder, parts=4)
    elif kind == "tgz":
        write_tgzs(export, folder, parts=2)
    else:
        write_tree(export, folder)
    for path in folder.rglob("*"):
        os.utime(path, SETTLED)


def rows(library: Library) -> dict[str, list[dict[str, Any]]]:
    """Everything that must converge."""
    found = {}
    with library.catalog.reading() as tx:
        for table in TABLES:
            told = tx.execute(select(table).order_by(*table.primary_key.columns)).mappings()
            found[table.name] = [
                {name: value for name, value in row.items() if name not in TIMES} for row in told
            ]
    return found


def sync_and_die(library: Library, fatal: int, after_commit: bool) -> None:
    """Sync in a child process that is killed at one of its transactions."""
    child = os.fork()
    if child == 0:
        try:
            again = Library(library.config.storage.data_dir, library.path, library.source.type)
            monkey = pytest.MonkeyPatch()
            monkey.setattr(again.catalog, "transaction", deadly(again.catalog, fatal, after_commit))
            again.sync()
        finally:
            os._exit(0)
    os.waitpid(child, 0)


def deadly(catalog: Catalog, fatal: int, after_commit: bool) -> Callable[..., Transaction]:
    """Transactions of which one is the last thing that happens."""
    real, number = catalog.transaction, 0

    @contextmanager
    def transaction(**options: bool) -> Iterator[Connection]:
        nonlocal number
        number += 1
        with real(**options) as tx:
            yield tx
            if number == fatal and not after_commit:
                os.kill(os.getpid(), signal.SIGKILL)
        if number == fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    return transaction


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("kind", ["zip", "tgz", "tree", "folder"])
def test_a_rerun_converges(tmp_path: Path, kind: str, seed: int) -> None:
    converge(tmp_path, kind, seed)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(6, 40))
@pytest.mark.parametrize("kind", ["zip", "tgz", "tree", "folder"])
def test_a_rerun_converges_whatever_the_moment(tmp_path: Path, kind: str, seed: int) -> None:
    converge(tmp_path, kind, seed)


def converge(tmp_path: Path, kind: str, seed: int) -> None:
    type = "folder" if kind == "folder" else "takeout"
    write(kind, tmp_path / "in")
    calm = Library(tmp_path / "calm", tmp_path / "in", type)
    calm.sync()
    chance = random.Random(seed)
    struck = Library(tmp_path / "struck", tmp_path / "in", type)

    for _ in range(chance.randrange(1, 4)):
        sync_and_die(struck, chance.randrange(1, 30), chance.random() < 0.5)
    struck.sync()

    assert rows(struck) == rows(calm)
