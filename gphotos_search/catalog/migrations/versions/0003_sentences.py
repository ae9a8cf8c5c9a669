"""What sentences ask for: albums, people and cameras by name, text, places, the last results."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision: str | None = "0002"

TABLES = """
ALTER TABLE items ADD COLUMN place_id INTEGER;
DROP INDEX items_taken;
CREATE INDEX items_taken ON items (taken_at, utc_offset_min, taken_from, media_id);
CREATE INDEX items_favorite ON items (media_id) WHERE favorite;
CREATE INDEX items_archived ON items (media_id) WHERE archived;
CREATE INDEX items_place ON items (place_id, media_id) WHERE place_id IS NOT NULL;
CREATE INDEX items_position ON items (latitude, longitude, media_id) WHERE latitude IS NOT NULL;
CREATE INDEX items_placeless ON items (media_id) WHERE latitude IS NOT NULL AND place_id IS NULL;
CREATE INDEX items_edited_of ON items (edited_of) WHERE edited_of != '';
CREATE INDEX items_twin_of ON items (twin_of) WHERE twin_of IS NOT NULL;
CREATE TABLE labels (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    media_id INTEGER NOT NULL REFERENCES items (media_id) ON DELETE CASCADE,
    PRIMARY KEY (kind, name, media_id)
) WITHOUT ROWID;
CREATE INDEX labels_item ON labels (media_id);
CREATE TABLE places_known (
    id INTEGER NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    names TEXT NOT NULL,
    country INTEGER,
    region INTEGER,
    latitude FLOAT NOT NULL,
    longitude FLOAT NOT NULL
);
CREATE INDEX places_known_region ON places_known (region);
CREATE INDEX places_known_country ON places_known (country);
CREATE TABLE last_results (
    rank INTEGER NOT NULL PRIMARY KEY,
    media_id INTEGER NOT NULL
);
CREATE VIRTUAL TABLE item_texts USING fts5 (
    filename, description, albums, people,
    content='', tokenize='unicode61 remove_diacritics 2'
)
"""

FIELDS = "filename, description, albums, people"


def texts(row: str) -> str:
    """The values of FIELDS. A private-use letter is a word: no phrase reaches over it."""
    between = "(SELECT group_concat(value, ' ' || char(57344) || ' ') FROM json_each({}))"
    lists = (between.format(f"{row}.{column}") for column in ("albums", "people"))
    return ", ".join((f"{row}.filename", f"{row}.description", *lists))


def labels(row: str, source: str = "") -> str:
    """All labels of a row, or of every row of the table that `source` begins to list."""
    listed = (
        f"SELECT DISTINCT '{kind}', value, {row}.media_id FROM {source}json_each({row}.{column})"
        " WHERE value != ''"
        for kind, column in (("album", "albums"), ("person", "people"))
    )
    camera = f"trim({row}.camera_make || ' ' || {row}.camera_model)"
    table = f" FROM {source.rstrip(', ')}" if source else ""
    cameras = f"SELECT 'camera', {camera}, {row}.media_id{table} WHERE {camera} != ''"
    return f"INSERT INTO labels {' UNION ALL '.join((*listed, cameras))}"


def differs(*columns: str) -> str:
    return " OR ".join(f"NEW.{column} IS NOT OLD.{column}" for column in columns)


FORGET_TEXT = (
    f"INSERT INTO item_texts (item_texts, rowid, {FIELDS})"
    f" VALUES ('delete', OLD.media_id, {texts('OLD')})"
)
LEARN_TEXT = f"INSERT INTO item_texts (rowid, {FIELDS}) VALUES (NEW.media_id, {texts('NEW')})"

TRIGGERS = (
    f"CREATE TRIGGER labels_added AFTER INSERT ON items BEGIN {labels('NEW')}; END",
    f"""CREATE TRIGGER labels_changed
AFTER UPDATE OF albums, people, camera_make, camera_model ON items
WHEN {differs("albums", "people", "camera_make", "camera_model")} BEGIN
    DELETE FROM labels WHERE media_id = NEW.media_id;
    {labels("NEW")};
END""",
    f"CREATE TRIGGER texts_added AFTER INSERT ON items BEGIN {LEARN_TEXT}; END",
    f"""CREATE TRIGGER texts_changed
AFTER UPDATE OF filename, description, albums, people ON items
WHEN {differs("filename", "description", "albums", "people")} BEGIN
    {FORGET_TEXT};
    {LEARN_TEXT};
END""",
    f"CREATE TRIGGER texts_removed AFTER DELETE ON items BEGIN {FORGET_TEXT}; END",
    f"""CREATE TRIGGER items_moved AFTER UPDATE OF latitude, longitude ON items
WHEN {differs("latitude", "longitude")} BEGIN
    UPDATE items SET place_id = NULL WHERE media_id = NEW.media_id;
END""",
)


def upgrade() -> None:
    for statement in (*TABLES.split(";"), *TRIGGERS):
        op.execute(statement)
    op.execute(labels("items", "items, "))
    filled = f"SELECT items.media_id, {texts('items')} FROM items"
    op.execute(f"INSERT INTO item_texts (rowid, {FIELDS}) {filled}")
