"""Scores in, hits in their final order out. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from gphotos_search.media import Hit, MediaId, StoredItem


def rank(
    scored: Iterable[tuple[MediaId, float]],
    items: Mapping[MediaId, StoredItem],
    limit: int,
    thumbnail: Callable[[MediaId], str | None] = lambda _: None,
) -> tuple[Hit, ...]:
    """The best `limit` of the scored ids that still are items, equal scores by the smaller id."""
    alive = [(media_id, score) for media_id, score in scored if media_id in items]
    best = sorted(alive, key=lambda each: (-each[1], each[0]))[:limit]
    return tuple(
        Hit(
            rank=number,
            score=score,
            media_id=media_id,
            source=items[media_id].source,
            item=items[media_id].item,
            thumbnail=thumbnail(media_id),
            path=items[media_id].item.path or None,
        )
        for number, (media_id, score) in enumerate(best, 1)
    )
