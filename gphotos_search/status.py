"""The state of a library as `status --json` promises it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any, Literal

from gphotos_search import manifest, models
from gphotos_search.catalog import items, sources
from gphotos_search.catalog.sources import SourceRow
from gphotos_search.catalog.store import Catalog
from gphotos_search.config import Config

NEVER_SYNCED: Literal["new"] = "new"
UNTIL_SIGN_IN = ("needs-sign-in", "scope-missing")


def report(config: Config, catalog: Catalog) -> dict[str, Any]:
    """Counts, sources and index; every time is UTC in ISO 8601 with `Z`, None when unknown."""
    active = models.active(catalog)
    encoder = active.id if active else ""
    with catalog.reading() as tx:
        counts = items.counts(tx, encoder)
        rows = sources.all_rows(tx)
        held = items.counts_by_source(tx)
    described = manifest.describe(config.storage.index, encoder) if active else {"state": "empty"}
    return {
        "items": counts.items,
        "embedded": counts.embedded,
        "indexed": described.get("count", 0),
        "pending": counts.pending,
        "failed": counts.failed,
        "encoder": encoder,
        "sources": _sources(config, rows, held),
        "index": described,
    }


def signed_in_again(catalog: Catalog, account: str, covered: Collection[str]) -> None:
    """The sources of this account, of the types its new sign-in covers, wait for nothing now."""
    with catalog.transaction() as tx:
        for row in sources.all_rows(tx):
            if row.account == account and row.type in covered and row.state in UNTIL_SIGN_IN:
                state: sources.State = "ok" if row.last_sync_at else NEVER_SYNCED
                sources.set_state(tx, row.id, state, "Signed in; the next sync goes on.")


def _sources(config: Config, rows: list[SourceRow], held: dict[str, int]) -> list[dict[str, Any]]:
    """Configured sources first, in their order, then detached ones that are still searchable."""
    by_name = {row.name: row for row in rows}
    told = []
    for source in config.sources:
        row = by_name.pop(source.name, None)
        told.append(
            _source(row, held)
            if row
            else _told(source.name, source.type, 0, NEVER_SYNCED, "Not synced yet.")
        )
    for row in by_name.values():
        message = "No longer in the configuration; its photos stay searchable."
        told.append(_source(row, held) | {"state": "detached", "message": message})
    return told


def _source(row: SourceRow, held: dict[str, int]) -> dict[str, Any]:
    return _told(
        row.name,
        row.type,
        held.get(row.name, 0),
        row.state,
        row.message,
        last_sync=_iso(row.last_sync_at),
        next_sync=_iso(row.next_sync_at),
    )


def _told(
    name: str,
    kind: str,
    count: int,
    state: str,
    message: str,
    *,
    last_sync: str | None = None,
    next_sync: str | None = None,
) -> dict[str, Any]:
    return {
        "name": name,
        "type": kind,
        "items": count,
        "state": state,
        "last_sync": last_sync,
        "next_sync": next_sync,
        "message": message,
    }


def _iso(at: datetime | None) -> str | None:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else None
