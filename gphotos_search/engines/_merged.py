"""The rows of a base and of the changes to it, as if they lay in one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from gphotos_search.engines._arrays import Mask, Positions
    from gphotos_search.engines._delta import Delta, Rows
    from gphotos_search.engines._layers import Base
    from gphotos_search.engines.base import Ids

CHUNK = 8192  # rows at a time: what building holds in memory, at any size of the whole


class Merged:
    """In the order of their ids; nothing is copied before it is taken."""

    def __init__(self, base: Base, dead: Mask, delta: Delta, dtype: Any) -> None:
        self._base, self._delta, self._dtype = base, delta, dtype
        self.kept: Positions = np.flatnonzero(~dead)  # of the base
        both = np.concatenate([base.ids[self.kept], delta.ids])
        self._order = np.argsort(both, kind="stable")  # two ascending runs, mostly: quick
        self.ids: Ids = both[self._order]

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, positions: Positions) -> Rows:
        """The rows at these positions among all, in the order asked for."""
        asked = self._order[positions]
        old = asked < len(self.kept)
        rows = np.empty((len(asked), self._delta.rows.shape[1]), self._dtype)
        rows[old] = self._base.rows(self.kept[asked[old]])
        rows[~old] = self._delta.rows[asked[~old] - len(self.kept)]
        return rows

    def added(self) -> Positions:
        """Positions among all of the rows that are not the base's."""
        return np.flatnonzero(self._order >= len(self.kept))

    def of_base(self) -> Positions:
        """Positions among all of the base's rows that were kept, in the base's order."""
        return np.flatnonzero(self._order < len(self.kept))

    def __iter__(self) -> Iterator[tuple[Ids, Rows]]:
        for start in range(0, len(self), CHUNK):
            part = np.arange(start, min(start + CHUNK, len(self)))
            yield self.ids[part], self.take(part)
