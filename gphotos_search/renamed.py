"""A set of vectors gets another id and keeps its saved index: the same vectors, and their changes
have the same numbers.

The names of the saves move with the id, in the transaction that renames the set. By them the state
is found in the folder of the former id, until the next writer of the index gives that its name.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gphotos_search import manifest as files
from gphotos_search.catalog import last_results, settings
from gphotos_search.manifest import IndexUnusable

if TYPE_CHECKING:
    from sqlalchemy import Connection


def carry(tx: Connection, old: str, new: str) -> None:
    """Call it in the transaction that gives the set `old` its id `new`."""
    settings.put(tx, files.saves_key(new), settings.get(tx, files.saves_key(old)))
    settings.put(tx, files.saves_key(old), [])
    last_results.renamed(tx, old, new)


def folder(tx: Connection, root: Path, encoder_id: str) -> Path:
    """Where the saved state of a set lies, or would lie: its own folder, or that of a former id."""
    own = files.folder_of(root, encoder_id)
    saves = settings.get(tx, files.saves_key(encoder_id)) or []
    if not saves or _holds(own, saves):
        return own
    others = (path.parent for path in root.glob(f"*/{files.NAME}"))
    return next((other for other in others if _holds(other, saves)), own)


def settle(tx: Connection, root: Path, encoder_id: str) -> None:
    """Give that folder the name of the set's id; the caller holds the writer's lock.

    Killed on the way it is found as before. Raises TryLater where the disk does not take it.
    """
    own, found = files.folder_of(root, encoder_id), folder(tx, root, encoder_id)
    if found == own:
        return
    with files.taken_by_the_disk(found):
        files.swap_in(found, replace(files.read(found), encoder=encoder_id))
        shutil.rmtree(own, ignore_errors=True)  # of a set that had this id once
        found.rename(own)
        files.sync_folder(root)


def describe(tx: Connection, root: Path, encoder_id: str) -> dict[str, Any]:
    """As manifest.describe, wherever the state lies."""
    return files.describe(folder(tx, root, encoder_id))


def _holds(folder: Path, saves: list[str]) -> bool:
    try:
        return files.read(folder).save in saves
    except IndexUnusable:
        return False
