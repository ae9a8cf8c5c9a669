"""The state of a library as `status --json` promises it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from gphotos_search import models, precision, renamed
from gphotos_search.catalog import drive_files, exports, items, picker, places, sources, summaries
from gphotos_search.catalog.archives import ArchiveRow
from gphotos_search.catalog.exports import ExportSummary
from gphotos_search.catalog.sources import SourceRow
from gphotos_search.catalog.store import Catalog
from gphotos_search.config import Config
from gphotos_search.errors import GphotosError
from gphotos_search.reminders import current as current_reminders

if TYPE_CHECKING:
    from sqlalchemy import Connection

NEVER_SYNCED: Literal["new"] = "new"
UNTIL_SIGN_IN = ("needs-sign-in", "scope-missing")
LOCAL_TYPES = ("takeout", "drive_takeout", "folder")


@dataclass(frozen=True, slots=True)
class Local:
    """What a source on this machine has besides its row."""

    source_pk: int
    places: list[str]
    exports: list[ExportSummary]
    unfinished: list[tuple[str, str]]
    reminder: str
    state: str  # that the exports were counted in just now, else ""


def report(config: Config, catalog: Catalog) -> dict[str, Any]:
    """Counts, sources and index; every time is UTC in ISO 8601 with `Z`, None when unknown."""
    active = models.active(catalog)
    encoder = active.id if active else ""
    with catalog.reading() as tx:
        counts = items.counts(tx, encoder)
        rows = sources.all_rows(tx)
        held = items.counts_by_source(tx)
        local = _local(tx, rows, datetime.now(UTC))
        google = {row.name: _google(tx, row) for row in rows}
        described = renamed.describe(tx, config.storage.index, encoder)
    _keep(catalog, local.values())
    return {
        "items": counts.items,
        "embedded": counts.embedded,
        "indexed": described.get("count", 0),
        "pending": counts.pending,
        "failed": counts.failed,
        "encoder": encoder,
        "precision": precision.describe(catalog, encoder),
        "models": models.described(catalog),
        "sources": _sources(config, rows, held, local, google),
        "index": described if active else {"state": "empty"},
    }


def signed_in_again(catalog: Catalog, account: str, covered: Collection[str]) -> None:
    """The sources of this account, of the types its new sign-in covers, wait for nothing now."""
    with catalog.transaction() as tx:
        for row in sources.all_rows(tx):
            if row.account == account and row.type in covered and row.state in UNTIL_SIGN_IN:
                state: sources.State = "ok" if row.last_sync_at else NEVER_SYNCED
                sources.set_state(tx, row.id, state, "Signed in; the next sync goes on.")


def _sources(
    config: Config,
    rows: list[SourceRow],
    held: dict[str, int],
    local: Mapping[str, Local],
    google: Mapping[str, dict[str, Any]],
) -> list[dict[str, Any]]:
    """Configured sources first, in their order, then remembered ones, then detached ones."""
    by_name = {row.name: row for row in rows}
    told = []
    for source in config.sources:
        row = by_name.pop(source.name, None)
        one = (
            _source(row, held)
            if row
            else _told(source.name, source.type, 0, NEVER_SYNCED, "Not synced yet.")
        )
        beside = _whereabouts(source.path, local.get(source.name))
        told.append(one | beside | google.get(source.name, {}))
    for row in sorted(by_name.values(), key=lambda row: (not row.remembered, row.name)):
        one = _source(row, held)
        if not row.remembered:
            message = "No longer in the configuration; its photos stay searchable."
            one |= {"state": "detached", "message": message}
        told.append(one | _whereabouts(None, local.get(row.name)) | google[row.name])
    return told


def _google(tx: Connection, row: SourceRow) -> dict[str, Any]:
    """What of a source is still on its way: picking sessions, archives in Drive."""
    if row.type == "google_picker":
        return {
            "sessions": [
                {
                    "state": one.state,
                    "began_at": iso(one.created_at),
                    "expires_at": iso(one.expires_at),
                    "url": one.picker_uri if one.state == "waiting" else None,
                }
                for one in picker.of_source(tx, row.name)
            ]
        }
    if row.type == "drive_takeout":
        return {
            "drive": [
                {
                    "name": one.file.name,
                    "size": one.file.size,
                    "state": "damaged" if one.state == "imported" else one.state,
                    "message": one.message,
                }
                for one in drive_files.rows(tx, row.id)
                if one.state != "imported" or one.message
            ]
        }
    return {}


def _source(row: SourceRow, held: dict[str, int]) -> dict[str, Any]:
    resting = f"Paused; go on with: gphotos-search sources resume {row.name}"
    return _told(
        row.name,
        row.type,
        held.get(row.name, 0),
        "paused" if row.paused else row.state,
        resting if row.paused else row.message,
        last_sync=iso(row.last_sync_at),
        next_sync=None if row.paused else iso(row.next_sync_at),
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


def _whereabouts(configured: Path | None, local: Local | None) -> dict[str, Any]:
    """What only sources on this machine have."""
    path = [str(configured)] if configured else []
    if local is None:
        return {"places": path} if path else {}
    return {
        "places": list(dict.fromkeys([*path, *local.places])),
        "exports": [export_as_json(one) for one in local.exports],
        "unfinished": [{"path": path, "reason": why} for path, why in local.unfinished],
        "reminder": local.reminder,
    }


def _local(tx: Connection, rows: list[SourceRow], now: datetime) -> dict[str, Local]:
    reminders = current_reminders(tx, now)
    found = {}
    for row in rows:
        if row.type in LOCAL_TYPES:
            told, state = summaries.of(tx, row.id)
            found[row.name] = Local(
                row.id,
                places.of(tx, row.id),
                told,
                exports.unfinished(tx, row.id),
                reminders.get(row.name, ""),
                state,
            )
    return found


def _keep(catalog: Catalog, found: Iterable[Local]) -> None:
    """So that the next status need not count; where another program writes, it counts again."""
    with suppress(GphotosError):
        for each in found:
            if each.state and each.exports:
                with catalog.transaction(wait=False) as tx:
                    summaries.keep(tx, each.source_pk, each.state, each.exports)


def export_as_json(summary: ExportSummary) -> dict[str, Any]:
    left_out = summary.left_out
    return {
        "export": summary.export,
        "exported_at": iso(summary.exported_at),
        "archives": [
            {"path": row.path, "state": _archive_state(row), "message": row.message}
            for row in summary.archives
        ],
        "items": summary.items,
        "files": summary.files,
        "paired": summary.paired,
        "clips": summary.clips,
        "unpaired": summary.unpaired,
        "sidecars_alone": summary.alone,
        "left_out": {
            "count": left_out.total,
            "reasons": left_out.reasons,
            "first": [{"path": path, "reason": why} for path, why in left_out.first],
        },
    }


def _archive_state(row: ArchiveRow) -> str:
    if not row.present:
        return "gone"
    if row.message:
        return "damaged"
    return "present" if row.state == "paired" else "waiting"


def iso(at: datetime | None) -> str | None:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else None
