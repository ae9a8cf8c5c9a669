"""Progress on stderr: a live display on a terminal, a line now and then anywhere else."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from gphotos_search.cli.terminal import clean
from gphotos_search.progress import Progress

EVERY_S = 10.0  # plain lines at most this often
ROOM_FOR_BARS = 60  # columns; narrower terminals show the numbers alone


@contextmanager
def shown() -> Iterator[Progress]:
    """A listener for one piece of long work, fitting to what stderr is."""
    if sys.stderr.isatty() and os.environ.get("TERM") not in ("dumb", "unknown"):
        with _live() as live:
            yield live
    else:
        plain = Plain(lambda line: click.echo(line, err=True))
        try:
            yield plain
        finally:
            plain.finish()


class Plain:
    """Lines for a log: the state at most every EVERY_S, and once more at the end."""

    def __init__(
        self, write: Callable[[str], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._write, self._clock = write, clock
        self._lock = threading.Lock()
        self._told_at = clock()
        self._pace = Pace(clock)
        self._listed = self._transferred = self._downloaded = self._embedded = self._rows = ""
        self._last = ""

    def listing(self, source: str, pages: int, items: int) -> None:
        with self._lock:
            self._listed = listed(source, pages, items)
            self._tell()

    def downloaded(self, pictures: int) -> None:
        with self._lock:
            self._downloaded = f"{pictures:,} downloaded"  # told with the next batch

    def transferred(self, name: str, done: int, total: int) -> None:
        with self._lock:
            self._transferred = transferred(name, done, total)
            self._tell()

    def embedding(self, done: int, total: int, failed: int) -> None:
        with self._lock:
            self._embedded = f"embedded {self._pace.told(done, total, failed)}"
            self._tell()

    def rows(self, did: str, done: int, total: int) -> None:
        with self._lock:
            self._rows = f"rows {did}: {self._pace.told(done, total, 0, 'rows')}"
            self._tell()

    def say(self, line: str) -> None:
        with self._lock:
            self._write(line)

    def finish(self) -> None:
        """The last state, unless it was told already."""
        with self._lock:
            self._tell(at_once=True)

    def _tell(self, *, at_once: bool = False) -> None:
        parts = (
            *(self._listed, self._transferred, self._downloaded),
            *(self._embedded, self._rows),
        )
        line = "; ".join(part for part in parts if part)
        now = self._clock()
        if line and line != self._last and (at_once or now - self._told_at >= EVERY_S):
            self._write(line)
            self._told_at, self._last = now, line


class Pace:
    """How far the embedding or a file is, how fast it goes and how long the rest takes.

    Measured over the whole run: a total that grows with every page would make rich's own estimate
    begin anew each time.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._started: tuple[float, int] | None = None  # when, and how many were done then

    def told(self, done: int, total: int, failed: int, unit: str = "images") -> str:
        now, total = self._clock(), max(total, done + failed)
        self._started = self._started or (now, done)
        passed, made = now - self._started[0], done - self._started[1]
        told = f"{done:,} of {total:,}"
        told += f", {failed:,} failed" if failed else ""
        if passed > 0 and made > 0:
            left = (total - done - failed) * passed / made
            told += f", {made / passed:,.1f} {unit}/s, {in_words(left)} left"
        return told


def listed(source: str, pages: int, items: int) -> str:
    """How far a listing is."""
    return f"{clean(source)}: {items:,} items on {pages:,} page{'s' if pages != 1 else ''}"


def transferred(name: str, done: int, total: int) -> str:
    """How much of an archive is here; nothing once it is whole, for other things follow."""
    return "" if done >= total else f"{clean(name)}: {_size(done)} of {_size(total)} fetched"


def _size(count: int) -> str:
    return f"{count / (1 << 30):.2f} GiB" if count >= 1 << 30 else f"{count / (1 << 20):.1f} MiB"


def in_words(seconds: float) -> str:
    """A length of time with as much precision as an estimate deserves."""
    if seconds < 90:
        return f"{max(round(seconds), 0)} s"
    if seconds < 90 * 60:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.1f} h"


@contextmanager
def _live() -> Iterator[Progress]:
    from rich import progress as rich
    from rich.console import Console

    console = Console(stderr=True)
    columns: list[rich.ProgressColumn] = [rich.TextColumn("{task.fields[told]}", markup=False)]
    if console.width >= ROOM_FOR_BARS:
        name = rich.TextColumn("{task.description}", markup=False)
        columns = [name, rich.BarColumn(bar_width=24), *columns]
    with rich.Progress(*columns, console=console, transient=True) as display:
        yield Live(display)


class Live:
    """Two bars: what is listed, and what of it is embedded or which rows of a file are done."""

    def __init__(self, display: object, clock: Callable[[], float] = time.monotonic) -> None:
        from rich.progress import Progress as Display

        assert isinstance(display, Display)
        self._display = display
        self._pace = Pace(clock)
        self._listed = self._transferred = self._downloaded = ""
        self._listing = display.add_task("Listing", total=None, told="", visible=False)
        self._working = display.add_task("Embedding", total=None, told="", visible=False)

    def listing(self, source: str, pages: int, items: int) -> None:
        self._listed = listed(source, pages, items)
        self._tell()

    def downloaded(self, pictures: int) -> None:
        self._downloaded = f"{pictures:,} downloaded"
        self._tell()

    def transferred(self, name: str, done: int, total: int) -> None:
        self._transferred = transferred(name, done, total)
        self._tell()

    def _tell(self) -> None:
        parts = (self._listed, self._transferred, self._downloaded)
        told = ", ".join(part for part in parts if part)
        self._display.update(self._listing, told=told, visible=bool(told))

    def embedding(self, done: int, total: int, failed: int) -> None:
        told = self._pace.told(done, total, failed)
        self._work("Embedding", done + failed, total, told)

    def rows(self, did: str, done: int, total: int) -> None:
        self._work(f"Rows {did}", done, total, self._pace.told(done, total, 0, "rows"))

    def _work(self, description: str, over: int, total: int, told: str) -> None:
        self._display.update(
            self._working,
            description=description,
            completed=over,
            total=max(total, over, 1),
            told=told,
            visible=True,
        )

    def say(self, line: str) -> None:
        # soft_wrap: a link in the line stays whole.
        self._display.console.print(line, markup=False, highlight=False, soft_wrap=True)
