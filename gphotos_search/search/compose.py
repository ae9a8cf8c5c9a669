"""Words, photos and pictures into the one vector that is looked for.

What is asked for is added up by weight and brought to unit length; then what is to be left out is
taken away, EXCLUDED times its weight, and the rest is brought to unit length again. So weights
compare with the whole, however much of it there is.

EXCLUDED was measured on the demo library, over all pairs of subjects of which some photos show both
and some the first alone, as many hits as the latter. Without the exclusion 7.3 % of them show the
second subject and 72.3 % the first alone; at 0.3 these are 4.6 % and 72.8 %, at 0.5 2.9 % and
71.3 %, at 1.0 0.9 % and 63.7 %: beyond a half it costs more of what was asked for than it saves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gphotos_search.catalog import last_results, vectors
from gphotos_search.catalog.last_results import LastQuery
from gphotos_search.errors import UsageError
from gphotos_search.media import Query, Term
from gphotos_search.search.operands import resolve

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gphotos_search.encoders.base import Vectors

EncodeTexts = Callable[[Sequence[str]], "Vectors"]
EncodePicture = Callable[[Path], "Vectors"]

# Rocchio's refinement, with the weights that are usual for it (Manning, Raghavan, Schütze,
# Introduction to Information Retrieval, 9.1.1): what is liked counts more than what is not.
KEPT, LIKED, DISLIKED = 1.0, 0.75, 0.15
EXCLUDED = 0.5  # of what is left out, for a weight of -1
NOTHING = 1e-6  # shorter than this a sum has no direction


class Composer:
    """Makes the vector of a query in one encoder's space."""

    def __init__(
        self, tx: Connection, encoder_id: str, texts: EncodeTexts, picture: EncodePicture
    ) -> None:
        self._tx, self._encoder_id = tx, encoder_id
        self._texts, self._picture = texts, picture

    def compose(self, query: Query) -> LastQuery | None:
        """What is to be looked for; None where the query has no meaning, but filters only.

        Raises UsageError for what cannot be looked for, and where nothing is left.
        """
        base = self._sum(query.terms) if query.terms else None
        if not (query.more or query.less):
            return None if base is None else LastQuery(query.text, self._encoder_id, base)
        text = query.text
        if base is None:
            last = last_results.query(self._tx, self._encoder_id)
            base, text = (None, text) if last is None else (last.vector, text or last.text)
        refined = np.zeros(0, np.float32) if base is None else KEPT * base
        for weight, said in ((LIKED, query.more), (-DISLIKED, query.less)):
            if said:
                mean = np.mean([self._of_item(one) for one in said], axis=0)
                refined = weight * mean + (refined if len(refined) else 0.0)
        return LastQuery(text, self._encoder_id, unit(refined))

    def _sum(self, terms: Sequence[Term]) -> Vectors:
        rows = self._rows(terms)
        total = np.zeros_like(rows[0])
        for sign, share in ((1, 1.0), (-1, EXCLUDED)):
            part = [
                share * term.weight * row
                for term, row in zip(terms, rows, strict=True)
                if term.weight * sign > 0
            ]
            if part:
                total = unit(total + np.sum(part, axis=0))
        return total

    def _rows(self, terms: Sequence[Term]) -> list[Vectors]:
        words = [term.value for term in terms if term.kind == "words"]
        encoded = iter(self._texts(words) if words else ())
        return [
            next(encoded) if term.kind == "words" else self._of_photo(term.kind, term.value)
            for term in terms
        ]

    def _of_photo(self, kind: str, value: str) -> Vectors:
        return self._picture(Path(value)) if kind == "image" else self._of_item(value)

    def _of_item(self, said: str) -> Vectors:
        operand = resolve(self._tx, said)
        ids, rows = vectors.read(self._tx, self._encoder_id, [operand.media_id])
        if not len(ids):
            raise UsageError(
                f"Item {operand.media_id} is not searchable yet, so nothing is like it.",
                advice="The next sync goes on with what is pending: gphotos-search sync",
            )
        return unit(rows[0])


def unit(row: Vectors) -> Vectors:
    """Of length 1. Raises UsageError for what has no direction."""
    length = float(np.linalg.norm(row)) if len(row) else 0.0
    if length < NOTHING:
        raise UsageError(
            "Nothing is left to look for: what is asked for and what is left out are the same.",
        )
    if abs(length - 1) < NOTHING:
        return row  # dividing would only change the last bits
    scaled: Vectors = (row / length).astype(np.float32)
    return scaled
