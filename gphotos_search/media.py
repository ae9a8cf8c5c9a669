"""The nouns of the program: frozen dataclasses that every step shares. Imports nothing of ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

MediaId = int  # ours, never reused; the id inside the vector index
Cursor = str  # opaque to everyone but the source that made it
Kind = Literal["photo", "video"]
VideoStatus = Literal["", "UNSPECIFIED", "PROCESSING", "READY", "FAILED"]
Flag = Literal["favorite", "archived", "trashed"]
TakenFrom = Literal["", "source", "sidecar", "exif", "filename", "folder"]
Original = Literal["", "file", "archive", "gone"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaItem:
    """One photo or video as its source describes it. Only `source_id` never changes."""

    source_id: str
    filename: str = ""
    mime_type: str = ""
    taken_at: datetime | None = None  # aware, UTC
    width: int = 0  # pixels, 0 when the source does not say
    height: int = 0
    description: str = ""
    url: str = ""  # opens the item in a browser, for the person who owns it
    camera_make: str = ""
    camera_model: str = ""
    video_status: VideoStatus = ""  # "" for photos
    path: str = ""  # the original on this machine, where it is a file of its own
    taken_from: TakenFrom = ""  # where `taken_at` was found; of "folder" only the year is true
    utc_offset_min: int | None = None  # local time of the place, where the camera wrote it
    latitude: float | None = None  # degrees, WGS 84; both or neither
    longitude: float | None = None
    favorite: bool = False
    archived: bool = False
    trashed: bool = False  # kept out of results unless asked for
    people: tuple[str, ...] = ()  # names, sorted
    albums: tuple[str, ...] = ()  # titles, sorted
    original: Original = ""  # where the original lies on this machine; "gone": it was deleted
    edited_of: str = ""  # source_id of the picture that this one is an edited copy of

    @property
    def kind(self) -> Kind:
        return "video" if self.mime_type.startswith("video/") else "photo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of a listing. `links` live for minutes and are never stored.

    `next` restarts after this page and is None on the last one. `complete` is False where the
    source knows that it skipped something, so that absence from this listing proves nothing.
    `withdrawn` must leave the catalogue at once: moved to the locked folder, or found to be no item
    of its own. `fingerprint`, on the last page, names the state that this listing saw whole; the
    catalogue keeps it, and a source that finds itself in the same state may answer with one empty
    page.
    """

    items: tuple[MediaItem, ...] = ()
    links: Mapping[str, str] = field(default_factory=dict)  # source_id -> short-lived link
    next: Cursor | None = None
    complete: bool = True
    withdrawn: tuple[str, ...] = ()
    fingerprint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredItem:
    """A media item as the catalogue holds it."""

    media_id: MediaId
    source: str  # the name in the config
    item: MediaItem
    twin_of: MediaId | None = None  # the same photograph in another source, of other bytes


@dataclass(frozen=True, slots=True)
class TimeRange:
    """Half-open [start, end) in aware UTC; None is unbounded."""

    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Exact conditions of a search; all of them hold. Empty means no condition.

    `taken` is a union of ranges; an item without a known time never matches a date filter.
    """

    taken: tuple[TimeRange, ...] = ()
    sources: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = ()
    flags: tuple[Flag, ...] = ()  # without "trashed" among them, what is in the trash is left out

    def __bool__(self) -> bool:
        return bool(self.taken or self.sources or self.kinds or self.flags)


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What a person asks: words for the encoder, exact filters, and how many hits."""

    text: str
    limit: int = 10
    filters: Filters = field(default_factory=Filters)
    group: bool = True  # fold near-identical hits; --no-group
    everything: bool = False  # --all


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One ranked answer; `score` is the cosine of query and picture, -1..1."""

    rank: int
    score: float
    media_id: MediaId
    source: str
    item: MediaItem
    thumbnail: str | None = None  # absolute path
    path: str | None = None  # absolute path of the original


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """All of one search, with what produced it. `warnings` go to stderr."""

    query: str
    encoder: str
    took_ms: float  # from the parsed query to the ranked hits, encoder included
    hits: tuple[Hit, ...]
    warnings: tuple[str, ...] = ()
