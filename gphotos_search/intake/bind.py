"""Pair media files with their sidecars, over all parts of an export, and late ones too."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from gphotos_search.catalog import archives, members, observations
from gphotos_search.catalog.members import Directory, Link
from gphotos_search.catalog.observations import FileRow
from gphotos_search.catalog.store import Catalog
from gphotos_search.intake import stored
from gphotos_search.intake.placing import Placing
from gphotos_search.takeout.base import Assigned, Sidecar
from gphotos_search.takeout.kin import names_behind
from gphotos_search.takeout.pairing import pair, same_photo

OTHER_PRODUCT = "it belongs to another Google product"
NO_MEDIA = "no media file that it could be of is here"
Where = tuple[str, str]  # export and directory


def bind(catalog: Catalog, source_pk: int, placing: Placing, stop: threading.Event) -> None:
    """Decide anew about every directory that a listing changed; harmless to repeat."""
    with catalog.reading() as tx:
        listed = [row.id for row in archives.of(tx, source_pk).values() if row.state == "listed"]
        if not listed:
            return
        placing.refresh(tx, source_pk)
        where = dict.fromkeys([*members.to_pair(tx, source_pk), *_doubted(tx, source_pk)])
    for export, directory in where:
        if stop.is_set():
            return
        ours = placing.of(export, directory).kind != "elsewhere"
        with catalog.transaction() as tx:
            found = members.directory(tx, source_pk, export, directory)
            members.link(tx, _changed(found, ours))
    with catalog.reading() as tx:
        spoken_of = _find_for_orphans(tx, source_pk, placing)
    with catalog.transaction() as tx:
        members.speak_of(tx, spoken_of)
        archives.paired(tx, listed)


def _doubted(tx: Connection, source_pk: int) -> Iterable[Where]:
    """Folders that were left out; a later part may show that they hold photos after all."""
    return observations.directories(tx, source_pk, role="other")


def _changed(found: Directory, ours: bool) -> list[Link]:
    """The links that differ from what is stored."""
    if ours:
        decided = _decided(found)
    else:
        decided = tuple(
            Assigned(name, role="other", why_none=OTHER_PRODUCT) for name in found.media
        )
    return [
        wanted
        for assigned in decided
        for before in found.media[assigned.name]
        if (wanted := _link(before, assigned, found)) != before
    ]


def _decided(found: Directory) -> tuple[Assigned, ...]:
    """Google's sidecars first; a picture without one may have an XMP file beside it."""
    about = {
        name: stored.loads(content)
        for name, (_, content) in found.sidecars.items()
        if not is_xmp(name)
    }
    paired = pair(sorted(found.media), about).media
    beside = {name.lower(): name for name in found.sidecars if is_xmp(name)}
    if not beside:
        return paired
    return tuple(each if each.sidecar else _with_xmp(each, beside) for each in paired)


def _with_xmp(assigned: Assigned, beside: Mapping[str, str]) -> Assigned:
    """`IMG_1.jpg` goes with `IMG_1.jpg.xmp` (darktable, digiKam) or `IMG_1.xmp` (Adobe)."""
    name = assigned.name.lower()
    for wanted in (f"{name}.xmp", f"{name.rpartition('.')[0]}.xmp"):
        if wanted in beside:
            return replace(assigned, sidecar=beside[wanted], rule="name", why_none="")
    return assigned


def is_xmp(name: str) -> bool:
    return name.lower().endswith(".xmp")


def _link(before: Link, assigned: Assigned, found: Directory) -> Link:
    sidecar = _nearest(before.archive, assigned.sidecar, found) if assigned.sidecar else None
    others = found.media[assigned.belongs_to] if assigned.belongs_to else []
    whose = [each.id for each in others if each.archive == before.archive]
    whose += [each.id for each in others[:1]]
    return replace(
        before,
        role=assigned.role,
        rule=assigned.rule,
        why=assigned.why_none,
        sidecar=sidecar,
        belongs_to=whose[0] if whose else None,
    )


def _nearest(archive: int, name: str, found: Directory) -> int:
    """Two archives may have the same path: each file goes with the sidecar of its own."""
    return found.by_archive.get((archive, name)) or found.sidecars[name][0]


def _find_for_orphans(
    tx: Connection, source_pk: int, placing: Placing
) -> list[tuple[int, int | None, str]]:
    """Sidecars without a media file beside them: an album's folder may hold nothing else.

    The photo is the one with the same address; else the file of the name that goes with the
    sidecar, in a folder of that year of the same export, if it is a photo of that very moment.
    """
    years: dict[tuple[str, int], list[str]] = {}
    for export, directory in observations.directories(tx, source_pk):
        year = placing.of(export, directory).year
        if year:
            years.setdefault((export, year), []).append(directory)
    told = []
    for row in observations.unattached(tx, source_pk):
        sidecar = stored.loads(row.content)
        found = _with_url(tx, source_pk, sidecar)
        if found is None and sidecar.taken_at is not None:
            near = {sidecar.taken_at.year + step for step in _neighbours(sidecar)}
            there = [path for year in sorted(near) for path in years.get((row.export, year), ())]
            for name in names_behind(row.name, sidecar):
                rows = observations.named(tx, source_pk, row.export, there, name)
                found = found or _the_one(rows, sidecar)
        why = "" if found else NO_MEDIA
        if (found, why) != (row.speaks_of, row.why):
            told.append((row.id, found, why))
    return told


def _neighbours(sidecar: Sidecar) -> Iterable[int]:
    """A year's folder follows the clock of the place, which may be a day off from UTC."""
    assert sidecar.taken_at is not None
    yield 0
    if (sidecar.taken_at.month, sidecar.taken_at.day) == (1, 1):
        yield -1
    if (sidecar.taken_at.month, sidecar.taken_at.day) == (12, 31):
        yield 1


def _with_url(tx: Connection, source_pk: int, sidecar: Sidecar) -> int | None:
    return next(iter(observations.with_url(tx, source_pk, sidecar.url)), None)


def _the_one(rows: Sequence[FileRow], sidecar: Sidecar) -> int | None:
    """The file whose own sidecar is of the same photo, else the only one without any."""
    told = [(row.id, stored.loads(row.sidecar) if row.sidecar else None) for row in rows]
    same = [id for id, own in told if own is not None and same_photo(own, sidecar)]
    bare = [id for id, own in told if own is None]
    return same[0] if same else bare[0] if len(bare) == 1 else None
