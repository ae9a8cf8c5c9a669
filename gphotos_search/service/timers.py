"""One cron schedule for two schedulers: an APScheduler trigger, and OnCalendar= for systemd."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.combining import OrTrigger
from apscheduler.triggers.cron import CronTrigger

from gphotos_search.config.cron import WEEKDAYS, Cron


def trigger(cron: Cron, zone: tzinfo) -> BaseTrigger:
    """The same times as an APScheduler trigger, in the clock of `zone`."""
    either = [
        CronTrigger(
            minute=_listed(cron.minutes, range(60)),
            hour=_listed(cron.hours, range(24)),
            day=_listed(days, range(1, 32)),
            month=_listed(cron.months, range(1, 13)),
            day_of_week=_listed(weekdays, range(7), WEEKDAYS),
            second="0",
            timezone=zone,
        )
        for days, weekdays in cron.day_pairs
    ]
    return either[0] if len(either) == 1 else OrTrigger(either)


def calendars(cron: Cron) -> tuple[str, ...]:
    """The same times as OnCalendar= expressions (systemd.time(7)); any of them may match."""
    found = []
    for days, weekdays in cron.day_pairs:
        date = f"*-{_listed(cron.months, range(1, 13))}-{_listed(days, range(1, 32))}"
        time = f"{_listed(cron.hours, range(24))}:{_listed(cron.minutes, range(60))}:00"
        names = _listed(weekdays, range(7), WEEKDAYS)
        found.append(f"{date} {time}" if names == "*" else f"{names} {date} {time}")
    return tuple(found)


def _listed(values: Sequence[int], every: range, names: Sequence[str] = ()) -> str:
    if tuple(values) == tuple(every):
        return "*"
    return ",".join(names[value] if names else str(value) for value in values)
