"""Where the originals of hits lie that have neither a link nor a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gphotos_search.cli.context import Settings
from gphotos_search.errors import ItemFailed

Hit = Mapping[str, Any]  # as the documented JSON has it
SHA256_LENGTH = 64  # hexadecimal digits: the source id of whatever came as a file


def notes(settings: Settings, hits: Sequence[Hit]) -> dict[int, str]:
    """By media id what to say in the place of a link, for hits that have none."""
    without = [
        hit["media_id"]
        for hit in hits
        if not (hit["url"] or hit["path"]) and len(hit["source_id"]) == SHA256_LENGTH
    ]
    if not without:
        return {}  # the usual case; the catalogue is not opened for it
    with settings.library() as app, app.originals() as originals:
        found = {id: stored for id in without if (stored := app.item(id))}
        there = {id: originals.whereabouts(stored.item) for id, stored in found.items()}
    told = {"gone": "archive gone", "archive": "in {name}"}
    return {
        id: told[one.state].format(name=Path(one.path).name)
        for id, one in there.items()
        if one.state in told
    }


def with_files(settings: Settings, hits: Sequence[Hit]) -> list[dict[str, Any]]:
    """The same hits; `path` names a file too where the original lies in an archive."""
    if all(hit["path"] for hit in hits):
        return [dict(hit) for hit in hits]
    found = []
    with settings.library() as app, app.originals() as originals:
        for hit in hits:
            path = hit["path"]
            stored = None if path else app.item(hit["media_id"])
            if stored is not None:
                try:
                    path = originals.path_of(stored.item)
                except ItemFailed as failed:
                    settings.terminal.tell(f"{stored.media_id}: {failed}.")
            found.append({**hit, "path": str(path) if path else None})
    return found
