"""Column types and the conditions that every table's module shares."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Dialect, Integer, MetaData, Text, func, select
from sqlalchemy.types import TypeDecorator

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def microseconds(span: timedelta) -> int:
    """Exact, and faster than a division of timedeltas."""
    return (span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds


def as_json(texts: tuple[str, ...]) -> str:
    """A JSON list."""
    return json.dumps(texts, ensure_ascii=False) if texts else "[]"


def moment(stored: int | None) -> datetime | None:
    """Of microseconds since 1970."""
    return None if stored is None else EPOCH + stored * MICROSECOND


@lru_cache(maxsize=4096)
def strings(stored: str) -> tuple[str, ...]:
    """Of a JSON list. A library has few albums, so most lists were read before."""
    return tuple(json.loads(stored))


class Moment(TypeDecorator[datetime]):
    """An aware datetime, stored as integer microseconds since 1970 UTC: exact and ordered."""

    impl = Integer
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> int | None:
        return None if value is None else microseconds(value - EPOCH)

    def process_result_value(self, value: int | None, _dialect: Dialect) -> datetime | None:
        return moment(value)


class Strings(TypeDecorator[tuple[str, ...]]):
    """A tuple of texts, stored as a JSON list."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, _dialect: Dialect) -> str | None:
        return None if value is None else as_json(value)

    def process_result_value(self, value: str | None, _dialect: Dialect) -> tuple[str, ...] | None:
        return None if value is None else strings(value)


metadata = MetaData()


def among(column: ColumnElement[Any], values: Iterable[int] | Iterable[str]) -> ColumnElement[bool]:
    """`column` is one of `values`, however many: one parameter, so SQLite's limit is no concern."""
    listed = func.json_each(json.dumps(list(values))).table_valued("value")
    return column.in_(select(listed.c.value))
