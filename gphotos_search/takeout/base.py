"""The nouns of an export."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Role = Literal["media", "clip", "other"]
Rule = Literal[
    "name",  # the generated sidecar name, new or old style
    "title",  # the sidecar's title is the media file's name
    "edited",  # an edited or generated copy: the original's sidecar
    "sibling",  # the clip of a still
    "prefix",  # the sidecar's stem begins the media's
    "",  # none
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sidecar:
    """What one item's JSON says. Absent things are empty."""

    title: str = ""
    description: str = ""
    taken_at: datetime | None = None  # aware, UTC; Google's, dates corrected by hand included
    latitude: float | None = None  # geoDataExif, else geoData; 0,0 is none
    longitude: float | None = None
    people: tuple[str, ...] = ()
    url: str = ""  # https://photos.google.com/photo/AF1Qip…; only addresses of Google Photos
    favorite: bool = False
    archived: bool = False
    trashed: bool = False
    locked: bool = False


@dataclass(frozen=True, slots=True)
class Album:
    """The metadata file of an album folder."""

    title: str


@dataclass(frozen=True, slots=True)
class Assigned:
    """What pairing decided for one media file of a directory.

    `sidecar` is the name of the JSON file in the same directory, "" for none, then `why_none` says
    why. `belongs_to` is the name of the media file that this one is a clip (`role` "clip") or an
    edited copy (`role` "media") of, "" when it stands for itself.
    """

    name: str
    role: Role = "media"
    sidecar: str = ""
    rule: Rule = ""
    belongs_to: str = ""
    why_none: str = ""


@dataclass(frozen=True, slots=True)
class Paired:
    """Everything pairing says about one directory. Every media file and every sidecar is in it.

    `orphans` are sidecars without a media file here, with the names their media may have, the
    likeliest first: an album that holds only JSON, or a part of the export that is not here yet.
    """

    media: tuple[Assigned, ...]
    orphans: tuple[tuple[str, tuple[str, ...]], ...] = ()
