"""When the next sync runs: pure, from the stored last one, so that a reboot does not start over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.interval import IntervalTrigger

from gphotos_search.config import SyncConfig, cron
from gphotos_search.errors import ConfigError
from gphotos_search.service import timers

SOON = timedelta(seconds=2)  # an overdue run waits until the service has answered its first query
SOON_SPREAD = timedelta(seconds=10)
SPREAD_MAX = timedelta(minutes=5)
SHORTEST = timedelta(minutes=1)
FIRST_RETRY = timedelta(minutes=10)
LONGEST_RETRY = timedelta(hours=6)
UNTIL_SPREAD = timedelta(minutes=1)  # quotas reset for everyone at the same second


def next_run(
    last: datetime | None, config: SyncConfig, now: datetime, jitter: float = 0.0
) -> datetime:
    """The next run after the one at `last` (None: never), in UTC. Always later than `now`.

    Cron fields are read in the clock of `now`, which is in the user's zone. A missed run is made
    up for soon, once. `jitter` in [0, 1) spreads runs over at most five minutes and a twentieth of
    the gap.
    """
    zone, now = now.tzinfo, now.astimezone(UTC)  # sums in a local clock go wrong when it changes
    soon = now + SOON + jitter * SOON_SPREAD
    if last is None:
        return soon
    last = min(last.astimezone(UTC), now)  # the clock may have been set back
    planned = _after(last, config, zone)
    if planned <= now:
        return soon
    return planned + jitter * min(SPREAD_MAX, (planned - last) / 20)


def is_due(last: datetime | None, config: SyncConfig, now: datetime) -> bool:
    """Whether a run is wanted by now, for example not when one was made by hand meanwhile."""
    zone, now = now.tzinfo, now.astimezone(UTC)
    return last is None or _after(min(last.astimezone(UTC), now), config, zone) <= now


def retry_at(
    until: datetime | None, failures: int, planned: datetime, now: datetime, jitter: float = 0.0
) -> datetime:
    """When to go on after the `failures`-th trouble in a row (from 1): never before `until`.

    Where `until` is not known: after ten minutes, doubling, and not later than the `planned` run.
    """
    now = now.astimezone(UTC)
    if until is not None and until > now:
        return until + jitter * UNTIL_SPREAD
    wait = min(FIRST_RETRY * (1 << min(failures - 1, 10)), LONGEST_RETRY)
    return min(planned, now + wait)


def trigger(config: SyncConfig, zone: tzinfo) -> BaseTrigger:
    """The plain schedule for APScheduler. Raises ConfigError when sync.cron cannot be read."""
    if config.cron:
        return timers.trigger(fields(config), zone)
    return IntervalTrigger(seconds=_every(config).total_seconds(), timezone=zone)


def check(config: SyncConfig) -> None:
    """Raises ConfigError when sync.cron cannot be read."""
    if config.cron:
        fields(config)


def fields(config: SyncConfig) -> cron.Cron:
    """sync.cron, read. Raises ConfigError."""
    try:
        return cron.parse(config.cron)
    except ValueError as error:
        raise ConfigError("configuration", [f"sync.cron: {error}"]) from error


def _after(last: datetime, config: SyncConfig, zone: tzinfo | None) -> datetime:
    if not config.cron:
        return last + _every(config)
    assert zone is not None, "times are aware"
    found = timers.trigger(fields(config), zone).get_next_fire_time(
        last, last + timedelta(seconds=1)
    )
    assert isinstance(found, datetime), "parse refuses dates that never come"
    return found.astimezone(UTC)


def _every(config: SyncConfig) -> timedelta:
    return max(config.every, SHORTEST)
