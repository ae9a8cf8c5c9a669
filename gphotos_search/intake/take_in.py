"""Bring the catalogue up to what lies on the disk: list what is new, pair what that changed."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from gphotos_search.catalog import archives, observations
from gphotos_search.catalog.archives import ArchiveRow
from gphotos_search.catalog.store import Catalog
from gphotos_search.errors import TryLater
from gphotos_search.files.base import Container, ContainerDamaged, ContainerKind, MemberGone
from gphotos_search.intake.bind import bind
from gphotos_search.intake.placing import Placing
from gphotos_search.intake.scan import Document, Scan, Scanned, What

GENERATION = 1  # of the rules by which items are made; another one lists everything again


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """An archive or folder that should be in the catalogue."""

    path: Path
    kind: ContainerKind
    export: str
    exported_at: datetime | None
    opening: Callable[[], Container]

    def measure(self) -> tuple[int, int]:
        """Size and time of the last change; (0, 0) for a tree, which has to be walked."""
        if self.kind == "tree":
            return 0, 0
        there = self.path.stat()
        return there.st_size, there.st_mtime_ns


class TakeIn:
    """One look at everything a source has. Use once."""

    def __init__(
        self,
        catalog: Catalog,
        source_pk: int,
        *,
        placing: Placing,
        sort: Callable[[str], What],
        read_document: Callable[[str, bytes], Document],
        stop: threading.Event,
        say: Callable[[str], None],
    ) -> None:
        self.catalog, self.source_pk, self.placing = catalog, source_pk, placing
        self.sort, self.read_document = sort, read_document
        self.stop, self.say = stop, say
        self.complete = True  # everything wanted was listed to its end

    def run(self, wanted: Sequence[Wanted], *, gone: bool = True) -> None:
        """List what is new or changed; what is not among `wanted` no longer lies there.

        With `gone` False the others are left as they are. Raises TryLater when told to stop: what
        was listed so far is kept.
        """
        with self.catalog.reading() as tx:
            known = archives.of(tx, self.source_pk)
        self._follow_moves(wanted, known)
        there = {str(each.path) for each in wanted}
        if gone:
            self._set_present([row for path, row in known.items() if path not in there], False)
        self._set_present([row for path, row in known.items() if path in there], True)
        new = [each for each in wanted if self._needs_listing(each, known)]
        for number, each in enumerate(new, 1):
            if each.kind != "tree":
                self.say(f"Listing {each.path.name} ({number} of {len(new)}) …")
            self._list(each, known.get(str(each.path)))
            self._end_if_stopped()
        bind(self.catalog, self.source_pk, self.placing, self.stop)
        self._end_if_stopped()

    def fingerprint(self) -> str:
        """Differs when anything differs that an item is made of."""
        with self.catalog.reading() as tx:
            rows = archives.of(tx, self.source_pk).values()
            newest = observations.newest(tx, self.source_pk)
        told = [GENERATION, newest]
        told += [(row.path, row.size, row.stamp, row.present, row.state) for row in rows]
        return hashlib.sha256(repr(told).encode()).hexdigest()

    def _follow_moves(self, wanted: Sequence[Wanted], known: dict[str, ArchiveRow]) -> None:
        """An archive of the same name, size and time elsewhere is the same one, moved."""
        there = {str(each.path) for each in wanted}
        lost = {
            (Path(row.path).name, row.size, row.stamp): row
            for path, row in known.items()
            if path not in there and row.kind != "tree" and not Path(path).exists()
        }
        for each in wanted:
            if str(each.path) in known or each.kind == "tree":
                continue
            row = lost.pop((each.path.name, *each.measure()), None)
            if row is not None:
                with self.catalog.transaction() as tx:
                    archives.moved(tx, row.id, str(each.path))
                known.pop(row.path)
                known[str(each.path)] = row

    def _needs_listing(self, each: Wanted, known: dict[str, ArchiveRow]) -> bool:
        row = known.get(str(each.path))
        if row is None or row.state == "new" or each.kind == "tree":
            return True
        return (row.size, row.stamp) != each.measure()

    def _list(self, each: Wanted, row: ArchiveRow | None) -> None:
        size, stamp = each.measure()
        as_it_was = row is not None and (
            each.kind == "tree" or (row.size, row.stamp) == (size, stamp)
        )
        before = row.stamp if row is not None and each.kind == "tree" else 0
        with self.catalog.transaction() as tx:
            if row is not None and not as_it_was:
                archives.drop(tx, [row.id])  # another archive lies in its place
            archive = archives.begin(
                tx,
                self.source_pk,
                str(each.path),
                kind=each.kind,
                export=each.export,
                exported_at=each.exported_at,
                size=size,
                stamp=stamp or before,
            )
        found = self._scan(archive, each)
        self.complete = self.complete and found.complete
        if found.stopped:
            return
        if each.kind == "tree":
            stamp = before + 1 if found.changed else before
        changed = found.changed or row is None or not as_it_was or row.state != "paired"
        with self.catalog.transaction() as tx:
            archives.listed(tx, archive, stamp=stamp, message=found.trouble, changed=changed)

    def _scan(self, archive: int, each: Wanted) -> Scanned:
        try:
            container = each.opening()
        except (ContainerDamaged, MemberGone) as trouble:
            return Scanned(trouble=str(trouble), complete=False)
        try:
            return Scan(
                self.catalog,
                archive,
                container,
                sort=self.sort,
                read_document=self.read_document,
                stop=self.stop,
            ).run()
        finally:
            container.close()

    def _set_present(self, rows: Sequence[ArchiveRow], present: bool) -> None:
        ids = [row.id for row in rows if row.present is not present]
        if ids:
            with self.catalog.transaction() as tx:
                archives.set_present(tx, ids, present)

    def _end_if_stopped(self) -> None:
        if self.stop.is_set():
            raise TryLater("Stopped while listing archives.")
