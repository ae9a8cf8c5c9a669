"""What is known of a model's precisions: which agree with fp32, which one is used, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gphotos_search.catalog import settings
from gphotos_search.catalog.features import rename_set

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gphotos_search.catalog.store import Catalog
    from gphotos_search.encoders.base import Encoder

# From single measurements with CLIP B/32 on two busy cores: making and trying cost some 45 s, and
# int8 saves some 0.04 s a picture.
WORTH = 1_000  # pictures in one run
UNTRIED = f"not tried yet: a run of {WORTH:,} photos or more does that"


def key_of(family: str) -> str:
    """Where the catalogue keeps the trial of one model, whatever its precision."""
    return f"precision:{family}"


def describe(catalog: Catalog, encoder_id: str) -> dict[str, Any]:
    """The key "precision" of `status --json`; {} before the first sync, when the id is ""."""
    family, _, precision = encoder_id.rpartition(":")
    if not family:
        return {}
    with catalog.reading() as tx:
        told = settings.get(tx, key_of(family))
    if not told:
        return {"precision": precision, "runtime": None, "why": UNTRIED, "tried": []}
    if told["precision"] != precision:
        told |= {"precision": precision, "runtime": None, "why": "as the configuration wishes"}
    return dict(told)


def recognised(tx: Connection, before: str, encoder: Encoder) -> bool:
    """Whether `before` is the same model in a precision that agrees with this one, by a trial.

    Its set has this encoder's id now.
    """
    family, _, old = before.rpartition(":")
    same, _, new = encoder.id.rpartition(":")
    if before == encoder.id or family != same:
        return False
    told = settings.get(tx, key_of(family)) or {}
    agreeing = {one["precision"] for one in told.get("tried", ()) if one["passed"]}
    if not {old, new} <= agreeing:
        return False
    return rename_set(tx, before, encoder.id, encoder.dim)
