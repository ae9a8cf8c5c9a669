"""Small pictures of hits: from this machine where they are here, else fetched for this moment.

What Google's Library API serves may be held for 60 minutes at most. Such pictures stay in memory
until they are shown, and are in no file; see `Source.may_keep_bytes`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gphotos_search import parts
from gphotos_search.errors import GphotosError

if TYPE_CHECKING:
    from gphotos_search.app import App
    from gphotos_search.config import SourceConfig
    from gphotos_search.media import StoredItem
    from gphotos_search.sources.base import Source

Hit = Mapping[str, Any]  # as the documented JSON has it

SIDE = 384  # pixels, as thumbnails have
FETCH_S = 20.0  # for all of them; a person waits
AT_ONCE = 4
KEEPS_NOTHING = "{} without a picture, as Google lets no copy of it be kept; the link shows it."


@dataclass(slots=True)
class Found:
    """Pictures, as bytes of a format that `open_picture` reads, by media id. `told` says in
    sentences why others are missing."""

    pictures: dict[int, bytes]
    told: list[str] = field(default_factory=list)


def find(
    hits: Sequence[Hit],
    library: Callable[[], AbstractContextManager[App]],
    *,
    to_keep: bool = False,
) -> Found:
    """Pictures of the hits that have one. Never fails: what cannot be had now is told.

    `to_keep`: they go into a file, so those that may not be kept are not fetched. `library` is
    opened only where some are not among the thumbnails.
    """
    found = Found(here(hits))
    missing = [hit["media_id"] for hit in hits if hit["media_id"] not in found.pictures]
    if missing:
        with library() as app:
            _elsewhere(app, missing, found, to_keep=to_keep)
    return found


def here(hits: Sequence[Hit]) -> dict[int, bytes]:
    """The thumbnails that are on this machine; needs no catalogue."""
    found = {}
    for hit in hits:
        if hit["thumbnail"]:
            try:
                found[hit["media_id"]] = Path(hit["thumbnail"]).read_bytes()
            except OSError:
                continue  # it was removed a moment ago; the original may serve
    return found


def _elsewhere(app: App, missing: Sequence[int], found: Found, *, to_keep: bool) -> None:
    by_source: dict[str, list[StoredItem]] = {}
    for media_id in missing:
        if stored := app.item(media_id):
            by_source.setdefault(stored.source, []).append(stored)
    sources = {source.name: source for source in app.sources()}
    for name, items in by_source.items():
        if name in sources:  # else it left the config
            _from_source(app, sources[name], items, found, to_keep=to_keep)


def _from_source(
    app: App, config: SourceConfig, items: Sequence[StoredItem], found: Found, *, to_keep: bool
) -> None:
    stop = threading.Event()
    timer = threading.Timer(FETCH_S, stop.set)
    timer.daemon = True
    timer.start()
    try:
        part = parts.load("sources", config.type)
        with closing(part.open_source(config, app.config, app.catalog, stop=stop)) as source:
            if to_keep and not source.may_keep_bytes:
                found.told.append(f"{config.name}: {KEEPS_NOTHING.format(len(items))}")
            else:
                _fetch(source, items, found, stop)
    except GphotosError as error:
        found.told.append(f"No pictures of {config.name} now: {error}")
    finally:
        stop.set()
        timer.cancel()


def _fetch(
    source: Source, items: Sequence[StoredItem], found: Found, stop: threading.Event
) -> None:
    """Raises GphotosError for what concerns all of them."""
    from gphotos_search.embed.images import open_picture, thumbnail
    from gphotos_search.sources.base import KnowsTrouble, RenewsLinks

    if isinstance(source, KnowsTrouble) and not source.local:
        source.check()
    links: Mapping[str, str] = {}
    if isinstance(source, RenewsLinks):
        links = source.renew([stored.item for stored in items])

    def one(stored: StoredItem) -> bytes | None:
        if stop.is_set():
            return None
        try:
            link = links.get(stored.item.source_id)
            data = source.picture(stored.item, link, size=SIDE)
            return thumbnail(open_picture(data, short_side=SIDE), SIDE)
        except GphotosError:
            return None  # its tile stays grey, with the name on it

    with ThreadPoolExecutor(1 if source.local else AT_ONCE) as pool:
        for stored, picture in zip(items, pool.map(one, items), strict=True):
            if picture is not None:
                found.pictures[stored.media_id] = picture
