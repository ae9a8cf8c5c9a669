"""Words that were asked for lately, with their vectors: asked again they cost no encoding."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from gphotos_search.encoders.base import Vectors

KEPT = 256  # texts; of 512 numbers each that is half a megabyte


class TextEncoder(Protocol):
    """What encodes the words of a search."""

    @property
    def id(self) -> str: ...

    def encode_texts(self, texts: Sequence[str]) -> Vectors: ...


class Heard:
    """Encodes as the encoder it was given does, and remembers the last texts. From any thread."""

    def __init__(self, encoder: TextEncoder, kept: int = KEPT) -> None:
        self._encoder, self._kept = encoder, kept
        self._rows: OrderedDict[str, Vectors] = OrderedDict()  # the last one asked for is the last
        self._lock = threading.Lock()

    @property
    def id(self) -> str:
        return self._encoder.id

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """As Encoder.encode_texts."""
        with self._lock:
            known = {text: self._rows[text] for text in texts if text in self._rows}
        fresh = [text for text in dict.fromkeys(texts) if text not in known]
        if fresh or not texts:  # a batch of none has the encoder's width too
            rows = self._encoder.encode_texts(fresh)
            known |= zip(fresh, rows, strict=True)
        self._keep(known)
        return np.stack([known[text] for text in texts]) if texts else rows

    def _keep(self, rows: dict[str, Vectors]) -> None:
        with self._lock:
            for text, row in rows.items():
                self._rows[text] = row
                self._rows.move_to_end(text)
            while len(self._rows) > self._kept:
                self._rows.popitem(last=False)
