"""A sync, or a switch to another model, in a process of its own that ends by kill -9 at a chosen
moment.

    python -m tests.dying CONFIG MOMENT NUMBER [MODEL]

CONFIG is a pickled Config. The moments are those of MOMENTS; NUMBER says which byte, file or
transaction. A moment that never comes lets the work end as usual. With MODEL it is a switch to that
model, or with "-" the dropping of former models' vectors.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from gphotos_search.catalog.store import Catalog
from gphotos_search.config import Config
from gphotos_search.google import archives, partial
from gphotos_search.google.partial import Partial
from gphotos_search.progress import Silent
from gphotos_search.round import Round
from gphotos_search.sync.report import SyncReport
from tests.picks import Averages

PIECE = 4096  # bytes from the network at once, so that any offset can be hit


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def after_bytes(number: int) -> None:
    """As soon as so many bytes were written, of all archives together."""
    real, written = Partial.write, [0]

    def write(self: Partial, chunk: bytes) -> None:
        real(self, chunk)
        written[0] += len(chunk)
        if written[0] >= number:
            die()

    Partial.write = write  # type: ignore[method-assign]


def before_rename(number: int) -> None:
    """When an archive is whole and right, and still called NAME.part."""
    on_call(Partial, "finish", number, after=False)


def after_rename(number: int) -> None:
    """When it has its name, and what lay beside its half is still there."""
    on_call(partial, "_sync_folder", number, after=False)


def before_the_catalogue_knows(number: int) -> None:
    """When it has its name, and the catalogue has not heard of it."""
    on_call(Partial, "finish", number, after=True)


def before_commit(number: int) -> None:
    in_transaction(number, after=False)


def after_commit(number: int) -> None:
    in_transaction(number, after=True)


def on_call(owner: Any, name: str, number: int, *, after: bool) -> None:
    real, calls = getattr(owner, name), [0]

    def call(*args: Any) -> Any:
        calls[0] += 1
        if calls[0] == number and not after:
            die()
        result = real(*args)
        if calls[0] == number:
            die()
        return result

    setattr(owner, name, call)


def in_transaction(number: int, *, after: bool) -> None:
    real, begun = Catalog.transaction, [0]

    @contextmanager
    def transaction(self: Catalog, **options: bool) -> Iterator[Connection]:
        begun[0] += 1
        mine = begun[0] == number
        with real(self, **options) as tx:
            yield tx
            if mine and not after:
                die()
        if mine:
            die()

    Catalog.transaction = transaction  # type: ignore[method-assign]


MOMENTS: dict[str, Callable[[int], None]] = {
    each.__name__: each
    for each in (
        after_bytes,
        before_rename,
        after_rename,
        before_the_catalogue_knows,
        before_commit,
        after_commit,
    )
}


def sync_and_die(config: Config, folder: Path, moment: str, number: int, *model: str) -> int:
    """The exit status of a sync, or of a switch to `model`, that dies there; 0 where it came to its
    end before."""
    file = folder / "config.pickle"
    file.write_bytes(pickle.dumps(config))
    command = [sys.executable, "-m", "tests.dying", str(file), moment, str(number), *model]
    root = Path(__file__).parents[1]
    return subprocess.run(command, cwd=root, timeout=120, check=False).returncode


def sync(config: Config) -> SyncReport:
    """One round over every source of the config, with an encoder that costs nothing."""
    with closing(Catalog.open(config.storage.data_dir)) as catalog:
        stop, progress = threading.Event(), Silent()
        return Round(config, catalog, Averages(), stop=stop, progress=progress).run(config.sources)


def switch(config: Config, model: str) -> None:
    """Another model, or the end of former ones."""
    from gphotos_search import switching  # most of those who die here need neither
    from gphotos_search.app import App

    with App(config) as app:
        if model == "-":
            switching.DROP_AT_ONCE = 3
            app.prune(say=lambda _: None)
        else:
            app.switch(model)


def main(file: str, moment: str, number: str, model: str = "") -> None:
    config: Config = pickle.loads(Path(file).read_bytes())
    archives.READ = PIECE
    MOMENTS[moment](int(number))
    if model:
        switch(config, model)
    else:
        sync(config)


if __name__ == "__main__":
    main(*sys.argv[1:])
