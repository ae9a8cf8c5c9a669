"""List one archive or folder into the catalogue: its media files, sidecars and album files."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import BinaryIO, Literal

from gphotos_search.catalog import archives, members
from gphotos_search.catalog.members import FoundSidecar
from gphotos_search.catalog.store import Catalog
from gphotos_search.errors import ItemFailed
from gphotos_search.files.base import Container, ContainerDamaged, Member, MemberGone, Refused
from gphotos_search.files.content import read
from gphotos_search.intake import stored
from gphotos_search.takeout.base import Album, Sidecar

AT_ONCE = 2000  # members a transaction
DOCUMENT_LIMIT = 4_000_000  # bytes; an item's sidecar has one or two thousand
CHUNK = 1 << 20

What = Literal["media", "document", ""]
Document = Sidecar | Album | None


@dataclass(slots=True)
class Batch:
    """What the next transaction writes."""

    media: list[tuple[Member, str]] = field(default_factory=list)
    sidecars: list[FoundSidecar] = field(default_factory=list)
    albums: list[tuple[Member, str]] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    changed: list[tuple[str, str]] = field(default_factory=list)  # as they were before

    def __len__(self) -> int:
        return len(self.media) + len(self.sidecars) + len(self.albums) + len(self.refused)


@dataclass(slots=True)
class Scanned:
    """How a listing ended. `changed`: something is there that was not, or no longer is."""

    changed: bool = False
    trouble: str = ""
    stopped: bool = False
    complete: bool = True  # False: some of it could not be looked into


class Scan:
    """The listing of one container. `sort` says what a name promises, `read_document` reads JSON.

    Members that are there as they were are left alone, so a listing that was interrupted, or a
    folder with one new picture, costs little more than the walk.
    """

    def __init__(
        self,
        catalog: Catalog,
        archive: int,
        container: Container,
        *,
        sort: Callable[[str], What],
        read_document: Callable[[str, bytes], Document],
        stop: threading.Event,
    ) -> None:
        self.catalog, self.archive, self.container = catalog, archive, container
        self.sort, self.read_document, self.stop = sort, read_document, stop
        self.result = Scanned()

    def run(self) -> Scanned:
        with self.catalog.reading() as tx:
            before = members.known(tx, self.archive)
        batch = Batch()
        try:
            for found in self.container.listing():
                if self.stop.is_set():
                    self.result.stopped = True
                    break
                if isinstance(found, Refused):
                    batch.refused.append((found.path, found.reason))
                else:
                    self._take(found, before, batch)
                if len(batch) >= AT_ONCE:
                    self._write(batch)
                    batch = Batch()
        except ContainerDamaged as damaged:
            self.result.trouble = str(damaged)
        whole = self.container.complete and not self.result.trouble
        self.result.complete = whole and not self.result.stopped
        if self.result.complete:
            batch.changed += before  # whatever was there and is not any more
        self._write(batch)
        return self.result

    def _take(self, found: Member, before: members.Known, batch: Batch) -> None:
        what = self.sort(found.name)
        if not what:
            return
        place = (found.directory, found.name)
        known = before.pop(place, None)
        if known == (found.size, found.stamp):
            return
        if known is not None:
            batch.changed.append(place)
        try:
            if what == "media":
                batch.media.append((found, self._passing_hash(found)))
            else:
                self._take_document(found, batch)
        except (MemberGone, ItemFailed, ContainerDamaged) as trouble:
            if isinstance(trouble, ContainerDamaged) and self.container.sequential:
                raise  # what follows cannot be read either
            batch.refused.append((found.path, str(trouble)))

    def _passing_hash(self, found: Member) -> str:
        """Of an archive that is read from end to end, the content passes by now."""
        if not self.container.sequential:
            return ""
        with self.container.open(found) as content:
            return sha256_of(content)

    def _take_document(self, found: Member, batch: Batch) -> None:
        if found.size > DOCUMENT_LIMIT:
            return
        document = self.read_document(found.name, read(self.container, found, DOCUMENT_LIMIT))
        if isinstance(document, Sidecar):
            batch.sidecars.append(FoundSidecar(found, document.url, stored.dumps(document)))
        elif isinstance(document, Album):
            batch.albums.append((found, document.title))

    def _write(self, batch: Batch) -> None:
        if not batch and not batch.changed:
            return
        news = (batch.media, batch.sidecars, batch.albums, batch.changed)
        self.result.changed = self.result.changed or any(news)
        with self.catalog.transaction() as tx:
            members.drop(tx, self.archive, batch.changed)
            members.add_media(tx, self.archive, batch.media)
            members.add_sidecars(tx, self.archive, batch.sidecars)
            members.add_albums(tx, self.archive, batch.albums)
            archives.refuse(tx, self.archive, batch.refused)


def sha256_of(content: BinaryIO) -> str:
    """Hex digest of everything up to the end."""
    digest = hashlib.sha256()
    while piece := content.read(CHUNK):
        digest.update(piece)
    return digest.hexdigest()
