"""Everything known of one photograph: each file with its bytes, and each sidecar about it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import (
    ColumnElement,
    Connection,
    bindparam,
    func,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects.sqlite import insert as upsert

from gphotos_search.catalog.columns import among
from gphotos_search.catalog.members import as_spelt
from gphotos_search.catalog.schema import items
from gphotos_search.catalog.schema_local import album_files, archives, contents, files, sidecars
from gphotos_search.files.base import Member

if TYPE_CHECKING:
    from gphotos_search.catalog.schema import AnyRow, AnySelect
    from gphotos_search.files.base import ContainerKind
    from gphotos_search.takeout.base import Role


# The plus keeps SQLite from starting at the source, which would read and sort all of its files for
# each page; a test looks at the plans.
OF_SOURCE: ColumnElement[int] = literal_column("+archives.source")
NOT_NOW = "not now: "  # begins the trouble of a file that the next look tries again


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRow:
    """One media file, where it lies, and what has been decided about it."""

    id: int
    archive: int
    archive_path: str
    kind: ContainerKind
    export: str
    exported_at: datetime | None
    present: bool  # its archive lay on the disk at the last look
    member: Member
    sha256: str
    trouble: str
    role: Role
    belongs_to: int | None
    sidecar: str  # the content of its sidecar, "" for none


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutRow:
    """A sidecar in a folder that lacks the media file it speaks of."""

    archive: int
    export: str
    exported_at: datetime | None
    directory: str
    speaks_of: int
    content: str


def walk(tx: Connection, source_pk: int, after: int, limit: int) -> list[FileRow]:
    """The source's media files in the order they were found; clips of a still are left out."""
    query = (
        _FILES.where(OF_SOURCE.is_(source_pk), files.c.id > after, files.c.role == "media")
        .order_by(files.c.id)
        .limit(limit)
    )
    return [_file(row) for row in tx.execute(query)]


def by_ids(tx: Connection, ids: Iterable[int]) -> list[FileRow]:
    query = _FILES.where(among(files.c.id, ids)).order_by(files.c.id)
    return [_file(row) for row in tx.execute(query)]


def by_sha(tx: Connection, source_pk: int, shas: Iterable[str]) -> dict[str, list[FileRow]]:
    """Every file of the source with these bytes, clips too, in the order they were found."""
    query = _FILES.where(among(files.c.sha256, shas), OF_SOURCE.is_(source_pk))
    found: dict[str, list[FileRow]] = {}
    for row in tx.execute(query.order_by(files.c.id)):
        found.setdefault(row.sha256, []).append(_file(row))
    return found


def everywhere(tx: Connection, sha256: str) -> list[FileRow]:
    """The files with these bytes in any source, those on the disk first."""
    order = (archives.c.present.desc(), files.c.id)
    query = _FILES.where(files.c.sha256 == sha256).order_by(*order)
    return [_file(row) for row in tx.execute(query)]


def about(tx: Connection, file_ids: Iterable[int]) -> list[AboutRow]:
    """Sidecars in other folders that speak of these files."""
    query = (
        select(
            sidecars.c.archive,
            archives.c.export,
            archives.c.exported_at,
            sidecars.c.directory,
            sidecars.c.speaks_of,
            sidecars.c.content,
        )
        .join(archives, archives.c.id == sidecars.c.archive)
        .where(among(sidecars.c.speaks_of, file_ids))
        .order_by(sidecars.c.id)
    )
    return [AboutRow(**row._mapping) for row in tx.execute(query)]


def album_titles(tx: Connection, source_pk: int) -> dict[tuple[str, str], str]:
    """The title of each album folder by (export, directory)."""
    query = (
        select(archives.c.export, album_files.c.directory, album_files.c.title)
        .join(archives, archives.c.id == album_files.c.archive)
        .where(archives.c.source == source_pk)
        .order_by(archives.c.id.desc(), album_files.c.name.desc())
    )
    return {(row.export, row.directory): row.title for row in tx.execute(query)}


def sidecar_directories(tx: Connection, source_pk: int) -> set[tuple[str, str]]:
    """(export, directory) of every folder that holds sidecars of items."""
    query = (
        select(archives.c.export, sidecars.c.directory)
        .distinct()
        .join(archives, archives.c.id == sidecars.c.archive)
        .where(archives.c.source == source_pk)
    )
    return {(row.export, row.directory) for row in tx.execute(query)}


def unattached(tx: Connection, source_pk: int) -> list[AnyRow]:
    """Sidecars that no file beside them uses: id, export, directory, name, url, content."""
    used = select(files.c.sidecar).where(files.c.sidecar == sidecars.c.id).exists()
    query = (
        select(
            sidecars.c.id,
            archives.c.export,
            sidecars.c.directory,
            sidecars.c.name,
            sidecars.c.url,
            sidecars.c.content,
            sidecars.c.speaks_of,
            sidecars.c.why,
        )
        .join(archives, archives.c.id == sidecars.c.archive)
        .where(archives.c.source == source_pk, ~used)
        .order_by(sidecars.c.id)
    )
    return list(tx.execute(query).all())


