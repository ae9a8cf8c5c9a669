"""The tables of sources on this machine: where they look, what lies there, what goes together."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from gphotos_search.catalog.columns import Moment, metadata
from gphotos_search.catalog.schema import source_id


def _archive_id(primary_key: bool = False) -> Column[int]:
    return Column(
        "archive",
        ForeignKey("archives.id", ondelete="CASCADE"),
        nullable=False,
        primary_key=primary_key,
    )


# Where a takeout or folder source looks, besides the path that the config gives it.
places = Table(
    "places",
    metadata,
    source_id(primary_key=True),
    Column("path", Text, primary_key=True),
    sqlite_with_rowid=False,
)

# One archive, unpacked export or folder of a source. What is deleted from the disk stays here as
# not present: its items are known for good.
archives = Table(
    "archives",
    metadata,
    Column("id", Integer, primary_key=True),
    source_id(),
    Column("path", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("export", Text, nullable=False),  # parts of one export share it
    Column("exported_at", Moment),
    Column("size", Integer, nullable=False),  # bytes; of a tree 0
    Column("stamp", Integer, nullable=False),  # mtime in ns; of a tree the number of its changes
    Column("state", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("present", Boolean, nullable=False),
    Column("refused", Integer, nullable=False),  # members left out, `refusals` names some
    UniqueConstraint("source", "path"),
    sqlite_autoincrement=True,
)

sidecars = Table(
    "sidecars",
    metadata,
    Column("id", Integer, primary_key=True),
    _archive_id(),
    Column("directory", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("stamp", Integer, nullable=False),
    Column("url", Text, nullable=False),
    Column("content", Text, nullable=False),  # what we use of it, as JSON
    # The media file elsewhere that it speaks of: an album folder may hold nothing but JSON.
    Column("speaks_of", ForeignKey("files.id", ondelete="SET NULL", use_alter=True)),
    Column("why", Text, nullable=False),  # it speaks of none
    UniqueConstraint("archive", "directory", "name"),
    Index("sidecars_directory", "directory", "archive"),
    Index("sidecars_url", "url", sqlite_where=text("url != ''")),
    Index("sidecars_speaks_of", "speaks_of"),
    sqlite_autoincrement=True,
)

files = Table(
    "files",
    metadata,
    Column("id", Integer, primary_key=True),
    _archive_id(),
    Column("directory", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("name_there", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("stamp", Integer, nullable=False),
    Column("position", Integer, nullable=False),
    Column("sha256", Text, nullable=False),  # "" until it was read
    Column("trouble", Text, nullable=False),  # why it cannot be read
    Column("role", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("why", Text, nullable=False),  # it has no sidecar
    Column("sidecar", ForeignKey("sidecars.id", ondelete="SET NULL")),
    Column("belongs_to", ForeignKey("files.id", ondelete="SET NULL")),
    UniqueConstraint("archive", "directory", "name"),
    Index("files_directory", "directory", "archive"),
    Index("files_sha256", "sha256"),
    Index("files_sidecar", "sidecar"),
    Index("files_belongs_to", "belongs_to"),
    sqlite_autoincrement=True,
)

album_files = Table(
    "album_files",
    metadata,
    _archive_id(primary_key=True),
    Column("directory", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("size", Integer, nullable=False),
    Column("stamp", Integer, nullable=False),
    Column("title", Text, nullable=False),
    sqlite_with_rowid=False,
)

refusals = Table(
    "refusals",
    metadata,
    _archive_id(primary_key=True),
    Column("path", Text, primary_key=True),
    Column("reason", Text, nullable=False),
    sqlite_with_rowid=False,
)

# What the bytes of a media file say about themselves, once for all copies.
contents = Table(
    "contents",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("traits", Text, nullable=False),
    sqlite_with_rowid=False,
)
