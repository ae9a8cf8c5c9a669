"""A flat FAISS index of float16 in a mapped file, so opening costs the same for any size.

The catalogue's vectors are float16, so nothing is lost, and a search reads half of what float32
would be. Up to some hundred thousand rows every search walks all of them. Beyond, `improve` brings
them into lists of near rows, and a search without a filter looks into the nearest lists only: so
many that recall, measured on this library's own rows and on words, is high enough.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from gphotos_search.engines import _training
from gphotos_search.engines._arrays import load_mapped, write_array
from gphotos_search.engines._flat import STORED, codes_of, map_flat, write_flat
from gphotos_search.engines._layers import LayeredEngine
from gphotos_search.engines._lists import FIELDS, Lists
from gphotos_search.engines._mapped import MappedBase, leading_in, stretches
from gphotos_search.engines._scan import to_floats

if TYPE_CHECKING:
    from gphotos_search.engines._arrays import Positions
    from gphotos_search.engines._delta import Rows
    from gphotos_search.engines._mapped import Facts
    from gphotos_search.engines._merged import Merged
    from gphotos_search.engines._scan import Read
    from gphotos_search.engines._training import Measured
    from gphotos_search.engines.base import Ids, Vectors

ROWS, FACTS = "base.faiss", "search.json"
COUNTS = "probes", "probes_at_training", "trained_at", "measured_at", "merged"  # of facts on lists
LISTS_FROM = 200_000  # rows: below, a search of all of them takes some milliseconds
GROWN = 2.0  # times the size at training: the lists have become too long
CHANGED = 0.1  # of the rows, since recall was measured
TRY_AGAIN = 1.5  # times the size at which lists were no good


def open_engine(folder: Path | None, dim: int) -> FaissEngine:
    return FaissEngine(folder, dim)


class FaissEngine(LayeredEngine):
    stored = STORED
    _base: MappedBase

    def facts(self) -> Facts:
        return dict(self._base.facts)

    def open_base(self, folder: Path | None) -> MappedBase:
        if folder is None:
            none = codes_of(np.empty((0, self.dim), STORED))
            return MappedBase(np.empty(0, np.int64), none, (), {"exact": True})
        facts = json.loads((folder / FACTS).read_bytes())
        if not isinstance(facts, dict) or not isinstance(facts.get("exact"), bool):
            raise ValueError("the files of the index do not belong together")
        ids = load_mapped(folder / "ids.npy")
        codes = map_flat(folder / ROWS, len(ids), self.dim)
        names, lists = ["ids.npy", ROWS, FACTS], None
        if not facts["exact"]:
            if not all(isinstance(facts.get(name), int) for name in COUNTS):
                raise ValueError("the files of the index do not belong together")
            lists = Lists.load(folder, len(ids), self.dim)
            names += [f"{field}.npy" for field in FIELDS]
        return MappedBase(ids, codes, [folder / name for name in names], facts, lists)

    def write_base(self, folder: Path, pieces: Iterable[tuple[Ids, Rows]]) -> Sequence[Path]:
        refused = self._base.facts.get("refused")
        return _write_plain(folder, pieces, self.dim, {"refused": refused} if refused else {})

    def merge(self, folder: Path, merged: Merged) -> Sequence[Path]:
        """New rows go into the lists there are: far less work than making new ones."""
        if (lists := self._base.lists) is None or not len(merged):
            return super().merge(folder, merged)
        assigned = self._assigned(merged)
        new = np.flatnonzero(assigned < 0)
        for start, end in stretches(len(new)):
            part = new[start:end]
            assigned[part] = lists.assign(to_floats(merged.take(part)))
        facts = self.facts()
        facts["merged"] += len(new)
        written = Lists.of(lists, assigned).write(folder / ROWS, merged)
        return [*written, _write_facts(folder, facts)]

    def leading(self, rows: Rows, query: Vectors, k: int) -> Positions:
        if k >= len(rows):
            return np.arange(len(rows))
        places = np.arange(len(rows))
        read: Read = lambda start, end: (rows[start:end], places[start:end])  # noqa: E731
        return leading_in(stretches(len(rows)), read, query, k)

    def improvable(self, least: int | None = None) -> bool:
        return bool(self._due(LISTS_FROM if least is None else least))

    def improve(
        self, folder: Path, words: Vectors, *, least: int | None, stop: Callable[[], bool]
    ) -> Sequence[Path]:
        """Make lists, make them anew where the library has outgrown them, or measure them anew."""
        due = self._due(LISTS_FROM if least is None else least)
        merged, interrupt = self.merged(), _training.raising(stop)
        words = np.ascontiguousarray(words, np.float32)
        lists = _training.lists_for(len(merged))
        sample, own = _training.split(len(merged), lists)
        queries = np.concatenate([to_floats(merged.take(own)), words])
        if due == "measure" and self._base.lists is not None:
            old, known = self._base.lists, self._assigned(merged)
            assigned, near = _training.survey(merged, old, known, queries, interrupt)
            found = _training.measure(old.centroids, assigned, near, queries, own)
            if found.good and found.probes <= GROWN * self._base.facts["probes_at_training"]:
                return self._keep(folder, self.facts() | _told(found, len(merged)))
        centres = _training.train(to_floats(merged.take(sample)), lists, interrupt)
        unknown = np.full(len(merged), -1, np.int64)
        assigned, near = _training.survey(merged, centres, unknown, queries, interrupt)
        found = _training.measure(centres.centroids, assigned, near, queries, own)
        if not found.good:
            return self._refuse(folder, merged, found, len(centres.centroids))
        facts = _told(found, len(merged)) | {
            "lists": len(centres.centroids),
            "trained_on": len(sample),
            "trained_at": len(merged),
            "probes_at_training": found.probes,
        }
        written = Lists.of(centres, assigned).write(folder / ROWS, merged, interrupt)
        return [*written, _write_facts(folder, facts), *self.no_changes(folder)]

    def _due(self, least: int) -> Literal["", "train", "measure"]:
        count, facts = len(self), self._base.facts
        if count < least:
            return ""
        if facts["exact"]:
            tried = facts.get("refused", {}).get("count", 0)
            return "train" if count > TRY_AGAIN * tried else ""
        if count > GROWN * facts["trained_at"]:
            return "train"
        added = facts["merged"] + len(self._delta)
        removed = max(0, facts["measured_at"] + added - count)
        return "measure" if added + removed > CHANGED * facts["measured_at"] else ""

    def _assigned(self, merged: Merged) -> Positions:
        """The list of each row that was kept of the base; -1 of the others."""
        assigned = np.full(len(merged), -1, np.int64)
        if self._base.lists is not None:
            assigned[merged.of_base()] = self._base.lists.assigned()[merged.kept]
        return assigned

    def _keep(self, folder: Path, facts: Facts) -> Sequence[Path]:
        """This state with other facts."""
        kept = [path for path in self.link_base(folder) if path.name != FACTS]
        (folder / FACTS).unlink()
        return [*kept, _write_facts(folder, facts), *self.write_changes(folder)]

    def _refuse(self, folder: Path, merged: Merged, found: Measured, lists: int) -> Sequence[Path]:
        """Stay exact, and remember why, so that it is not tried again before much has changed."""
        told = _told(found, len(merged))
        why = {"count": len(merged), "lists": lists, "recall": told["recall"]}
        if self._base.lists is None and self._base.files:
            return self._keep(folder, {"exact": True, "refused": why})
        return [*_write_plain(folder, merged, self.dim, {"refused": why}), *self.no_changes(folder)]


def _write_plain(
    folder: Path, pieces: Iterable[tuple[Ids, Rows]], dim: int, facts: Facts
) -> list[Path]:
    """Rows in the order of their ids, all of them walked by each search."""
    ids, rows = write_flat(folder / ROWS, pieces, dim)
    facts = {"exact": True} | facts
    return [write_array(folder / "ids.npy", ids), rows, _write_facts(folder, facts)]


def _told(found: Measured, count: int) -> Facts:
    recall = {"stored": round(found.stored, 4), "words": round(found.words, 4)}
    return {
        "exact": False,
        "probes": found.probes,
        "recall": recall,
        "measured_at": count,
        "merged": 0,
    }


def _write_facts(folder: Path, facts: Facts) -> Path:
    path = folder / FACTS
    with path.open("w") as file:
        json.dump(facts, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    return path
