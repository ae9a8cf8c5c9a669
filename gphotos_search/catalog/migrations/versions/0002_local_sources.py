"""Takeout archives and folders as sources, what they know of a photo, Picker sessions, Drive."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision: str | None = "0001"

COLUMNS = {
    "sources": (
        "remembered BOOLEAN NOT NULL DEFAULT 0",
        "paused BOOLEAN NOT NULL DEFAULT 0",
        "fingerprint TEXT NOT NULL DEFAULT ''",
    ),
    "items": (
        "taken_from TEXT NOT NULL DEFAULT ''",
        "utc_offset_min INTEGER",
        "latitude FLOAT",
        "longitude FLOAT",
        "favorite BOOLEAN NOT NULL DEFAULT 0",
        "archived BOOLEAN NOT NULL DEFAULT 0",
        "trashed BOOLEAN NOT NULL DEFAULT 0",
        "people TEXT NOT NULL DEFAULT '[]'",
        "albums TEXT NOT NULL DEFAULT '[]'",
        "original TEXT NOT NULL DEFAULT ''",
        "edited_of TEXT NOT NULL DEFAULT ''",
        "twin_of INTEGER",
    ),
}

TABLES = """
CREATE INDEX items_source_id ON items (source_id, media_id);
CREATE INDEX items_trashed ON items (media_id) WHERE trashed;
CREATE TABLE places (
    source INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    path TEXT NOT NULL,
    PRIMARY KEY (source, path)
) WITHOUT ROWID;
CREATE TABLE archives (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    source INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    path TEXT NOT NULL,
    kind TEXT NOT NULL,
    export TEXT NOT NULL,
    exported_at INTEGER,
    size INTEGER NOT NULL,
    stamp INTEGER NOT NULL,
    state TEXT NOT NULL,
    message TEXT NOT NULL,
    present BOOLEAN NOT NULL,
    refused INTEGER NOT NULL,
    UNIQUE (source, path)
);
CREATE TABLE sidecars (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    archive INTEGER NOT NULL REFERENCES archives (id) ON DELETE CASCADE,
    directory TEXT NOT NULL,
    name TEXT NOT NULL,
    size INTEGER NOT NULL,
    stamp INTEGER NOT NULL,
    url TEXT NOT NULL,
    content TEXT NOT NULL,
    speaks_of INTEGER REFERENCES files (id) ON DELETE SET NULL,
    why TEXT NOT NULL,
    UNIQUE (archive, directory, name)
);
CREATE INDEX sidecars_directory ON sidecars (directory, archive);
CREATE INDEX sidecars_url ON sidecars (url) WHERE url != '';
CREATE INDEX sidecars_speaks_of ON sidecars (speaks_of);
CREATE TABLE files (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    archive INTEGER NOT NULL REFERENCES archives (id) ON DELETE CASCADE,
    directory TEXT NOT NULL,
    name TEXT NOT NULL,
    name_there TEXT NOT NULL,
    size INTEGER NOT NULL,
    stamp INTEGER NOT NULL,
    position INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    trouble TEXT NOT NULL,
    role TEXT NOT NULL,
    rule TEXT NOT NULL,
    why TEXT NOT NULL,
    sidecar INTEGER REFERENCES sidecars (id) ON DELETE SET NULL,
    belongs_to INTEGER REFERENCES files (id) ON DELETE SET NULL,
    UNIQUE (archive, directory, name)
);
CREATE INDEX files_directory ON files (directory, archive);
CREATE INDEX files_sha256 ON files (sha256);
CREATE INDEX files_sidecar ON files (sidecar);
CREATE INDEX files_belongs_to ON files (belongs_to);
CREATE TABLE album_files (
    archive INTEGER NOT NULL REFERENCES archives (id) ON DELETE CASCADE,
    directory TEXT NOT NULL,
    name TEXT NOT NULL,
    size INTEGER NOT NULL,
    stamp INTEGER NOT NULL,
    title TEXT NOT NULL,
    PRIMARY KEY (archive, directory, name)
) WITHOUT ROWID;
CREATE TABLE refusals (
    archive INTEGER NOT NULL REFERENCES archives (id) ON DELETE CASCADE,
    path TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (archive, path)
) WITHOUT ROWID;
CREATE TABLE contents (
    sha256 TEXT NOT NULL PRIMARY KEY,
    traits TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE picker_sessions (
    session_id TEXT NOT NULL PRIMARY KEY,
    source INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    picker_uri TEXT NOT NULL,
    state TEXT NOT NULL,
    poll_every_s INTEGER NOT NULL,
    expires_at INTEGER,
    created_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX picker_sessions_source ON picker_sessions (source, created_at);
CREATE TABLE drive_files (
    source INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    file_id TEXT NOT NULL,
    name TEXT NOT NULL,
    size INTEGER NOT NULL,
    md5 TEXT NOT NULL,
    revision TEXT NOT NULL,
    state TEXT NOT NULL,
    message TEXT NOT NULL,
    first_seen_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    PRIMARY KEY (source, file_id)
) WITHOUT ROWID
"""


def upgrade() -> None:
    for table, columns in COLUMNS.items():
        for column in columns:
            op.execute(f"ALTER TABLE {table} ADD COLUMN {column}")
    for statement in TABLES.split(";"):
        op.execute(statement)
