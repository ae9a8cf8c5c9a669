"""What a person's library holds, before anybody thinks of file names."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from hypothesis.vendor.pretty import RepresentationPrinter

from tests.exports.names import Style
from tests.exports.tongues import TONGUES, Tongue

Content = Literal["jpeg", "png", "heic", "webp", "gif", "dng", "mp4"]
Clip = Literal["", ".MP4", ".MOV", "bare"]  # "bare": PXL_x.MP beside PXL_x.MP.jpg, MVIMG_x too
Damage = Literal["", "empty", "truncated"]
Layout = Literal["full", "json albums", "albums only"]

FIRST = datetime(2019, 3, 1, 9, 30, tzinfo=UTC)
ENDINGS: dict[Content, str] = {
    "jpeg": ".jpg",
    "png": ".png",
    "heic": ".HEIC",
    "webp": ".webp",
    "gif": ".gif",
    "dng": ".dng",
    "mp4": ".mp4",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """One item of the library with everything that belongs to it.

    `number` makes bytes, address and default title unique. `title` may lie about `content`.
    """

    number: int
    title: str = ""
    content: Content = "jpeg"
    taken: datetime = FIRST
    exif: datetime | None = None  # written into a JPEG, with its offset
    description: str = ""
    people: tuple[str, ...] = ()
    place: tuple[float, float] | None = None  # geoDataExif
    guessed_place: tuple[float, float] | None = None  # geoData
    albums: tuple[str, ...] = ()  # their titles; "" is an untitled one
    favorite: bool = False
    archived: bool = False
    trashed: bool = False
    locked: bool = False
    partner: bool = False
    failed: bool = False  # it is in "Failed Videos"
    clip: Clip = ""
    motion_inside: bool = False  # the clip hangs at the end of the JPEG
    edited: bool = False
    suffix: str = ""  # of the edited copy's name; empty: the library's language decides
    edited_ending: str = ""  # empty: the original's
    original: bool = True  # False: only the edited copy is in the export
    generated: tuple[str, ...] = ()  # "-effects", …
    rendition: bool = False  # a second file "…(1)" that shares this one's sidecar
    style: Style = "new"
    sidecar: bool = True  # False: the export has none
    ending_added: str = ""  # the stored file has an extension that the title lacks
    damage: Damage = ""
    same_bytes_as: int | None = None  # another library item with equal bytes

    def _repr_pretty_(self, printer: RepresentationPrinter, _cycle: bool) -> None:
        """Only what is not plain: drawn photos are read by people when a test fails."""
        said = ((one.name, one.default, getattr(self, one.name)) for one in fields(self))
        odd = ", ".join(f"{name}={value!r}" for name, plain, value in said if value != plain)
        printer.text(f"Photo({odd})")

    @property
    def name(self) -> str:
        """The title, and what the exporter appends to it."""
        return (self.title or f"IMG_{self.number:04d}{ENDINGS[self.content]}") + self.ending_added

    @property
    def url(self) -> str:
        return (
            f"https://photos.google.com/photo/AF1Qip{hashlib.sha1(b'%d' % self.number).hexdigest()}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    photos: tuple[Photo, ...] = ()
    language: str = "en"
    layout: Layout = "full"
    noise: bool = True  # other products, print orders, empty documents

    @property
    def tongue(self) -> Tongue:
        return TONGUES[self.language]

    def follow_up(
        self, changed: Iterable[int] = (), new: Iterable[Photo] = (), says: str = "changed later"
    ) -> Library:
        """What the next incremental export of it holds: `changed` items say something else now."""
        numbers = set(changed)
        later = (replace(p, description=says) for p in self.photos if p.number in numbers)
        return replace(self, photos=(*later, *new))

    @staticmethod
    def typical(count: int, **settings: object) -> Library:
        """Every quirk once in each two dozen photos, the rest plain."""
        photos = tuple(
            replace(_plain(number), **QUIRKS.get(number % 24, {}))  # type: ignore[arg-type]
            for number in range(1, count + 1)
        )
        return Library(photos=photos, **settings)  # type: ignore[arg-type]


def _plain(number: int) -> Photo:
    return Photo(
        number=number,
        taken=FIRST + timedelta(days=41 * number % 2500, minutes=number),
        albums=(f"Trip {number % 4}",) if number % 3 == 0 else (),
        description=f"picture number {number}" if number % 5 == 0 else "",
        same_bytes_as=number - 17 if number % 24 == 0 else None,
    )


_UUID = "original_1d4caa6f-16c6-4c3d-901b-9387de10e528_P.jpg"
QUIRKS: dict[int, dict[str, object]] = {
    1: {"title": "IMG_0170.HEIC", "content": "heic", "clip": ".MP4", "albums": ("Rome & Naples",)},
    2: {"title": "IMG_0170.HEIC", "content": "heic", "clip": ".MOV"},
    3: {"title": "PXL_20230814_201154491.MP.jpg", "clip": "bare"},
    4: {"title": "MVIMG_20191230_232926.jpg", "clip": "bare", "style": "old"},
    5: {"title": "Hochzeit – Änne & Zoë 💍💍.jpg", "edited": True, "people": ("Zoë", "Änne")},
    6: {"title": "DSC_0042.dng", "content": "dng"},
    7: {"title": "DSC_0042.jpg", "place": (48.79, 2.48), "guessed_place": (1.0, 1.0)},
    8: {"title": "IMG_2001.HEIC", "content": "jpeg", "favorite": True},
    9: {"title": "binned.jpg", "trashed": True, "albums": ()},
    10: {"title": "put away.jpg", "archived": True, "albums": ()},
    11: {"title": "private.jpg", "locked": True, "albums": ()},
    12: {"title": "Screenshot_2024-08-31-00-53-48-647_com.snapchat.jpg", "edited": True},
    13: {"title": "27/06/12 - 1", "content": "mp4", "ending_added": ".mov"},
    14: {"title": _UUID, "rendition": True, "albums": ()},
    15: {"title": "IMG_0001(1).jpg", "guessed_place": (35.0, 139.0), "exif": FIRST},
    16: {"title": "only the copy.jpg", "edited": True, "original": False},
    17: {"title": "broken.jpg", "damage": "truncated"},
    18: {"title": "nothing.jpg", "damage": "empty"},
    19: {"title": "collage.jpg", "generated": ("-effects", "-collage"), "partner": True},
    20: {"title": "IMG_0001.jpg", "style": "old", "albums": ("", "Trip 1")},
    21: {"title": "IMG_0001.jpg", "albums": ("", "Trip 1")},
    22: {"title": "motion inside.MP.jpg", "motion_inside": True},
    23: {"title": "VID_0007.MP4", "content": "mp4", "failed": True, "albums": ()},
}
