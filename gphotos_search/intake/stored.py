"""A sidecar as the catalogue keeps it: the parts we use, as compact JSON."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import datetime
from typing import Any

from gphotos_search.takeout.base import Sidecar

_EMPTY = {each.name: each.default for each in fields(Sidecar)}


def dumps(sidecar: Sidecar) -> str:
    """What differs from an empty sidecar."""
    said = ((name, getattr(sidecar, name), empty) for name, empty in _EMPTY.items())
    told = {name: value for name, value, empty in said if value != empty}
    if sidecar.taken_at is not None:
        told["taken_at"] = sidecar.taken_at.isoformat()
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def loads(content: str) -> Sidecar:
    told: dict[str, Any] = json.loads(content)
    if "taken_at" in told:
        told["taken_at"] = datetime.fromisoformat(told["taken_at"])
    if "people" in told:
        told["people"] = tuple(told["people"])
    return Sidecar(**told)
