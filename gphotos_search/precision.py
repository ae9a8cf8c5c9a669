"""What is known of a model's precisions: which agree with fp32, which one is used, and why."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from gphotos_search import renamed
from gphotos_search.catalog import settings
from gphotos_search.catalog.features import rename_set
from gphotos_search.encoders import _ways
from gphotos_search.encoders._ways import Way
from gphotos_search.features.known import is_provisional

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gphotos_search.catalog.store import Catalog
    from gphotos_search.config import ModelConfig
    from gphotos_search.encoders.base import Encoder

# From single measurements with CLIP B/32 on two busy cores: making and trying cost some 45 s, and
# int8 saves some 0.04 s a picture.
WORTH = 1_000  # pictures in one run
UNTRIED = f"nothing was compared yet: a run of {WORTH:,} photos or more does that, given a choice"
WISHED = "as the configuration wishes"


def key_of(family: str) -> str:
    """Where the catalogue keeps the trial of one model, whatever its precision."""
    return f"precision:{family}"


def describe(catalog: Catalog, encoder_id: str) -> dict[str, Any]:
    """The key "precision" of `status --json`; {} where nothing here computed the vectors: before
    the first sync, when the id is "", and for features whose model is not on this machine."""
    family, _, kind = encoder_id.rpartition(":")
    if not family or is_provisional(encoder_id):
        return {}
    with catalog.reading() as tx:
        told = settings.get(tx, key_of(family))
    used = {"precision": kind.removeprefix("openvino-"), "runtime": None}
    if not told:
        return used | {"why": UNTRIED, "tried": []}
    told |= told.pop("instead", None) or {}
    best = _way_of(told)
    if best.kind != kind:
        told |= used | {"why": f"until all are embedded in {best}: {told['why']}"}
    return dict(told)


def resume(catalog: Catalog, model: ModelConfig, encoder: Encoder) -> None:
    """Let `encoder` work in the way that the trial found best.

    Where the config wishes another one, or that cannot be done here any more, the catalogue says
    what is done instead; in the latter case the next long run tries anew.
    """
    from gphotos_search.encoders._two_towers import TwoTowers

    if not isinstance(encoder, TwoTowers):
        return
    with catalog.reading() as tx:
        told = settings.get(tx, key_of(encoder.family))
    if not told:
        return
    best = _way_of(told)
    measured = told["machine"] == _ways.machine(model)
    if measured and best.kind == encoder.way.kind and encoder.ready(best):
        encoder.use(best, told.get("batch", 0))
    now: dict[str, Any] = {"instead": None}
    if encoder.way != best:
        wished = model.precision != "auto" or model.runtime != "auto"
        lost = "was measured with other versions" if encoder.ready(best) else "cannot be used now"
        lost = f"{best} {lost}; a run of {WORTH:,} photos or more tries again"
        used = {"precision": encoder.way.precision, "runtime": encoder.way.runtime}
        now["instead"] = used | {"batch": 0, "why": WISHED if wished else lost}
        now |= {} if wished else {"again": stamp(datetime.now(UTC))}
    if told.get("instead") != now["instead"]:
        with catalog.transaction() as tx:
            settings.put(tx, key_of(encoder.family), told | now)


def own_pin(model: ModelConfig, stored: str | None, pin: str) -> str:
    """What to remember of a model: not the precision that comes of a wish in the config, but the
    one that "auto" goes on with after that."""
    own = (stored or "").rpartition(":")[2]
    if model.precision == "auto" and (model.runtime == "auto" or not own):
        return pin
    return f"{pin.rpartition(':')[0]}:{own}"


def tried_ways(told: Mapping[str, Any]) -> dict[Way, dict[str, Any]]:
    """What a trial found of each way."""
    return {_way_of(one): one for one in told.get("tried", ())}


def agreeing(tx: Connection, family: str) -> set[str]:
    """The kinds of vectors of one model that agree with fp32, by a trial on this library."""
    tried = tried_ways(settings.get(tx, key_of(family)) or {})
    differ = {way.kind for way, one in tried.items() if "cosine" in one and not one["passed"]}
    return {way.kind for way, one in tried.items() if one["passed"]} - differ


def recognised(tx: Connection, before: str, encoder: Encoder) -> bool:
    """Whether `before` is the same model in a precision that agrees with this one, by a trial.

    Its set has this encoder's id now.
    """
    family, _, old = before.rpartition(":")
    same, _, new = encoder.id.rpartition(":")
    if before == encoder.id or family != same or not {old, new} <= agreeing(tx, family):
        return False
    if found := rename_set(tx, before, encoder.id, encoder.dim):
        renamed.carry(tx, before, encoder.id)
    return found


def stamp(moment: datetime) -> str:
    """As `status --json` tells it, and in an order that is that of time."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _way_of(told: Mapping[str, Any]) -> Way:
    return Way(told["runtime"], told["precision"])
