"""Pages are written with few indexes touched; counts are kept; who holds items in memory is told.

What each index costs is a page of the file for every row that does not come in its order. An item
of a source is found by the unique pair, whatever the source: there are few sources. Which items a
listing lacked is asked once a listing, so that it may read all items of the source; an index of it
would be written again for every item of every listing.
"""

from __future__ import annotations

import json
from itertools import chain

from alembic import op

from gphotos_search.places.names import is_common, spellings

revision = "0004"
down_revision: str | None = "0003"

UNKNOWN_TIME = -(2**63)
REMEMBERED = 100_000  # rows of item_changes; who is further behind reads all items

TABLES = """
DROP TRIGGER items_added;
DROP TRIGGER items_retimed;
DROP TRIGGER encoders_added;
DROP TRIGGER vectors_added;
DROP TRIGGER labels_added;
DROP TRIGGER labels_changed;
DROP TRIGGER texts_added;
DROP TRIGGER texts_changed;
DROP TRIGGER texts_removed;
DROP INDEX items_source_taken;
DROP INDEX items_kind_taken;
DROP INDEX items_source_id;
DROP INDEX items_source_seen;
CREATE INDEX items_kind ON items (kind, media_id);
CREATE TABLE waiting (
    encoder INTEGER NOT NULL REFERENCES encoders (id) ON DELETE CASCADE,
    source INTEGER NOT NULL,
    taken INTEGER NOT NULL,
    media_id INTEGER NOT NULL,
    PRIMARY KEY (encoder, source, taken, media_id)
) WITHOUT ROWID;
INSERT INTO waiting SELECT encoder, source, taken, media_id FROM pending ORDER BY 1, 2, 3, 4;
DROP TABLE pending;
ALTER TABLE waiting RENAME TO pending;
CREATE TABLE named (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    media_id INTEGER NOT NULL,
    PRIMARY KEY (kind, name, media_id)
) WITHOUT ROWID;
INSERT INTO named SELECT kind, name, media_id FROM labels ORDER BY 1, 2, 3;
DROP TABLE labels;
ALTER TABLE named RENAME TO labels;
ALTER TABLE sources ADD COLUMN items INTEGER NOT NULL DEFAULT 0;
ALTER TABLE encoders ADD COLUMN vectors INTEGER NOT NULL DEFAULT 0;
UPDATE sources SET items = (SELECT count(*) FROM items WHERE source = sources.id);
UPDATE encoders SET vectors = (SELECT count(*) FROM vectors WHERE encoder = encoders.id);
CREATE TABLE item_changes (
    seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    media_id INTEGER NOT NULL
);
DROP TABLE item_texts;
CREATE VIRTUAL TABLE item_texts USING fts5 (
    filename, description, albums, people,
    content='', columnsize=0, tokenize='unicode61 remove_diacritics 2'
);
INSERT INTO item_texts (item_texts, rank) VALUES ('automerge', 16)
"""

FIELDS = "filename, description, albums, people"


def differs(*columns: str) -> str:
    return " OR ".join(f"NEW.{column} IS NOT OLD.{column}" for column in columns)


def texts(row: str) -> str:
    """The values of FIELDS. A private-use letter is a word: no phrase reaches over it."""
    lists = (
        f"CASE {row}.{column} WHEN '[]' THEN NULL ELSE (SELECT group_concat(value,"
        f" ' ' || char(57344) || ' ') FROM json_each({row}.{column})) END"
        for column in ("albums", "people")
    )
    return ", ".join((f"{row}.filename", f"{row}.description", *lists))


FORGET_TEXT = (
    f"INSERT INTO item_texts (item_texts, rowid, {FIELDS})"
    f" VALUES ('delete', OLD.media_id, {texts('OLD')})"
)
LEARN_TEXT = f"INSERT INTO item_texts (rowid, {FIELDS}) VALUES (NEW.media_id, {texts('NEW')})"


def camera(row: str) -> str:
    return f"trim({row}.camera_make || ' ' || {row}.camera_model)"


# For each kind of label: the columns it comes from, whether a row has any, its names.
LABELS = {
    kind: (
        (column,),
        f"{{row}}.{column} != '[]'",
        f"SELECT value FROM json_each({{row}}.{column}) WHERE value != ''",
    )
    for kind, column in (("album", "albums"), ("person", "people"))
} | {
    "camera": (
        ("camera_make", "camera_model"),
        "({row}.camera_make != '' OR {row}.camera_model != '')",
        f"SELECT {camera('{row}')} AS value WHERE value != ''",
    )
}


def forget(kind: str, names: str) -> str:
    """By the names the row had: no index leads from an item to its labels."""
    old = names.format(row="OLD")
    return (
        f"DELETE FROM labels WHERE kind = '{kind}' AND name IN ({old}) AND media_id = OLD.media_id"
    )


def learn(kind: str, names: str) -> str:
    listed = names.format(row="NEW")
    return f"INSERT OR IGNORE INTO labels SELECT '{kind}', *, NEW.media_id FROM ({listed})"


