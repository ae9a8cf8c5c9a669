"""Numbers that a person types for photos: of the last list of results, or media ids."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gphotos_search.catalog import items, last_results
from gphotos_search.errors import UsageError
from gphotos_search.media import MediaId

if TYPE_CHECKING:
    from sqlalchemy import Connection

_NUMBER = re.compile(r"\s*(#|id:)?\s*([0-9]{1,18})\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Operand:
    """The item that was meant; `rank` is its number in the last list, where that was meant."""

    media_id: MediaId
    rank: int | None


def is_number(said: str) -> bool:
    """Whether `resolve` can read it: `3`, `#42` or `id:42`."""
    return _NUMBER.fullmatch(said) is not None


def resolve(tx: Connection, said: str) -> Operand:
    """Numbers from 1 to the length of the last list are those of that list; all others, and those
    behind `#` or `id:`, are media ids. Raises UsageError where there is no such item.
    """
    found = _NUMBER.fullmatch(said)
    if found is None:
        raise UsageError(
            f'"{said}" is not the number of a photo.',
            advice="Write a number of the last list of results, or a media id as #42.",
        )
    number, meant_as_id = int(found.group(2)), bool(found.group(1))
    if not meant_as_id and 1 <= number <= last_results.count(tx):
        media_id = last_results.at(tx, number)
        if media_id is None or items.get(tx, media_id) is None:
            raise UsageError(f"Number {number} of the last list is no longer in the catalogue.")
        return Operand(media_id, number)
    if items.get(tx, number) is None:
        raise UsageError(
            f"There is no item {number}.",
            advice="Numbers are those of the last list of results, or media ids (--ids).",
        )
    return Operand(number, None)
