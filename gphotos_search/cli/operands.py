"""Photos on the command line: `3` of the last list of results, `#42` or `id:42` by media id."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from gphotos_search.cli.terminal import clean

if TYPE_CHECKING:
    from gphotos_search.app import App
    from gphotos_search.media import StoredItem


class Operand(click.ParamType[str]):
    """A number in one of the forms that `search.operands` reads, still unread."""

    name = "photo"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from gphotos_search.search.operands import is_number

        if not is_number(str(value)):
            self.fail(
                f'"{value}" is no number of the last list, and no media id as #42.', param, ctx
            )
        return str(value)


def named(app: App, said: Sequence[str]) -> list[StoredItem]:
    """The items that were meant, each once. Says on stderr which photo a number of the last list
    stands for. Raises UsageError for one that is not there.
    """
    from gphotos_search.search.operands import resolve

    with app.catalog.reading() as tx:
        meant = {one.media_id: one.rank for one in (resolve(tx, each) for each in said)}
    found = [(app.item(media_id), rank) for media_id, rank in meant.items()]
    for stored, rank in found:
        if stored is not None and rank is not None:
            name = clean(stored.item.filename or stored.item.source_id)
            click.echo(f"{rank} of the last list: {name} (#{stored.media_id})", err=True)
    return [stored for stored, _ in found if stored is not None]
