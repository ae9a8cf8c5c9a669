"""Makes the demo library: `python -m training.library [MODULES] [--out FOLDER]`.

Pictures of somebody's eight years, drawn from a vendor's artwork that no training run has seen,
with the kinds of file that real libraries hold. The same every time (the clips as far as the
video encoder is the same).
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import random
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from PIL import Image

from training import artwork, draw, splits
from training.files import screenshot, write_clip, write_picture
from training.library_plan import ALBUMS, CAMERAS, SCREENSHOTS, VIDEOS, Album, Shot

_SIZES = ((1024, 768), (960, 720), (800, 600), (768, 1024), (768, 768))
_BURST_ALBUM, _BURST_TAKES = "Football", 5
_SMALL = {"white circle": 0.65, "tennis": 0.6, "egg": 0.6, "candle": 0.8}  # beside other things
_ID_LENGTH, _ID_START = 98, "AH0my"


@dataclass
class Library:
    """The items so far, and what is needed to draw more."""

    svgs: dict[str, str]
    out: Path
    items: list[dict[str, Any]] = field(default_factory=list)

    def add(self, picture: Image.Image, item: dict[str, Any], **how: Any) -> None:
        """Write the picture and its entry."""
        item["file"] = item["filename"].lower()
        write_picture(picture, self.out / item["file"], item, **how)
        self._enter(item, picture.size)

    def add_clip(self, frames: list[Image.Image], item: dict[str, Any], fps: int) -> None:
        """Write the clip, its poster and its entry."""
        item["file"] = item["filename"].lower()
        poster = Path(item["file"]).with_suffix(".poster.jpg").name
        write_clip(frames, self.out / item["file"], fps)
        write_picture(frames[len(frames) // 2], self.out / poster, {})
        self._enter(item | {"video": {"fps": float(fps), "poster": poster}}, frames[0].size)

    def _enter(self, item: dict[str, Any], size: tuple[int, int]) -> None:
        kept = {key: value for key, value in item.items() if value not in ("", None, False)}
        width, height = size
        self.items.append({"id": _identity(item["file"]), **kept, "width": width, "height": height})


def build(modules: Path, out: Path) -> int:
    """Draw everything anew into `out`; how many items there are."""
    out.mkdir(parents=True, exist_ok=True)
    for old in out.iterdir():
        old.unlink()
    drawn = artwork.drawings(modules, splits.vendors()["test"][0])
    svgs = {c.name: drawn[c.code] for c in artwork.concepts(modules) if c.code in drawn}
    library = Library(svgs, out)
    number = 1200
    for album in ALBUMS:
        for shot in album.shots:
            for take in range(shot[4]):
                number += 1
                _take(library, album, shot, take, number)
    _burst(library)
    _screenshots(library)
    _odd_files(library)
    _clips(library)
    library.items.sort(key=lambda item: (item["taken_at"], item["file"]))
    text = json.dumps({"items": library.items}, ensure_ascii=False, indent=1)
    (out / "library.json").write_text(text + "\n", encoding="utf-8")
    return len(library.items)


def _take(library: Library, album: Album, shot: Shot, take: int, number: int) -> None:
    date, hour, things, place, _, description = shot
    rng = random.Random(f"{album.year} {date} {things} {take}")
    minute = timedelta(minutes=rng.randint(0, 20) + 9 * take, seconds=rng.randint(0, 59))
    taken = datetime.fromisoformat(f"{album.year}-{date}T{hour:02}:00:00") + minute
    picture = _picture(library, things.split(","), place, rng.choice(_SIZES), rng)
    library.add(
        picture,
        _entry(album, taken, things, place, number)
        | {
            "description": description if take == 0 else "",
            "favorite": rng.random() < 0.12,
        },
    )


def _picture(
    library: Library, things: list[str], place: str, size: tuple[int, int], rng: random.Random
) -> Image.Image:
    picture = draw.ground(place, *size, rng)
    for name, spot in zip(things, draw.spots(len(things), bool(place), rng), strict=True):
        smaller = replace(spot, side=spot.side * _SMALL.get(name, 1.0))
        draw.paste(picture, library.svgs[name], smaller)
    return picture


def _entry(album: Album, taken: datetime, things: str, place: str, number: int) -> dict[str, Any]:
    make, model, pattern = CAMERAS[album.camera]
    name = pattern.format(
        number=number % (1000 if album.camera == "pixel" else 10_000),
        day=taken.strftime("%Y%m%d"),
        time=taken.strftime("%H%M%S"),
    )
    entry: dict[str, Any] = {
        "filename": name,
        "mime_type": "image/jpeg",
        "taken_at": taken.replace(tzinfo=UTC).isoformat().replace("+00:00", "Z"),
        "camera_make": make,
        "camera_model": model,
        "albums": [album.title] if album.title else [],
        "depicts": [*dict.fromkeys(things.split(",")), *([place] if place else [])],
    }
    if album.where:
        rng = random.Random(f"where {number}")
        entry["latitude"] = round(album.where[0] + rng.uniform(-0.02, 0.02), 5)
        entry["longitude"] = round(album.where[1] + rng.uniform(-0.02, 0.02), 5)
    return entry


def _burst(library: Library) -> None:
    """Near-duplicates: the same scene seconds apart, the camera moved by a few pixels."""
    album = next(each for each in ALBUMS if each.title == _BURST_ALBUM)
    things, place = "person running,soccer ball", "meadow"
    wide = _picture(library, things.split(","), place, (880, 660), random.Random("burst"))
    for take in range(_BURST_TAKES):
        left, top = 20 + 4 * take, 16 - 3 * take
        picture = wide.crop((left, top, left + 800, top + 600))
        taken = datetime(2021, 10, 3, 10, 42, 7 + 2 * take)
        library.add(picture, _entry(album, taken, things, place, 3300 + take))


def _screenshots(library: Library) -> None:
    for at, title, lines in SCREENSHOTS:
        taken = datetime.fromisoformat(at)
        library.add(
            screenshot(title, lines),
            {
                "filename": f"Screenshot_{taken.strftime('%Y%m%d-%H%M%S')}.png",
                "mime_type": "image/png",
                "taken_at": f"{at}Z",
                "albums": [],
                "depicts": ["screenshot"],
            },
        )


def _odd_files(library: Library) -> None:
    """One of each format that a library holds besides upright JPEGs."""
    none = Album("", 2022, "iphone", None, ())
    kinds: tuple[tuple[str, str, str, str, str, dict[str, Any]], ...] = (
        ("IMG_0412.HEIC", "image/heic", "2022-08-21T13:05:00", "watermelon,lemon", "", {}),
        (
            "IMG_2041.JPG",
            "image/jpeg",
            "2019-07-15T09:30:00",
            "palm tree,sun",
            "beach",
            {"turned": True},
        ),
        ("rex_sticker.png", "image/png", "2022-01-16T20:00:00", "dog face", "", {"clear": True}),
        ("invitation.webp", "image/webp", "2020-10-20T18:12:00", "balloon,birthday cake", "", {}),
        ("party.gif", "image/gif", "2019-11-02T18:40:00", "party popper", "", {}),
    )
    for filename, mime_type, at, things, place, how in kinds:
        size = (768, 1024) if how.get("turned") else (640, 640)
        rng = random.Random(filename)
        picture = _picture(library, things.split(","), place, size, rng)
        if how.get("clear"):
            picture = Image.new("RGBA", size)
            draw.paste(picture, library.svgs[things], draw.Spot(0, 0, 0.9))
        entry = _entry(none, datetime.fromisoformat(at), things, place, 0)
        if mime_type in ("image/png", "image/webp", "image/gif"):
            entry |= {"camera_make": "", "camera_model": ""}
        entry |= {"filename": filename, "mime_type": mime_type}
        library.add(picture, entry, turned=how.get("turned", False))


def _clips(library: Library) -> None:
    for number, (at, thing, place, description, title) in enumerate(VIDEOS, 1):
        taken, fps = datetime.fromisoformat(at), 15
        album = Album(title, taken.year, "pixel", None, ())
        behind = draw.ground(place, 480, 360, random.Random(f"clip {number}"))
        frames = []
        for frame in range(2 * fps):
            picture, way = behind.copy(), frame / (2 * fps) - 0.5
            draw.paste(picture, library.svgs[thing], draw.Spot(0.5 * way, 0.08, 0.62))
            frames.append(picture)
        entry = _entry(album, taken, thing, place, number)
        entry |= {
            "filename": f"VID_{taken.strftime('%Y%m%d_%H%M%S')}.mp4",
            "mime_type": "video/mp4",
            "description": description,
        }
        library.add_clip(frames, entry, fps)


def _identity(file: str) -> str:
    digest = b"".join(hashlib.sha512(f"{file} {part}".encode()).digest() for part in range(2))
    return (_ID_START + base64.urlsafe_b64encode(digest).decode().rstrip("="))[:_ID_LENGTH]


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("modules", type=Path, nargs="?", default=Path("training/node_modules"))
    parser.add_argument("--out", type=Path, default=Path("gphotos_search/demo/library"))
    options = parser.parse_args()
    print(f"{build(options.modules, options.out)} items in {options.out}")


if __name__ == "__main__":
    main()
