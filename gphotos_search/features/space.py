"""Which vectors a matrix may join: those of the model that made it, and no others.

A search asks one set of vectors with one text tower. Published features are plain outputs of a
model, so they share the set that this program fills with the same model; they are told apart from
it only until the model's files are on this machine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from gphotos_search import encoders, models, precision
from gphotos_search.catalog import settings, vectors
from gphotos_search.catalog.store import Catalog
from gphotos_search.config import Config, ModelConfig
from gphotos_search.config.settings import Precision
from gphotos_search.encoders.base import Encoder
from gphotos_search.errors import ModelNotHere, UsageError
from gphotos_search.features import known
from gphotos_search.features.known import is_provisional
from gphotos_search.models import ActiveEncoder

if TYPE_CHECKING:
    from sqlalchemy import Connection

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Space:
    """The set that takes the vectors, and its encoder where that was opened. `settled` is one
    that answers already."""

    encoder: ActiveEncoder
    opened: Encoder | None = None
    settled: bool = False

    @property
    def checked(self) -> bool:
        """Whether the model's own number of dimensions is known."""
        return not is_provisional(self.encoder.id)


def space_of(
    config: Config, catalog: Catalog, name: str, dim: int, *, fetch: bool, say: Say
) -> Space:
    """The set for rows of `dim` numbers that the model `name` made. Writes nothing.

    With `fetch` the model is downloaded where it has to be: the next search needs it anyway. Where
    that cannot be done now, `say` hears why, and the set is made without it. Without `fetch` only
    this machine is asked. Raises UsageError where the library answers with another model or with
    int8 vectors that do not agree, and where the number of dimensions differs; ModelUnavailable
    for a model that there is not.
    """
    wanted = replace(models.instead(config.model, name), precision=_precision(config.model))
    before = models.active(catalog)
    with catalog.reading() as tx:
        answers = before is not None and vectors.count(tx, before.id) > 0
    if before is None or not answers:
        return _fresh(wanted, _opened(catalog, wanted, fetch, say), dim)
    if before.name != wanted.name:
        raise _other(before, wanted)
    _require_dim(dim, before.dim, before.name)
    if not is_provisional(before.id):
        _require_agreeing(catalog, before)
        return Space(before, settled=True)
    found = _opened(catalog, wanted, fetch, say)
    return (
        Space(before, settled=True)
        if found is None
        else Space(_described(wanted, found, dim), found)
    )


def recognised(catalog: Catalog, space: Space) -> Space:
    """The same. Where the set that answers was imported before its model was on this machine, it
    has its true id from now on; the caller holds the writer's lock."""
    before = models.active(catalog)
    if space.settled or before is None or not is_provisional(before.id):
        return space
    with catalog.transaction() as tx:
        if not vectors.count(tx, before.id):
            return space
        opened = space.opened
        if opened is None or not known.recognised(tx, before.id, before.name, opened):
            return Space(before, settled=True)  # its true id has a set of its own
        models.renamed(tx, before.id, opened)
    return replace(space, settled=True)


def settle(tx: Connection, config: Config, space: Space) -> Space:
    """From now on the library answers with this set, and new photos are embedded with its model,
    whatever the configuration says. For the transaction that stores its first vectors, so that an
    import that brings none changes nothing."""
    if space.settled:
        return space
    name = space.encoder.name
    settings.put(tx, models.ACTIVE, asdict(space.encoder))
    settings.put(tx, models.pin_key(name), space.encoder.pin)
    models.choose_imported(tx, config.model, name)
    return replace(space, settled=True)


def _fresh(wanted: ModelConfig, opened: Encoder | None, dim: int) -> Space:
    if opened is not None:
        return Space(_described(wanted, opened, dim), opened)
    name, pin = wanted.name, f"{wanted.name}@:{wanted.precision}"
    id = known.provisional_id(name)
    return Space(ActiveEncoder(id=id, dim=dim, name=name, pin=pin, text_name=wanted.text_name))


def _described(wanted: ModelConfig, opened: Encoder, dim: int) -> ActiveEncoder:
    _require_dim(dim, opened.dim, wanted.name)
    return ActiveEncoder(
        id=opened.id, dim=dim, name=wanted.name, pin=opened.pin, text_name=wanted.text_name
    )


def _opened(catalog: Catalog, wanted: ModelConfig, fetch: bool, say: Say) -> Encoder | None:
    if not fetch:
        with catalog.reading() as tx:
            stored = settings.get(tx, models.pin_key(wanted.name))
        here = encoders.on_this_machine(wanted, resolved=stored)
        return None if here is None else models.opened(catalog, here, say=say)
    try:
        return models.opened(catalog, wanted, say=say)
    except ModelNotHere as error:
        say(f"{error} {error.advice}")
        say("The features are imported all the same; searching them needs the model.")
        return None


def _precision(model: ModelConfig) -> Precision:
    """Features are published at full precision, or halves of it."""
    said: str = model.precision
    if said == "int8":
        raise UsageError(
            'model.precision is "int8": such vectors do not mix with imported features.',
            advice='Set model.precision to "auto", or keep the features in a library of their own'
            " (another storage.data_dir).",
        )
    return "fp32" if model.precision == "auto" else model.precision


def _require_agreeing(catalog: Catalog, before: ActiveEncoder) -> None:
    """int8 vectors mix with others only where a trial found them to agree."""
    family, _, kind = before.id.rpartition(":")
    if not kind.endswith("int8"):
        return
    with catalog.reading() as tx:
        agreeing = precision.agreeing(tx, family)
    if kind not in agreeing:
        raise UsageError(
            f"This library answers with int8 vectors of {before.name}, and whether they agree with"
            " imported features is not known.",
            advice='Set model.precision to "fp32" and run: gphotos-search sync. It embeds the'
            " photos anew, and then the features can join them.",
        )


def _other(before: ActiveEncoder, wanted: ModelConfig) -> UsageError:
    return UsageError(
        f"This library answers with {before.name}; features of {wanted.name} mean something else,"
        " and one search cannot ask both.",
        advice=f"If {before.name} made them, add --encoder {before.name}. Else keep them in a"
        " library of their own (--config FILE, with another storage.data_dir), or change the"
        f" library's model first: gphotos-search reindex --model {wanted.name}",
    )


def _require_dim(rows: int, model: int, name: str) -> None:
    if rows != model:
        raise UsageError(
            f"The rows have {rows:,} numbers, {name} makes {model:,}: it did not make them.",
            advice="Say which model did: --encoder NAME.",
        )
