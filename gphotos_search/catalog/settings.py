"""Small facts that must outlive a run, as JSON under a key: the resolved revision of a model, …"""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert as upsert

from gphotos_search.catalog.schema import settings

CATALOG = "catalog"  # a random id of this catalogue, made with it: an index of another is foreign


def get(tx: Connection, key: str) -> Any:
    """The value as it was put; None where there is none."""
    found = tx.execute(select(settings.c.value).where(settings.c.key == key)).scalar()
    return None if found is None else json.loads(found)


def put(tx: Connection, key: str, value: Any) -> None:
    packed = json.dumps(value, ensure_ascii=False)
    new = upsert(settings).values(key=key, value=packed)
    tx.execute(new.on_conflict_do_update(index_elements=["key"], set_={"value": packed}))
