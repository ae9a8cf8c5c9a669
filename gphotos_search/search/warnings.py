"""What a person should know about the library an answer came from. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from gphotos_search.config import SyncConfig
from gphotos_search.media import FEATURES

MISSED_RUNS = 4  # so many planned syncs without success are worth a word
AT_LEAST = timedelta(days=2)  # a weekend with the machine off is not
WITH_CRON = timedelta(days=8)


class SourceState(Protocol):
    """The part of a source's row that is told."""

    @property
    def name(self) -> str: ...
    @property
    def account(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def attached(self) -> bool: ...
    @property
    def paused(self) -> bool: ...
    @property
    def last_sync_at(self) -> datetime | None: ...


def warnings(
    sources: Sequence[SourceState],
    pending: int,
    sync: SyncConfig,
    now: datetime,
    answered_from: Collection[str] = (),
) -> tuple[str, ...]:
    """One sentence for each thing; `answered_from` names the sources of the hits."""
    return (*_of_sources(sources, sync, now, answered_from), *_of_pending(pending))


def _of_sources(
    sources: Sequence[SourceState],
    sync: SyncConfig,
    now: datetime,
    answered_from: Collection[str],
) -> Iterator[str]:
    for source in sources:
        if not source.attached:
            if source.name in answered_from:
                yield f'"{source.name}" is no longer in the configuration; it stays as it was.'
        elif source.paused:
            continue  # a person wanted it so
        elif source.type == FEATURES:
            if source.state != "ok":
                yield f'"{source.name}" was not imported to its end; some photos may be missing.'
        elif source.state in ("needs-sign-in", "scope-missing"):
            yield f'"{source.name}" gets no new photos: {_remedy(source)}'
        elif source.last_sync_at is None:
            yield f'"{source.name}" has not been synced to its end yet; some photos may be missing.'
        elif now - source.last_sync_at > long_ago(sync):
            days = (now - source.last_sync_at).days
            yield f'"{source.name}" was last synced {days} days ago. Run: gphotos-search sync'


def _remedy(source: SourceState) -> str:
    if source.state == "scope-missing":
        return "its sign-in lacks a permission; see: gphotos-search status"
    account = "" if source.account == "default" else f" --account {source.account}"
    return f"Google wants a new sign-in. Run: gphotos-search auth login{account}"


def long_ago(sync: SyncConfig) -> timedelta:
    """After how long without a finished sync a source counts as neglected."""
    return WITH_CRON if sync.cron else max(AT_LEAST, MISSED_RUNS * sync.every)


def _of_pending(pending: int) -> Iterator[str]:
    if pending:
        what = "1 photo is" if pending == 1 else f"{pending:,} photos are"
        yield f"{what} not searchable yet; the next sync goes on with them."