def with_url(tx: Connection, source_pk: int, url: str) -> list[int]:
    """Media files whose own sidecar has this address, originals before their edited copies."""
    query = (
        select(files.c.id)
        .join(sidecars, sidecars.c.id == files.c.sidecar)
        .join(archives, archives.c.id == files.c.archive)
        .where(sidecars.c.url == url, sidecars.c.url != "", archives.c.source == source_pk)
        .where(files.c.role == "media")
        .order_by(files.c.belongs_to.is_not(None), files.c.id)
    )
    return list(tx.execute(query).scalars())


def named(
    tx: Connection, source_pk: int, export: str, directories: Sequence[str], name: str
) -> list[FileRow]:
    """Media files of that name in one of the directories of an export."""
    query = _FILES.where(
        among(files.c.directory, directories),
        files.c.name == name,
        files.c.role == "media",
        archives.c.source == source_pk,
        archives.c.export == export,
    )
    return [_file(row) for row in tx.execute(query.order_by(files.c.id))]


def directories(tx: Connection, source_pk: int, *, role: str = "") -> list[tuple[str, str]]:
    """(export, directory) of every folder that holds media files, or some of that role."""
    query = (
        select(archives.c.export, files.c.directory)
        .distinct()
        .join(archives, archives.c.id == files.c.archive)
        .where(archives.c.source == source_pk)
    )
    if role:
        query = query.where(files.c.role == role)
    return [(row.export, row.directory) for row in tx.execute(query)]


def no_longer_items(tx: Connection, source_pk: int) -> list[str]:
    """Items whose files all turned out to be clips of a still, or no photos at all."""
    other = files.alias()
    still_one = select(other.c.id).where(other.c.sha256 == files.c.sha256, other.c.role == "media")
    query = (
        select(files.c.sha256)
        .distinct()
        .join(items, items.c.source_id == files.c.sha256)
        .where(
            files.c.role != "media",
            files.c.sha256 != "",
            items.c.source == source_pk,
            ~still_one.exists(),
        )
    )
    return sorted(tx.execute(query).scalars())


def hashed(tx: Connection, found: Sequence[tuple[int, str]]) -> None:
    """The SHA-256 of files, by id, now that they were read."""
    if found:
        rows = [{"one": id, "sha": sha256} for id, sha256 in found]
        one = files.c.id == bindparam("one")
        tx.execute(update(files).where(one).values(sha256=bindparam("sha"), trouble=""), rows)


def troubled(tx: Connection, found: Sequence[tuple[int, str]]) -> None:
    """Files that cannot be read, and why."""
    if found:
        rows = [{"one": id, "trouble": why} for id, why in found]
        tx.execute(update(files).where(files.c.id == bindparam("one")), rows)


def try_again(tx: Connection, source_pk: int) -> None:
    """Let files be read anew that could not be read for the moment."""
    ours = select(archives.c.id).where(archives.c.source == source_pk)
    late = files.c.trouble.startswith(NOT_NOW, autoescape=True) & files.c.archive.in_(ours)
    tx.execute(update(files).where(late).values(trouble=""))


def keep_traits(tx: Connection, found: Iterable[tuple[str, str]]) -> None:
    rows = [{"sha256": sha256, "traits": traits} for sha256, traits in found]
    if rows:
        tx.execute(upsert(contents).on_conflict_do_nothing(), rows)


def traits(tx: Connection, shas: Iterable[str]) -> dict[str, str]:
    query = select(contents).where(among(contents.c.sha256, shas))
    return {row.sha256: row.traits for row in tx.execute(query)}


def newest(tx: Connection, source_pk: int) -> tuple[int, int]:
    """The highest ids of files and sidecars: they grow with everything that is added."""
    ours = archives.c.source == source_pk
    highest = []
    for table in (files, sidecars):
        query = select(func.max(table.c.id)).join(archives, archives.c.id == table.c.archive)
        highest.append(tx.execute(query.where(ours)).scalar() or 0)
    return highest[0], highest[1]


_FILES: AnySelect = (
    select(
        files,
        archives.c.path.label("archive_path"),
        archives.c.kind,
        archives.c.export,
        archives.c.exported_at,
        archives.c.present,
        func.coalesce(sidecars.c.content, "").label("about"),
    )
    .join(archives, archives.c.id == files.c.archive)
    .outerjoin(sidecars, sidecars.c.id == files.c.sidecar)
)


def _file(row: AnyRow) -> FileRow:
    path = f"{row.directory}/{row.name}" if row.directory else row.name
    return FileRow(
        id=row.id,
        archive=row.archive,
        archive_path=row.archive_path,
        kind=row.kind,
        export=row.export,
        exported_at=row.exported_at,
        present=row.present,
        member=Member(path, row.size, row.stamp, row.position, as_spelt(row.name_there)),
        sha256=row.sha256,
        trouble=row.trouble,
        role=row.role,
        belongs_to=row.belongs_to,
        sidecar=row.about,
    )
