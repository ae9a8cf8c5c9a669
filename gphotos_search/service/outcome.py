"""How a run of the indexer ended, and what is said of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from gphotos_search.errors import GphotosError, Locked, TryLater
from gphotos_search.service.base import Report

ALL = ""  # stands for the whole run among the names of sources
BUG = "The last sync ended by a bug; its traceback is in the log."


@dataclass(frozen=True, slots=True)
class Outcome:
    """`whole`: its error kept the whole run, not one source, from going on."""

    errors: tuple[GphotosError, ...] = ()
    whole: bool = False
    skipped: bool = False
    told: Mapping[str, str] = field(default_factory=dict)  # source → what a person should know

    @property
    def locked(self) -> bool:
        """Whether another program held the library, so that nothing was even tried."""
        return self.whole and isinstance(self.errors[0], Locked)

    @property
    def later(self) -> list[datetime | None]:
        """For each trouble that time may mend, when it will have, where that is known."""
        return [
            error.until if isinstance(error, TryLater) else None
            for error in self.errors
            if error.exit_code == TryLater.exit_code
        ]


def of(report: Report) -> Outcome:
    troubles = [(source.name, source.error) for source in report.sources]
    errors = {name: error for name, error in troubles if error is not None}
    return Outcome(
        tuple(errors.values()), told={name: sentence(error) for name, error in errors.items()}
    )


def ended_by(error: GphotosError) -> Outcome:
    return Outcome((error,), whole=True, told={ALL: sentence(error)})


def sentence(error: GphotosError) -> str:
    return f"{error} {error.advice}".strip()
