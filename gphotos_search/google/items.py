"""Google's JSON for a media item becomes our MediaItem; whatever it holds, nothing raises.

Source of the fields: https://developers.google.com/photos/library/reference/rest/v1/mediaItems
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, get_args

from gphotos_search.media import MediaItem, VideoStatus

LARGEST = 2**31 - 1  # pixels; a number beyond it is a mistake
_TIME = re.compile(r"(\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:\d\d)")


def media_item(raw: object) -> MediaItem | None:
    """None for what is no media item at all (no id)."""
    if not isinstance(raw, dict) or not (source_id := text(raw, "id")):
        return None
    metadata = section(raw, "mediaMetadata")
    video = metadata.get("video")
    camera = section(metadata, "video" if isinstance(video, dict) else "photo")
    mime_type = text(raw, "mimeType")
    if isinstance(video, dict) and not mime_type.startswith("video/"):
        mime_type = "video/mp4"  # `video` decides; the type of a transcoded clip is often left out
    return MediaItem(
        source_id=source_id,
        filename=text(raw, "filename"),
        mime_type=mime_type,
        taken_at=instant(metadata.get("creationTime")),
        width=pixels(metadata.get("width")),
        height=pixels(metadata.get("height")),
        description=text(raw, "description"),
        url=text(raw, "productUrl"),
        camera_make=text(camera, "cameraMake"),
        camera_model=text(camera, "cameraModel"),
        video_status=video_status(video.get("status")) if isinstance(video, dict) else "",
    )


def base_url(raw: dict[str, Any]) -> str:
    """The item's baseUrl, "" without one. A secret: it opens the photo to whoever holds it."""
    return text(raw, "baseUrl")


def instant(value: object) -> datetime | None:
    """An RFC 3339 time with 0 to 9 fractional digits as aware UTC; None for anything else."""
    match = _TIME.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None
    micros = (match[2] or "").ljust(6, "0")[:6]
    zone = "+00:00" if match[3] in "Zz" else match[3]
    try:
        return datetime.fromisoformat(f"{match[1].upper()}.{micros}{zone}").astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def pixels(value: object) -> int:
    """An int64 that JSON carries as a string, or a number; 0 for anything else."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 12:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= LARGEST:
        return 0
    return value


def video_status(status: object) -> VideoStatus:
    """Google's word for how far a video's processing is; UNSPECIFIED for one we do not know."""
    known: tuple[VideoStatus, ...] = get_args(VideoStatus)
    return next((word for word in known if word and word == status), "UNSPECIFIED")


def section(raw: dict[str, Any], key: str) -> dict[str, Any]:
    """The object under that key, {} for anything else."""
    value = raw.get(key)
    return value if isinstance(value, dict) else {}


def text(raw: dict[str, Any], key: str) -> str:
    """Text that any database takes: half a surrogate pair is legal JSON, but no UTF-8."""
    value = raw.get(key)
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""
