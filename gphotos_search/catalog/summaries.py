"""The summaries of exports, kept: counting 200,000 files takes a second or more.

What is kept is used as long as nothing changed that it was counted from.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, func, select

from gphotos_search.catalog import archives, exports, settings, sources
from gphotos_search.catalog.exports import ExportSummary, LeftOut
from gphotos_search.catalog.schema_local import files, sidecars

COUNTED = ("files", "items", "paired", "clips", "unpaired", "alone")


def of(tx: Connection, source_pk: int) -> tuple[list[ExportSummary], str]:
    """As `exports.of`; where they had to be counted also the state to `keep` them with, else ""."""
    state = _state(tx, source_pk)
    kept = settings.get(tx, _key(source_pk))
    if kept is None or kept["state"] != state:
        return exports.of(tx, source_pk), state
    found = exports.unfilled(tx, source_pk)
    return [_filled(found[told["export"]], told) for told in kept["exports"]], ""


def keep(tx: Connection, source_pk: int, state: str, summaries: Sequence[ExportSummary]) -> None:
    """For as long as that state lasts."""
    told = [
        {"export": one.export, "left_out": [one.left_out.reasons, one.left_out.first]}
        | {"total": one.left_out.total}
        | {name: getattr(one, name) for name in COUNTED}
        for one in summaries
    ]
    settings.put(tx, _key(source_pk), {"state": state, "exports": told})


def _key(source_pk: int) -> str:
    return f"summaries {source_pk}"


def _state(tx: Connection, source_pk: int) -> str:
    """Differs when a file, a sidecar or an item came or went, and after every sync."""
    rows = sorted(archives.of(tx, source_pk).values(), key=lambda row: row.id)
    newest = [tx.execute(select(func.max(table.c.id))).scalar() for table in (files, sidecars)]
    row = sources.by_id(tx, source_pk)
    told = [newest, row.items, row.last_sync_at, rows]
    return hashlib.sha256(repr(told).encode()).hexdigest()


def _filled(summary: ExportSummary, told: dict[str, Any]) -> ExportSummary:
    for name in COUNTED:
        setattr(summary, name, told[name])
    reasons, first = told["left_out"]
    summary.left_out = LeftOut(told["total"], reasons, [(path, why) for path, why in first])
    return summary
