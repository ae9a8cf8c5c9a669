"""MediaItem and Album as the Library API spells them: proto3 JSON, empty values left out."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

from gphotos_search.demo.emulator.store import Photo


def media_item(photo: Photo, base_url: str, video_status: str) -> dict[str, Any]:
    """One item; int64 are strings, `photo` is there even when it holds nothing."""
    camera = {"cameraMake": photo.camera_make, "cameraModel": photo.camera_model}
    kind: dict[str, Any] = {"photo": filled(camera)}
    if photo.video is not None:
        clip = {**camera, "fps": photo.video.fps, "status": video_status}
        kind = {"video": filled(clip)}
    sizes = {"width": int64(photo.width), "height": int64(photo.height)}
    return filled(
        {
            "id": photo.id,
            "description": photo.description,
            "productUrl": f"https://photos.google.com/lr/photo/{photo.id}",
            "baseUrl": base_url,
            "mimeType": photo.mime_type,
            "mediaMetadata": {"creationTime": timestamp(photo.taken_at), **filled(sizes), **kind},
            "filename": photo.filename,
        }
    )


def picked_item(photo: Photo, base_url: str, video_status: str) -> dict[str, Any]:
    """One item as the Picker spells it: sizes are numbers, all that is of the file is nested."""
    metadata: dict[str, Any] = {
        "width": photo.width,
        "height": photo.height,
        "cameraMake": photo.camera_make,
        "cameraModel": photo.camera_model,
    }
    if photo.video is not None:
        metadata["videoMetadata"] = {"fps": photo.video.fps, "processingStatus": video_status}
    else:
        metadata["photoMetadata"] = {}
    file = {
        "baseUrl": base_url,
        "mimeType": photo.mime_type,
        "filename": photo.filename,
        "mediaFileMetadata": filled(metadata),
    }
    return {
        "id": photo.id,
        "createTime": timestamp(photo.taken_at),
        "type": "PHOTO" if photo.video is None else "VIDEO",
        "mediaFile": filled(file),
    }


def album(title: str, photos: list[Photo], cover_url: str) -> dict[str, Any]:
    album_id = album_id_of(title)
    return filled(
        {
            "id": album_id,
            "title": title,
            "productUrl": f"https://photos.google.com/lr/album/{album_id}",
            "isWriteable": True,
            "mediaItemsCount": int64(len(photos)),
            "coverPhotoBaseUrl": cover_url,
            "coverPhotoMediaItemId": photos[0].id if photos else "",
        }
    )


def album_id_of(title: str) -> str:
    return "AH0al" + hashlib.sha256(title.encode()).hexdigest()


def filled(fields: dict[str, Any]) -> dict[str, Any]:
    """Without the empty strings, zeros and falses that proto3 JSON omits; messages stay."""
    return {name: value for name, value in fields.items() if value or isinstance(value, dict)}


def int64(number: int) -> str:
    return str(number) if number else ""


def timestamp(moment: datetime) -> str:
    """RFC 3339 in UTC with 0, 3 or 6 fractional digits, as protobuf prints it."""
    text = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    if moment.microsecond % 1000:
        return f"{text}.{moment.microsecond:06d}Z"
    return f"{text}.{moment.microsecond // 1000:03d}Z" if moment.microsecond else f"{text}Z"
