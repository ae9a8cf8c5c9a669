"""The members of archives and folders: media files, sidecars and album files, one row each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Table, bindparam, delete, insert, select, update

from gphotos_search.catalog.schema_local import album_files, archives, files, sidecars
from gphotos_search.files.base import Member

if TYPE_CHECKING:
    from gphotos_search.catalog.schema import AnyRow
    from gphotos_search.takeout.base import Role, Rule

Place = tuple[str, str]  # directory and name
Known = dict[Place, tuple[int, int]]  # size and stamp of what is there


@dataclass(frozen=True, slots=True)
class FoundSidecar:
    member: Member
    url: str
    content: str  # JSON


@dataclass(frozen=True, slots=True)
class Link:
    """What pairing decided for one media file."""

    id: int
    archive: int
    role: Role
    rule: Rule
    why: str
    sidecar: int | None
    belongs_to: int | None


@dataclass(frozen=True, slots=True)
class Directory:
    """What lies in one directory of an export, over all of its parts.

    The same path may occur in two parts: then there are two links under one name.
    """

    media: dict[str, list[Link]]
    sidecars: dict[str, tuple[int, str]]  # id and content by name
    by_archive: dict[tuple[int, str], int]  # the same ids, where two parts have one name


def known(tx: Connection, archive: int) -> Known:
    """Everything that the catalogue has of an archive."""
    found: Known = {}
    for table in (files, sidecars, album_files):
        columns = (table.c.directory, table.c.name, table.c.size, table.c.stamp)
        for row in tx.execute(select(*columns).where(table.c.archive == archive)):
            found[row.directory, row.name] = (row.size, row.stamp)
    return found


def add_media(tx: Connection, archive: int, found: Sequence[tuple[Member, str]]) -> None:
    """Media files, each with the SHA-256 of its content where that is known already."""
    if not found:
        return
    fixed = {"archive": archive, "trouble": "", "role": "media", "rule": "", "why": ""}
    tx.execute(
        insert(files),
        [
            _place(member)
            | fixed
            | {"name_there": spelt(member), "position": member.position, "sha256": sha256}
            for member, sha256 in found
        ],
    )


def add_sidecars(tx: Connection, archive: int, found: Sequence[FoundSidecar]) -> None:
    if found:
        fixed = {"archive": archive, "why": ""}
        rows = [_place(each.member) | {"url": each.url, "content": each.content} for each in found]
        tx.execute(insert(sidecars), [row | fixed for row in rows])


def add_albums(tx: Connection, archive: int, found: Sequence[tuple[Member, str]]) -> None:
    if found:
        rows = [_place(member) | {"title": title} for member, title in found]
        tx.execute(insert(album_files), [row | {"archive": archive} for row in rows])


def drop(tx: Connection, archive: int, gone: Iterable[Place]) -> None:
    """Forget members that are no longer there, or no longer as they were."""
    rows = [{"d": directory, "n": name} for directory, name in gone]
    if not rows:
        return
    for table in (files, sidecars, album_files):
        here = table.c.archive == archive
        one = (table.c.directory == bindparam("d")) & (table.c.name == bindparam("n"))
        tx.execute(delete(table).where(here, one), rows)


def spelt(member: Member) -> str:
    """The container's own spelling as text that SQLite takes: a name of a file system may hold
    bytes that are no UTF-8, so each byte becomes one character.
    """
    return member.name_there.encode("utf-8", "surrogateescape").decode("latin-1")


def as_spelt(text: str) -> str:
    """The inverse of `spelt`."""
    return text.encode("latin-1").decode("utf-8", "surrogateescape")


def _place(member: Member) -> dict[str, object]:
    return {
        "directory": member.directory,
        "name": member.name,
        "size": member.size,
        "stamp": member.stamp,
    }


def to_pair(tx: Connection, source_pk: int) -> list[tuple[str, str]]:
    """(export, directory) of all that a newly listed archive may have changed."""
    found: set[tuple[str, str]] = set()
    for table in (files, sidecars):
        query = (
            select(archives.c.export, table.c.directory)
            .distinct()
            .join(archives, archives.c.id == table.c.archive)
            .where(archives.c.source == source_pk, archives.c.state == "listed")
        )
        found |= {(row.export, row.directory) for row in tx.execute(query)}
    return sorted(found)


def directory(tx: Connection, source_pk: int, export: str, path: str) -> Directory:
    """One directory over all parts of an export."""
    media: dict[str, list[Link]] = {}
    for row in _in_directory(tx, files, source_pk, export, path):
        media.setdefault(row.name, []).append(
            Link(row.id, row.archive, row.role, row.rule, row.why, row.sidecar, row.belongs_to)
        )
    beside = _in_directory(tx, sidecars, source_pk, export, path)
    return Directory(
        media,
        {row.name: (row.id, row.content) for row in reversed(beside)},
        {(row.archive, row.name): row.id for row in beside},
    )


def _in_directory(
    tx: Connection, table: Table, source_pk: int, export: str, path: str
) -> Sequence[AnyRow]:
    query = (
        select(table)
        .join(archives, archives.c.id == table.c.archive)
        .where(
            table.c.directory == path,
            archives.c.source == source_pk,
            archives.c.export == export,
        )
        .order_by(table.c.id)
    )
    return tx.execute(query).all()


def link(tx: Connection, links: Sequence[Link]) -> None:
    """Write what pairing decided."""
    if not links:
        return
    tx.execute(
        update(files).where(files.c.id == bindparam("one")),
        [
            {
                "one": each.id,
                "role": each.role,
                "rule": each.rule,
                "why": each.why,
                "sidecar": each.sidecar,
                "belongs_to": each.belongs_to,
            }
            for each in links
        ],
    )


def speak_of(tx: Connection, found: Iterable[tuple[int, int | None, str]]) -> None:
    """Sidecars without a media file beside them: the file they speak of, or why there is none."""
    rows = [{"one": id, "speaks_of": file, "why": why} for id, file, why in found]
    if rows:
        tx.execute(update(sidecars).where(sidecars.c.id == bindparam("one")), rows)
