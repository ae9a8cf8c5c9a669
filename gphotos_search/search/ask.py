"""A Request, read with what the catalogue knows, as a Query."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from gphotos_search.catalog import labels, places_known, sources
from gphotos_search.catalog.store import Catalog
from gphotos_search.config import Config
from gphotos_search.media import Term
from gphotos_search.places.everywhere import Everywhere
from gphotos_search.search.operands import is_number
from gphotos_search.search.query import Request, local_zone
from gphotos_search.search.understand import Known, Options, Understood, understand

FRESH_S = 5.0  # names of the catalogue this old are good enough


class Reader:
    """Reads requests. Keeps what the catalogue knows, and the same object as long as it is equal:
    indexes hang on it. Safe to use from several threads."""

    def __init__(self, catalog: Catalog, config: Config) -> None:
        self._catalog, self._config = catalog, config
        self._lock = threading.Lock()
        self._looked = float("-inf")
        self._names: tuple[Any, ...] = ()
        self._known = Known()

    def read(self, request: Request) -> Understood:
        """Raises UsageError for what cannot be understood, and for what asks for nothing."""
        today = datetime.now(local_zone(self._config.search)).date()
        return understand(
            request.words,
            options(request),
            self.known(),
            today,
            self._config.search,
            raw=request.raw,
        )

    def known(self) -> Known:
        """What occurs in the catalogue."""
        with self._lock:
            if time.monotonic() - self._looked > FRESH_S:
                with self._catalog.reading() as tx:
                    self._take(tx)
                self._looked = time.monotonic()
            return self._known

    def _take(self, tx: Connection) -> None:
        places = places_known.known(tx)
        configured = (source.name for source in self._config.sources)
        in_catalog = (row.name for row in sources.all_rows(tx))
        names: tuple[Any, ...] = (
            *(tuple(labels.names(tx, kind)) for kind in ("album", "person", "camera")),
            tuple(dict.fromkeys([*configured, *in_catalog])),
            (places.ids, places.where, places.within, places.common),
        )
        if names == self._names:
            return
        self._names = names
        self._known = Known(
            albums=names[0],
            people=names[1],
            cameras=names[2],
            sources=names[3],
            places=places.ids,
            where=Everywhere(places.where),
            within=places.within,
            common=places.common,
        )


def options(request: Request) -> Options:
    """What was said beside the words. A number after plus or minus is a photo."""
    terms = [*_terms(request.like, 1.0, everything=True)]
    terms += [*_terms(request.plus, 1.0), *_terms(request.minus, -1.0)]
    return Options(
        operators=request.operators,
        plus=[said for said in request.plus if not is_number(said)],
        minus=[said for said in request.minus if not is_number(said)],
        terms=tuple(terms),
        more=request.more,
        less=request.less,
        limit=request.limit,
        group=request.group,
        everything=request.everything,
        sort=request.sort,
        seed=request.seed,
    )


def _terms(values: Sequence[str], weight: float, *, everything: bool = False) -> list[Term]:
    return [
        Term("item" if is_number(said) else "image", said, weight)
        for said in values
        if everything or is_number(said)
    ]


def explained(understood: Understood) -> dict[str, Any]:
    """The key `understood` of the JSON."""
    return {
        "filters": [
            {"kind": one.kind, "said": one.said, "meaning": one.meaning} for one in understood.read
        ],
        "content": understood.content,
    }
