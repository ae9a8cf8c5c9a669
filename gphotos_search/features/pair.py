"""A matrix and its list of ids, checked against each other and read side by side."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import numpy as np

from gphotos_search.errors import UsageError
from gphotos_search.features.columns import item
from gphotos_search.features.ids import Listed, listed, require_pair
from gphotos_search.features.matrix import Judged, Matrix, open_matrix, unit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gphotos_search.features.matrix import Rows
    from gphotos_search.media import MediaItem

AT_ONCE = 5_000  # rows of one page
MANY = 200_000  # rows; to look through more takes seconds
PLACE = "{id}"
PLAIN = re.compile(r"[\w.~-]+", re.ASCII)  # stands in an address as it is
LINK = re.compile(r"(https?|file)://\S+")


class Template:
    """Makes a photo's link of its id. Raises UsageError for what cannot become one."""

    def __init__(self, text: str) -> None:
        if PLACE not in text:
            raise UsageError(
                f"--url-template has no {PLACE}: {text}",
                advice="For example: --url-template https://unsplash.com/photos/{id} (in quotes).",
            )
        if "{" in (rest := text.replace(PLACE, "")) or "}" in rest:
            raise UsageError(
                f"--url-template has other braces than {PLACE}: {text}",
                advice="Nothing else is put into a link; write { as %7B and } as %7D where they"
                " are meant.",
            )
        if not LINK.fullmatch(text):
            raise UsageError(
                f"--url-template is no address: {text}",
                advice="It begins with https://, http:// or file:// and has no spaces.",
            )
        self.text = text

    def link(self, id: str) -> str:
        return self.text.replace(PLACE, id if PLAIN.fullmatch(id) else quote(id, safe=""))


@dataclass(frozen=True, slots=True)
class Page:
    """The usable rows before row `stop`: photos, what the list says of each, unit vectors."""

    stop: int
    items: list[MediaItem]
    said: list[dict[str, Any]]
    rows: Rows

    @property
    def ids(self) -> list[str]:
        return [one.source_id for one in self.items]


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """Both files, looked through once."""

    matrix: Matrix
    ids: Listed
    judged: Judged
    template: Template | None

    @property
    def usable(self) -> NDArray[np.bool_]:
        """Which rows are taken: of rows with the same id the first one."""
        return np.asarray(~(self.judged.bad | self.ids.again | self.ids.nameless))

    def pages(self, start: int) -> Iterator[Page]:
        """From row `start` on. Raises UsageError where a file changed meanwhile."""
        records = self.ids.records(start)
        usable, columns = self.usable, self.ids.columns
        for begin in range(start, self.matrix.count, AT_ONCE):
            stop = min(begin + AT_ONCE, self.matrix.count)
            some = list(islice(records, stop - begin))
            if len(some) != stop - begin:
                raise UsageError(f"{self.ids.path} changed while it was read.")
            rows, good = unit(self.matrix.block(begin, stop))
            taken = np.flatnonzero(usable[begin:stop] & good)
            ids = [columns.id_of(some[at]) for at in taken]
            said = [self._said(some[at], id) for at, id in zip(taken, ids, strict=True)]
            yield Page(stop, list(map(item, ids, said)), said, rows[taken])

    def _said(self, record: list[str], id: str) -> dict[str, Any]:
        said = self.ids.columns.said(record)
        return said if self.template is None else said | {"url": self.template.link(id)}

    def digest(self, encoder: str) -> str:
        """Of all that an import of the pair depends on."""
        told = (
            *(self.matrix.stamp, self.matrix.count, self.matrix.dim, self.matrix.dtype.str),
            *(self.ids.stamp, self.ids.digest, self.template and self.template.text, encoder),
        )
        digest = hashlib.blake2b(json.dumps(told).encode(), digest_size=16)
        for piece in self.matrix.ends():
            digest.update(piece)
        return digest.hexdigest()


def open_pair(
    features: Path,
    ids: Path,
    *,
    template: str = "",
    stop: threading.Event | None = None,
    say: Callable[[str], None] = lambda _line: None,
) -> Pair:
    """Look through both; `say` hears of it where that takes a while. Raises UsageError with what
    is wrong, and where."""
    links = Template(template) if template else None
    matrix = open_matrix(features)
    if matrix.count >= MANY:
        say(f"Looking through {matrix.count:,} rows and their ids first.")
    names = listed(ids)
    require_pair(matrix.count, features, names)
    pair = Pair(matrix, names, matrix.judge(stop), links)
    if not pair.usable.any():
        raise UsageError(
            f"No row of {features} can be used: each is zero, not finite, or without an id."
        )
    return pair


def ahead(pages: Iterator[Page]) -> Iterator[Page]:
    """The same; the next one is prepared in a thread while its reader is at work with the last."""
    with ThreadPoolExecutor(1) as preparing:
        coming = preparing.submit(next, pages, None)
        while (page := coming.result()) is not None:
            coming = preparing.submit(next, pages, None)
            yield page
