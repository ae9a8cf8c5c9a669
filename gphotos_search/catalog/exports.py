"""What is known of each export of a source: its archives, what was paired, and what was left out.

Counts are made by SQLite: a library has hundreds of thousands of files.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Integer, case, delete, func, select

from gphotos_search.catalog import archives as archive_rows
from gphotos_search.catalog import settings
from gphotos_search.catalog.archives import ArchiveRow
from gphotos_search.catalog.columns import Moment
from gphotos_search.catalog.schema import items, sources
from gphotos_search.catalog.schema_local import archives, contents, files, refusals, sidecars
from gphotos_search.media import MediaId

if TYPE_CHECKING:
    from gphotos_search.catalog.schema import AnySelect

FIRST = 5  # members left out that are named; the rest are counted
Reasons = dict[str, int]


@dataclass(frozen=True, slots=True)
class MediaFile:
    """One photo or video of an archive, as it was listed."""

    directory: str
    name: str
    size: int
    stamp: int


@dataclass(slots=True)
class LeftOut:
    """Members that are not indexed: `total` of them, the reasons of those that were kept."""

    total: int = 0
    reasons: Reasons = field(default_factory=dict)
    first: list[tuple[str, str]] = field(default_factory=list)  # path and reason


@dataclass(slots=True)
class ExportSummary:
    """One export, over all of its parts. A folder is an export of one part."""

    export: str
    exported_at: datetime | None = None
    archives: list[ArchiveRow] = field(default_factory=list)
    files: int = 0  # photos and videos, copies in albums included
    items: int = 0  # of them different ones that are in the catalogue
    paired: int = 0  # files with a sidecar
    clips: int = 0  # moving parts of stills
    unpaired: Reasons = field(default_factory=dict)  # files without a sidecar
    alone: Reasons = field(default_factory=dict)  # sidecars without a file
    left_out: LeftOut = field(default_factory=LeftOut)


def of(tx: Connection, source_pk: int) -> list[ExportSummary]:
    """Every export of the source, the newest first."""
    found = unfilled(tx, source_pk)
    if not found:
        return []
    _count(tx, source_pk, found)
    _reasons(tx, source_pk, found)
    _left_out(tx, source_pk, found)
    return sorted(found.values(), key=_newest_first)


def unfilled(tx: Connection, source_pk: int) -> dict[str, ExportSummary]:
    """Every export with its archives; nothing is counted yet."""
    found: dict[str, ExportSummary] = {}
    for row in archive_rows.of(tx, source_pk).values():
        summary = found.setdefault(row.export, ExportSummary(row.export))
        summary.archives.append(row)
        summary.left_out.total += row.refused
        if row.exported_at is not None:
            summary.exported_at = max(summary.exported_at or row.exported_at, row.exported_at)
    return found


def _newest_first(summary: ExportSummary) -> tuple[float, str]:
    at = summary.exported_at
    return (-at.timestamp() if at else 0.0, summary.export)


def _count(tx: Connection, source_pk: int, found: dict[str, ExportSummary]) -> None:
    media = files.c.role == "media"
    mine = (files.c.archive == archives.c.id) & (archives.c.source == source_pk)
    counted = select(
        archives.c.export,
        func.sum(media, type_=Integer).label("files"),
        func.sum(media & files.c.sidecar.is_not(None), type_=Integer).label("paired"),
        func.sum(files.c.role == "clip", type_=Integer).label("clips"),
    ).where(mine)
    for row in tx.execute(counted.group_by(archives.c.export)):
        summary = found[row.export]
        summary.files, summary.paired, summary.clips = row.files, row.paired, row.clips
    shas = select(archives.c.export, files.c.sha256).distinct().where(mine, media).subquery()
    held = (
        select(shas.c.export, func.count().label("n"))
        .join(items, (items.c.source_id == shas.c.sha256) & (items.c.source == source_pk))
        .group_by(shas.c.export)
    )
    for row in tx.execute(held):
        found[row.export].items = row.n


def _reasons(tx: Connection, source_pk: int, found: dict[str, ExportSummary]) -> None:
    ours = archives.c.source == source_pk
    spoken_of = select(sidecars.c.id).where(sidecars.c.speaks_of == files.c.id).exists()
    bare = (files.c.role == "media") & files.c.sidecar.is_(None)
    lacking = (
        select(archives.c.export, case((spoken_of, ""), else_=files.c.why).label("why"))
        .join(archives, archives.c.id == files.c.archive)
        .where(ours, bare)
        .subquery()
    )
    for export, why, number in _grouped(tx, lacking):
        if why:
            found[export].unpaired[why] = number
        else:  # a sidecar in another folder speaks of them
            found[export].paired += number
    alone = (
        select(archives.c.export, sidecars.c.why)
        .join(archives, archives.c.id == sidecars.c.archive)
        .where(ours, sidecars.c.why != "")
        .subquery()
    )
    for export, why, number in _grouped(tx, alone):
        found[export].alone[why] = number


def _left_out(tx: Connection, source_pk: int, found: dict[str, ExportSummary]) -> None:
    path = case(
        (files.c.directory == "", files.c.name), else_=files.c.directory + "/" + files.c.name
    )
    troubled = select(archives.c.export, files.c.trouble.label("why"), path.label("path")).where(
        files.c.archive == archives.c.id, archives.c.source == source_pk, files.c.trouble != ""
    )
    refused = select(archives.c.export, refusals.c.reason.label("why"), refusals.c.path).where(
        refusals.c.archive == archives.c.id, archives.c.source == source_pk
    )
    for query, counted_before in ((refused, True), (troubled, False)):
        table = query.subquery()
        for export, why, number in _grouped(tx, table):
            left_out = found[export].left_out
            left_out.reasons[why] = left_out.reasons.get(why, 0) + number
            left_out.total += 0 if counted_before else number
        for summary in found.values():
            room = FIRST - len(summary.left_out.first)
            first = select(table.c.path, table.c.why).where(table.c.export == summary.export)
            rows = tx.execute(first.order_by(table.c.path).limit(max(room, 0)))
            summary.left_out.first += [(row.path, row.why) for row in rows]


def _grouped(tx: Connection, table: Any) -> Iterator[tuple[str, str, int]]:
    """Export, reason, number; the commonest reason first."""
    number = func.count().label("n")
    query: AnySelect = select(table.c.export, table.c.why, number)
    for row in tx.execute(query.group_by(table.c.export, table.c.why).order_by(number.desc())):
        yield row.export, row.why, row.n


def media_of(tx: Connection, archive: int) -> list[MediaFile]:
    """The photos and videos of one archive; clips of a still are none."""
    columns = (files.c.directory, files.c.name, files.c.size, files.c.stamp)
    query = select(*columns).where(files.c.archive == archive, files.c.role == "media")
    return [MediaFile(**row._mapping) for row in tx.execute(query)]


def times(tx: Connection) -> dict[str, list[datetime]]:
    """When the exports of each source were made, by its name. Unpacked ones do not tell."""
    made = func.max(archives.c.exported_at, type_=Moment).label("made")
    query = (
        select(sources.c.name, made)
        .join(sources, sources.c.id == archives.c.source)
        .where(archives.c.kind != "tree", archives.c.exported_at.is_not(None), ~sources.c.paused)
        .group_by(sources.c.name, archives.c.export)
    )
    found: dict[str, list[datetime]] = {}
    for row in tx.execute(query):
        found.setdefault(row.name, []).append(row.made)
    return found


def item_ids(tx: Connection, source_pk: int, limit: int) -> list[MediaId]:
    """Some items of a source."""
    query = select(items.c.media_id).where(items.c.source == source_pk).limit(limit)
    return list(tx.execute(query).scalars())


def shared_paths(tx: Connection, source_pk: int) -> set[str]:
    """Paths of archives that another source reads too."""
    other = archives.alias()
    query = select(archives.c.path).join(other, other.c.path == archives.c.path)
    ours = (archives.c.source == source_pk) & (other.c.source != source_pk)
    return set(tx.execute(query.where(ours)).scalars())


def sweep(tx: Connection) -> None:
    """Forget what the bytes of files said of themselves where no file has them any more."""
    used = select(files.c.id).where(files.c.sha256 == contents.c.sha256).exists()
    tx.execute(delete(contents).where(~used))


def put_unfinished(tx: Connection, source_pk: int, found: list[tuple[str, str]]) -> None:
    """Archives that the last look left for later, with the reason."""
    key = f"unfinished {source_pk}"
    if found or settings.get(tx, key):
        settings.put(tx, key, found)


def unfinished(tx: Connection, source_pk: int) -> list[tuple[str, str]]:
    return [(path, why) for path, why in settings.get(tx, f"unfinished {source_pk}") or ()]
