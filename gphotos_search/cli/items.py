"""`show ID` and `open ID`: one item, by the media id that searches print."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gphotos_search.cli.context import Settings, pass_settings
from gphotos_search.cli.numbers import Whole
from gphotos_search.cli.terminal import clean, has_screen
from gphotos_search.errors import GphotosError, ItemFailed, UsageError

if TYPE_CHECKING:
    from gphotos_search.app import App
    from gphotos_search.media import StoredItem

MEDIA_ID = Whole(1, 2**63 - 1)


class ItemUnopenable(GphotosError):
    """Nothing is known that could be shown."""


@click.command()
@click.argument("media_id", metavar="ID", type=MEDIA_ID)
@pass_settings
def show(settings: Settings, /, media_id: int) -> None:
    """All that is known of one item."""
    from gphotos_search.app import App
    from gphotos_search.cli.told import lines

    with App(settings.config) as app:
        for line in lines(app, _item(app, media_id)):
            click.echo(line)


@click.command("open")
@click.argument("media_id", metavar="ID", type=MEDIA_ID)
@click.option("--file", "as_file", is_flag=True, help="The original itself, not Google Photos.")
@pass_settings
def open_item(settings: Settings, /, media_id: int, as_file: bool) -> None:
    """Open one item in Google Photos, or its original on this machine.

    An original that lies in an archive is copied out of it, for a day.
    """
    from gphotos_search.app import App

    with App(settings.config) as app:
        stored = _item(app, media_id)
        place = (not as_file and _link(app, stored)) or _file(app, stored, as_file)
    click.echo(clean(place))  # whole, on a line of its own: it can be opened by hand too
    if has_screen() and click.launch(place) != 0:
        click.echo("No program to open it was found.", err=True)


def _item(app: App, media_id: int) -> StoredItem:
    stored = app.item(media_id)
    if stored is None:
        raise UsageError(f"There is no item {media_id}.", advice="A search with --ids prints ids.")
    return stored


def _link(app: App, stored: StoredItem) -> str:
    """In Google Photos; a picked photo has no link, but the same photo of an export may."""
    if stored.item.url or stored.twin_of is None:
        return stored.item.url
    twin = app.item(stored.twin_of)
    return twin.item.url if twin else ""


def _file(app: App, stored: StoredItem, as_file: bool) -> str:
    """The original, else the thumbnail, which is better than nothing."""
    with app.originals() as originals:
        try:
            path = originals.path_of(stored.item)
        except ItemFailed as failed:
            if as_file:
                raise ItemUnopenable(f"Item {stored.media_id}: {failed}.") from failed
            path, trouble = None, str(failed)
        else:
            trouble = "it has neither a link nor a file"
    if path is not None:
        return str(path)
    thumbnail = _thumbnail(app, stored)
    if as_file or thumbnail is None:
        raise ItemUnopenable(f"Item {stored.media_id} cannot be opened: {trouble}.")
    click.echo(f"Only its thumbnail can be shown: {trouble}.", err=True)
    return str(thumbnail)


def _thumbnail(app: App, stored: StoredItem) -> Path | None:
    from gphotos_search.embed import thumbnails

    path = thumbnails.path_of(app.config.storage.thumbnails, stored.media_id)
    return path if path.exists() else None
