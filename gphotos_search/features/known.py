"""Vectors that were imported before the files of their model were on this machine.

Their set has an id of its own until somebody opens the model to embed with; searches know it by
that id before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from gphotos_search import renamed
from gphotos_search.catalog.features import rename_set
from gphotos_search.errors import UsageError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gphotos_search.encoders.base import Encoder

BEGINS = "features:"


def provisional_id(name: str) -> str:
    """The id of such a set, by the name of its model."""
    return f"{BEGINS}{name}"


def is_provisional(encoder_id: str) -> bool:
    return encoder_id.startswith(BEGINS)


def under(encoder: Encoder, encoder_id: str, dim: int) -> Encoder:
    """The encoder as that of the set `encoder_id`. Raises UsageError where their widths differ."""
    if not is_provisional(encoder_id):
        return encoder
    name = encoder_id.removeprefix(BEGINS)
    if encoder.dim != dim:
        raise UsageError(
            f"The imported features have {dim:,} numbers, {name} makes {encoder.dim:,}: it did not"
            " make them.",
            advice="Forget them (gphotos-search sources forget NAME), and import them again with"
            " the --encoder that did.",
        )
    return cast("Encoder", _Under(encoder, encoder_id))


def recognised(tx: Connection, before: str, name: str, encoder: Encoder) -> bool:
    """Whether the set `before` is the provisional one of this model; it has its true id now."""
    if before != provisional_id(name) or not rename_set(tx, before, encoder.id, encoder.dim):
        return False
    renamed.carry(tx, before, encoder.id)
    return True


class _Under:
    """An encoder under another id."""

    def __init__(self, encoder: Encoder, encoder_id: str) -> None:
        self._encoder, self.id = encoder, encoder_id

    def __getattr__(self, name: str) -> Any:
        return getattr(self._encoder, name)
