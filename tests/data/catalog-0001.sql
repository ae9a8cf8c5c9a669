-- A populated catalogue as release 0.1.0 leaves it (schema 0001).
BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
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
CREATE TABLE encoders (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    dim INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    pruned INTEGER NOT NULL
);
INSERT INTO "encoders" VALUES(1,'tiny@1',4,8,2);
CREATE TABLE failures (
    media_id INTEGER NOT NULL PRIMARY KEY REFERENCES items (media_id) ON DELETE CASCADE,
    stage TEXT NOT NULL,
    reason TEXT NOT NULL,
    count INTEGER NOT NULL,
    next_try_at INTEGER,
    failed_at INTEGER NOT NULL
);
INSERT INTO "failures" VALUES(7,'fetch','The link is gone.',1,1719838800000000,1719835200000000);
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
INSERT INTO "items" VALUES(1,1,'id-0','IMG_0000.jpg','image/jpeg','photo',1719835200000000,640,480,'','','','','','',0,1719835200000000);
INSERT INTO "items" VALUES(2,1,'id-1','IMG_0001.jpg','image/jpeg','photo',1719748800000000,640,480,'','','','','','',0,1719835200000000);
INSERT INTO "items" VALUES(3,1,'id-2','IMG_0002.jpg','image/jpeg','photo',1719662400000000,640,480,'','','','','','',0,1719835200000000);
INSERT INTO "items" VALUES(4,1,'id-3','IMG_0003.jpg','image/jpeg','photo',1719576000000000,640,480,'','','','','','',0,1719835200000000);
INSERT INTO "items" VALUES(5,1,'id-4','IMG_0004.jpg','image/jpeg','photo',1719489600000000,640,480,'','','','','','',0,1719835200000000);
INSERT INTO "items" VALUES(6,1,'id-5','IMG_0005.jpg','image/jpeg','photo',1719403200000000,640,480,'','','','','','',0,1719835200000000);
INSERT INTO "items" VALUES(7,1,'id-6','IMG_0006.jpg','image/jpeg','photo',1719316800000000,640,480,'','','','','','',0,1719835200000000);
INSERT INTO "items" VALUES(8,1,'id-7','IMG_0007.jpg','image/jpeg','photo',1719230400000000,640,480,'','','','','','',0,1719835200000000);
INSERT INTO "items" VALUES(10,2,'id-21','IMG_0021.jpg','image/jpeg','photo',1718020800000000,640,480,'','','','','','',0,1719835200000000);
CREATE TABLE pending (
    media_id INTEGER NOT NULL REFERENCES items (media_id) ON DELETE CASCADE,
    encoder INTEGER NOT NULL REFERENCES encoders (id) ON DELETE CASCADE,
    source INTEGER NOT NULL,
    taken INTEGER NOT NULL,
    PRIMARY KEY (media_id, encoder)
) WITHOUT ROWID;
INSERT INTO "pending" VALUES(8,1,1,1719230400000000);
INSERT INTO "pending" VALUES(7,1,1,1719316800000000);
INSERT INTO "pending" VALUES(10,1,2,1718020800000000);
CREATE TABLE quota (
    bucket TEXT NOT NULL,
    day TEXT NOT NULL,
    used INTEGER NOT NULL,
    PRIMARY KEY (bucket, day)
) WITHOUT ROWID;
INSERT INTO "quota" VALUES('requests','2024-07-01',17);
CREATE TABLE settings (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO "settings" VALUES('catalog','"0123456789abcdef0123456789abcdef"');
INSERT INTO "settings" VALUES('model','{"revision": "abc"}');
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
INSERT INTO "sources" VALUES(1,'photos','folder','default',1,'new','','cursor-1',1,'full',1,1,1,1719835200000000,NULL,NULL,0,NULL,0,NULL,NULL,NULL);
INSERT INTO "sources" VALUES(2,'old phone','folder','default',0,'new','',NULL,0,'full',0,1,0,NULL,NULL,NULL,0,NULL,0,NULL,NULL,NULL);
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
CREATE INDEX items_taken ON items (taken_at, media_id);
CREATE INDEX items_source_taken ON items (source, taken_at, media_id);
CREATE INDEX items_kind_taken ON items (kind, taken_at, media_id);
CREATE INDEX items_source_seen ON items (source, last_seen, media_id);
CREATE INDEX vectors_encoder ON vectors (encoder, media_id);
CREATE INDEX pending_order ON pending (encoder, source, taken, media_id);
CREATE INDEX changes_encoder ON changes (encoder, seq);
CREATE TRIGGER items_added AFTER INSERT ON items BEGIN
    INSERT INTO pending (media_id, encoder, source, taken)
    SELECT NEW.media_id, id, NEW.source, coalesce(NEW.taken_at, -9223372036854775808) FROM encoders;
END;
CREATE TRIGGER items_retimed AFTER UPDATE OF taken_at ON items BEGIN
    UPDATE pending SET taken = coalesce(NEW.taken_at, -9223372036854775808)
    WHERE media_id = NEW.media_id;
END;
CREATE TRIGGER encoders_added AFTER INSERT ON encoders BEGIN
    INSERT INTO pending (media_id, encoder, source, taken)
    SELECT media_id, NEW.id, source, coalesce(taken_at, -9223372036854775808) FROM items;
END;
CREATE TRIGGER vectors_added AFTER INSERT ON vectors BEGIN
    DELETE FROM pending WHERE media_id = NEW.media_id AND encoder = NEW.encoder;
END;
CREATE TRIGGER changes_added AFTER INSERT ON changes BEGIN
    UPDATE encoders SET generation = NEW.seq WHERE id = NEW.encoder;
END;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('sources',2);
INSERT INTO "sqlite_sequence" VALUES('items',12);
INSERT INTO "sqlite_sequence" VALUES('encoders',1);
INSERT INTO "sqlite_sequence" VALUES('changes',8);
COMMIT;
