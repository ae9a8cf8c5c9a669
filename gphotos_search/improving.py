"""The work in the background that makes searches of a large library faster, after it is in step."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from gphotos_search import index, models
from gphotos_search.catalog.store import Catalog
from gphotos_search.config import Config
from gphotos_search.errors import GphotosError
from gphotos_search.probes import PHRASES

if TYPE_CHECKING:
    from gphotos_search.encoders.base import Vectors

log = logging.getLogger(__name__)


class Words(Protocol):
    """What is needed of an encoder."""

    def encode_texts(self, texts: Sequence[str]) -> Vectors: ...

    def release(self) -> None: ...


def improve(
    config: Config,
    catalog: Catalog,
    encoder_id: str,
    dim: int,
    *,
    encoder: Callable[[], Words],
    say: Callable[[str], None],
    stop: Callable[[], bool] = lambda: False,
) -> bool:
    """See index.improve; the caller holds the writer's lock. Whether a new state was saved.

    The encoder is opened only if there is something to do, and its towers leave memory again. The
    index is complete as it is: trouble is noted in the log, and the next time tries again.
    """

    def words() -> Vectors:
        opened = encoder()
        opened.release()  # of the tower for pictures, which has done its work
        try:
            return opened.encode_texts(PHRASES)
        finally:
            opened.release()

    place = (config.storage.index, encoder_id, dim, config.index.engine)
    try:
        return index.improve(catalog, *place, words=words, say=say, stop=stop)
    except GphotosError as trouble:
        log.warning("The index stays as it is: %s", trouble)
        return False


def improve_active(
    config: Config,
    catalog: Catalog,
    active: models.ActiveEncoder,
    *,
    say: Callable[[str], None],
    stop: Callable[[], bool] = lambda: False,
) -> bool:
    """As improve, for the vectors that answer searches."""

    def encoder() -> Words:
        return models.for_search(config.model, active, say=say)

    return improve(config, catalog, active.id, active.dim, encoder=encoder, say=say, stop=stop)
