"""An Answer as the JSON that `--json` prints and the service sends. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from gphotos_search.media import Answer, Hit


def as_json(answer: Answer) -> dict[str, Any]:
    """The documented fields, in the documented order; `warnings` is not among them."""
    told: dict[str, Any] = {
        "query": answer.query,
        "encoder": answer.encoder,
        "took_ms": round(answer.took_ms, 1),
        "hits": [_hit(hit) for hit in answer.hits],
    }
    if answer.understood is not None:
        told["understood"] = dict(answer.understood)
    if answer.timings is not None:
        told["timings"] = {name: round(ms, 2) for name, ms in answer.timings.items()}
    return told


def with_warnings(answer: Answer) -> dict[str, Any]:
    """The same and `warnings`, for a client that prints them elsewhere than the answer."""
    return as_json(answer) | {"warnings": list(answer.warnings)}


def _hit(hit: Hit) -> dict[str, Any]:
    item = hit.item
    return {
        "rank": hit.rank,
        "media_id": hit.media_id,
        "source": hit.source,
        "source_id": item.source_id,
        "score": round(hit.score, 4),
        "filename": item.filename,
        "mime_type": item.mime_type,
        "taken_at": instant(item.taken_at),
        "url": item.url,
        "thumbnail": hit.thumbnail,
        "path": hit.path,
        "folded": hit.folded,
    }


def instant(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC with a Z, None where the time is not known."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
