"""The demo library as a Google Takeout export: an archive with sidecars, years and albums.

Layout and names follow what real exports show (no official description exists): a year folder with
every item, album folders with byte-identical copies and a `metadata.json`, and beside each file a
sidecar whose name is cut to 46 UTF-16 units; checked against the fixtures that immich-go and
timelinize publish.

    python -m gphotos_search.demo.takeout FOLDER
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from gphotos_search.takeout.names import legal, media_name, sidecar_name

LIBRARY = Path(__file__).parent / "library"
ROOT = PurePosixPath("Takeout/Google Photos")
EXPORTED = (2026, 11, 1, 12, 0, 0)  # one date for all members, so that the archive is reproducible
ARCHIVE = "takeout-20261101T120000Z-001.zip"


@dataclass(slots=True)
class Folder:
    """One folder of an export; it gives colliding names their counters, in order."""

    path: PurePosixPath
    taken: set[str] = field(default_factory=set)

    def place(self, title: str) -> tuple[str, str]:
        """The names of the media file and of its sidecar for an item called `title`."""
        counter, number = "", 0
        while media_name(title, counter).casefold() in self.taken:
            number += 1
            counter = f"({number})"
        self.taken.add(media_name(title, counter).casefold())
        return media_name(title, counter), sidecar_name(media_name(title), counter)


def build(out: Path, library: Path = LIBRARY) -> Path:
    """Write the export's only part into the folder `out`; the archive's path."""
    items = json.loads((library / "library.json").read_text("utf-8"))["items"]
    out.mkdir(parents=True, exist_ok=True)
    path = out / ARCHIVE
    with ZipFile(path, "w", ZIP_STORED) as archive:
        for name, content in members(items, library):
            archive.writestr(ZipInfo(str(name), EXPORTED), content)
    return path


def members(items: list[dict[str, Any]], library: Path) -> Iterator[tuple[PurePosixPath, bytes]]:
    """Name and content of every file of the export."""
    folders: dict[str, Folder] = {}
    for item in items:
        content = (library / item["file"]).read_bytes()
        sidecar = _json(_sidecar(item))
        for name in (f"Photos from {item['taken_at'][:4]}", *item.get("albums", ())):
            if name not in folders:
                folders[name] = Folder(ROOT / legal(name))
                if name in item.get("albums", ()):
                    yield ROOT / legal(name) / "metadata.json", _json({"title": name})
            media, beside = folders[name].place(item["filename"])
            yield folders[name].path / media, content
            yield folders[name].path / beside, sidecar


def _sidecar(item: dict[str, Any]) -> dict[str, Any]:
    taken = datetime.fromisoformat(item["taken_at"])
    when = {
        "timestamp": str(int(taken.timestamp())),
        "formatted": f"{taken:%d %b %Y, %H:%M:%S} UTC",
    }
    place = {
        "latitude": item.get("latitude", 0.0),
        "longitude": item.get("longitude", 0.0),
        "altitude": 0.0,
        "latitudeSpan": 0.0,
        "longitudeSpan": 0.0,
    }
    return {
        "title": item["filename"],
        "description": item.get("description", ""),
        "imageViews": "0",
        "creationTime": when,
        "photoTakenTime": when,
        "geoData": place,
        "geoDataExif": place,
        "url": f"https://photos.google.com/photo/AF1Qip{item['id'][6:44]}",
        "googlePhotosOrigin": {"mobileUpload": {"deviceType": "ANDROID_PHONE"}},
        **({"favorited": True} if item.get("favorite") else {}),  # flags appear only when true
    }


def _json(content: dict[str, Any]) -> bytes:
    return json.dumps(content, indent=2, ensure_ascii=False).encode()


if __name__ == "__main__":
    sys.stdout.write(f"{build(Path(sys.argv[1] if len(sys.argv) > 1 else '.'))}\n")
