"""Which columns of a list of ids mean what: the id, and what else is known of a photo."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from gphotos_search.media import MediaItem

ID = "photo_id"
# Headings of the column of ids, the surest first.
ID_NAMES = (
    *(ID, "source_id", "image_id", "asset_id", "photoid", "id", "uuid", "key"),
    *("filename", "file_name", "file", "image", "path", "name"),
)
# Fields of an item that a list may tell, under our heading or one of the Unsplash data set.
HEADINGS: Final[Mapping[str, str]] = {
    **{
        name: name
        for name in (
            *("filename", "mime_type", "taken_at", "width", "height", "description"),
            *("latitude", "longitude", "camera_make", "camera_model", "url"),
        )
    },
    "photo_url": "url",
    "photo_width": "width",
    "photo_height": "height",
    "photo_description": "description",
    "photo_location_latitude": "latitude",
    "photo_location_longitude": "longitude",
    "exif_camera_make": "camera_make",
    "exif_camera_model": "camera_model",
}


@dataclass(frozen=True, slots=True)
class Columns:
    """How one list is read. Without a header it is a list of ids, in its first column."""

    header: bool = False
    id: int = 0
    fields: Mapping[str, int] = field(default_factory=dict)  # of an item -> column
    unused: tuple[str, ...] = ()

    def said(self, record: Sequence[str]) -> dict[str, Any]:
        """What a record says of its photo; what is empty or cannot be read is left out."""
        found: dict[str, Any] = {}
        for name, at in self.fields.items():
            text = record[at].strip() if at < len(record) else ""
            if text:
                try:
                    found[name] = READ.get(name, str)(text)
                except (ValueError, OverflowError):
                    continue
        if not ("latitude" in found and "longitude" in found):
            found.pop("latitude", None)
            found.pop("longitude", None)
        if "taken_at" in found:
            found["taken_from"] = "source"
        return found

    def id_of(self, record: Sequence[str]) -> str:
        """ "" where the record has none."""
        return record[self.id].strip() if self.id < len(record) else ""


def columns_of(first: Sequence[str]) -> Columns:
    """How to read a list whose first line is this one."""
    names = [cell.strip().lower() for cell in first]
    chosen = next((name for name in ID_NAMES if name in names), None)
    if chosen is None:
        return Columns()
    at = names.index(chosen)
    fields: dict[str, int] = {}
    for number, name in enumerate(names):
        if number != at and name in HEADINGS:
            fields.setdefault(HEADINGS[name], number)
    used = {at, *fields.values()}
    unused = (name or "?" for number, name in enumerate(names) if number not in used)
    return Columns(True, at, fields, tuple(unused))


def item(source_id: str, said: Mapping[str, Any]) -> MediaItem:
    """A photo of which nothing more is known is called by its id."""
    return MediaItem(source_id=source_id, **{"filename": source_id, **said})


def moment(text: str) -> datetime:
    """A time without an offset is taken as UTC."""
    found = datetime.fromisoformat(text)
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def _pixels(text: str) -> int:
    count = int(text)
    if not 0 <= count < 1 << 31:
        raise ValueError("no size of a picture")
    return count


def _within(limit: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        degrees = float(text)
        if not -limit <= degrees <= limit:  # neither NaN
            raise ValueError("no position on Earth")
        return degrees

    return read


READ: Mapping[str, Callable[[str], Any]] = {
    "taken_at": moment,
    "width": _pixels,
    "height": _pixels,
    "latitude": _within(90),
    "longitude": _within(180),
}