def label_triggers() -> list[str]:
    made = []
    for kind, (columns, some, names) in LABELS.items():
        made += [
            f"CREATE TRIGGER labels_{kind}_added AFTER INSERT ON items"
            f" WHEN {some.format(row='NEW')} BEGIN {learn(kind, names)}; END",
            f"CREATE TRIGGER labels_{kind}_changed AFTER UPDATE OF {', '.join(columns)} ON items"
            f" WHEN {differs(*columns)}"
            f" BEGIN {forget(kind, names)}; {learn(kind, names)}; END",
            f"CREATE TRIGGER labels_{kind}_removed AFTER DELETE ON items"
            f" WHEN {some.format(row='OLD')} BEGIN {forget(kind, names)}; END",
        ]
    return made


TOLD = ("taken_at", "utc_offset_min", "taken_from", "kind", "favorite", "archived", "trashed")


def tell(row: str) -> str:
    return f"""INSERT INTO item_changes (media_id) VALUES ({row}.media_id);
    DELETE FROM item_changes WHERE seq <= (SELECT max(seq) FROM item_changes) - {REMEMBERED}"""


TRIGGERS = (
    f"""CREATE TRIGGER items_added AFTER INSERT ON items BEGIN
    UPDATE sources SET items = items + 1 WHERE id = NEW.source;
    INSERT INTO pending (encoder, source, taken, media_id)
    SELECT id, NEW.source, coalesce(NEW.taken_at, {UNKNOWN_TIME}), NEW.media_id FROM encoders;
END""",
    f"""CREATE TRIGGER items_retimed AFTER UPDATE OF taken_at ON items
WHEN {differs("taken_at")} BEGIN
    UPDATE pending SET taken = coalesce(NEW.taken_at, {UNKNOWN_TIME})
    WHERE encoder IN (SELECT id FROM encoders) AND source = NEW.source
    AND taken = coalesce(OLD.taken_at, {UNKNOWN_TIME}) AND media_id = NEW.media_id;
END""",
    f"""CREATE TRIGGER items_removed AFTER DELETE ON items BEGIN
    UPDATE sources SET items = items - 1 WHERE id = OLD.source;
    DELETE FROM pending
    WHERE encoder IN (SELECT id FROM encoders) AND source = OLD.source
    AND taken = coalesce(OLD.taken_at, {UNKNOWN_TIME}) AND media_id = OLD.media_id;
    {tell("OLD")};
END""",
    f"""CREATE TRIGGER items_changed AFTER UPDATE OF {", ".join(TOLD)} ON items
WHEN {differs(*TOLD)} BEGIN
    {tell("NEW")};
END""",
    f"""CREATE TRIGGER encoders_added AFTER INSERT ON encoders BEGIN
    INSERT INTO pending (encoder, source, taken, media_id)
    SELECT NEW.id, source, coalesce(taken_at, {UNKNOWN_TIME}) AS taken, media_id FROM items
    ORDER BY source, taken, media_id;
END""",
    f"""CREATE TRIGGER vectors_added AFTER INSERT ON vectors BEGIN
    UPDATE encoders SET vectors = vectors + 1 WHERE id = NEW.encoder;
    DELETE FROM pending
    WHERE encoder = NEW.encoder AND media_id = NEW.media_id AND (source, taken) = (
        SELECT source, coalesce(taken_at, {UNKNOWN_TIME}) FROM items WHERE media_id = NEW.media_id
    );
END""",
    """CREATE TRIGGER vectors_removed AFTER DELETE ON vectors BEGIN
    UPDATE encoders SET vectors = vectors - 1 WHERE id = OLD.encoder;
END""",
    f"CREATE TRIGGER texts_added AFTER INSERT ON items BEGIN {LEARN_TEXT}; END",
    f"""CREATE TRIGGER texts_changed
AFTER UPDATE OF filename, description, albums, people ON items
WHEN {differs("filename", "description", "albums", "people")} BEGIN
    {FORGET_TEXT};
    {LEARN_TEXT};
END""",
    f"CREATE TRIGGER texts_removed AFTER DELETE ON items BEGIN {FORGET_TEXT}; END",
)


def upgrade() -> None:
    for statement in (*TABLES.split(";"), *label_triggers(), *TRIGGERS):
        op.execute(statement)
    filled = f"SELECT items.media_id, {texts('items')} FROM items"
    op.execute(f"INSERT INTO item_texts (rowid, {FIELDS}) {filled}")
    spell_places()


def spell_places() -> None:
    """Every spelling of a place is kept beside its names: searches made them anew until here. As
    this release spells, which is what it folds a question by."""
    connection = op.get_bind()
    known = connection.exec_driver_sql("SELECT id, name, names FROM places_known").all()
    for id, name, kept in known:
        names = json.loads(kept)
        if "keys" in names:
            continue
        keys = sorted({*spellings([name, *chain.from_iterable(names.values())])})
        common = [key for key in keys if is_common(key)]
        spelt = {"languages": names, "keys": keys, "common": common}
        connection.exec_driver_sql(
            "UPDATE places_known SET names = ? WHERE id = ?",
            (json.dumps(spelt, ensure_ascii=False), id),
        )
