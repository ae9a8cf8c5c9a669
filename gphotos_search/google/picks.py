"""Google's JSON for a picked item becomes our MediaItem; whatever it holds, nothing raises.

It differs from the Library's: sizes are numbers, everything of the file is nested, and there is
no description and no link for a browser. Source of the fields:
https://developers.google.com/photos/picker/reference/rest/v1/mediaItems
"""

from __future__ import annotations

from typing import Any

from gphotos_search.google.items import instant, pixels, section, text, video_status
from gphotos_search.media import MediaItem


def picked_item(raw: object) -> MediaItem | None:
    """None for what is no media item at all (no id)."""
    if not isinstance(raw, dict) or not (source_id := text(raw, "id")):
        return None
    file = section(raw, "mediaFile")
    metadata = section(file, "mediaFileMetadata")
    video = metadata.get("videoMetadata")
    mime_type = text(file, "mimeType")
    is_video = raw.get("type") == "VIDEO" or isinstance(video, dict)
    if is_video and not mime_type.startswith("video/"):
        mime_type = "video/mp4"  # the type of a transcoded clip is often left out
    taken_at = instant(raw.get("createTime"))
    return MediaItem(
        source_id=source_id,
        filename=text(file, "filename"),
        mime_type=mime_type,
        taken_at=taken_at,
        taken_from="source" if taken_at else "",
        width=pixels(metadata.get("width")),
        height=pixels(metadata.get("height")),
        camera_make=text(metadata, "cameraMake"),
        camera_model=text(metadata, "cameraModel"),
        video_status=(
            video_status(section(metadata, "videoMetadata").get("processingStatus"))
            if is_video
            else ""
        ),
    )


def picked_url(raw: dict[str, Any]) -> str:
    """The item's baseUrl, "" without one. It opens only together with the account's token."""
    return text(section(raw, "mediaFile"), "baseUrl")
