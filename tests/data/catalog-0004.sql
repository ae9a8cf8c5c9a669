-- A populated catalogue as schema 0004 leaves it.
BEGIN TRANSACTION;
CREATE TABLE album_files (
    archive INTEGER NOT NULL REFERENCES archives (id) ON DELETE CASCADE,
    directory TEXT NOT NULL,
    name TEXT NOT NULL,
    size INTEGER NOT NULL,
    stamp INTEGER NOT NULL,
    title TEXT NOT NULL,
    PRIMARY KEY (archive, directory, name)
) WITHOUT ROWID;
INSERT INTO "album_files" VALUES(1,'Takeout/Google Photos/Trip','metadata.json',20,4,'Trip');
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0004');
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
INSERT INTO "archives" VALUES(1,1,'/photos/takeout/takeout-20261101T120000Z-001.zip','zip','20261101T120000Z',1793534400000000,1000,7,'paired','',1,1);
CREATE TABLE changes (
    seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    encoder INTEGER NOT NULL REFERENCES encoders (id) ON DELETE CASCADE,
    media_id INTEGER NOT NULL,
    op TEXT NOT NULL
);
INSERT INTO "changes" VALUES(3,1,3,'put');
INSERT INTO "changes" VALUES(4,1,4,'put');
INSERT INTO "changes" VALUES(5,1,5,'put');
INSERT INTO "changes" VALUES(6,1,6,'put');
INSERT INTO "changes" VALUES(7,1,9,'put');
INSERT INTO "changes" VALUES(8,1,9,'remove');
CREATE TABLE contents (
    sha256 TEXT NOT NULL PRIMARY KEY,
    traits TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO "contents" VALUES('abababababababababababababababababababababababababababababababab','{"mime_type":"image/jpeg"}');
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
;
INSERT INTO "drive_files" VALUES(1,'f1','takeout-20261101T120000Z-001.zip',1000,'d41d8cd98f00b204e9800998ecf8427e','r1','seen','',1793530800000000,1793534400000000);
CREATE TABLE encoders (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    dim INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    pruned INTEGER NOT NULL
, vectors INTEGER NOT NULL DEFAULT 0);
INSERT INTO "encoders" VALUES(1,'tiny@1',4,8,2,6);
CREATE TABLE failures (
    media_id INTEGER NOT NULL PRIMARY KEY REFERENCES items (media_id) ON DELETE CASCADE,
    stage TEXT NOT NULL,
    reason TEXT NOT NULL,
    count INTEGER NOT NULL,
    next_try_at INTEGER,
    failed_at INTEGER NOT NULL
);
INSERT INTO "failures" VALUES(7,'fetch','The link is gone.',1,1719838800000000,1719835200000000);
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
INSERT INTO "files" VALUES(1,1,'Takeout/Google Photos/Photos from 2019','a.jpg','',500,9,40,'abababababababababababababababababababababababababababababababab','','media','name','',1,NULL);
CREATE TABLE item_changes (
    seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    media_id INTEGER NOT NULL
);
INSERT INTO "item_changes" VALUES(1,1);
INSERT INTO "item_changes" VALUES(2,1);
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
    added_at INTEGER NOT NULL, taken_from TEXT NOT NULL DEFAULT '', utc_offset_min INTEGER, latitude FLOAT, longitude FLOAT, favorite BOOLEAN NOT NULL DEFAULT 0, archived BOOLEAN NOT NULL DEFAULT 0, trashed BOOLEAN NOT NULL DEFAULT 0, people TEXT NOT NULL DEFAULT '[]', albums TEXT NOT NULL DEFAULT '[]', original TEXT NOT NULL DEFAULT '', edited_of TEXT NOT NULL DEFAULT '', twin_of INTEGER, place_id INTEGER,
    UNIQUE (source, source_id)
);
INSERT INTO "items" VALUES(1,1,'id-0','IMG_0000.jpg','image/jpeg','photo',1719835200000000,640,480,'','','','','','',0,1719835200000000,'',NULL,45.76,4.84,0,0,0,'["Susan"]','[]','','',NULL,2996944);
INSERT INTO "items" VALUES(2,1,'id-1','IMG_0001.jpg','image/jpeg','photo',1719748800000000,640,480,'','','Google','Pixel 7','','',0,1719835200000000,'',NULL,NULL,NULL,0,0,0,'[]','["Trip", "Summer 2024"]','','',NULL,NULL);
INSERT INTO "items" VALUES(3,1,'id-2','IMG_0002.jpg','image/jpeg','photo',1719662400000000,640,480,'','','','','','',0,1719835200000000,'',NULL,NULL,NULL,0,0,0,'[]','[]','','',NULL,NULL);
INSERT INTO "items" VALUES(4,1,'id-3','IMG_0003.jpg','image/jpeg','photo',1719576000000000,640,480,'','','','','','',0,1719835200000000,'',NULL,NULL,NULL,0,0,0,'[]','[]','','',NULL,NULL);
INSERT INTO "items" VALUES(5,1,'id-4','IMG_0004.jpg','image/jpeg','photo',1719489600000000,640,480,'','','','','','',0,1719835200000000,'',NULL,NULL,NULL,0,0,0,'[]','[]','','',NULL,NULL);
INSERT INTO "items" VALUES(6,1,'id-5','IMG_0005.jpg','image/jpeg','photo',1719403200000000,640,480,'','','','','','',0,1719835200000000,'',NULL,NULL,NULL,0,0,0,'[]','[]','','',NULL,NULL);
INSERT INTO "items" VALUES(7,1,'id-6','IMG_0006.jpg','image/jpeg','photo',1719316800000000,640,480,'','','','','','',0,1719835200000000,'',NULL,NULL,NULL,0,0,0,'[]','[]','','',NULL,NULL);
INSERT INTO "items" VALUES(8,1,'id-7','IMG_0007.jpg','image/jpeg','photo',1719230400000000,640,480,'','','','','','',0,1719835200000000,'',NULL,NULL,NULL,0,0,0,'[]','[]','','',NULL,NULL);
INSERT INTO "items" VALUES(10,2,'id-21','IMG_0021.jpg','image/jpeg','photo',1718020800000000,640,480,'','','','','','',0,1719835200000000,'',NULL,NULL,NULL,0,0,0,'[]','[]','','',NULL,NULL);
CREATE TABLE "labels" (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    media_id INTEGER NOT NULL,
    PRIMARY KEY (kind, name, media_id)
) WITHOUT ROWID;
INSERT INTO "labels" VALUES('album','Summer 2024',2);
INSERT INTO "labels" VALUES('album','Trip',2);
INSERT INTO "labels" VALUES('camera','Google Pixel 7',2);
INSERT INTO "labels" VALUES('person','Susan',1);
CREATE TABLE last_results (
    rank INTEGER NOT NULL PRIMARY KEY,
    media_id INTEGER NOT NULL
);
INSERT INTO "last_results" VALUES(1,2);
INSERT INTO "last_results" VALUES(2,1);
CREATE TABLE "pending" (
    encoder INTEGER NOT NULL REFERENCES encoders (id) ON DELETE CASCADE,
    source INTEGER NOT NULL,
    taken INTEGER NOT NULL,
    media_id INTEGER NOT NULL,
    PRIMARY KEY (encoder, source, taken, media_id)
) WITHOUT ROWID;
INSERT INTO "pending" VALUES(1,1,1719230400000000,8);
INSERT INTO "pending" VALUES(1,1,1719316800000000,7);
INSERT INTO "pending" VALUES(1,2,1718020800000000,10);
CREATE TABLE picker_sessions (
    session_id TEXT NOT NULL PRIMARY KEY,
    source INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    picker_uri TEXT NOT NULL,
    state TEXT NOT NULL,
    poll_every_s INTEGER NOT NULL,
    expires_at INTEGER,
    created_at INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO "picker_sessions" VALUES('s1',1,'https://photos.google.com/picker/s1','waiting',5,1793534400000000,1793530800000000);
CREATE TABLE places (
    source INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    path TEXT NOT NULL,
    PRIMARY KEY (source, path)
) WITHOUT ROWID;
INSERT INTO "places" VALUES(1,'/photos/takeout');
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
INSERT INTO "places_known" VALUES(2996944,'city','Lyon','{"languages": {"en": ["Lyon"], "de": ["Lyon"], "it": ["Lione"]}, "keys": ["lione", "lyon"], "common": []}',3017382,11071625,45.74846,4.84671);
INSERT INTO "places_known" VALUES(3017382,'country','France','{"languages": {"en": ["France"], "de": ["Frankreich"]}, "keys": ["france", "frankreich"], "common": []}',NULL,NULL,46.0,2.0);
INSERT INTO "places_known" VALUES(11071625,'region','Auvergne-Rhône-Alpes','{"languages": {"en": ["Auvergne-Rhône-Alpes"]}, "keys": ["auvergne rhone alpes", "auvergne rhône alpes", "auvergne-rhone-alpes", "auvergne-rhône-alpes"], "common": []}',3017382,NULL,45.3,4.66);
CREATE TABLE quota (
    bucket TEXT NOT NULL,
    day TEXT NOT NULL,
    used INTEGER NOT NULL,
    PRIMARY KEY (bucket, day)
) WITHOUT ROWID;
INSERT INTO "quota" VALUES('requests','2024-07-01',17);
CREATE TABLE refusals (
    archive INTEGER NOT NULL REFERENCES archives (id) ON DELETE CASCADE,
    path TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (archive, path)
) WITHOUT ROWID;
INSERT INTO "refusals" VALUES(1,'../evil.jpg','it leads out of the archive');
CREATE TABLE settings (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO "settings" VALUES('catalog','"0123456789abcdef0123456789abcdef"');
INSERT INTO "settings" VALUES('model','{"revision": "abc"}');
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
INSERT INTO "sidecars" VALUES(1,1,'Takeout/Google Photos/Photos from 2019','a.jpg.supplemental-metadata.json',100,3,'https://photos.google.com/photo/AF1Qipabc','{"title":"a.jpg"}',NULL,'');
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
, remembered BOOLEAN NOT NULL DEFAULT 0, paused BOOLEAN NOT NULL DEFAULT 0, fingerprint TEXT NOT NULL DEFAULT '', items INTEGER NOT NULL DEFAULT 0);
INSERT INTO "sources" VALUES(1,'photos','folder','default',1,'new','','cursor-1',1,'full',1,1,1,1719835200000000,NULL,NULL,0,NULL,0,NULL,NULL,NULL,0,0,'',8);
INSERT INTO "sources" VALUES(2,'old phone','folder','default',0,'new','',NULL,0,'full',0,1,0,NULL,NULL,NULL,0,NULL,0,NULL,NULL,NULL,0,0,'',1);
CREATE TABLE vectors (
    id INTEGER NOT NULL PRIMARY KEY,
    media_id INTEGER NOT NULL REFERENCES items (media_id) ON DELETE CASCADE,
    encoder INTEGER NOT NULL REFERENCES encoders (id) ON DELETE CASCADE,
    vector BLOB NOT NULL,
    added_at INTEGER NOT NULL,
    UNIQUE (media_id, encoder)
);
INSERT INTO "vectors" VALUES(1,1,1,X'DB3213388E3277BA',1719835200000000);
INSERT INTO "vectors" VALUES(2,2,1,X'C52C97B235B1B2BB',1719835200000000);
INSERT INTO "vectors" VALUES(3,3,1,X'E1381CBAFF2F6EB1',1719835200000000);
INSERT INTO "vectors" VALUES(4,4,1,X'74B5D9ADF63A8435',1719835200000000);
INSERT INTO "vectors" VALUES(5,5,1,X'E7B787BAE5B02534',1719835200000000);
INSERT INTO "vectors" VALUES(6,6,1,X'2035533837BA5FA9',1719835200000000);
CREATE VIRTUAL TABLE item_texts USING fts5 (
    filename, description, albums, people,
    content='', columnsize=0, tokenize='unicode61 remove_diacritics 2'
);
INSERT INTO item_texts (item_texts, rank) VALUES ('automerge', 16);
INSERT INTO item_texts (rowid, filename, description, albums, people) SELECT items.media_id, items.filename, items.description, (SELECT group_concat(value, ' ' || char(57344) || ' ') FROM json_each(items.albums)), (SELECT group_concat(value, ' ' || char(57344) || ' ') FROM json_each(items.people)) FROM items;
CREATE INDEX vectors_encoder ON vectors (encoder, media_id);
CREATE INDEX changes_encoder ON changes (encoder, seq);
CREATE TRIGGER changes_added AFTER INSERT ON changes BEGIN
    UPDATE encoders SET generation = NEW.seq WHERE id = NEW.encoder;
END;
CREATE INDEX items_trashed ON items (media_id) WHERE trashed;
CREATE INDEX sidecars_directory ON sidecars (directory, archive);
CREATE INDEX sidecars_url ON sidecars (url) WHERE url != '';
CREATE INDEX sidecars_speaks_of ON sidecars (speaks_of);
CREATE INDEX files_directory ON files (directory, archive);
CREATE INDEX files_sha256 ON files (sha256);
CREATE INDEX files_sidecar ON files (sidecar);
CREATE INDEX files_belongs_to ON files (belongs_to);
CREATE INDEX picker_sessions_source ON picker_sessions (source, created_at);
CREATE INDEX items_taken ON items (taken_at, utc_offset_min, taken_from, media_id);
CREATE INDEX items_favorite ON items (media_id) WHERE favorite;
CREATE INDEX items_archived ON items (media_id) WHERE archived;
CREATE INDEX items_place ON items (place_id, media_id) WHERE place_id IS NOT NULL;
CREATE INDEX items_edited_of ON items (edited_of) WHERE edited_of != '';
CREATE INDEX items_twin_of ON items (twin_of) WHERE twin_of IS NOT NULL;
CREATE INDEX items_position ON items (latitude, longitude, media_id) WHERE latitude IS NOT NULL;
CREATE INDEX items_placeless ON items (media_id) WHERE latitude IS NOT NULL AND place_id IS NULL;
CREATE INDEX places_known_region ON places_known (region);
CREATE INDEX places_known_country ON places_known (country);
CREATE TRIGGER items_moved AFTER UPDATE OF latitude, longitude ON items
WHEN NEW.latitude IS NOT OLD.latitude OR NEW.longitude IS NOT OLD.longitude BEGIN
    UPDATE items SET place_id = NULL WHERE media_id = NEW.media_id;
END;
CREATE INDEX items_kind ON items (kind, media_id);
CREATE TRIGGER labels_album_added AFTER INSERT ON items WHEN NEW.albums != '[]' BEGIN INSERT OR IGNORE INTO labels SELECT 'album', *, NEW.media_id FROM (SELECT value FROM json_each(NEW.albums) WHERE value != ''); END;
CREATE TRIGGER labels_album_changed AFTER UPDATE OF albums ON items WHEN NEW.albums IS NOT OLD.albums BEGIN DELETE FROM labels WHERE kind = 'album' AND name IN (SELECT value FROM json_each(OLD.albums) WHERE value != '') AND media_id = OLD.media_id; INSERT OR IGNORE INTO labels SELECT 'album', *, NEW.media_id FROM (SELECT value FROM json_each(NEW.albums) WHERE value != ''); END;
CREATE TRIGGER labels_album_removed AFTER DELETE ON items WHEN OLD.albums != '[]' BEGIN DELETE FROM labels WHERE kind = 'album' AND name IN (SELECT value FROM json_each(OLD.albums) WHERE value != '') AND media_id = OLD.media_id; END;
CREATE TRIGGER labels_person_added AFTER INSERT ON items WHEN NEW.people != '[]' BEGIN INSERT OR IGNORE INTO labels SELECT 'person', *, NEW.media_id FROM (SELECT value FROM json_each(NEW.people) WHERE value != ''); END;
CREATE TRIGGER labels_person_changed AFTER UPDATE OF people ON items WHEN NEW.people IS NOT OLD.people BEGIN DELETE FROM labels WHERE kind = 'person' AND name IN (SELECT value FROM json_each(OLD.people) WHERE value != '') AND media_id = OLD.media_id; INSERT OR IGNORE INTO labels SELECT 'person', *, NEW.media_id FROM (SELECT value FROM json_each(NEW.people) WHERE value != ''); END;
CREATE TRIGGER labels_person_removed AFTER DELETE ON items WHEN OLD.people != '[]' BEGIN DELETE FROM labels WHERE kind = 'person' AND name IN (SELECT value FROM json_each(OLD.people) WHERE value != '') AND media_id = OLD.media_id; END;
CREATE TRIGGER labels_camera_added AFTER INSERT ON items WHEN (NEW.camera_make != '' OR NEW.camera_model != '') BEGIN INSERT OR IGNORE INTO labels SELECT 'camera', *, NEW.media_id FROM (SELECT trim(NEW.camera_make || ' ' || NEW.camera_model) AS value WHERE value != ''); END;
CREATE TRIGGER labels_camera_changed AFTER UPDATE OF camera_make, camera_model ON items WHEN NEW.camera_make IS NOT OLD.camera_make OR NEW.camera_model IS NOT OLD.camera_model BEGIN DELETE FROM labels WHERE kind = 'camera' AND name IN (SELECT trim(OLD.camera_make || ' ' || OLD.camera_model) AS value WHERE value != '') AND media_id = OLD.media_id; INSERT OR IGNORE INTO labels SELECT 'camera', *, NEW.media_id FROM (SELECT trim(NEW.camera_make || ' ' || NEW.camera_model) AS value WHERE value != ''); END;
CREATE TRIGGER labels_camera_removed AFTER DELETE ON items WHEN (OLD.camera_make != '' OR OLD.camera_model != '') BEGIN DELETE FROM labels WHERE kind = 'camera' AND name IN (SELECT trim(OLD.camera_make || ' ' || OLD.camera_model) AS value WHERE value != '') AND media_id = OLD.media_id; END;
CREATE TRIGGER items_added AFTER INSERT ON items BEGIN
    UPDATE sources SET items = items + 1 WHERE id = NEW.source;
    INSERT INTO pending (encoder, source, taken, media_id)
    SELECT id, NEW.source, coalesce(NEW.taken_at, -9223372036854775808), NEW.media_id FROM encoders;
END;
CREATE TRIGGER items_retimed AFTER UPDATE OF taken_at ON items
WHEN NEW.taken_at IS NOT OLD.taken_at BEGIN
    UPDATE pending SET taken = coalesce(NEW.taken_at, -9223372036854775808)
    WHERE encoder IN (SELECT id FROM encoders) AND source = NEW.source
    AND taken = coalesce(OLD.taken_at, -9223372036854775808) AND media_id = NEW.media_id;
END;
CREATE TRIGGER items_removed AFTER DELETE ON items BEGIN
    UPDATE sources SET items = items - 1 WHERE id = OLD.source;
    DELETE FROM pending
    WHERE encoder IN (SELECT id FROM encoders) AND source = OLD.source
    AND taken = coalesce(OLD.taken_at, -9223372036854775808) AND media_id = OLD.media_id;
    INSERT INTO item_changes (media_id) VALUES (OLD.media_id);
    DELETE FROM item_changes WHERE seq <= (SELECT max(seq) FROM item_changes) - 100000;
END;
CREATE TRIGGER items_changed AFTER UPDATE OF taken_at, utc_offset_min, taken_from, kind, favorite, archived, trashed ON items
WHEN NEW.taken_at IS NOT OLD.taken_at OR NEW.utc_offset_min IS NOT OLD.utc_offset_min OR NEW.taken_from IS NOT OLD.taken_from OR NEW.kind IS NOT OLD.kind OR NEW.favorite IS NOT OLD.favorite OR NEW.archived IS NOT OLD.archived OR NEW.trashed IS NOT OLD.trashed BEGIN
    INSERT INTO item_changes (media_id) VALUES (NEW.media_id);
    DELETE FROM item_changes WHERE seq <= (SELECT max(seq) FROM item_changes) - 100000;
END;
CREATE TRIGGER encoders_added AFTER INSERT ON encoders BEGIN
    INSERT INTO pending (encoder, source, taken, media_id)
    SELECT NEW.id, source, coalesce(taken_at, -9223372036854775808) AS taken, media_id FROM items
    ORDER BY source, taken, media_id;
END;
CREATE TRIGGER vectors_added AFTER INSERT ON vectors BEGIN
    UPDATE encoders SET vectors = vectors + 1 WHERE id = NEW.encoder;
    DELETE FROM pending
    WHERE encoder = NEW.encoder AND media_id = NEW.media_id AND (source, taken) = (
        SELECT source, coalesce(taken_at, -9223372036854775808) FROM items WHERE media_id = NEW.media_id
    );
END;
CREATE TRIGGER vectors_removed AFTER DELETE ON vectors BEGIN
    UPDATE encoders SET vectors = vectors - 1 WHERE id = OLD.encoder;
END;
CREATE TRIGGER texts_added AFTER INSERT ON items BEGIN INSERT INTO item_texts (rowid, filename, description, albums, people) VALUES (NEW.media_id, NEW.filename, NEW.description, CASE NEW.albums WHEN '[]' THEN NULL ELSE (SELECT group_concat(value, ' ' || char(57344) || ' ') FROM json_each(NEW.albums)) END, CASE NEW.people WHEN '[]' THEN NULL ELSE (SELECT group_concat(value, ' ' || char(57344) || ' ') FROM json_each(NEW.people)) END); END;
CREATE TRIGGER texts_changed
AFTER UPDATE OF filename, description, albums, people ON items
WHEN NEW.filename IS NOT OLD.filename OR NEW.description IS NOT OLD.description OR NEW.albums IS NOT OLD.albums OR NEW.people IS NOT OLD.people BEGIN
    INSERT INTO item_texts (item_texts, rowid, filename, description, albums, people) VALUES ('delete', OLD.media_id, OLD.filename, OLD.description, CASE OLD.albums WHEN '[]' THEN NULL ELSE (SELECT group_concat(value, ' ' || char(57344) || ' ') FROM json_each(OLD.albums)) END, CASE OLD.people WHEN '[]' THEN NULL ELSE (SELECT group_concat(value, ' ' || char(57344) || ' ') FROM json_each(OLD.people)) END);
    INSERT INTO item_texts (rowid, filename, description, albums, people) VALUES (NEW.media_id, NEW.filename, NEW.description, CASE NEW.albums WHEN '[]' THEN NULL ELSE (SELECT group_concat(value, ' ' || char(57344) || ' ') FROM json_each(NEW.albums)) END, CASE NEW.people WHEN '[]' THEN NULL ELSE (SELECT group_concat(value, ' ' || char(57344) || ' ') FROM json_each(NEW.people)) END);
END;
CREATE TRIGGER texts_removed AFTER DELETE ON items BEGIN INSERT INTO item_texts (item_texts, rowid, filename, description, albums, people) VALUES ('delete', OLD.media_id, OLD.filename, OLD.description, CASE OLD.albums WHEN '[]' THEN NULL ELSE (SELECT group_concat(value, ' ' || char(57344) || ' ') FROM json_each(OLD.albums)) END, CASE OLD.people WHEN '[]' THEN NULL ELSE (SELECT group_concat(value, ' ' || char(57344) || ' ') FROM json_each(OLD.people)) END); END;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('sources',2);
INSERT INTO "sqlite_sequence" VALUES('items',12);
INSERT INTO "sqlite_sequence" VALUES('encoders',1);
INSERT INTO "sqlite_sequence" VALUES('changes',8);
INSERT INTO "sqlite_sequence" VALUES('archives',1);
INSERT INTO "sqlite_sequence" VALUES('sidecars',1);
INSERT INTO "sqlite_sequence" VALUES('files',1);
INSERT INTO "sqlite_sequence" VALUES('item_changes',2);
COMMIT;
