"""All that was observed of one photograph → one item. Pure.

Equal bytes are one item, wherever they lie: in a year's folder, in albums, in several exports. What
a person changed since shows in the newest export, so that one has the word; albums are collected
from all, because an incremental export proves nothing about what it lacks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path

from gphotos_search.catalog.observations import AboutRow, FileRow
from gphotos_search.files.filetimes import taken
from gphotos_search.files.safety import is_text
from gphotos_search.files.traits import Traits
from gphotos_search.intake import stored
from gphotos_search.media import MediaItem, Original
from gphotos_search.takeout.base import Sidecar
from gphotos_search.takeout.folders import Place

LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Observation:
    """One place that speaks of the photograph: a file, a sidecar, or both."""

    place: Place
    exported_at: datetime | None
    order: tuple[int, int]  # of archive and file: what was found first stands first
    export: str
    sidecar: Sidecar | None
    file: FileRow | None


def observation(row: FileRow | AboutRow, place: Place) -> Observation:
    """What one row of the catalogue says."""
    if isinstance(row, FileRow):
        sidecar = stored.loads(row.sidecar) if row.sidecar else None
        return Observation(place, row.exported_at, (row.archive, row.id), row.export, sidecar, row)
    about = stored.loads(row.content)
    order = (row.archive, row.speaks_of)
    return Observation(place, row.exported_at, order, row.export, about, None)


def merge(
    sha256: str,
    traits: Traits,
    seen: Iterable[Observation],
    *,
    zone: tzinfo,
    edited_of: str = "",
) -> MediaItem | None:
    """The item that these observations make; None where it is locked away.

    The newest export that has a sidecar of it has the word, all of that export's sidecars together:
    equal bytes may be two items of a library, of which one says what the other does not.
    Raises ValueError where no file is among them.
    """
    ordered = sorted(seen, key=_newest_first)
    files = [each for each in ordered if each.file is not None]
    if not files:
        raise ValueError("an item needs a file")
    told = next((each.export for each in ordered if each.sidecar), ordered[0].export)
    latest = [each for each in ordered if each.export == told]
    newest = [each for each in ordered if each.export == ordered[0].export]
    if any(_locked(each) for each in (*latest, *newest)):
        return None
    said = [each.sidecar for each in latest if each.sidecar is not None]
    name = _filename(said, files)
    years = (each.place.year for each in files if each.place.year)
    moment, origin, offset = taken(
        next((each.taken_at for each in said if each.taken_at), None),
        traits,
        name,
        next(years, None),
        zone,
    )
    latitude, longitude = _where(said, traits)
    original, path = _original(files)
    # An export of nothing but its sidecar tells by that, and by the folder it lies in.
    in_places = [each for each in latest if each.file is not None] or latest
    return MediaItem(
        source_id=sha256,
        filename=name,
        mime_type=traits.mime_type,
        taken_at=moment,
        width=traits.width,
        height=traits.height,
        description=next((each.description for each in said if each.description), ""),
        url=next((each.sidecar.url for each in ordered if each.sidecar and each.sidecar.url), ""),
        camera_make=traits.camera_make,
        camera_model=traits.camera_model,
        video_status="READY" if traits.kind == "video" else "",
        path=path,
        taken_from=origin,
        utc_offset_min=offset,
        latitude=latitude,
        longitude=longitude,
        favorite=any(each.favorite for each in said),
        archived=all(_archived(each) for each in in_places),
        trashed=all(_trashed(each) for each in in_places),
        people=tuple(sorted({name for each in said for name in each.people})),
        albums=tuple(sorted({each.place.album for each in ordered if each.place.album})),
        original=original,
        edited_of=edited_of,
    )


def _newest_first(seen: Observation) -> tuple[float, tuple[int, int]]:
    when = seen.exported_at or LONG_AGO
    return (-(when - LONG_AGO).total_seconds(), seen.order)


def _filename(said: Sequence[Sidecar], files: Sequence[Observation]) -> str:
    """The name the photo was uploaded with; of an edited copy, which shares the sidecar of its
    original, the name of the file.
    """
    first = files[0].file
    assert first is not None
    title = next((each.title for each in said if each.title), "")
    return title if title and first.belongs_to is None else first.member.name


def _where(said: Sequence[Sidecar], traits: Traits) -> tuple[float | None, float | None]:
    told = (each for each in said if each.latitude is not None)
    found = next(told, None)
    if found is not None:
        return found.latitude, found.longitude
    return traits.latitude, traits.longitude


def _original(files: Sequence[Observation]) -> tuple[Original, str]:
    """Where the bytes lie now, and the path where that is a file of its own."""
    present = [each.file for each in files if each.file is not None and each.file.present]
    for file in present:
        if file.kind == "tree":
            there = file.member.name_there or file.member.path
            path = str(Path(file.archive_path) / there)
            return "file", path if is_text(path) else ""
    return ("archive", "") if present else ("gone", "")


def _locked(seen: Observation) -> bool:
    return seen.place.kind == "locked" or (seen.sidecar is not None and seen.sidecar.locked)


def _archived(seen: Observation) -> bool:
    return seen.place.kind == "archive" or (seen.sidecar is not None and seen.sidecar.archived)


def _trashed(seen: Observation) -> bool:
    return seen.place.kind == "trash" or (seen.sidecar is not None and seen.sidecar.trashed)
