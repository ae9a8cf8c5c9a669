"""Everything that is known of one item: where its files were seen, and what belongs to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection, select

from gphotos_search.catalog.items import in_any_source
from gphotos_search.catalog.schema import items, sources
from gphotos_search.catalog.schema_local import archives, files, sidecars
from gphotos_search.media import MediaId, StoredItem

if TYPE_CHECKING:
    from gphotos_search.files.base import ContainerKind
    from gphotos_search.takeout.base import Role, Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """One file with the bytes of the item."""

    archive: str
    kind: ContainerKind
    present: bool
    path: str  # inside of the archive or folder
    role: Role
    rule: Rule  # how its sidecar was found
    why: str  # it has none
    sidecar: str  # its name


@dataclass(frozen=True, slots=True)
class Related:
    """Other items, and files, that go with one. The lists are ids."""

    original: MediaId | None  # that it is an edited copy of
    edited: list[MediaId]
    equal: list[tuple[str, MediaId]]  # the same bytes in other sources, by their names
    twins: list[MediaId]  # in other sources, the same photograph of other bytes
    clips: list[str]  # its moving part


def observed(tx: Connection, sha256: str) -> list[Observed]:
    """Every file with these bytes, those on the disk first."""
    query = (
        select(
            archives.c.path.label("archive"),
            archives.c.kind,
            archives.c.present,
            files.c.directory,
            files.c.name,
            files.c.role,
            files.c.rule,
            files.c.why,
            sidecars.c.name.label("sidecar"),
        )
        .join(archives, archives.c.id == files.c.archive)
        .outerjoin(sidecars, sidecars.c.id == files.c.sidecar)
        .where(files.c.sha256 == sha256)
        .order_by(archives.c.present.desc(), files.c.id)
    )
    return [
        Observed(
            archive=row.archive,
            kind=row.kind,
            present=row.present,
            path=f"{row.directory}/{row.name}".lstrip("/"),
            role=row.role,
            rule=row.rule,
            why=row.why,
            sidecar=row.sidecar or "",
        )
        for row in tx.execute(query)
    ]


def related(tx: Connection, stored: StoredItem) -> Related:
    item, id = stored.item, stored.media_id
    here = select(sources.c.id).where(sources.c.name == stored.source).scalar_subquery()
    ids = select(items.c.media_id).order_by(items.c.media_id)
    original = ids.where(items.c.source == here, items.c.source_id == item.edited_of)
    edited = ids.where(
        items.c.source == here, items.c.edited_of == item.source_id, items.c.edited_of != ""
    )
    equal = (
        select(sources.c.name, items.c.media_id)
        .join(sources, sources.c.id == items.c.source)
        .where(in_any_source(items), items.c.source_id == item.source_id, items.c.media_id != id)
        .order_by(items.c.media_id)
    )
    twins = list(tx.execute(ids.where(items.c.twin_of == id)).scalars())
    mine = select(files.c.id).where(files.c.sha256 == item.source_id)
    clips = (
        select(files.c.directory, files.c.name)
        .distinct()
        .where(files.c.role == "clip", files.c.belongs_to.in_(mine))
    )
    return Related(
        original=tx.execute(original).scalar() if item.edited_of else None,
        edited=list(tx.execute(edited).scalars()),
        equal=[(row.name, row.media_id) for row in tx.execute(equal)],
        twins=[*([stored.twin_of] if stored.twin_of else []), *twins],
        clips=sorted(f"{row.directory}/{row.name}".lstrip("/") for row in tx.execute(clips)),
    )
