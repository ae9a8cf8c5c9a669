"""The JSON files of an export, in the shapes that published ones have."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from tests.exports.model import Photo

PRODUCTS = {
    "Takeout/archive_browser.html": "<html><body>Google Takeout</body></html>",
    "Takeout/Drive/notes.txt": "not a photo",
}
OTHER_DOCUMENTS: dict[str, Any] = {
    "print-subscriptions.json": {"subscriptions": [{"title": "Monthly prints"}]},
    "shared_album_comments.json": {"comments": [{"text": "lovely"}]},
    "user-generated-memory-titles.json": {"memoryTitles": ["Summer"]},
}


def item_document(photo: Photo) -> bytes:
    """The sidecar; flags appear only when true, and the written date is of no use to a reader."""
    geo, exif = photo.guessed_place or photo.place, photo.place
    said: dict[str, Any] = {
        "title": photo.title or photo.name,
        "description": photo.description,
        "imageViews": str(photo.number % 9),
        "creationTime": _moment(photo.taken + timedelta(days=3)),
        "photoTakenTime": _moment(photo.taken),
        "geoData": _place(geo),
        "geoDataExif": _place(exif),
        "url": photo.url,
        "googlePhotosOrigin": {"fromPartnerSharing": {}}
        if photo.partner
        else {"mobileUpload": {"deviceFolder": {"localFolderName": ""}, "deviceType": "IOS_PHONE"}},
    }
    if photo.people:
        said["people"] = [{"name": name} for name in photo.people]
    flags = {
        "favorited": photo.favorite,
        "archived": photo.archived,
        "trashed": photo.trashed,
        "inLockedFolder": photo.locked,
    }
    return as_json(said | {name: True for name, true in flags.items() if true})


def album_document(title: str, number: int) -> bytes:
    """In one of the three shapes that were in use over the years."""
    shapes: tuple[dict[str, Any], ...] = (
        {"title": title},
        {"title": title, "description": "", "access": "protected", "date": {"timestamp": "0"}},
        {"albumData": {"title": title, "description": "", "access": "protected"}},
    )
    return as_json(shapes[number % len(shapes)])


def as_json(said: dict[str, Any]) -> bytes:
    return json.dumps(said, indent=2, ensure_ascii=False).encode()


def _moment(when: datetime) -> dict[str, str]:
    written = f"{when:%d} sept. {when:%Y}, {when:%I:%M:%S}\u202fPM\u202fUTC"
    return {"timestamp": str(int(when.timestamp())), "formatted": written}


def _place(place: tuple[float, float] | None) -> dict[str, float]:
    latitude, longitude = place or (0.0, 0.0)
    spans = {"altitude": 0.0, "latitudeSpan": 0.0, "longitudeSpan": 0.0}
    return {"latitude": latitude, "longitude": longitude, **spans}
