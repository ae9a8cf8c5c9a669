"""How sources fare: for the person who waits, for the exit code, and for the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from gphotos_search.catalog import sources
from gphotos_search.catalog.sources import SourceRow
from gphotos_search.catalog.store import Catalog
from gphotos_search.errors import (
    GphotosError,
    ScopeMissing,
    SignInNeeded,
    TooManyRemovals,
    TryLater,
    most_urgent,
)
from gphotos_search.sources.base import Foretold
from gphotos_search.sync.run import ListingReport

# The word of `status` for each kind of trouble; any other kind is an "error".
STATES: Mapping[type[GphotosError], sources.State] = {
    ScopeMissing: "scope-missing",
    SignInNeeded: "needs-sign-in",
    TryLater: "try-later",
}


@dataclass(frozen=True, slots=True)
class SourceReport:
    """What happened to one source; `error` is what ended its part of the round early."""

    name: str
    listing: ListingReport
    error: GphotosError | None = None
    foretold: tuple[Foretold, ...] | None = None  # of a dry run, where the source can tell


@dataclass(slots=True)
class SyncReport:
    """What a round did, for a person and for the exit code."""

    sources: list[SourceReport] = field(default_factory=list)
    embedded: int = 0
    failed: int = 0
    indexed: int = 0
    stopped: bool = False

    @property
    def exit_code(self) -> int:
        codes = [source.error.exit_code for source in self.sources if source.error]
        return most_urgent([*codes, 5 if self.failed else 0])


def note(catalog: Catalog, row: SourceRow, error: GphotosError | None, now: datetime) -> None:
    """Leave in the catalogue how the source fares, for status and for the next run."""
    with catalog.transaction() as tx:
        if error is None or isinstance(error, TooManyRemovals):  # which is said at the very end
            sources.synced(tx, row.id, now)
        if error is not None:
            until = error.until if isinstance(error, TryLater) else None
            message = f"{error} {error.advice}".strip()
            sources.set_state(tx, row.id, _state(error), message, retry_at=until)


def _state(error: GphotosError) -> sources.State:
    return next((word for kind, word in STATES.items() if isinstance(error, kind)), "error")
