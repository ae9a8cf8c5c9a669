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
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from gphotos_search.engines import _training
from gphotos_search.engines._arrays import EPSILON, load_mapped, write_array
from gphotos_search.engines._flat import STORED, codes_of, map_flat, write_flat
from gphotos_search.engines._layers import LayeredEngine
from gphotos_search.engines._lists import FIELDS, Lists
from gphotos_search.engines._scan import best, spans_of, to_floats

if TYPE_CHECKING:
    from gphotos_search.engines._arrays import Mask, Positions
    from gphotos_search.engines._delta import Rows
    from gphotos_search.engines._flat import Codes
    from gphotos_search.engines._merged import Merged
    from gphotos_search.engines._scan import Bits, Read, Span
    from gphotos_search.engines._training import Measured
    from gphotos_search.engines.base import Ids, Vectors

    Facts = dict[str, Any]

ROWS, FACTS = "base.faiss", "search.json"
MARGIN = 16  # asked beyond k: shows whether the k-th score is shared with rows behind it
STRETCH = 4096, 16_384  # rows a thread takes at a time: few of few, so that none waits for long
GATHERED = 2048  # and of rows that are copied out
LISTS_FROM = 200_000  # rows: below, a search of all of them takes some milliseconds
APPROXIMATE_MOST = 128  # hits: recall is measured of ten, and long answers can wait
GROWN = 2.0  # times the size at training: the lists have become too long
CHANGED = 0.1  # of the rows, since recall was measured
TRY_AGAIN = 1.5  # times the size at which lists were no good


def open_engine(folder: Path | None, dim: int) -> FaissEngine:
    return FaissEngine(folder, dim)


class MappedBase:
    """Rows in the order of their ids, or of their lists where there are some."""

    def __init__(
        self,
        ids: Ids,
        codes: Codes,
        files: Sequence[Path],
        facts: Facts,
        lists: Lists | None = None,
    ) -> None:
        self.ids, self.files, self.facts, self.lists = ids, files, facts, lists
        self._codes = codes
        self._labels: Positions | None = None if lists is None else lists.ranks
        self._packed: tuple[Mask | None, Bits | None] = (None, None)

    def rows(self, positions: Positions) -> Rows:
        places = positions if self.lists is None else self.lists.places[positions]
        taken: Rows = np.take(self._codes, places, axis=0).view(STORED)
        return taken

    def nearest(self, query: Vectors, k: int, alive: Mask | None) -> Positions:
        if self.lists is not None and k <= APPROXIMATE_MOST:
            spans = self.lists.nearest(query, self.facts["probes"])
            found = _leading(spans, self._read, query, k, self._bits(alive))
            if len(found) >= k:
                return found
        return self.top(query, k, alive)

    def top(self, query: Vectors, k: int, allowed: Mask | None) -> Positions:
        count = len(self.ids) if allowed is None else int(np.count_nonzero(allowed))
        if k >= count:
            return np.arange(count) if allowed is None else np.flatnonzero(allowed)
        return _leading(_stretches(len(self.ids)), self._read, query, k, self._bits(allowed))

    def top_among(self, query: Vectors, k: int, positions: Positions) -> Positions:
        def gather(start: int, end: int) -> tuple[Rows, Ids]:
            return self.rows(positions[start:end]), positions[start:end]

        if k >= len(positions):
            return positions
        return _leading(spans_of(len(positions), GATHERED), gather, query, k)

    def _read(self, start: int, end: int) -> tuple[Rows, Ids]:
        if self._labels is None:
            self._labels = np.arange(len(self.ids))
        return self._codes[start:end], self._labels[start:end]

    def _bits(self, mask: Mask | None) -> Bits | None:
        """A bit for each position; kept, because tombstones are the same in each search."""
        before, bits = self._packed
        if mask is None or mask is before:
            return None if mask is None else bits
        bits = np.packbits(mask, bitorder="little")
        self._packed = mask, bits
        return bits


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
            if not isinstance(facts.get("probes"), int):
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
        for start, end in _stretches(len(new)):
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
        return _leading(_stretches(len(rows)), read, query, k)

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
        changed = facts["merged"] + len(self._delta)
        return "measure" if changed > CHANGED * facts["measured_at"] else ""

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


def _stretches(count: int) -> list[Span]:
    least, most = STRETCH
    return spans_of(count, max(least, min(count // 32, most)))


def _leading(
    spans: Sequence[Span], read: Read, query: Vectors, k: int, allowed: Bits | None = None
) -> Positions:
    asked = k + MARGIN
    while True:
        scores, found = best(spans, read, query, asked, allowed)
        # FAISS keeps any of the rows that share the last score: take them all.
        if len(found) < asked or scores[-1] < scores[k - 1] - EPSILON:
            return found
        asked *= 4


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
