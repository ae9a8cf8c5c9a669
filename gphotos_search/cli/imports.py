"""`import PATH…`: archives of Takeout and folders of pictures, without editing a configuration."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gphotos_search.cli.context import Settings, pass_settings
from gphotos_search.cli.errors import STOPPED
from gphotos_search.cli.progress import shown
from gphotos_search.cli.sync import stoppable, tell
from gphotos_search.cli.terminal import clean
from gphotos_search.config.values import source_name
from gphotos_search.errors import Locked, UsageError

if TYPE_CHECKING:
    from gphotos_search.imports import Import


@click.command("import")
@click.argument("paths", nargs=-1, metavar="PATH…")
@click.option("--source", "name", metavar="NAME", help="The source that takes it; made if new.")
@click.option("--dry-run", is_flag=True, help="Only say what would be indexed.")
@pass_settings
def import_paths(settings: Settings, /, paths: tuple[str, ...], name: str, dry_run: bool) -> None:
    """Index Takeout archives and folders of pictures, and remember where they are.

    PATH is an archive (.zip, .tgz), a folder that holds some, an unpacked export, or any folder of
    pictures; what it is is found out. Nothing is unpacked, moved or changed.
    """
    if not paths:
        raise UsageError(
            "Say what to import: a Takeout archive or a folder.",
            advice="For example: gphotos-search import ~/Downloads/takeout-…-001.zip",
        )
    _check(name)
    config = settings.config_or_defaults
    from gphotos_search import imports
    from gphotos_search.app import App

    with App(config) as app, stoppable() as stop, shown() as progress:
        planned = imports.plan(config, app.catalog, paths, name or "")
        for line in (line for each in planned for line in each.remarks):
            progress.say(clean(line))
        if dry_run:
            report = app.preview_import(planned, progress=progress, stop=stop)
        else:
            imports.remember(app.catalog, planned)
            try:
                names = [each.source.name for each in planned]
                report = app.sync(names, progress=progress, stop=stop)
            except Locked as error:
                advice = "What you gave is remembered: the next sync takes it in."
                raise Locked(str(error), advice=advice) from None
    tell(report, dry_run)
    if not dry_run and not report.stopped:
        for line in _what_next(planned, report.indexed):
            click.echo(line, err=True)
    raise SystemExit(STOPPED if report.stopped else report.exit_code)


def _check(name: str | None) -> None:
    if name is None:
        return
    try:
        source_name(name)
    except ValueError as error:
        raise UsageError(f"--source: {error}.") from None


def _what_next(planned: Sequence[Import], indexed: int) -> Iterator[str]:
    new = [place for each in planned for place in each.places]
    if folders := [str(place) for place in new if Path(place).is_dir()]:
        listed = ", ".join(map(clean, folders))
        verb = "is" if len(folders) == 1 else "are"
        yield f"{listed} {verb} looked at again by every sync, and by the service while it runs."
    if any(Path(place).is_file() for place in new):
        yield "Later archives: import them too, or once the folder that they are put in."
    if indexed:
        yield 'Search with: gphotos-search "snowball fight"'
