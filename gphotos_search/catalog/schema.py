"""The tables as the newest migration leaves them. The migrations are the truth; a test compares.

Everything here cannot be fetched again, or not cheaply: items, cursors, vectors, failures, quota.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
    type_coerce,
)

from gphotos_search.catalog.columns import Moment, Strings, metadata

if TYPE_CHECKING:
    from sqlalchemy import Row, Select

    AnyRow = Row[*tuple[Any, ...]]
    AnySelect = Select[*tuple[Any, ...]]

REVISION = "0004"  # the newest migration; a test compares it with the scripts
UNKNOWN_TIME = -(2**63)  # in `pending`, so that items without a time are taken last


def _item_id(**options: Any) -> Column[int]:
    """A column that names an item and goes with it."""
    return Column(
        "media_id", ForeignKey("items.media_id", ondelete="CASCADE"), nullable=False, **options
    )


def source_id(**options: Any) -> Column[int]:
    """A column that names a source and goes with it."""
    return Column("source", ForeignKey("sources.id", ondelete="CASCADE"), nullable=False, **options)


def _encoder_id() -> Column[int]:
    return Column("encoder", ForeignKey("encoders.id", ondelete="CASCADE"), nullable=False)


sources = Table(
    "sources",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("type", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("attached", Boolean, nullable=False),
    Column("state", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("cursor", Text),
    Column("listing", Integer, nullable=False),
    Column("listing_kind", Text, nullable=False),
    Column("listing_open", Boolean, nullable=False),
    Column("listing_complete", Boolean, nullable=False),
    Column("listing_pages", Integer, nullable=False),
    Column("listing_began_at", Moment),
    # Numbers of the last two listings that saw everything: absence from both means removed.
    Column("last_full", Integer),
    Column("previous_full", Integer),
    Column("completed_listings", Integer, nullable=False),
    Column("last_full_at", Moment),
    Column("last_full_pages", Integer, nullable=False),
    Column("last_sync_at", Moment),
    Column("next_sync_at", Moment),
    Column("retry_at", Moment),
    Column("remembered", Boolean, nullable=False),  # by `import` or `pick`, not by the config
    Column("paused", Boolean, nullable=False),
    Column("fingerprint", Text, nullable=False),  # of the state that the last listing saw whole
    Column("items", Integer, nullable=False, server_default=text("0")),  # counted by triggers
    sqlite_autoincrement=True,
)

items = Table(
    "items",
    metadata,
    Column("media_id", Integer, primary_key=True),  # vector ids: AUTOINCREMENT never reuses one
    source_id(),
    Column("source_id", Text, nullable=False),
    Column("filename", Text, nullable=False),
    Column("mime_type", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("taken_at", Moment),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("description", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("camera_make", Text, nullable=False),
    Column("camera_model", Text, nullable=False),
    Column("video_status", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("last_seen", Integer, nullable=False),  # the number of its source's listing
    Column("added_at", Moment, nullable=False),
    Column("taken_from", Text, nullable=False),
    Column("utc_offset_min", Integer),
    Column("latitude", Float),
    Column("longitude", Float),
    Column("favorite", Boolean, nullable=False),
    Column("archived", Boolean, nullable=False),
    Column("trashed", Boolean, nullable=False),
    Column("people", Strings, nullable=False),
    Column("albums", Strings, nullable=False),
    Column("original", Text, nullable=False),
    Column("edited_of", Text, nullable=False),
    Column("twin_of", Integer),  # a media_id, which may be gone by now
    Column("place_id", Integer),  # of places_known; NULL again when the item moves
    UniqueConstraint("source", "source_id"),
    Index("items_taken", "taken_at", "utc_offset_min", "taken_from", "media_id"),
    Index("items_kind", "kind", "media_id"),
    *(
        Index(f"items_{flag}", "media_id", sqlite_where=text(flag))
        for flag in ("favorite", "archived", "trashed")
    ),
    Index("items_edited_of", "edited_of", sqlite_where=text("edited_of != ''")),
    Index("items_twin_of", "twin_of", sqlite_where=text("twin_of IS NOT NULL")),
    Index("items_place", "place_id", "media_id", sqlite_where=text("place_id IS NOT NULL")),
    Index(
        *("items_position", "latitude", "longitude", "media_id"),
        sqlite_where=text("latitude IS NOT NULL"),
    ),
    Index(
        *("items_placeless", "media_id"),
        sqlite_where=text("latitude IS NOT NULL AND place_id IS NULL"),
    ),
    sqlite_autoincrement=True,
)

# As `pending` has it.
TAKEN = func.coalesce(type_coerce(items.c.taken_at, Integer), UNKNOWN_TIME)

encoders = Table(
    "encoders",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),  # the encoder id string
    Column("dim", Integer, nullable=False),
    Column("generation", Integer, nullable=False),  # highest change ever, kept when pruned
    Column("pruned", Integer, nullable=False),  # changes up to here are gone
    Column("vectors", Integer, nullable=False, server_default=text("0")),  # counted by triggers
    sqlite_autoincrement=True,
)

vectors = Table(
    "vectors",
    metadata,
    Column("id", Integer, primary_key=True),
    _item_id(),
    _encoder_id(),
    Column("vector", LargeBinary, nullable=False),  # float16, unit length
    Column("added_at", Moment, nullable=False),
    UniqueConstraint("media_id", "encoder"),
    Index("vectors_encoder", "encoder", "media_id"),
)

# What an encoder has still to do. Triggers keep it true, whoever writes: a row for every item
# that has no vector under the encoder, in the order in which the work is taken. Its item goes with
# a trigger: a reference would need an index of its own.
pending = Table(
    "pending",
    metadata,
    Column("encoder", ForeignKey("encoders.id", ondelete="CASCADE"), primary_key=True),
    Column("source", Integer, primary_key=True),
    Column("taken", Integer, primary_key=True),
    Column("media_id", Integer, primary_key=True),
    sqlite_with_rowid=False,
)

# Items that were removed, or changed in what filters ask for: the last of them, by triggers.
item_changes = Table(
    "item_changes",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("media_id", Integer, nullable=False),
    sqlite_autoincrement=True,
)

changes = Table(
    "changes",
    metadata,
    Column("seq", Integer, primary_key=True),
    _encoder_id(),
    Column("media_id", Integer, nullable=False),  # outlives the item it names
    Column("op", Text, nullable=False),
    Index("changes_encoder", "encoder", "seq"),
    sqlite_autoincrement=True,
)

failures = Table(
    "failures",
    metadata,
    _item_id(primary_key=True),
    Column("stage", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("count", Integer, nullable=False),
    Column("next_try_at", Moment),  # NULL: trying again by itself cannot help
    Column("failed_at", Moment, nullable=False),
)

quota = Table(
    "quota",
    metadata,
    Column("bucket", Text, primary_key=True),
    Column("day", Text, primary_key=True),
    Column("used", Integer, nullable=False),
    sqlite_with_rowid=False,
)

settings = Table(
    "settings",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
    sqlite_with_rowid=False,
)

picker_sessions = Table(
    "picker_sessions",
    metadata,
    Column("session_id", Text, primary_key=True),
    source_id(),
    Column("picker_uri", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("poll_every_s", Integer, nullable=False),
    Column("expires_at", Moment),
    Column("created_at", Moment, nullable=False),
    Index("picker_sessions_source", "source", "created_at"),
    sqlite_with_rowid=False,
)

drive_files = Table(
    "drive_files",
    metadata,
    source_id(primary_key=True),
    Column("file_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("md5", Text, nullable=False),
    Column("revision", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("first_seen_at", Moment, nullable=False),
    Column("last_seen_at", Moment, nullable=False),
    sqlite_with_rowid=False,
)
