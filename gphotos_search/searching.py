"""The side of the program that answers: encoder and index, opened at the first search."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from gphotos_search import index, models
from gphotos_search.catalog.store import Catalog
from gphotos_search.config import Config
from gphotos_search.embed import thumbnails
from gphotos_search.media import Answer, Query
from gphotos_search.reminders import Once

if TYPE_CHECKING:
    from gphotos_search.search.ask import Reader
    from gphotos_search.search.query import Request
    from gphotos_search.search.run import Searcher


class Searching:
    """Answers from many threads, while others write. `say` hears of what a search waits for."""

    def __init__(self, catalog: Catalog, config: Config, *, say: Callable[[str], None]) -> None:
        self._catalog, self._config, self._say = catalog, config, say
        self._reader: Reader | None = None
        self._searcher: Searcher | None = None
        self._searches: models.ActiveEncoder | None = None  # with which encoder
        self._lock = threading.Lock()
        self._reminders = Once(catalog)

    def search(self, query: Query, *, remember: bool = False) -> Answer:
        """Ranked hits from what is indexed at this moment; no network, no lock. With `remember`
        they become the last list of results."""
        with self._lock:
            searcher = self._open()
            if searcher is None:
                return models.nothing_indexed(query)
            searcher.refresh()
        answer = searcher.search(query, remember=remember)
        reminders = self._reminders.take()
        return replace(answer, warnings=(*answer.warnings, *reminders)) if reminders else answer

    def ask(self, request: Request) -> Answer:
        """The answer to a request, its words read with what the catalogue knows."""
        from gphotos_search.search.ask import Reader, explained

        with self._lock:
            reader = self._reader = self._reader or Reader(self._catalog, self._config)
        understood = reader.read(request)
        answer = self.search(understood.query, remember=request.remember)
        return replace(answer, understood=explained(understood)) if request.explain else answer

    def _open(self) -> Searcher | None:
        from gphotos_search.search.pictures import vector_of
        from gphotos_search.search.run import Searcher  # numpy, and faiss when it opens

        active = models.active(self._catalog)
        if active is None:
            return None
        if self._searcher is None or self._searches != active:
            encoder = models.for_search(self._config.model, active, say=self._say)
            storage = self._config.storage
            opened = index.for_search(
                self._catalog, storage.index, active.id, active.dim, self._config.index.engine
            )
            self._searcher = Searcher(
                self._catalog,
                opened,
                encoder,
                self._config,
                thumbnail_of=partial(thumbnails.path_of, storage.thumbnails),
                picture=partial(vector_of, encoder=encoder),
            )
            self._searches = active
        return self._searcher
