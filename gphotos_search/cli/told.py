"""One item in lines: what is known of it, where it was seen, and what goes with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from gphotos_search.cli.terminal import clean
from gphotos_search.search.answer import instant
from gphotos_search.search.query import zone_of

if TYPE_CHECKING:
    from gphotos_search.app import App
    from gphotos_search.catalog.known import Observed, Related
    from gphotos_search.media import MediaItem, StoredItem
    from gphotos_search.originals import Whereabouts

FROM = {
    "source": "",
    "sidecar": "from Google's sidecar",
    "exif": "from the camera",
    "filename": "from the file's name",
    "folder": "only the year, from the folder's name",
}
RULES = {
    "name": "by its name",
    "title": "by its title",
    "edited": "the original's",
    "sibling": "the still's",
    "prefix": "by the beginning of its name",
}


def lines(app: App, stored: StoredItem) -> Iterator[str]:
    """Everything, a name and a value on each line; what is not known is left out."""
    observed, related = app.about(stored)
    with app.originals() as originals:
        there = originals.whereabouts(stored.item)
    for name, value in _rows(app, stored, there, related):
        if value:
            yield f"{name:<12} {clean(value)}"
    for each in observed:
        yield f"{'seen':<12} {clean(_seen(each))}"


def _rows(
    app: App, stored: StoredItem, there: Whereabouts, related: Related
) -> Iterator[tuple[str, str]]:
    item = stored.item
    yield "media id", str(stored.media_id)
    yield "source", stored.source
    yield "source id", item.source_id
    yield "file name", item.filename
    yield "type", item.mime_type
    yield "taken", _taken(app, item)
    yield "local time", _local_time(item)
    yield "place", f"{item.latitude:.6f}, {item.longitude:.6f}" if _placed(item) else ""
    yield "size", f"{item.width} × {item.height}" if item.width and item.height else ""
    yield "camera", _camera(item)
    yield "description", item.description
    yield "people", ", ".join(item.people)
    yield "albums", ", ".join(item.albums)
    flags = {"favourite": item.favorite, "archived": item.archived, "in the trash": item.trashed}
    yield "marked", ", ".join(flag for flag, is_set in flags.items() if is_set)
    yield "link", item.url
    yield "path", item.path
    yield "original", _original(there)
    yield "edited of", str(related.original or (item.edited_of and "a picture not indexed here"))
    yield "edited copy", _ids(related.edited)
    yield "same bytes", ", ".join(f"{id} ({source})" for source, id in related.equal)
    yield "same photo", _ids(related.twins)
    yield "clip", ", ".join(related.clips)


def _ids(ids: Iterable[int]) -> str:
    return ", ".join(map(str, ids))


def _placed(item: MediaItem) -> bool:
    return item.latitude is not None and item.longitude is not None


def _taken(app: App, item: MediaItem) -> str:
    if item.taken_at is None:
        return ""
    local = item.taken_at.astimezone(zone_of(app.config.search))
    told = f"{local:%Y-%m-%d %H:%M:%S} ({instant(item.taken_at)})"
    origin = FROM.get(item.taken_from, "")
    return f"{told}, {origin}" if origin else told


def _local_time(item: MediaItem) -> str:
    """The clock of the place, where the camera wrote how far it was from UTC."""
    if item.taken_at is None or item.utc_offset_min is None:
        return ""
    zone = timezone(timedelta(minutes=item.utc_offset_min))
    return f"{item.taken_at.astimezone(zone):%Y-%m-%d %H:%M:%S %z}"


def _original(there: Whereabouts) -> str:
    if there.state == "gone":
        return f"archive gone: {Path(there.path).name}"
    if there.state == "archive":
        return f"in {there.path}"
    return there.path


def _seen(observed: Observed) -> str:
    """A file of these bytes, and how it came by its sidecar."""
    if observed.kind == "tree":
        where = str(Path(observed.archive) / observed.path)
    else:
        where = f"{Path(observed.archive).name}: {observed.path}"
    gone = "" if observed.present else " (gone)"
    if observed.role == "clip":
        return f"{where}{gone}, as the clip of a still"
    if observed.sidecar:
        return f"{where}{gone}, with {observed.sidecar} ({RULES.get(observed.rule, observed.rule)})"
    return f"{where}{gone}" + (f"; {observed.why}" if observed.why else "")


def _camera(item: MediaItem) -> str:
    """Make and model; many models begin with the make."""
    make, model = item.camera_make, item.camera_model
    named = model.lower().startswith(make.lower())
    return model if named else f"{make} {model}".strip()
