"""What the service needs of the program it runs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from gphotos_search.config import Config
from gphotos_search.errors import GphotosError
from gphotos_search.media import Answer, Query
from gphotos_search.search.query import Request


class SourceOutcome(Protocol):
    """What a round did to one source; `error` ended its part early."""

    @property
    def name(self) -> str: ...
    @property
    def error(self) -> GphotosError | None: ...


class Report(Protocol):
    """What a round did."""

    @property
    def sources(self) -> Sequence[SourceOutcome]: ...
    @property
    def embedded(self) -> int: ...
    @property
    def failed(self) -> int: ...


class Place(Protocol):
    """Somewhere on this machine that a source is read from."""

    @property
    def source(self) -> str: ...
    @property
    def path(self) -> Path: ...
    @property
    def exclude(self) -> Sequence[str]: ...  # patterns, see files/patterns.py


class PickNews(Protocol):
    """What asking about picking sessions found."""

    @property
    def ready(self) -> bool: ...  # somebody has pressed Done
    @property
    def again_s(self) -> float: ...  # when to ask again


class Work(Protocol):
    """The part of App that the service uses; searches come from many threads at once."""

    def search(self, query: Query) -> Answer:
        """Raises GphotosError."""
        ...

    def ask(self, request: Request) -> Answer:
        """As `search`, with the words still to be read."""
        ...

    def warm(self) -> None:
        """Loads what a search of words needs, and takes nothing that is told once. Raises
        GphotosError."""
        ...

    def sync(
        self,
        names: Sequence[str] = (),
        *,
        scheduled: bool = False,
        stop: threading.Event | None = None,
    ) -> Report:
        """Raises GphotosError; Locked at once while another process writes."""
        ...

    def status(self) -> dict[str, Any]:
        """The contract of `status --json`."""
        ...

    def look_for_picks(self) -> PickNews | None:
        """Asks about the picking sessions that were handed to the service; None without any."""
        ...

    def places(self) -> Sequence[Place]:
        """Where the local sources that are not paused look. Raises GphotosError."""
        ...

    def last_sync_at(self) -> datetime | None:
        """Since when no source has gone without a sync, aware; survives a restart."""
        ...

    def plan_next(self, at: datetime) -> None:
        """Remembers when the next sync is planned, for `status`."""
        ...

    def close(self) -> None: ...


OpenWork = Callable[[Config], Work]
# What a client sent of its terminal, to what is printed there; None where it cannot be answered so.
AnswerTerminal = Callable[[bytes, Config, Work], bytes | None]
ReadConfig = Callable[[], Config]
