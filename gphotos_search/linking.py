"""Which picked photo is also known from an export: the server re-encodes, so bytes never agree.

Time to the second, shape and a high similarity of the vectors decide together. Measured with the
embedded encoder, pictures re-encoded to 512 pixels as JPEG of quality 70 and 85 against their
originals: of 51 photographs the least similar pair had 0.9855 (median 0.9997), and no two that
differ more than 0.71. Drawings of one burst, two seconds apart, had up to 0.9946, so a threshold
alone cannot tell the pictures of a burst apart: the best must also stand clear of the next. With
other encoders nothing was measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gphotos_search.catalog import items, twins, vectors
from gphotos_search.catalog.store import Catalog
from gphotos_search.media import MediaId, StoredItem

if TYPE_CHECKING:
    from sqlalchemy import Connection

PICKED = "google_picker"
ORIGINALS = ("takeout", "drive_takeout", "folder")
SIMILAR = 0.97  # cosine, at least
CLEAR = 0.003  # so much more similar than any other picture of that second
SHAPES_AGREE = 0.01  # relative; sizes of small pictures are rounded


def twin_of(
    picked: StoredItem, others: Sequence[StoredItem], similarities: Sequence[float]
) -> MediaId | None:
    """The one of `others` that is the same photo as `picked`; None where that is not clear.

    `similarities` are the cosines of each with `picked`. Equal bytes count as one picture.
    """
    ranked = sorted(
        (
            (similarity, -other.media_id, other)
            for other, similarity in zip(others, similarities, strict=True)
            if similarity >= SIMILAR - CLEAR and _agree(picked, other)
        ),
        reverse=True,
    )
    if not ranked or ranked[0][0] < SIMILAR:
        return None
    best, _, found = ranked[0]
    for similarity, _, other in ranked[1:]:
        if other.item.source_id != found.item.source_id and best - similarity < CLEAR:
            return None
    return found.media_id


def link_picked(catalog: Catalog, encoder_id: str) -> int:
    """Link every picked photo that has a twin and is not linked yet; how many were."""
    found: dict[MediaId, MediaId] = {}
    with catalog.reading() as tx:
        pairs = twins.candidates(tx, encoder_id, picked=PICKED, others=ORIGINALS)
        for picked, others in pairs:
            similarities = _similarities(tx, encoder_id, picked, others)
            if (twin := twin_of(picked, others, similarities)) is not None:
                found[picked.media_id] = twin
    if found:
        with catalog.transaction() as tx:
            for media_id, twin in found.items():
                twins.link(tx, media_id, twin)
    return len(found)


def browser_url(tx: Connection, stored: StoredItem) -> str:
    """The item's own address for a browser, else that of its twin, else ""."""
    if stored.item.url or stored.twin_of is None:
        return stored.item.url
    twin = items.get(tx, stored.twin_of)
    return twin.item.url if twin else ""


def _similarities(
    tx: Connection, encoder_id: str, picked: StoredItem, others: Sequence[StoredItem]
) -> list[float]:
    wanted = [picked.media_id, *(other.media_id for other in others)]
    ids, matrix = vectors.read(tx, encoder_id, wanted)
    rows = dict(zip(ids.tolist(), matrix, strict=True))
    return [float(rows[picked.media_id] @ rows[other.media_id]) for other in others]


def _agree(picked: StoredItem, other: StoredItem) -> bool:
    """Taken in the same second and of one shape, upright or not; what is unknown never agrees."""
    here, there = picked.item, other.item
    if here.taken_at is None or there.taken_at is None or here.kind != there.kind:
        return False
    if here.taken_at.replace(microsecond=0) != there.taken_at.replace(microsecond=0):
        return False
    shapes = [_shape(one.item.width, one.item.height) for one in (picked, other)]
    return all(shapes) and abs(shapes[0] - shapes[1]) <= SHAPES_AGREE * max(shapes)


def _shape(width: int, height: int) -> float:
    """Longer side by shorter side; 0.0 where one is unknown."""
    return max(width, height) / min(width, height) if width > 0 and height > 0 else 0.0
