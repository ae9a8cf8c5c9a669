"""The next run, from the stored last one: never in the past, never pushed away by restarts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gphotos_search.config import SyncConfig
from gphotos_search.config.cron import WEEKDAYS, parse
from gphotos_search.errors import ConfigError
from gphotos_search.service import schedule, timers

ZONES = [ZoneInfo(name) for name in ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata")]
times = st.datetimes(
    datetime(2020, 1, 1),
    datetime(2030, 1, 1),
    timezones=st.sampled_from(ZONES),
    allow_imaginary=False,
)
gaps = st.timedeltas(timedelta(minutes=1), timedelta(days=30))
jitters = st.floats(0, 0.999)
SOON = schedule.SOON + schedule.SOON_SPREAD
BERLIN = ZoneInfo("Europe/Berlin")


@given(now=times, ago=gaps, every=gaps, jitter=jitters)
def test_an_interval_counts_from_the_last_run(
    now: datetime, ago: timedelta, every: timedelta, jitter: float
) -> None:
    now = now.astimezone(UTC)
    last, config = now - ago, SyncConfig(every=every)
    found = schedule.next_run(last, config, now, jitter)
    assert found > now
    assert schedule.is_due(last, config, now) == (last + every <= now)
    if last + every <= now:
        assert found <= now + SOON
    else:
        spread = min(schedule.SPREAD_MAX, every / 20)
        assert last + every <= found <= last + every + spread


@given(now=times, every=gaps, jitter=jitters, ahead=gaps)
def test_never_run_or_a_clock_set_back(
    now: datetime, every: timedelta, jitter: float, ahead: timedelta
) -> None:
    now = now.astimezone(UTC)
    config = SyncConfig(every=every)
    assert now < schedule.next_run(None, config, now, jitter) <= now + SOON
    found = schedule.next_run(now + ahead, config, now, jitter)
    assert now < found <= now + every + schedule.SPREAD_MAX


def test_a_machine_rebooted_every_four_hours_reaches_six() -> None:
    now = start = datetime(2026, 1, 1, tzinfo=UTC)
    last, config = start, SyncConfig(every=timedelta(hours=6))
    runs = 0
    for boot in range(18):  # three days
        now = start + boot * timedelta(hours=4)
        while (planned := schedule.next_run(last, config, now)) < start + (boot + 1) * timedelta(
            hours=4
        ):
            last = now = planned
            runs += 1
    assert 10 <= runs <= 12


@given(now=times, ago=gaps, jitter=jitters)
def test_a_cron_that_was_missed_is_made_up_for_soon(
    now: datetime, ago: timedelta, jitter: float
) -> None:
    config = SyncConfig(cron="0 3 * * *")
    last = (now.astimezone(UTC) - ago).astimezone(now.tzinfo)
    found = schedule.next_run(last, config, now, jitter)
    assert found.astimezone(UTC) > now.astimezone(UTC)
    if ago > timedelta(hours=26):
        assert found - now <= SOON
        assert schedule.is_due(last, config, now)
    else:
        assert found.astimezone(UTC) - now.astimezone(UTC) <= timedelta(hours=25, minutes=6)


@pytest.mark.parametrize(
    "cron, expected",
    [
        ("0 3 * * 0", datetime(2026, 11, 22, 3)),  # the next Sunday, not Monday
        ("0 3 * * mon", datetime(2026, 11, 23, 3)),
        ("30 */6 * * *", datetime(2026, 11, 21, 18, 30)),
        ("0 3 1 * 0", datetime(2026, 11, 22, 3)),  # either day field, as cron has it
        ("0 3 23 * 3", datetime(2026, 11, 23, 3)),
        ("0 0 29 2 *", datetime(2028, 2, 29)),
    ],
)
def test_cron_fields_are_read_in_the_local_clock(cron: str, expected: datetime) -> None:
    now = datetime(2026, 11, 21, 12, 35, tzinfo=BERLIN)  # a Saturday
    found = schedule.next_run(now, SyncConfig(cron=cron), now)
    assert found == expected.replace(tzinfo=BERLIN)


@given(st.integers(0, 59), st.integers(0, 23), st.sampled_from(WEEKDAYS), times)
def test_the_trigger_fires_when_the_fields_say(
    minute: int, hour: int, weekday: str, now: datetime
) -> None:
    cron = parse(f"{minute} {hour} * * {weekday}")
    found = timers.trigger(cron, UTC).get_next_fire_time(None, now.astimezone(UTC))
    assert (found.minute, found.hour) == (minute, hour)
    assert found.strftime("%a").lower() == weekday


def test_a_schedule_that_cannot_be_read_is_a_configuration_error() -> None:
    with pytest.raises(ConfigError, match=r"sync\.cron"):
        schedule.check(SyncConfig(cron="every day"))


def test_a_quota_is_honoured_to_its_end() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    until = now + timedelta(hours=9)
    planned = now + timedelta(hours=6)
    found = schedule.retry_at(until, 1, planned, now, 0.5)
    assert until <= found <= until + schedule.UNTIL_SPREAD


def test_without_an_end_the_pauses_double_up_to_the_planned_run() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    planned = now + timedelta(hours=6)
    waits = [schedule.retry_at(None, n, planned, now) - now for n in (1, 2, 3, 50)]
    assert waits == [timedelta(minutes=m) for m in (10, 20, 40, 360)]
