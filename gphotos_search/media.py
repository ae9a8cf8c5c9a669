"""The nouns of the program: frozen dataclasses that every step shares. Imports nothing of ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

MediaId = int  # ours, never reused; the id inside the vector index
Cursor = str  # opaque to everyone but the source that made it
Kind = Literal["photo", "video"]
VideoStatus = Literal["", "UNSPECIFIED", "PROCESSING", "READY", "FAILED"]
Flag = Literal["favorite", "archived", "trashed"]
TakenFrom = Literal["", "source", "sidecar", "exif", "filename", "folder"]
Original = Literal["", "file", "archive", "gone"]
FEATURES = "features"  # the type of a source that has vectors and no pictures: it is never synced
Sort = Literal["relevance", "date", "random"]


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
    page. With `unchanged` that page stands for all that the last complete listing saw.
    """

    items: tuple[MediaItem, ...] = ()
    links: Mapping[str, str] = field(default_factory=dict)  # source_id -> short-lived link
    next: Cursor | None = None
    complete: bool = True
    withdrawn: tuple[str, ...] = ()
    fingerprint: str = ""
    unchanged: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredItem:
    """A media item as the catalogue holds it."""

    media_id: MediaId
    source: str  # the name in the config
    item: MediaItem
    twin_of: MediaId | None = None  # the same photograph in another source, of other bytes


@dataclass(frozen=True, slots=True)
class DayRange:
    """Half-open [start, end) of local days; None is unbounded."""

    start: date | None = None
    end: date | None = None


@dataclass(frozen=True, slots=True)
class Circle:
    """All points at most `radius_km` from a place, over the ground; degrees are WGS 84."""

    latitude: float
    longitude: float
    radius_km: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Exact conditions of a search; all that are given hold. Empty means no condition.

    `days`, `months` and `weekdays` are about the local date of the photo: its own clock where
    `utc_offset_min` is known, else the configured zone. An item without a time matches none of
    them; one whose time came from a folder has only a year, and matches `days` alone, where its
    whole year is among them. What is in the trash is left out unless "trashed" is asked for, here
    or in `also`.
    """

    days: tuple[DayRange, ...] = ()  # any of them
    months: tuple[int, ...] = ()  # 1-12, any of them
    weekdays: tuple[int, ...] = ()  # 1-7, Monday is 1, any of them
    sources: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = ()
    flags: tuple[Flag, ...] = ()  # every one of them
    albums: tuple[str, ...] = ()  # titles, any of them, whatever their case
    people: tuple[str, ...] = ()  # names, any of them, whatever their case
    places: tuple[int, ...] = ()  # ids of known places, any of them
    near: tuple[Circle, ...] = ()  # any of them
    cameras: tuple[str, ...] = ()  # any is a part of "make model", whatever its case
    phrases: tuple[str, ...] = ()  # each stands in file name, description, an album or a name
    also: tuple[Filters, ...] = ()  # every one of them holds too
    excluded: tuple[Filters, ...] = ()  # none of them holds

    def __bool__(self) -> bool:
        return self != NO_FILTERS


NO_FILTERS = Filters()


@dataclass(frozen=True, slots=True)
class Term:
    """One part of what is looked for; a negative `weight` leads away from it.

    `value` is what the encoder reads, the item's number as typed (see search/operands.py), or the
    absolute path of a picture.
    """

    kind: Literal["words", "item", "image"]
    value: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What a person asks: what it should look like, exact filters, and how many hits.

    Without `terms`, `more` and `less` it lists what matches, the newest first. `more` and `less`
    name items, as terms do, that refine the last query.
    """

    text: str  # as typed
    terms: tuple[Term, ...] = ()
    filters: Filters = NO_FILTERS
    limit: int = 10
    group: bool = True  # fold near-identical hits; --no-group
    everything: bool = False  # --all
    sort: Sort = "relevance"
    seed: int = 0  # of "random"
    more: tuple[str, ...] = ()
    less: tuple[str, ...] = ()

    @classmethod
    def of(cls, words: str, filters: Filters = NO_FILTERS, **options: Any) -> Query:
        """All of the words go to the encoder."""
        return cls(text=words, terms=(Term("words", words),), filters=filters, **options)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One ranked answer; `score` is the cosine of query and picture, -1..1, 0 without a meaning."""

    rank: int
    score: float
    media_id: MediaId
    source: str
    item: MediaItem
    thumbnail: str | None = None  # absolute path
    path: str | None = None  # absolute path of the original
    folded: int = 0  # how many more items this hit stands for


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """All of one search, with what produced it. `warnings` go to stderr."""

    query: str
    encoder: str
    took_ms: float  # from the parsed query to the ranked hits, encoder included
    hits: tuple[Hit, ...]
    warnings: tuple[str, ...] = ()
    understood: Mapping[str, Any] | None = None  # where an explanation was asked for
    timings: Mapping[str, float] | None = None  # milliseconds by stage, where they were asked for
