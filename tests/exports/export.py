"""The files of an export and what is true about them."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property, partial
from typing import Literal

from tests.exports.directory import Directory, Placed, directory_of
from tests.exports.documents import (
    OTHER_DOCUMENTS,
    PRODUCTS,
    album_document,
    as_json,
    item_document,
)
from tests.exports.model import Library, Photo
from tests.exports.names import legal
from tests.exports.pictures import clip_of, content_of

EntryKind = Literal["media", "sidecar", "album", "other"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One file. Its content is made when asked for, so that large exports need no memory."""

    path: str
    kind: EntryKind
    make: Callable[[], bytes]


@dataclass(slots=True, kw_only=True)
class Expected:
    """What a library made from the whole export says about one content; paths are in NFC.

    Sets hold all that its copies and equal twins say. `taken` is empty where no sidecar tells.
    """

    paths: set[str] = field(default_factory=set)
    numbers: set[int] = field(default_factory=set)
    taken: set[datetime] = field(default_factory=set)
    descriptions: set[str] = field(default_factory=set)  # never the empty one
    people: set[str] = field(default_factory=set)
    albums: set[str] = field(default_factory=set)  # titles of those that have one
    urls: set[str] = field(default_factory=set)
    places: set[tuple[float, float]] = field(default_factory=set)
    favorite: bool = False
    archived: bool = False
    trashed: bool = False
    edited_of: str = ""  # sha256 of the original, where that is in the export
    sure: bool = True  # False: a reader may report a copy's sidecar instead of using it
    readable: bool = True  # False: empty or cut off, so no vector can come of it


@dataclass(frozen=True)
class Export:
    """A laid-out library; `directories` are by their path inside the archive."""

    library: Library
    entries: tuple[Entry, ...]
    directories: dict[str, Directory]

    @cached_property
    def items(self) -> dict[str, Expected]:
        """By sha256: every photo and video that must be found, clips and locked ones left out."""
        found: dict[str, Expected] = {}
        for path, one in self._media():
            if one.photo.locked or one.part == "clip" or not (content := content_for(one)):
                continue
            item = found.setdefault(sha256(content), Expected())
            folder, _, name = path.rpartition("/")
            item.sure &= len(self.directories[folder].allowed(name)) == 1
            self._merge(item, path, one)
        return found

    @cached_property
    def never(self) -> dict[str, str]:
        """By sha256, with its path: what must not become an item of its own."""
        hidden = {
            sha256(content_for(one)): path
            for path, one in self._media()
            if one.photo.locked or one.part == "clip"
        }
        return {digest: path for digest, path in hidden.items() if digest not in self.items}

    @property
    def sidecars(self) -> dict[str, Photo]:
        """Every item document by its path."""
        return {
            f"{folder}/{name}": photo
            for folder, directory in self.directories.items()
            for name, photo in directory.sidecars.items()
        }

    def _media(self) -> Iterator[tuple[str, Placed]]:
        for folder, directory in self.directories.items():
            for name, one in directory.media.items():
                yield f"{folder}/{name}", one

    def _merge(self, item: Expected, path: str, one: Placed) -> None:
        photo = one.photo
        item.paths.add(unicodedata.normalize("NFC", path))
        item.numbers.add(photo.number)
        item.readable = not photo.damage
        if one.part in {"edited", "generated"} and photo.original:
            item.edited_of = sha256(content_of(photo))
        if not photo.sidecar:
            return
        item.taken.add(photo.taken)
        item.descriptions |= {photo.description} - {""}
        item.people |= set(photo.people)
        item.albums |= set(photo.albums) - {""}
        item.urls.add(photo.url)
        item.places |= {place for place in (photo.place or photo.guessed_place,) if place}
        item.favorite |= photo.favorite
        item.archived |= photo.archived
        item.trashed |= photo.trashed


def lay_out(library: Library) -> Export:
    """Every file that Google would put into an export of `library`."""
    spelt = tuple(
        replace(photo, suffix=photo.suffix or library.tongue.edited) for photo in library.photos
    )
    library = replace(library, photos=spelt)
    root = f"Takeout/{library.tongue.container}"
    entries: list[Entry] = []
    directories: dict[str, Directory] = {}
    for folder, photos in _folders(library).items():
        directory = directory_of(photos)
        if library.layout == "json albums" and folder in _albums(library):
            directory = Directory({}, directory.sidecars)
        directories[f"{root}/{folder}"] = directory
        entries += _files(f"{root}/{folder}", directory)
    for number, (folder, titles) in enumerate(_albums(library).items()):
        for again, title in enumerate(titles):
            stem, dot, ending = library.tongue.album_file.rpartition(".")
            name = f"{stem}({again}){dot}{ending}" if again else stem + dot + ending
            make = partial(album_document, title, number)
            entries.append(Entry(f"{root}/{folder}/{name}", "album", make))
    if library.noise:
        entries += _noise(root)
    return Export(library, tuple(entries), directories)


def content_for(one: Placed) -> bytes:
    if one.part == "clip":
        return clip_of(one.photo)
    return content_of(one.photo, one.variant)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _folders(library: Library) -> dict[str, list[Photo]]:
    """Photos by the folder's name, in the order in which they get their counters."""
    words, folders = library.tongue, dict[str, list[Photo]]()
    by_title = {title: name for name, titles in _albums(library).items() for title in titles}
    for photo in library.photos:
        special = (
            (photo.locked, words.locked),
            (photo.trashed, words.trash),
            (photo.archived, words.archive),
            (photo.failed, words.failed),
        )
        home = next((name for true, name in special if true), words.year.format(photo.taken.year))
        if library.layout != "albums only":
            folders.setdefault(home, []).append(photo)
        for title in dict.fromkeys(photo.albums):
            folders.setdefault(by_title[title], []).append(photo)
    return folders


def _albums(library: Library) -> dict[str, list[str]]:
    """Folder names of albums with the titles in them; two titles may share one folder."""
    albums: dict[str, list[str]] = {}
    for title in dict.fromkeys(title for photo in library.photos for title in photo.albums):
        name = legal(title).rstrip(" .") or library.tongue.untitled
        albums.setdefault(name, []).append(title)
    return albums


def _files(folder: str, directory: Directory) -> Iterator[Entry]:
    for name, one in directory.media.items():
        yield Entry(f"{folder}/{name}", "media", partial(content_for, one))
    for name, photo in directory.sidecars.items():
        yield Entry(f"{folder}/{name}", "sidecar", partial(item_document, photo))


def _noise(root: str) -> Iterator[Entry]:
    for path, text in PRODUCTS.items():
        yield Entry(path, "other", text.encode)
    yield Entry("Takeout/Drive/pic.jpg", "other", partial(content_of, Photo(number=10**6)))
    for name, said in OTHER_DOCUMENTS.items():
        yield Entry(f"{root}/{name}", "other", partial(as_json, said))
    yield Entry(f"{root}/empty.json", "other", partial(as_json, {}))
