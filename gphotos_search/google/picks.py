"""What a person picked, as Google lists it: items, pages, and the place where a listing goes on.

Google's JSON for a picked item becomes our MediaItem; whatever it holds, nothing raises. It differs
from the Library's: sizes are numbers, everything of the file is nested, and there is no description
and no link for a browser. Source of the fields:
https://developers.google.com/photos/picker/reference/rest/v1/mediaItems
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import Any

from gphotos_search.errors import CursorRejected
from gphotos_search.google.items import instant, pixels, section, text, video_status
from gphotos_search.google.picker import PAGE_SIZE
from gphotos_search.media import Cursor, MediaItem, Page


@dataclass(frozen=True, slots=True)
class PickPlace:
    """Where the listing of several sessions goes on."""

    session: str
    token: str | None = None  # None: at the session's beginning
    last: str = ""  # the id before it, which Google may repeat on the next page
    done: tuple[str, ...] = ()  # the sessions of this listing that were listed whole

    @classmethod
    def read(cls, cursor: Cursor) -> PickPlace:
        """Raises CursorRejected for a cursor not made by us, or for pages of another size."""
        try:
            body = json.loads(cursor)
            size, session, token = body["size"], body["session"], body["token"]
            last, done = body["last"], tuple(body["done"])
        except (ValueError, TypeError, KeyError):
            size = None
        if size != PAGE_SIZE or not all(isinstance(one, str) for one in (session, last, *done)):
            raise CursorRejected("The stored place in the listing was made by another release.")
        return cls(session, token if isinstance(token, str) else None, last, done)

    def cursor(self) -> Cursor:
        return json.dumps({**asdict(self), "size": PAGE_SIZE})


def picked_page(answer: dict[str, Any], place: PickPlace) -> tuple[Page, PickPlace]:
    """The page at `place` and the place behind it, without a token after the session's last."""
    raws = answer.get("mediaItems", [])
    items: dict[str, MediaItem] = {}
    links: dict[str, str] = {}
    for raw in raws if isinstance(raws, list) else []:
        item = picked_item(raw)
        if item is not None and item.source_id != place.last:
            items.setdefault(item.source_id, item)
            if fresh := picked_url(raw):
                links[item.source_id] = fresh
    token = answer.get("nextPageToken")
    token = token if isinstance(token, str) and token else None
    behind = replace(place, token=token, last=next(reversed(items), place.last))
    following = behind.cursor() if token else None
    return Page(items=tuple(items.values()), links=links, next=following), behind


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
