"""Scores in, hits in their final order out. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from random import Random

from gphotos_search.media import Hit, MediaId, StoredItem

Scored = tuple[MediaId, float]
Photograph = str | MediaId  # the bytes it was taken as, or the one item that shows it

NOTHING_FOLDED: Mapping[MediaId, int] = {}
_SHA256 = re.compile("[0-9a-f]{64}")


def own_bytes(stored: StoredItem) -> str:
    """The hash of its bytes, where its source knows it; else ""."""
    source_id = stored.item.source_id
    return source_id if _SHA256.fullmatch(source_id) else ""


def photographs(items: Iterable[StoredItem]) -> dict[MediaId, Photograph]:
    """Which photograph each item shows; items with the same one fold into one hit.

    Equal bytes are one photograph, whatever their sources. An edited copy shows the photograph of
    its original, even where only its other copies are left, and a twin that of its twin. `items`
    must hold the twins that they name, and whatever of the same bytes, or of an original's, points
    on; as far as it is still in the catalogue.
    """
    known = {stored.media_id: stored for stored in sorted(items, key=lambda one: one.media_id)}
    leads_to: dict[Photograph, Photograph] = {}
    for edited in (True, False):  # being an edit is certain, a twin was found by likeness
        for stored in known.values():
            goal = stored.item.edited_of if edited else _twin(stored, known)
            if goal is not None and goal != "":
                leads_to.setdefault(_shown_by(stored), goal)
    return {media_id: _end(_shown_by(stored), leads_to) for media_id, stored in known.items()}


def _shown_by(stored: StoredItem) -> Photograph:
    return own_bytes(stored) or stored.media_id


def _twin(stored: StoredItem, known: Mapping[MediaId, StoredItem]) -> Photograph | None:
    twin = known.get(stored.twin_of) if stored.twin_of is not None else None
    return None if twin is None else _shown_by(twin)


def _end(start: Photograph, leads_to: Mapping[Photograph, Photograph]) -> Photograph:
    """Where the pointers end; of a circle the least, so that all in it agree."""
    way: list[Photograph] = [start]
    while (goal := leads_to.get(way[-1])) is not None:
        if goal in way:
            return min(way[way.index(goal) :], key=lambda one: (isinstance(one, str), one))
        way.append(goal)
    return way[-1]


def joined(
    shows: Mapping[MediaId, Photograph], alike: Iterable[tuple[MediaId, MediaId]]
) -> dict[MediaId, Photograph]:
    """The same, but that the photographs of each pair are one."""
    leads_to: dict[Photograph, Photograph] = {}
    for pair in alike:
        one, other = (_end(shows[media_id], leads_to) for media_id in pair)
        if one != other:
            leads_to[one] = other
    return {media_id: _end(photograph, leads_to) for media_id, photograph in shows.items()}


def shuffled(chosen: Sequence[Scored], limit: int, seed: int) -> list[Scored]:
    """So many of them, in an order that the seed decides."""
    return Random(seed).sample(list(chosen), min(limit, len(chosen)))


def by_date(chosen: Sequence[Scored], items: Mapping[MediaId, StoredItem]) -> list[Scored]:
    """The newest first, those without a time last, the same time by the larger id."""

    def age(scored: Scored) -> tuple[bool, float, MediaId]:
        taken = items[scored[0]].item.taken_at
        return taken is None, -taken.timestamp() if taken else 0.0, -scored[0]

    return sorted(chosen, key=age)


def best(
    scored: Iterable[Scored],
    eligible: Mapping[MediaId, StoredItem],
    limit: int,
    shows: Mapping[MediaId, Photograph] | None = None,
) -> list[Scored]:
    """The first `limit` of the eligible ids; `scored` is in order, equal scores by the smaller id.

    With `shows`, which knows every eligible id, the best of each photograph stands for it.
    """
    chosen: list[Scored] = []
    taken: set[Photograph] = set()
    for media_id, score in scored:
        if len(chosen) == limit:
            break
        if media_id not in eligible:
            continue
        photograph = media_id if shows is None else shows[media_id]
        if photograph not in taken:
            taken.add(photograph)
            chosen.append((media_id, score))
    return chosen


def as_hits(
    chosen: Sequence[Scored],
    items: Mapping[MediaId, StoredItem],
    thumbnail: Callable[[MediaId], str | None] = lambda _: None,
    folded: Mapping[MediaId, int] = NOTHING_FOLDED,
) -> tuple[Hit, ...]:
    """What was chosen, in its order, numbered from 1."""
    return tuple(
        Hit(
            rank=number,
            score=score,
            media_id=media_id,
            source=items[media_id].source,
            item=items[media_id].item,
            thumbnail=thumbnail(media_id),
            path=items[media_id].item.path or None,
            folded=folded.get(media_id, 0),
        )
        for number, (media_id, score) in enumerate(chosen, 1)
    )
