"""`show ID` and `open ID`: one item, by the media id that searches print."""

from __future__ import annotations

from collections.abc import Iterator

import click

from gphotos_search.cli.context import Settings, pass_settings
from gphotos_search.cli.numbers import Whole
from gphotos_search.cli.terminal import clean, has_screen
from gphotos_search.config import Config
from gphotos_search.config.settings import GOOGLE_TYPES
from gphotos_search.errors import GphotosError, UsageError
from gphotos_search.media import StoredItem
from gphotos_search.search.answer import instant
from gphotos_search.search.query import zone_of

MEDIA_ID = Whole(1, 2**63 - 1)


class ItemUnopenable(GphotosError):
    """Nothing is known that a browser could show."""


@click.command()
@click.argument("media_id", metavar="ID", type=MEDIA_ID)
@pass_settings
def show(settings: Settings, /, media_id: int) -> None:
    """All that is known of one item."""
    for line in _told(_item(settings.config, media_id), settings.config):
        click.echo(line)


@click.command("open")
@click.argument("media_id", metavar="ID", type=MEDIA_ID)
@pass_settings
def open_item(settings: Settings, /, media_id: int) -> None:
    """Open one item in the browser, or its file on this machine."""
    stored = _item(settings.config, media_id)
    place = _as_its_owner(stored, settings.config) or stored.item.path
    if not place:
        raise ItemUnopenable(f"Item {media_id} has neither a link nor a file.")
    click.echo(clean(place))  # whole, on a line of its own: it can be opened by hand too
    if has_screen() and click.launch(place) != 0:
        click.echo("No program to open it was found.", err=True)


def _as_its_owner(stored: StoredItem, config: Config) -> str:
    """The link to the item, for the browser's tab of the account that it is from."""
    from gphotos_search.cli.accounts import all_sources
    from gphotos_search.google import accounts
    from gphotos_search.google.tokens import TokenStore

    source = next((one for one in all_sources(config) if one.name == stored.source), None)
    if source is None or source.type not in GOOGLE_TYPES:
        return stored.item.url
    store = TokenStore(config.storage.tokens)
    return accounts.address(stored.item.url, accounts.email_of(store, source.account))


def _item(config: Config, media_id: int) -> StoredItem:
    from gphotos_search.app import App

    with App(config) as app:
        stored = app.item(media_id)
    if stored is None:
        raise UsageError(f"There is no item {media_id}.", advice="A search with --ids prints ids.")
    return stored


def _told(stored: StoredItem, config: Config) -> Iterator[str]:
    item = stored.item
    taken = ""
    if item.taken_at is not None:
        local = item.taken_at.astimezone(zone_of(config.search))
        taken = f"{local:%Y-%m-%d %H:%M:%S} ({instant(item.taken_at)})"
    size = f"{item.width} × {item.height}" if item.width and item.height else ""
    camera = " ".join(part for part in (item.camera_make, item.camera_model) if part)
    rows = {
        "media id": str(stored.media_id),
        "source": stored.source,
        "source id": item.source_id,
        "file name": item.filename,
        "type": item.mime_type,
        "taken": taken,
        "size": size,
        "camera": camera,
        "description": item.description,
        "link": item.url,
        "path": item.path,
    }
    return (f"{name:<12} {clean(value)}" for name, value in rows.items() if value)
