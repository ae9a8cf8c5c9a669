"""Where the originals of hits lie that have neither a link nor a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from gphotos_search.config import Config
from gphotos_search.errors import ItemFailed

Hit = Mapping[str, Any]  # as the documented JSON has it


def notes(config: Config, hits: Sequence[Hit]) -> dict[int, str]:
    """By media id what to say in the place of a link, for hits that have none."""
    without = [hit["media_id"] for hit in hits if not (hit["url"] or hit["path"])]
    if not without:
        return {}  # the usual case; the catalogue is not opened for it
    from gphotos_search.app import App

    with App(config) as app, app.originals() as originals:
        found = {id: stored for id in without if (stored := app.item(id))}
        there = {id: originals.whereabouts(stored.item) for id, stored in found.items()}
    told = {"gone": "archive gone", "archive": "in {name}"}
    return {
        id: told[one.state].format(name=Path(one.path).name)
        for id, one in there.items()
        if one.state in told
    }


def with_files(config: Config, hits: Sequence[Hit]) -> list[dict[str, Any]]:
    """The same hits; `path` names a file too where the original lies in an archive."""
    if all(hit["path"] for hit in hits):
        return [dict(hit) for hit in hits]
    from gphotos_search.app import App

    found = []
    with App(config) as app, app.originals() as originals:
        for hit in hits:
            path = hit["path"]
            stored = None if path else app.item(hit["media_id"])
            if stored is not None:
                try:
                    path = originals.path_of(stored.item)
                except ItemFailed as failed:
                    click.echo(f"{stored.media_id}: {failed}.", err=True)
            found.append({**hit, "path": str(path) if path else None})
    return found
