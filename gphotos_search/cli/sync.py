"""`sync`: one round by hand; Ctrl-C ends it after the page in flight."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TYPE_CHECKING

import click

from gphotos_search.cli.context import Settings, pass_settings
from gphotos_search.cli.errors import STOPPED
from gphotos_search.cli.foretold import print_foretold
from gphotos_search.cli.progress import shown
from gphotos_search.errors import UsageError

if TYPE_CHECKING:
    from gphotos_search.sync.report import SourceReport, SyncReport


class NoSources(UsageError):
    """Nothing says where photos come from."""

    advice = (
        "Give it your photos: gphotos-search import PATH. Or name a source in the configuration;"
        " config.example.toml shows them all."
    )


@click.command()
@click.option("--source", "names", multiple=True, metavar="NAME", help="Only this source.")
@click.option("--dry-run", is_flag=True, help="Only say what would be fetched.")
@click.option("--allow-removals", is_flag=True, help="Remove photos beyond sync.max_removed too.")
@pass_settings
def sync(
    settings: Settings, /, names: tuple[str, ...], dry_run: bool, allow_removals: bool
) -> None:
    """Fetch, embed and index what is new, once.

    Safe to stop and to repeat at any time. Retries every item that failed before.
    """
    config = settings.config
    from gphotos_search.app import App

    with App(config) as app, stoppable() as stop:
        if not app.sources():
            raise NoSources("There is no source to sync.")
        with shown() as progress:
            if dry_run:
                report = app.preview(names, progress=progress, stop=stop)
            else:
                report = app.sync(
                    names, allow_removals=allow_removals, progress=progress, stop=stop
                )
    if not report.sources:
        click.echo("Nothing to sync: every source is paused or holds imported features.", err=True)
    tell(report, dry_run)
    raise SystemExit(STOPPED if report.stopped else report.exit_code)


@contextmanager
def stoppable(step: str = "page") -> Iterator[threading.Event]:
    """An event that the first Ctrl-C or SIGTERM sets; a second one stops at once. `step` is what is
    still done then."""
    stop = threading.Event()

    def ask(_number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        # Not click.echo: it finds its own way to the terminal, past a live display that has taken
        # the place of sys.stderr. A write that this one interrupts loses the words, not the stop.
        with suppress(RuntimeError):
            sys.stderr.write(f"Stopping after the {step} in flight; once more to stop at once.\n")

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def tell(report: SyncReport, dry_run: bool) -> None:
    """What happened to each source on stdout, its trouble on stderr."""
    for source in report.sources:
        if source.foretold is not None:
            print_foretold(source.name, source.foretold)
        else:
            click.echo(_line(source, dry_run))
        if source.error is not None:
            click.echo(f"{source.name}: {source.error}", err=True)
            if source.error.advice:
                click.echo(source.error.advice, err=True)
    if dry_run:
        if any(source.foretold for source in report.sources):
            click.echo("Copies in albums are counted too; equal ones become one item.", err=True)
            click.echo("Nothing was written.", err=True)
        return
    failed = f", {report.failed:,} failed (see: gphotos-search status)" if report.failed else ""
    click.echo(f"{report.embedded:,} embedded{failed}; {report.indexed:,} searchable.")
    if report.stopped:
        click.echo("Stopped on the way; the next sync goes on from here.", err=True)


def _line(source: SourceReport, dry_run: bool) -> str:
    found = source.listing
    changes = f"{found.added:,} new, {found.updated:,} changed"
    if dry_run:
        return f"{source.name}: {found.listed:,} listed, {changes}; nothing was written."
    return f"{source.name}: {found.listed:,} listed, {changes}, {found.removed:,} removed."
