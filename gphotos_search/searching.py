"""The side of the program that answers: encoder and index, opened at the first search."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from gphotos_search import index, models, timings
from gphotos_search.catalog.store import Catalog
from gphotos_search.config import Config
from gphotos_search.embed import thumbnails
from gphotos_search.errors import UsageError
from gphotos_search.media import Answer, Query
from gphotos_search.reminders import Once
from gphotos_search.search.query import Request

if TYPE_CHECKING:
    from gphotos_search.encoders.base import Encoder
    from gphotos_search.search.ask import Reader
    from gphotos_search.search.run import Searcher
    from gphotos_search.search.understand import Understood

WARMING = ("snowball fight", "birthday cake")  # the second one settles the encoder


class Searching:
    """Answers from many threads, while others write. `say` hears of what a search waits for."""

    def __init__(self, catalog: Catalog, config: Config, *, say: Callable[[str], None]) -> None:
        self._catalog, self._config, self._say = catalog, config, say
        self._reader: Reader | None = None
        self._opened: tuple[Searcher, Encoder] | None = None
        self._searches: models.ActiveEncoder | None = None  # with which encoder
        self._lock = threading.Lock()
        self._reminders = Once(catalog)

    def search(self, query: Query, *, remember: bool = False) -> Answer:
        """Ranked hits from what is indexed at this moment; no network, no lock. With `remember`
        they become the last list of results."""
        try:
            answer = self._answer(query, remember)
            same = self._answering() in ("", answer.encoder)
        except UsageError:  # it may be that a photo seemed to have no vector
            if self._searches is None or self._searches.id == self._answering():
                raise
            same = False
        if not same:  # another set answers by now, or this one got another id
            answer = self._answer(query, remember)
        reminders = self._reminders.take() if answer.encoder else ()
        return replace(answer, warnings=(*answer.warnings, *reminders)) if reminders else answer

    def _answering(self) -> str:
        active = models.active(self._catalog)
        return active.id if active else ""

    def warm(self) -> None:
        """Load what a search of words needs. What is told once stays to be told."""
        for words in WARMING:
            self._answer(self._read(Request(words=(words,), limit=1)).query)

    def _answer(self, query: Query, remember: bool = False) -> Answer:
        with self._lock:
            opened = self._open()
            if opened is None:
                return models.nothing_indexed(query)
            searcher, encoder = opened
            with timings.stage("taking in what is new"):
                searcher.refresh()
        try:
            return searcher.search(query, remember=remember)
        finally:
            if any(term.kind == "image" for term in query.terms):
                encoder.release_pictures()

    def ask(self, request: Request) -> Answer:
        """The answer to a request, its words read with what the catalogue knows."""
        with timings.recorded(request.timings) as stages:
            understood = self._read(request)
            answer = self.search(understood.query, remember=request.remember)
        if request.explain:
            from gphotos_search.search.ask import explained

            answer = replace(answer, understood=explained(understood))
        return replace(answer, timings=dict(stages)) if request.timings else answer

    def _read(self, request: Request) -> Understood:
        with timings.stage("importing the program"):
            from gphotos_search.search.ask import Reader

        with timings.stage("understanding the words"):
            with self._lock:
                reader = self._reader = self._reader or Reader(self._catalog, self._config)
            return reader.read(request)

    def _open(self) -> tuple[Searcher, Encoder] | None:
        active = models.active(self._catalog)
        if active is None:
            return None
        if self._opened is None or self._searches != active:
            self._opened, self._searches = self._made(active), active
        return self._opened

    def _made(self, active: models.ActiveEncoder) -> tuple[Searcher, Encoder]:
        with timings.stage("importing the program"):
            from gphotos_search.search.heard import Heard
            from gphotos_search.search.pictures import vector_of
            from gphotos_search.search.run import Searcher  # numpy, and faiss when it opens

        with timings.stage("opening the encoder"):
            encoder = models.for_search(self._config.model, active, say=self._say)
        storage = self._config.storage
        with timings.stage("opening the index"):
            opened = index.for_search(
                self._catalog, storage.index, active.id, active.dim, self._config.index.engine
            )
        searcher = Searcher(
            self._catalog,
            opened,
            Heard(encoder),
            self._config,
            thumbnail_of=partial(thumbnails.path_of, storage.thumbnails),
            picture=partial(vector_of, encoder=encoder),
        )
        return searcher, encoder
