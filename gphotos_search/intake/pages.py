"""What a local source holds, as pages of items; what was never read is read on the way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import tzinfo

from gphotos_search.catalog import observations
from gphotos_search.catalog.observations import FileRow
from gphotos_search.catalog.store import Catalog
from gphotos_search.errors import CursorRejected, GphotosError, ItemFailed, TryLater
from gphotos_search.files.safety import MemberDamaged
from gphotos_search.files.traits import Traits
from gphotos_search.intake.merge import Observation, merge, observation
from gphotos_search.intake.placing import Placing
from gphotos_search.intake.read import Reader
from gphotos_search.media import Cursor, MediaItem, Page

KNOWN_AT_ONCE = 500  # items of a page when nothing has to be read for it
READ_AT_ONCE = 50
READ_BYTES = 48 << 20  # of stills read for one page; they wait in memory to be embedded
CURSOR = "file:"


@dataclass(slots=True)
class _Walk:
    """The state of one listing."""

    after: int
    late: dict[str, None] = field(default_factory=dict)  # copies found after their item was listed


@dataclass(slots=True)
class _Reading:
    """What reading the files of one page told."""

    rows: list[FileRow] = field(default_factory=list)  # with their hashes
    fresh: set[str] = field(default_factory=set)  # hashes found just now
    traits: dict[str, str] = field(default_factory=dict)
    troubled: list[tuple[int, str]] = field(default_factory=list)
    hashed: list[tuple[int, str]] = field(default_factory=list)
    bytes: int = 0


class Pages:
    """The items of one local source, from what the catalogue knows of its files."""

    def __init__(
        self,
        catalog: Catalog,
        source_pk: int,
        reader: Reader,
        placing: Placing,
        zone: tzinfo,
    ) -> None:
        self.catalog, self.source_pk = catalog, source_pk
        self.reader, self.placing, self.zone = reader, placing, zone
        self.skipped = False  # something could not be read now, so absence proves nothing

    def walk(self, start: Cursor | None, fingerprint: str) -> Iterator[Page]:
        """All items in the order in which their files were found; the last page is empty."""
        walk = _Walk(place(start))
        with self.catalog.transaction() as tx:
            observations.try_again(tx, self.source_pk)
        with self.catalog.reading() as tx:
            self.placing.refresh(tx, self.source_pk)
        while rows := self._rows(walk.after):
            while rows:
                reading = self._read(rows)
                self._write(reading)
                walk.after = reading.rows[-1].id
                rows = rows[len(reading.rows) :]
                yield self._page(reading.rows, reading.fresh, walk)
        yield from self._late(walk)
        with self.catalog.reading() as tx:
            joined = observations.no_longer_items(tx, self.source_pk)
        yield Page(
            fingerprint="" if self.skipped else fingerprint,
            complete=not self.skipped,
            withdrawn=tuple(joined),
        )

    def _rows(self, after: int) -> Sequence[FileRow]:
        with self.catalog.reading() as tx:
            return observations.walk(tx, self.source_pk, after, KNOWN_AT_ONCE)

    def _read(self, rows: Sequence[FileRow]) -> _Reading:
        """As many of the rows as make a page, each with its hash."""
        reading, count = _Reading(), 0
        with self.catalog.reading() as tx:
            known = observations.traits(tx, [row.sha256 for row in rows if row.sha256])
        for row in rows:
            unknown = row.sha256 not in known and not row.trouble and row.present
            reading.rows.append(self._know(row, reading) if unknown else row)
            count += unknown
            if count >= READ_AT_ONCE or reading.bytes >= READ_BYTES:
                break
        self._know_originals(reading)
        return reading

    def _know(self, row: FileRow, reading: _Reading) -> FileRow:
        try:
            known = self.reader.know(row)
        except TryLater as trouble:
            if not self.reader.reaches(row):
                raise
            self.skipped = True  # one bad sector must not keep all others from being found
            reading.troubled.append((row.id, observations.NOT_NOW + str(trouble).rstrip(".")))
            return row
        except ItemFailed as failed:
            reading.troubled.append((row.id, str(failed)))
            return row
        except MemberDamaged as damaged:
            reading.troubled.append((row.id, damaged.reason))
            return row
        except GphotosError:  # its archive broke, or was taken away a moment ago
            self.skipped = True
            return row
        reading.bytes += known.size
        reading.fresh.add(known.sha256)
        reading.traits[known.sha256] = known.traits.to_json()
        reading.hashed.append((row.id, known.sha256))
        return replace(row, sha256=known.sha256)

    def _know_originals(self, reading: _Reading) -> None:
        """An edited copy names its original by its bytes, so those are read with it."""
        here = {row.id for row in reading.rows}
        wanted = {row.belongs_to for row in reading.rows if row.belongs_to is not None} - here
        if not wanted:
            return
        with self.catalog.reading() as tx:
            rows = observations.by_ids(tx, wanted)
        for row in rows:
            if not row.sha256 and not row.trouble and row.present:
                self._know(row, reading)

    def _write(self, reading: _Reading) -> None:
        if not (reading.hashed or reading.troubled):
            return
        with self.catalog.transaction() as tx:
            observations.hashed(tx, reading.hashed)
            observations.troubled(tx, reading.troubled)
            observations.keep_traits(tx, reading.traits.items())

    def _page(
        self,
        rows: Iterable[FileRow],
        fresh: set[str],
        walk: _Walk,
    ) -> Page:
        shas = dict.fromkeys(row.sha256 for row in rows if row.sha256)
        ids = {row.id for row in rows}
        items: list[MediaItem] = []
        withdrawn: list[str] = []
        for sha256, (first, item) in self._items(shas).items():
            if first not in ids:
                # Its item stood on an earlier page; what this copy adds is told at the end.
                if sha256 in fresh:
                    walk.late[sha256] = None
            elif item is None:
                withdrawn.append(sha256)
            else:
                items.append(item)
        return Page(items=tuple(items), withdrawn=tuple(withdrawn), next=f"{CURSOR}{walk.after}")

    def _late(self, walk: _Walk) -> Iterator[Page]:
        waiting = list(walk.late)
        for at in range(0, len(waiting), KNOWN_AT_ONCE):
            found = self._items(waiting[at : at + KNOWN_AT_ONCE])
            items = tuple(item for _, item in found.values() if item is not None)
            gone = tuple(sha for sha, (_, item) in found.items() if item is None)
            yield Page(items=items, withdrawn=gone, next=f"{CURSOR}{walk.after}")

    def _items(self, shas: Iterable[str]) -> dict[str, tuple[int, MediaItem | None]]:
        """By hash: the id of the first media file with these bytes, and the item; None where it
        must not be in the catalogue.
        """
        with self.catalog.reading() as tx:
            by_sha = observations.by_sha(tx, self.source_pk, shas)
            every = [row for rows in by_sha.values() for row in rows]
            wanted = {row.belongs_to for row in every if row.belongs_to is not None}
            originals = {row.id: row.sha256 for row in observations.by_ids(tx, wanted)}
            about: dict[int, list[Observation]] = {}
            for told in observations.about(tx, {row.id for row in every} | wanted):
                where = self.placing.of(told.export, told.directory)
                about.setdefault(told.speaks_of, []).append(observation(told, where))
            traits = observations.traits(tx, by_sha)
        found: dict[str, tuple[int, MediaItem | None]] = {}
        for sha256, rows in by_sha.items():
            media = [row for row in rows if row.role == "media"]
            if sha256 not in traits or not media:
                continue
            whose = {originals.get(row.belongs_to or 0, "") for row in media} - {"", sha256}
            item = merge(
                sha256,
                Traits.from_json(traits[sha256]),
                [each for row in media for each in self._seen(row, about)],
                zone=self.zone,
                edited_of=min(whose, default=""),
            )
            found[sha256] = (media[0].id, item)
        return found

    def _seen(self, row: FileRow, about: Mapping[int, list[Observation]]) -> list[Observation]:
        """A file, and the sidecars elsewhere that speak of it, or of what it is an edited copy of:
        an album of nothing but JSON names the two once.
        """
        where = self.placing.of(row.export, row.member.directory)
        told = (about.get(id, ()) for id in (row.id, row.belongs_to) if id is not None)
        return [observation(row, where), *(each for some in told for each in some)]


def place(cursor: Cursor | None) -> int:
    """The id of the last file before the page. Raises CursorRejected for one not made here."""
    if cursor is None:
        return 0
    number = cursor.removeprefix(CURSOR)
    if number == cursor or not (number.isascii() and number.isdecimal()):
        raise CursorRejected("The stored place in the listing was made by another release.")
    return int(number)
