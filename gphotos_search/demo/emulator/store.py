"""The photos of the emulated account; they may change while it is served."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from gphotos_search.demo.emulator.specimens import specimen

Content = bytes | Path | Callable[[], bytes]
Key = tuple[float, str]  # newest first: minus the time taken, then the id


def make_id(name: str) -> str:
    """An id shaped like Google's: 98 URL-safe characters, always the same for a name."""
    raw = hashlib.sha512(name.encode()).digest() + hashlib.sha256(name.encode()).digest()
    return "AH0my" + base64.urlsafe_b64encode(raw).decode()[:93]


def read(content: Content) -> bytes:
    if isinstance(content, bytes):
        return content
    return content.read_bytes() if isinstance(content, Path) else content()


@dataclass(frozen=True, slots=True, kw_only=True)
class Video:
    """`poster` is a still; without one a grey frame is served."""

    fps: float = 30.0
    poster: Content | None = None
    processing_polls: int = 0  # so many answers say PROCESSING before READY
    failed: bool = False  # Google could not process it


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """A photo or a video: what Google knows of it, and its original bytes."""

    id: str
    content: Content
    filename: str
    taken_at: datetime
    mime_type: str = "image/jpeg"
    width: int = 0
    height: int = 0
    camera_make: str = ""
    camera_model: str = ""
    description: str = ""
    albums: tuple[str, ...] = ()
    favorite: bool = False
    archived: bool = False
    depicts: tuple[str, ...] = ()
    video: Video | None = None

    @property
    def key(self) -> Key:
        return -self.taken_at.timestamp(), self.id


class Library:
    """Photos by id, newest first (Google's own order is unconfirmed). Safe from any thread."""

    def __init__(self, photos: Iterable[Photo] = (), *, scaling: bool = True) -> None:
        self.scaling = scaling  # off: originals leave as they are, so that a benchmark measures us
        self.lock = threading.RLock()
        self.removed: set[str] = set()
        self._photos = {photo.id: photo for photo in photos}
        self._order: list[Key] = sorted(photo.key for photo in self._photos.values())
        self._hide_next: set[str] = set()

    @classmethod
    def of(cls, photos: Iterable[Photo]) -> Library:
        return cls(photos)

    @classmethod
    def from_folder(cls, folder: Path) -> Library:
        """Reads `library.json` and leaves the pictures on the disk until they are asked for."""
        items = json.loads((folder / "library.json").read_text("utf-8"))["items"]
        return cls(_photo_of(item, folder) for item in items)

    @classmethod
    def synthetic(
        cls,
        count: int,
        picture: bytes | Callable[[int], bytes] = specimen,
        *,
        size: tuple[int, int] = (512, 384),
        scaling: bool = False,
    ) -> Library:
        """`count` photos, each an hour older than the one before, served without scaling.

        A callable makes the picture from the photo's number, whenever it is asked for.
        """
        newest = datetime(2025, 1, 1, 12, tzinfo=UTC)
        return cls(
            (
                Photo(
                    id=make_id(f"synthetic {n}"),
                    content=picture if isinstance(picture, bytes) else partial(picture, n),
                    filename=f"IMG_{n:06d}.JPG",
                    taken_at=newest - timedelta(hours=n),
                    width=size[0],
                    height=size[1],
                )
                for n in range(count)
            ),
            scaling=scaling,
        )

    def __len__(self) -> int:
        return len(self._photos)

    def __iter__(self) -> Iterator[Photo]:
        """Newest first, as they are now."""
        with self.lock:
            return iter([self._photos[key[1]] for key in self._order])

    @property
    def ids(self) -> list[str]:
        """Newest first."""
        with self.lock:
            return [key[1] for key in self._order]

    def get(self, photo_id: str) -> Photo | None:
        return self._photos.get(photo_id)

    def add(self, photo: Photo) -> None:
        with self.lock:
            if photo.id in self._photos:
                raise ValueError(f"there already is a photo {photo.id}")
            self._photos[photo.id] = photo
            insort(self._order, photo.key)
            self.removed.discard(photo.id)

    def change(self, photo_id: str, **fields: Any) -> None:
        """Replaces fields of Photo; the id stays, the order follows `taken_at`."""
        with self.lock:
            old = self._photos[photo_id]
            new = replace(old, **fields)
            self._order.remove(old.key)
            self._photos[photo_id] = new
            insort(self._order, new.key)

    def remove(self, photo_id: str) -> None:
        with self.lock:
            self._order.remove(self._photos.pop(photo_id).key)
            self.removed.add(photo_id)

    def hide(self, photo_id: str) -> None:
        """The next listing that begins lacks this photo; the one after has it again."""
        with self.lock:
            self._hide_next.add(photo_id)

    def take_hidden(self) -> frozenset[str]:
        """What a listing that begins now must leave out."""
        with self.lock:
            hidden = frozenset(self._hide_next)
            self._hide_next.clear()
            return hidden

    def walk(self, after: Key | None, *, oldest_first: bool = False) -> Iterator[Photo]:
        """The photos behind a place; hold `lock` while going through them."""
        if oldest_first:
            stop = len(self._order) if after is None else bisect_left(self._order, after)
            numbers: Iterable[int] = range(stop - 1, -1, -1)
        else:
            start = 0 if after is None else bisect_right(self._order, after)
            numbers = range(start, len(self._order))
        for number in numbers:
            yield self._photos[self._order[number][1]]

    def albums(self) -> dict[str, list[Photo]]:
        """Title to its photos, newest first; titles in order."""
        found: dict[str, list[Photo]] = {}
        for photo in self:
            for title in photo.albums:
                found.setdefault(title, []).append(photo)
        return dict(sorted(found.items()))


def _photo_of(item: dict[str, Any], folder: Path) -> Photo:
    clip = item.get("video")
    video = None
    if clip is not None:
        poster = clip.get("poster")
        video = Video(fps=clip.get("fps", 30.0), poster=folder / poster if poster else None)
    taken_at = datetime.fromisoformat(item["taken_at"])
    return Photo(
        id=item["id"],
        content=folder / item["file"],
        filename=item["filename"],
        mime_type=item["mime_type"],
        taken_at=taken_at if taken_at.tzinfo else taken_at.replace(tzinfo=UTC),
        width=item["width"],
        height=item["height"],
        camera_make=item.get("camera_make") or "",
        camera_model=item.get("camera_model") or "",
        description=item.get("description") or "",
        albums=tuple(item.get("albums", ())),
        favorite=item.get("favorite", False),
        depicts=tuple(item.get("depicts", ())),
        video=video,
    )
