"""`show 3` and `open 3`: photos by their numbers in the last list of results, or by media id."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gphotos_search.cli.context import Settings, pass_settings
from gphotos_search.cli.operands import Operand, named
from gphotos_search.cli.terminal import clean, has_screen
from gphotos_search.config.settings import GOOGLE_TYPES
from gphotos_search.errors import GphotosError, ItemFailed

if TYPE_CHECKING:
    from gphotos_search.app import App
    from gphotos_search.media import StoredItem


class ItemUnopenable(GphotosError):
    """Nothing is known that could be shown."""


@click.command()
@click.argument("said", metavar="N…", nargs=-1, required=True, type=Operand())
@pass_settings
def show(settings: Settings, /, said: tuple[str, ...]) -> None:
    """All that is known of a photo: number N of the last results, or the one with media id #N."""
    from gphotos_search.cli.told import lines

    with settings.library() as app:
        for number, stored in enumerate(named(app, said)):
            if number:
                click.echo()
            for line in lines(app, stored):
                click.echo(line)


@click.command("open")
@click.argument("said", metavar="N…", nargs=-1, required=True, type=Operand())
@click.option("--file", "as_file", is_flag=True, help="The original itself, not Google Photos.")
@pass_settings
def open_item(settings: Settings, /, said: tuple[str, ...], as_file: bool) -> None:
    """Open number N of the last results, or media id #N, in Google Photos or from this machine.

    An original that lies in an archive is copied out of it, for a day.
    """
    with settings.library() as app:
        items = named(app, said)
        places = [
            (not as_file and _link(app, stored)) or _file(app, stored, as_file) for stored in items
        ]
    for place in places:
        click.echo(clean(place))  # whole, on a line of its own: it can be opened by hand too
        if has_screen() and click.launch(place) != 0:
            click.echo("No program to open it was found.", err=True)


def _link(app: App, stored: StoredItem) -> str:
    """In Google Photos, as its owner; a picked photo has no link, but the same one of an export
    may."""
    from gphotos_search.google.accounts import address, email_of
    from gphotos_search.google.tokens import TokenStore

    if not stored.item.url:
        twin = None if stored.twin_of is None else app.item(stored.twin_of)
        return twin.item.url if twin else ""
    accounts = {one.name: one.account for one in app.sources() if one.type in GOOGLE_TYPES}
    account = accounts.get(stored.source)
    if account is None:
        return stored.item.url  # nobody says whose it is
    return address(stored.item.url, email_of(TokenStore(app.config.storage.tokens), account))


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
