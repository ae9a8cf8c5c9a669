"""Rows in memory beside the base, that can be put and removed one by one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gphotos_search.engines._arrays import load_mapped, write_array

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gphotos_search.engines.base import Ids, Vectors

    Rows = NDArray[Any]  # (n, dim), of the type that the engine stores

IDS, ROWS = "delta-ids.npy", "delta.npy"


class Delta:
    """In no order. A saved one stays mapped until it is changed, so opening reads nothing."""

    def __init__(self, ids: Ids, rows: Rows) -> None:
        self._ids, self._rows, self._count = ids, rows, len(ids)
        self._where: dict[int, int] | None = None  # made at the first change
        if len(ids) != len(rows):
            raise ValueError("the files of the index do not belong together")

    @classmethod
    def empty(cls, dim: int, dtype: Any) -> Delta:
        return cls(np.empty(0, np.int64), np.empty((0, dim), dtype))

    @classmethod
    def load(cls, folder: Path) -> Delta:
        return cls(load_mapped(folder / IDS), load_mapped(folder / ROWS))

    def save(self, folder: Path) -> list[Path]:
        return [write_array(folder / IDS, self.ids), write_array(folder / ROWS, self.rows)]

    def __len__(self) -> int:
        return self._count

    @property
    def ids(self) -> Ids:
        return self._ids[: self._count]

    @property
    def rows(self) -> Rows:
        return self._rows[: self._count]

    def put(self, ids: Ids, rows: Vectors) -> None:
        where = self._changeable(self._count + len(ids))
        for media_id, row in zip(ids.tolist(), rows.astype(self._rows.dtype), strict=True):
            place = where.setdefault(media_id, self._count)
            self._count = len(where)
            self._ids[place] = media_id
            self._rows[place] = row

    def remove(self, ids: Ids) -> None:
        if not self._count or not len(ids):
            return
        where = self._changeable(self._count)
        for media_id in ids.tolist():
            place = where.pop(media_id, None)
            if place is None:
                continue
            self._count = last = len(where)
            if place != last:  # the last row fills the hole
                moved = int(self._ids[last])
                self._ids[place], self._rows[place] = moved, self._rows[last]
                where[moved] = place

    def _changeable(self, room: int) -> dict[int, int]:
        """Which id is where, once the arrays are ours and have room for so many rows."""
        if self._where is None or room > len(self._ids):
            size = max(room, 2 * self._count)  # doubled, so that growing copies little
            ids = np.empty(size, np.int64)
            rows = np.empty((size, self._rows.shape[1]), self._rows.dtype)
            ids[: self._count], rows[: self._count] = self.ids, self.rows
            self._ids, self._rows = ids, rows
        if self._where is None:
            self._where = {media_id: place for place, media_id in enumerate(self.ids.tolist())}
        return self._where
