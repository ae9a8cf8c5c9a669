"""The JSON of an answer is the documented one."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

from gphotos_search.media import Answer, Hit, MediaItem
from gphotos_search.search.answer import as_json, instant, with_warnings

ITEM = MediaItem(
    source_id="AH0my",
    filename="IMG_1.jpg",
    mime_type="image/jpeg",
    taken_at=datetime(2024, 5, 1, 12, 11, 12, tzinfo=timezone(timedelta(hours=2))),
    url="https://photos.google.com/x",
)
ANSWER = Answer(
    query="snowball fight",
    encoder="e",
    took_ms=12.345,
    hits=(Hit(rank=1, score=0.31234567, media_id=42, source="photos", item=ITEM),),
    warnings=("w",),
)


def test_the_documented_fields_in_the_documented_order() -> None:
    expected = (
        '{"query": "snowball fight", "encoder": "e", "took_ms": 12.3, "hits": [{"rank": 1, '
        '"media_id": 42, "source": "photos", "source_id": "AH0my", "score": 0.3123, '
        '"filename": "IMG_1.jpg", "mime_type": "image/jpeg", "taken_at": "2024-05-01T10:11:12Z", '
        '"url": "https://photos.google.com/x", "thumbnail": null, "path": null, "folded": 0}]}'
    )
    assert json.dumps(as_json(ANSWER)) == expected
    assert with_warnings(ANSWER) == {**as_json(ANSWER), "warnings": ["w"]}


def test_instants_are_utc() -> None:
    assert instant(None) is None
    assert instant(datetime(2024, 1, 1, 1, 1, 1, 500, tzinfo=UTC)) == "2024-01-01T01:01:01.000500Z"
