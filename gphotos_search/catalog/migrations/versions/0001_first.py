"""The first released schema."""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision: str | None = None

UNKNOWN_TIME = -(2**63)

TABLES = """
CREATE TABLE sources (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    type TEXT NOT NULL,
    account TEXT NOT NULL,
    attached BOOLEAN NOT NULL,
    state TEXT NOT NULL,
    message TEXT NOT NULL,
    cursor TEXT,
    listing INTEGER NOT NULL,
    listing_kind TEXT NOT NULL,
    listing_open BOOLEAN NOT NULL,
    listing_complete BOOLEAN NOT NULL,
    listing_pages INTEGER NOT NULL,
    listing_began_at INTEGER,
    last_full INTEGER,
    previous_full INTEGER,
    completed_listings INTEGER NOT NULL,
    last_full_at INTEGER,
    last_full_pages INTEGER NOT NULL,
    last_sync_at INTEGER,
    next_sync_at INTEGER,
    retry_at INTEGER
);
CREATE TABLE items (
    media_id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    source INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    source_id TEXT NOT NULL,
    filename TEXT NOT NULL,
    mime_type TEXT NOT NULL,
    kind TEXT NOT NULL,
    taken_at INTEGER,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    description TEXT NOT NULL,
    url TEXT NOT NULL,
    camera_make TEXT NOT NULL,
    camera_model TEXT NOT NULL,
    video_status TEXT NOT NULL,
    path TEXT NOT NULL,
    last_seen INTEGER NOT NULL,
    added_at INTEGER NOT NULL,
    UNIQUE (source, source_id)
);
CREATE INDEX items_taken ON items (taken_at, media_id);
CREATE INDEX items_source_taken ON items (source, taken_at, media_id);
CREATE INDEX items_kind_taken ON items (kind, taken_at, media_id);
CREATE INDEX items_source_seen ON items (source, last_seen, media_id);
CREATE TABLE encoders (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    dim INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    pruned INTEGER NOT NULL
);
CREATE TABLE vectors (
    id INTEGER NOT NULL PRIMARY KEY,
    media_id INTEGER NOT NULL REFERENCES items (media_id) ON DELETE CASCADE,
    encoder INTEGER NOT NULL REFERENCES encoders (id) ON DELETE CASCADE,
    vector BLOB NOT NULL,
    added_at INTEGER NOT NULL,
    UNIQUE (media_id, encoder)
);
CREATE INDEX vectors_encoder ON vectors (encoder, media_id);
CREATE TABLE pending (
    media_id INTEGER NOT NULL REFERENCES items (media_id) ON DELETE CASCADE,
    encoder INTEGER NOT NULL REFERENCES encoders (id) ON DELETE CASCADE,
    source INTEGER NOT NULL,
    taken INTEGER NOT NULL,
    PRIMARY KEY (media_id, encoder)
) WITHOUT ROWID;
CREATE INDEX pending_order ON pending (encoder, source, taken, media_id);
CREATE TABLE changes (
    seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    encoder INTEGER NOT NULL REFERENCES encoders (id) ON DELETE CASCADE,
    media_id INTEGER NOT NULL,
    op TEXT NOT NULL
);
CREATE INDEX changes_encoder ON changes (encoder, seq);
CREATE TABLE failures (
    media_id INTEGER NOT NULL PRIMARY KEY REFERENCES items (media_id) ON DELETE CASCADE,
    stage TEXT NOT NULL,
    reason TEXT NOT NULL,
    count INTEGER NOT NULL,
    next_try_at INTEGER,
    failed_at INTEGER NOT NULL
);
CREATE TABLE quota (
    bucket TEXT NOT NULL,
    day TEXT NOT NULL,
    used INTEGER NOT NULL,
    PRIMARY KEY (bucket, day)
) WITHOUT ROWID;
CREATE TABLE settings (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO settings VALUES ('catalog', '"' || lower(hex(randomblob(16))) || '"')
"""

TRIGGERS = (
    f"""CREATE TRIGGER items_added AFTER INSERT ON items BEGIN
    INSERT INTO pending (media_id, encoder, source, taken)
    SELECT NEW.media_id, id, NEW.source, coalesce(NEW.taken_at, {UNKNOWN_TIME}) FROM encoders;
END""",
    f"""CREATE TRIGGER items_retimed AFTER UPDATE OF taken_at ON items BEGIN
    UPDATE pending SET taken = coalesce(NEW.taken_at, {UNKNOWN_TIME})
    WHERE media_id = NEW.media_id;
END""",
    f"""CREATE TRIGGER encoders_added AFTER INSERT ON encoders BEGIN
    INSERT INTO pending (media_id, encoder, source, taken)
    SELECT media_id, NEW.id, source, coalesce(taken_at, {UNKNOWN_TIME}) FROM items;
END""",
    """CREATE TRIGGER vectors_added AFTER INSERT ON vectors BEGIN
    DELETE FROM pending WHERE media_id = NEW.media_id AND encoder = NEW.encoder;
END""",
    """CREATE TRIGGER changes_added AFTER INSERT ON changes BEGIN
    UPDATE encoders SET generation = NEW.seq WHERE id = NEW.encoder;
END""",
)


def upgrade() -> None:
    for statement in (*TABLES.split(";"), *TRIGGERS):
        op.execute(statement)
